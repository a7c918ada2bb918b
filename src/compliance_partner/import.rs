//! Which partner an import starts from, by its id or its name. `resource` and `identity` call it.

use tf_provider::{Diagnostics, value::Value};

use super::{
    api::Api,
    beside::{Private, Stored},
    data_source::only_one_named,
    model::Partner,
    report,
    state::{Attributes, State},
    timeouts::Limit,
    validate,
};

/// The prefix of an import id with a name.
pub const NAME_PREFIX: &str = "display_name:";

/// What an import and a move start from. Terraform reads the partner next, which also shows whether it exists.
pub fn starting_from(id: String) -> Stored {
    let state = State {
        partner: Attributes::with_id(id),
        timeouts: Value::Null,
    };
    (state, Private::Null)
}

/// What the import of an import id starts from.
pub async fn start(api: &Api, diagnostics: &mut Diagnostics, id: &str) -> Option<Stored> {
    match id.trim_start().strip_prefix(NAME_PREFIX) {
        Some(name) if !name.trim().is_empty() => {
            let partner = named(api, diagnostics, name).await?;
            Some(starting_from(partner.id))
        }
        // Space around an id is of whoever typed it: no id has any.
        None if validate::is_id(id.trim()) => by_id(api, diagnostics, id.trim().to_owned()).await,
        _ => {
            let problem = format!(
                "{id:?} is not an import id. Use the id of the partner, or {NAME_PREFIX}NAME with the name that the admin \
                 center shows."
            );
            report::problem(diagnostics, "import a compliance partner", problem);
            None
        }
    }
}

/// What the import of a partner by its id starts from. Terraform only says that an object with an unknown id does not
/// exist. If the id is really a name, a better message helps.
pub async fn by_id(api: &Api, diagnostics: &mut Diagnostics, id: String) -> Option<Stored> {
    if validate::is_guid(&id) {
        return Some(starting_from(id));
    }
    let tried = format!("import compliance partner {id:?}");
    match api.get(&id, Limit::Read.by_default()).await {
        Ok(Some(_)) => Some(starting_from(id)),
        Ok(None) => {
            let problem = format!(
                "The tenant has no partner with this id. To import by the name that the admin center shows, use \
                 {NAME_PREFIX}NAME, in this case {:?}.",
                format!("{NAME_PREFIX}{id}")
            );
            report::problem(diagnostics, &tried, problem);
            None
        }
        Err(error) => {
            report::failure(diagnostics, &tried, &error);
            None
        }
    }
}

async fn named(api: &Api, diagnostics: &mut Diagnostics, name: &str) -> Option<Partner> {
    let tried = format!("import the compliance partner {name:?}");
    let partners = match api.list(Limit::Read.by_default()).await {
        Ok(partners) => partners,
        Err(error) => {
            report::failure(diagnostics, &tried, &error);
            return None;
        }
    };
    // Space around a name is a typing error, unless a partner has it.
    let has_exactly = |it: &Partner| it.display_name.as_deref() == Some(name);
    let name = if partners.iter().any(has_exactly) {
        name
    } else {
        name.trim()
    };
    only_one_named(partners, name)
        .map_err(|problem| report::problem(diagnostics, &tried, problem))
        .ok()
}
