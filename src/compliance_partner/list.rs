//! Finds partners that no configuration manages yet: the list resource
//! `intune_compliance_partner` for `terraform query`. `provider` offers it; `plugin` hosts it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tf_provider::{Diagnostics, schema::Schema, value::Value};

use super::{
    api::{Api, PartnerPages},
    error::Error,
    identity::Identity,
    model::Partner,
    report, schema,
    state::{Attributes, Platform, State, Text},
    timeouts::Limit,
    validate::{self, ONLY_IN_BETA, PARTNER_STATES},
};
use crate::{
    plugin::{Found, ListResource, Pages},
    words::{one_line, one_of},
};

/// The list resource.
#[derive(Debug)]
pub struct CompliancePartnerList {
    api: Api,
}

impl CompliancePartnerList {
    /// Lists the partners of `api`.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self { api }
    }
}

/// What a `list` block asks for: partners that match all of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    display_name: Text,
    partner_state: Text,
    platform: Text,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            display_name: Value::Null,
            partner_state: Value::Null,
            platform: Value::Null,
        }
    }
}

impl Filter {
    fn lets_through(&self, partner: &Attributes) -> bool {
        let is_asked = |wanted: &Text, is: &Text| wanted.is_null() || wanted == is;
        is_asked(&self.display_name, &partner.display_name)
            && is_asked(&self.partner_state, &partner.partner_state)
            && self.platform.as_deref_option().is_none_or(|name| {
                let wanted = Platform::ALL.into_iter().find(|it| it.key() == name);
                wanted.is_some_and(|it| *partner.onboarded(it) == Value::Value(true))
            })
    }
}

#[async_trait]
impl ListResource for CompliancePartnerList {
    type Config = Filter;
    type Pages = PartnersFound;

    fn schema(&self) -> Schema {
        schema::list_resource()
    }

    fn validate(&self, diagnostics: &mut Diagnostics, config: &Filter) {
        if let Value::Value(name) = &config.display_name
            && name.trim().is_empty()
        {
            let detail = format!(
                "display_name = {name:?} finds nothing. To find all partners, leave out display_name."
            );
            validate::error(diagnostics, "display_name", detail);
        }
        let platforms = Platform::ALL.map(Platform::key);
        for (name, value, known) in [
            ("partner_state", &config.partner_state, &PARTNER_STATES[..]),
            ("platform", &config.platform, &platforms[..]),
        ] {
            if let Value::Value(value) = value
                && !known.contains(&value.as_str())
            {
                let detail = format!(
                    "{name} = {value:?} finds nothing. Use {}, or leave out {name} to find all partners.",
                    one_of(known, '"')
                );
                validate::error(diagnostics, name, detail);
            }
        }
    }

    fn list(&self, config: Filter) -> PartnersFound {
        PartnersFound {
            api: self.api.clone(),
            filter: config,
            pages: None,
        }
    }
}

/// The partners that a filter lets through, in Graph's order.
pub struct PartnersFound {
    api: Api,
    filter: Filter,
    pages: Option<PartnerPages>,
}

impl PartnersFound {
    /// The platform that is asked for, if the version of Graph that is in use does not have it.
    fn missing_platform(&self) -> Option<Platform> {
        let version = self.api.version()?;
        let name = self.filter.platform.as_deref_option()?;
        let mut missing = Platform::ALL.into_iter().filter(|it| !it.is_in(version));
        missing.find(|it| it.key() == name)
    }

    async fn turn(&mut self) -> Result<Option<Vec<Partner>>, Error> {
        let pages = match &mut self.pages {
            Some(pages) => pages,
            pages @ None => {
                let operation = self.api.begin(Limit::Read.by_default())?;
                pages.insert(operation.pages().await?)
            }
        };
        pages.next().await
    }
}

#[async_trait]
impl Pages for PartnersFound {
    type Identity = Identity;
    type Object = State;

    async fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Vec<Found<Identity, State>>> {
        if let Some(platform) = self.missing_platform() {
            let detail = format!("{} is {ONLY_IN_BETA}.", platform.name());
            validate::error(diagnostics, "platform", detail);
            return None;
        }
        let partners = match self.turn().await {
            Ok(partners) => partners?,
            Err(error) => {
                report::failure(diagnostics, "list the compliance partners", &error);
                return None;
            }
        };
        let found = partners.into_iter().map(|partner| {
            let known = Attributes::with_id(partner.id.clone());
            partner.to_attributes(&known)
        });
        let found = found.filter(|partner| self.filter.lets_through(partner));
        Some(found.map(entry).collect())
    }
}

fn entry(partner: Attributes) -> Found<Identity, State> {
    let name = partner.display_name.as_deref_option();
    let id = partner.id.as_deref_option();
    Found {
        identity: Identity {
            id: partner.id.clone(),
        },
        // Terraform prints it unescaped.
        display_name: one_line(name.or(id).unwrap_or_default(), report::MAX_NAME),
        object: State {
            partner,
            timeouts: Value::Null,
        },
    }
}
