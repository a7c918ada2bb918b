//! Which partners of a plan may be in the same tenant, as far as the configuration in the plan shows. `plan` calls it.
//!
//! There, a resource has the key of its provider block, and the block has its `tenant_id` if that is a literal. Two
//! keys are two tenants, unless they have the same `tenant_id`, or none: the environment names only one tenant. With an
//! alias for each customer, that is true, and the partners of two customers are not compared.
//!
//! In OpenTofu, a block with `for_each` is several tenants. A plan does not say which instance a resource selects. With
//! `intune.by_customer[each.key]`, resources with the same key have the same one.

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
    /// In OpenTofu, the provider block can have `for_each`. If each instance of it has its own tenant: which step of the
    /// address (module or resource) selects the instance. It is the one in the module of the block, because from there
    /// on, modules only pass the instance along.
    selected_at: Option<usize>,
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

    /// What identifies the tenant of this resource; `None` if the configuration does not have it, or no longer, or if it
    /// selects an instance of the provider block in another way than by its key.
    pub fn get(&self, address: &str) -> Option<String> {
        let (address, keys) = without_keys(address);
        let tenant = self.0.get(&address)?;
        match tenant.selected_at {
            None => Some(tenant.name.clone()),
            Some(step) => Some(format!("{} {}", tenant.name, keys.get(&step)?)),
        }
    }

    /// Whether the key of this resource, or of its module, stands for its tenant.
    pub fn is_by_key(&self, address: &str) -> bool {
        let tenant = self.0.get(&without_keys(address).0);
        tenant.is_some_and(|it| it.selected_at.is_some())
    }
}

impl Configuration {
    fn tenant(&self, key: &str) -> Tenant {
        let block = self.provider_config.get(key);
        let tenant = block.map_or(&Json::Null, |block| &block.expressions["tenant_id"]);
        let references = tenant["references"].as_array();
        let mut references = references.into_iter().flatten().filter_map(Json::as_str);
        // The key of a block that is not in the root module begins with the address of its module: `module.a:intune.b`.
        let module = key.rsplit_once(':').map_or("", |(module, _)| module);
        let depth = module.split('.').count() / 2;
        Tenant {
            selected_at: references
                .any(|it| it.starts_with("each."))
                .then_some(depth),
            name: match tenant["constant_value"].as_str().map(str::trim) {
                Some(id) if !id.is_empty() => format!("tenant {}", id.to_ascii_lowercase()),
                _ if module.is_empty() && is_unset(tenant) => "environment".to_owned(),
                _ => format!("provider {key}"),
            },
        }
    }
}

/// Whether a provider block certainly leaves out `tenant_id`. An expression that is neither a literal nor has references
/// is an empty object.
fn is_unset(tenant: &Json) -> bool {
    let literal = tenant.get("constant_value");
    let is_empty = |it: &Json| it.is_null() || it.as_str().is_some_and(|it| it.trim().is_empty());
    tenant.is_null() || literal.is_some_and(is_empty)
}

/// An address without the keys of `count` and `for_each`, which are in brackets, and in quotes if they are strings; and
/// the keys, by the step of the address that has them.
fn without_keys(address: &str) -> (String, BTreeMap<usize, String>) {
    let (mut is_key, mut is_quoted, mut is_escaped) = (false, false, false);
    let (mut rest, mut keys) = (String::new(), BTreeMap::<usize, String>::new());
    let mut dots = 0;
    for character in address.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_key => is_quoted = !is_quoted,
            '[' if !is_key => is_key = true,
            ']' if is_key && !is_quoted => is_key = false,
            _ if is_key => {}
            other => {
                dots += usize::from(other == '.');
                rest.push(other);
                continue;
            }
        }
        // Each step is two names: `module.a` or `type.name`.
        keys.entry(dots / 2).or_default().push(character);
    }
    (rest, keys)
}

#[cfg(test)]
mod tests {
    use super::without_keys;

    #[test]
    fn keys_of_any_text_are_left_out() {
        for (address, without, keys) in [
            ("a.b", "a.b", &[][..]),
            ("a.b[0]", "a.b", &[(0, "[0]")]),
            ("module.m.a.b[0]", "module.m.a.b", &[(1, "[0]")]),
            (
                "module.m[\"x].y[\\\"z\"].module.n.a.b[\"é\"]",
                "module.m.module.n.a.b",
                &[(0, "[\"x].y[\\\"z\"]"), (2, "[\"é\"]")],
            ),
            ("a.b[\"unfinished", "a.b", &[(0, "[\"unfinished")]),
        ] {
            let (rest, found) = without_keys(address);
            assert_eq!(rest, without);
            let found: Vec<_> = found.iter().map(|(step, key)| (*step, &**key)).collect();
            assert_eq!(found, keys);
        }
    }
}
