//! Which partners of a plan may be in the same tenant, as far as the configuration in the plan shows. `plan` calls it.
//!
//! There, a resource has the key of its provider block, and the block has its `tenant_id` if that is a literal. Two
//! keys are two tenants, unless they have the same `tenant_id`. With an alias for each customer, that is true, and the
//! partners of two customers are not compared.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::compliance_partner::TYPE_NAME;

/// The configuration of a plan.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Configuration {
    provider_config: BTreeMap<String, ProviderBlock>,
    root_module: Module,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProviderBlock {
    expressions: Json,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: Vec<Resource>,
    module_calls: BTreeMap<String, ModuleCall>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ModuleCall {
    module: Module,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    address: String,
    r#type: String,
    provider_config_key: Option<String>,
}

/// What identifies the tenant of each partner, by the address of its resource without instance keys.
pub struct Tenants(BTreeMap<String, Tenant>);

/// What identifies a tenant.
struct Tenant {
    name: String,
    /// Whether each instance has its own: in OpenTofu, the provider block can have `for_each`.
    is_of_an_instance: bool,
}

impl Tenants {
    /// The tenants in a configuration.
    pub fn of(configuration: &Configuration) -> Self {
        let mut tenants = BTreeMap::new();
        let mut modules = vec![(String::new(), &configuration.root_module)];
        while let Some((path, module)) = modules.pop() {
            let ours = module.resources.iter().filter(|it| it.r#type == TYPE_NAME);
            for resource in ours {
                if let Some(key) = &resource.provider_config_key {
                    let tenant = configuration.tenant(key);
                    tenants.insert(format!("{path}{}", resource.address), tenant);
                }
            }
            let calls = module.module_calls.iter();
            modules
                .extend(calls.map(|(name, call)| (format!("{path}module.{name}."), &call.module)));
        }
        Self(tenants)
    }

    /// What identifies the tenant of this resource; `None` if the configuration does not have it, or no longer.
    pub fn get(&self, address: &str) -> Option<String> {
        let (address, keys) = without_keys(address);
        let tenant = self.0.get(&address)?;
        Some(if tenant.is_of_an_instance {
            format!("{} {keys}", tenant.name)
        } else {
            tenant.name.clone()
        })
    }
}

impl Configuration {
    fn tenant(&self, key: &str) -> Tenant {
        let block = self.provider_config.get(key);
        let tenant = block.map(|block| &block.expressions["tenant_id"]);
        let references = tenant.and_then(|it| it["references"].as_array());
        let mut references = references.into_iter().flatten().filter_map(Json::as_str);
        Tenant {
            is_of_an_instance: references.any(|it| it.starts_with("each.")),
            name: match tenant.and_then(|it| it["constant_value"].as_str()) {
                Some(id) => format!("tenant {}", id.trim().to_ascii_lowercase()),
                None => format!("provider {key}"),
            },
        }
    }
}

/// An address without the keys of `count` and `for_each`, which are in brackets, and in quotes if they are strings; and
/// the keys.
fn without_keys(address: &str) -> (String, String) {
    let (mut is_key, mut is_quoted, mut is_escaped) = (false, false, false);
    let (mut rest, mut keys) = (String::new(), String::new());
    for character in address.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_key => is_quoted = !is_quoted,
            '[' if !is_key => is_key = true,
            ']' if is_key && !is_quoted => is_key = false,
            _ if is_key => {}
            other => {
                rest.push(other);
                continue;
            }
        }
        keys.push(character);
    }
    (rest, keys)
}

#[cfg(test)]
mod tests {
    use super::without_keys;

    #[test]
    fn keys_of_any_text_are_left_out() {
        for (address, without) in [
            ("a.b", ("a.b", "")),
            ("a.b[0]", ("a.b", "[0]")),
            (
                "module.m[\"x].y[\\\"z\"].a.b[\"é\"]",
                ("module.m.a.b", "[\"x].y[\\\"z\"][\"é\"]"),
            ),
            ("a.b[\"unfinished", ("a.b", "[\"unfinished")),
        ] {
            let (rest, keys) = without_keys(address);
            assert_eq!((&*rest, &*keys), without);
        }
    }
}
