//! A partner that Microsoft's generic provider has managed until now: pure. `identity` calls it for a
//! `moved` block.

use serde_json::Value as Json;

use super::{api::COLLECTION, validate};
use crate::plugin::MoveSource;

/// The source address of the provider, without the host of the registry or mirror that it came from.
const PROVIDER: &str = "/microsoft/msgraph";

/// Its resource type that manages an object as a whole.
const TYPE_NAME: &str = "msgraph_resource";

/// The id of the partner, or why it cannot be moved.
pub fn id(source: &MoveSource<'_>) -> Result<String, String> {
    let provider = source.provider.to_lowercase();
    if source.type_name != TYPE_NAME || !provider.ends_with(PROVIDER) {
        return Err(format!(
            "A {} of {} cannot be moved here; only a {TYPE_NAME} of microsoft/msgraph can. Remove the \
             moved block, remove the old resource from state with a removed block that has \
             destroy = false, and import the partner.",
            source.type_name, source.provider
        ));
    }
    let text = |name: &str| source.state[name].as_str().unwrap_or_default();
    let collection = COLLECTION.join("/");
    let url = text("url").trim_matches('/');
    // With the method PUT, the URL of the generic resource is that of the object itself.
    let is_below = format!("{url}/").starts_with(&format!("{collection}/"));
    if !is_below {
        return Err(format!(
            "The {TYPE_NAME} manages {url:?}, which is not a compliance partner. Compliance partners \
             are at {collection:?}."
        ));
    }
    match &source.state["id"] {
        Json::String(id) if validate::is_id(id) => Ok(id.clone()),
        _ => Err(format!(
            "The {TYPE_NAME} has no id in its state. First run `terraform apply -refresh-only` with the \
             old configuration, or import the partner by its id."
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{MoveSource, id};

    fn moved(provider: &str, type_name: &str, state: Json) -> Result<String, String> {
        id(&MoveSource {
            provider,
            type_name,
            state,
        })
    }

    fn partner(url: &str) -> Json {
        json!({ "id": "p1", "url": url, "api_version": "v1.0", "body": null, "output": null })
    }

    const COLLECTION: &str = "deviceManagement/complianceManagementPartners";

    #[test]
    fn a_partner_comes_from_any_registry() {
        for provider in [
            "registry.terraform.io/microsoft/msgraph",
            "registry.opentofu.org/microsoft/msgraph",
            "mirror.contoso.com/Microsoft/msgraph",
        ] {
            for url in [
                COLLECTION,
                &format!("/{COLLECTION}/"),
                &format!("{COLLECTION}/p1"),
            ] {
                assert_eq!(
                    moved(provider, "msgraph_resource", partner(url)),
                    Ok("p1".to_owned()),
                    "{provider} {url}"
                );
            }
        }
    }

    #[test]
    fn whatever_else_is_refused_in_words() {
        let ours = "registry.terraform.io/microsoft/msgraph";
        let group = partner("groups");
        let near = partner("deviceManagement/complianceManagementPartnersX");
        let refused = [
            (
                ours,
                "msgraph_update_resource",
                partner(COLLECTION),
                "removed block",
            ),
            (
                "registry.terraform.io/hashicorp/null",
                "msgraph_resource",
                group.clone(),
                "hashicorp/null",
            ),
            (ours, "msgraph_resource", group, "\"groups\""),
            (ours, "msgraph_resource", near, "PartnersX"),
            (
                ours,
                "msgraph_resource",
                json!({ "url": COLLECTION }),
                "no id",
            ),
            (
                ours,
                "msgraph_resource",
                json!({ "url": COLLECTION, "id": ".." }),
                "no id",
            ),
            (
                ours,
                "msgraph_resource",
                json!([]),
                "not a compliance partner",
            ),
        ];
        for (provider, type_name, state, words) in refused {
            let problem = moved(provider, type_name, state).expect_err(words);
            assert!(problem.contains(words), "{problem}");
        }
    }
}
