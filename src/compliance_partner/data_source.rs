//! Data sources that read partners without managing them: one by id or by name, or all in the tenant.
//! `provider` offers them; `plugin` hosts them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tf_provider::{
    DataSource, Diagnostics,
    schema::Schema,
    value::{Value, ValueEmpty},
};

use super::{
    api::Api,
    model::Partner,
    report, schema,
    state::Attributes,
    timeouts::{Limit, ReadTimeouts},
    validate,
};
use crate::words::listed;

/// One partner: `intune_compliance_partner`.
#[derive(Debug)]
pub struct CompliancePartnerDataSource {
    api: Api,
}

impl CompliancePartnerDataSource {
    /// Reads the partners of `api`.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self { api }
    }
}

/// The value of the data source that reads one partner.
#[derive(Debug, Serialize, Deserialize)]
pub struct OnePartner {
    #[serde(flatten)]
    partner: Attributes,
    timeouts: Value<ReadTimeouts>,
}

#[async_trait]
impl DataSource for CompliancePartnerDataSource {
    type State<'a> = OnePartner;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<Schema> {
        Some(schema::data_source())
    }

    async fn validate<'a>(&self, diagnostics: &mut Diagnostics, config: OnePartner) -> Option<()> {
        validate::durations(&config.timeouts, diagnostics);
        let config = config.partner;
        validate::search(&config, diagnostics);
        let problem = match (&config.id, &config.display_name) {
            (Value::Null, Value::Null) => "Neither is set",
            (Value::Value(_), Value::Value(_)) => "Both are set",
            _ => {
                validate::id(&config.id, diagnostics);
                validate::display_name(&config.display_name, diagnostics);
                return Some(());
            }
        };
        let summary = "Set id or display_name".to_owned();
        let detail = format!("{problem}. A partner is found by its id or by its display_name.");
        report::attribute(diagnostics, "id", summary, detail);
        Some(())
    }

    async fn read<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        OnePartner {
            partner: config,
            timeouts,
        }: OnePartner,
        _meta: ValueEmpty,
    ) -> Option<OnePartner> {
        let limit = Limit::Read.of(&timeouts);
        let (tried, found) = match (&config.id, &config.display_name) {
            (Value::Value(id), _) => {
                let found = self.api.get(id, limit).await.map(|partner| {
                    partner.ok_or_else(|| {
                        let hint = if validate::is_guid(id) {
                            ""
                        } else {
                            " An id is a GUID. To find a partner by name, use display_name."
                        };
                        format!("The tenant has no partner with this id.{hint}")
                    })
                });
                (format!("read the compliance partner with id {id}"), found)
            }
            (_, Value::Value(name)) => {
                let found = self.api.list(limit).await;
                let found = found.map(|partners| only_one_named(partners, name));
                (format!("read the compliance partner {name:?}"), found)
            }
            // Core does not read a data source whose configuration is unknown.
            _ => return None,
        };
        match found {
            Ok(Ok(partner)) => Some(OnePartner {
                partner: partner.to_attributes(&config),
                timeouts,
            }),
            Ok(Err(problem)) => {
                report::problem(diagnostics, &tried, problem);
                None
            }
            Err(error) => {
                report::failure(diagnostics, &tried, &error);
                None
            }
        }
    }
}

/// All partners: `intune_compliance_partners`.
#[derive(Debug)]
pub struct CompliancePartnersDataSource {
    api: Api,
}

impl CompliancePartnersDataSource {
    /// Reads the partners of `api`.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self { api }
    }
}

/// The value of the data source that lists all partners.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partners {
    partners: Value<Vec<Attributes>>,
    timeouts: Value<ReadTimeouts>,
}

#[async_trait]
impl DataSource for CompliancePartnersDataSource {
    type State<'a> = Partners;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<Schema> {
        Some(schema::plural_data_source())
    }

    async fn validate<'a>(&self, diagnostics: &mut Diagnostics, config: Partners) -> Option<()> {
        validate::durations(&config.timeouts, diagnostics);
        if !config.partners.is_null() {
            validate::found("partners", diagnostics);
        }
        Some(())
    }

    async fn read<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        Partners { timeouts, .. }: Partners,
        _meta: ValueEmpty,
    ) -> Option<Partners> {
        match self.api.list(Limit::Read.of(&timeouts)).await {
            Ok(mut partners) => {
                // Graph guarantees no order, and a reordered list would show as a meaningless diff.
                partners.sort_by(|a, b| (&a.display_name, &a.id).cmp(&(&b.display_name, &b.id)));
                let read = |partner: &Partner| {
                    partner.to_attributes(&Attributes::with_id(partner.id.clone()))
                };
                Some(Partners {
                    partners: Value::Value(partners.iter().map(read).collect()),
                    timeouts,
                })
            }
            Err(error) => {
                report::failure(diagnostics, "list the compliance partners", &error);
                None
            }
        }
    }
}

/// The partner with that name, or why there is not exactly one.
pub fn only_one_named(partners: Vec<Partner>, name: &str) -> Result<Partner, String> {
    let mut names: Vec<_> = partners
        .iter()
        .filter_map(|it| it.display_name.as_deref().map(report::quoted))
        .collect();
    let alike = partners.iter().find_map(|it| {
        let theirs = it.display_name.as_deref()?;
        (letters(theirs) == letters(name)).then(|| {
            let (theirs, id) = (report::quoted(theirs), report::quoted(&it.id));
            format!(" Only upper and lower case or spaces tell {theirs} (id {id}) from it.")
        })
    });
    let mut found: Vec<_> = partners
        .into_iter()
        .filter(|it| it.display_name.as_deref() == Some(name))
        .collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 if names.is_empty() => Err("The tenant has no compliance partners.".to_owned()),
        0 => {
            names.sort();
            Err(format!(
                "No partner has this display_name. The tenant has {}.{}",
                listed(names),
                alike.unwrap_or_default()
            ))
        }
        several => {
            let mut ids: Vec<_> = found.iter().map(|it| report::quoted(&it.id)).collect();
            ids.sort();
            Err(format!(
                "{several} partners have this display_name. Use the id of the one you mean: {}.",
                listed(ids)
            ))
        }
    }
}

/// A name without what is easily overlooked in it.
fn letters(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Partner, only_one_named};

    fn partners(count: usize, name: impl Fn(usize) -> String) -> Vec<Partner> {
        let partner = |number| json!({"id": format!("id {number}"), "displayName": name(number)});
        let partner = |number| serde_json::from_value(partner(number)).expect("a partner");
        (1..=count).map(partner).collect()
    }

    /// A tenant can have very many partners, with names of any length.
    #[test]
    fn a_message_names_but_some_of_them() {
        let others = partners(300, |number| format!("Partner {number}"));
        assert_eq!(
            only_one_named(others, "Kandji").expect_err("none"),
            "No partner has this display_name. The tenant has \"Partner 1\", \"Partner 10\", \"Partner 100\", \
             \"Partner 101\", and 296 more."
        );
        let twins = partners(300, |_| "Kandji".to_owned());
        assert_eq!(
            only_one_named(twins, "Kandji").expect_err("not one"),
            "300 partners have this display_name. Use the id of the one you mean: \"id 1\", \"id 10\", \"id 100\", \
             \"id 101\", and 296 more."
        );
        let alike = partners(1, |_| "Iru\u{a0}device  Compliance ".to_owned());
        assert_eq!(
            only_one_named(alike, "Iru Device Compliance").expect_err("none"),
            "No partner has this display_name. The tenant has \"Iru\\u{a0}device  Compliance \". Only upper and lower case or \
             spaces tell \"Iru\\u{a0}device  Compliance \" (id \"id 1\") from it."
        );
        let long = partners(1, |_| "K".repeat(100_000));
        let told = only_one_named(long, "Kandji").expect_err("none");
        assert!(told.len() < 1000, "{} bytes", told.len());
    }
}
