//! The attributes and their documentation. The registry's pages are generated from it.

use std::collections::HashMap;

use tf_provider::schema::{
    Attribute, AttributeConstraint, AttributeType, Block, Description, Schema,
};

use super::{
    state::{Platform, TargetType},
    timeouts::{Limit, ReadTimeouts, Settings as _, Timeouts},
    validate::{FILTER_TYPES, PARTNER_STATES},
};
use crate::{graph::ApiVersion, words::one_of};

use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};

type Attributes = HashMap<String, Attribute>;

/// The schema of the resource.
pub fn resource() -> Schema {
    let mut attributes = partner(Required, OptionalComputed);
    attributes.insert("id".to_owned(), id(Computed));
    attributes.insert("timeouts".to_owned(), timeouts(Timeouts::LIMITS));
    schema(
        "Manages a compliance management partner in the tenant: the connection through which Jamf, \
         Workspace ONE, Iru, and others report the compliance of devices to Microsoft Intune.\n\n\
         An attribute that you leave out is not managed: it keeps its current value. Removing \
         an attribute from the configuration changes nothing in the tenant.\n\n\
         ~> If you offboard a platform, no longer assign a group, or delete a partner, the devices \
         concerned can lose their compliant status, and Conditional Access then locks out their \
         users.",
        attributes,
    )
}

/// The schema of the data source that reads one partner.
pub fn data_source() -> Schema {
    let mut attributes = partner(OptionalComputed, Computed);
    attributes.insert("id".to_owned(), id(OptionalComputed));
    attributes.insert("timeouts".to_owned(), timeouts(ReadTimeouts::LIMITS));
    schema(
        "Reads one compliance management partner in the tenant, by its `id` or its \
         `display_name`.",
        attributes,
    )
}

/// The schema of the data source that reads all partners.
pub fn plural_data_source() -> Schema {
    let mut element = partner(Computed, Computed);
    element.insert("id".to_owned(), id(Computed));
    let partners = attribute(
        AttributeType::AttributeList(element),
        Computed,
        "The partners, ordered by display name and id. They can include catalog partners that \
         no one has set up, with `partner_state` `unknown`."
            .to_owned(),
    );
    schema(
        "Reads all compliance management partners in the tenant.",
        HashMap::from([
            ("partners".to_owned(), partners),
            ("timeouts".to_owned(), timeouts(ReadTimeouts::LIMITS)),
        ]),
    )
}

/// The schema of the list resource, for `terraform query`.
pub fn list_resource() -> Schema {
    let filters = [
        (
            "display_name",
            "Only partners with exactly this name.".to_owned(),
        ),
        (
            "partner_state",
            format!(
                "Only partners in this state: {}. `enabled` leaves out partners that no one has set up.",
                one_of(&PARTNER_STATES, '`')
            ),
        ),
        (
            "platform",
            format!(
                "Only partners that are onboarded for this platform: {}.",
                one_of(&Platform::ALL.map(Platform::key), '`')
            ),
        ),
    ];
    let filters = filters.map(|(name, description)| {
        let filter = attribute(AttributeType::String, Optional, description);
        (name.to_owned(), filter)
    });
    schema(
        "Finds the compliance management partners in the tenant. They can include catalog partners \
         that no one has set up, with `partner_state` `unknown`.",
        HashMap::from(filters),
    )
}

/// The attributes of the resource's identity.
pub fn identity() -> Schema {
    schema("", HashMap::from([("id".to_owned(), id(Required))]))
}

fn schema(description: &str, attributes: Attributes) -> Schema {
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes,
            blocks: HashMap::new(),
            description: Description::markdown(description),
            deprecated: false,
        },
    }
}

fn attribute(
    attr_type: AttributeType,
    constraint: AttributeConstraint,
    description: String,
) -> Attribute {
    Attribute {
        attr_type,
        description: Description::markdown(description),
        constraint,
        sensitive: false,
        deprecated: false,
    }
}

fn id(constraint: AttributeConstraint) -> Attribute {
    attribute(
        AttributeType::String,
        constraint,
        "The id of the partner in Graph.".to_owned(),
    )
}

/// The attributes that the resource and the data sources share. The id is not among them: it differs more.
fn partner(name: AttributeConstraint, rest: AttributeConstraint) -> Attributes {
    // Only the resource documents what it means to leave out an attribute.
    let is_managed = rest == OptionalComputed;
    let unless_set = |text: &str| {
        if is_managed {
            format!(" {text}")
        } else {
            String::new()
        }
    };
    let mut attributes = Attributes::new();
    let mut put = |name: &str, kind, constraint, description: String| {
        attributes.insert(name.to_owned(), attribute(kind, constraint, description));
    };
    put(
        "display_name",
        AttributeType::String,
        name,
        "The name of the partner, as shown in the admin center.".to_owned(),
    );
    for platform in Platform::ALL {
        put(
            platform.onboarded_attribute(),
            AttributeType::Bool,
            rest.clone(),
            format!(
                "Whether the partner is onboarded for {} devices.{}{}",
                platform.name(),
                beta_only(platform),
                unless_set("If left out, it is not managed.")
            ),
        );
        put(
            platform.assignments_attribute(),
            AttributeType::AttributeSet(target(is_managed)),
            rest.clone(),
            format!(
                "Who enrolls {} devices through the partner. If a group is both included and \
                 excluded, the exclusion wins.{}{}",
                platform.name(),
                beta_only(platform),
                unless_set("If left out, it is not managed; `[]` means no one.")
            ),
        );
    }
    put(
        "partner_state",
        AttributeType::String,
        rest.clone(),
        format!(
            "The state of the partner in this tenant: {}. Graph might return a state that is not \
             listed here.{}",
            one_of(&PARTNER_STATES, '`'),
            unless_set("The service changes it by itself; if left out, it is not managed.")
        ),
    );
    put(
        "last_heartbeat_date_time",
        AttributeType::String,
        rest,
        format!(
            "When the partner last sent a heartbeat, in RFC 3339 format with up to 7 fractional \
             digits of a second and any offset; `0001-01-01T00:00:00Z` means never.{}",
            unless_set(
                "A different spelling of the same instant is not a change. The service changes it by \
                 itself; if left out, it is not managed, and a heartbeat is never a change."
            )
        ),
    );
    attributes
}

/// What to add for a platform that v1.0 does not have.
fn beta_only(platform: Platform) -> &'static str {
    if platform.is_in(ApiVersion::V1) {
        ""
    } else {
        " Beta only: see `graph_api_version`."
    }
}

fn target(is_managed: bool) -> Attributes {
    let constraints = if is_managed {
        (Required, Optional)
    } else {
        (Computed, Computed)
    };
    let names = TargetType::ALL.map(TargetType::name);
    let kind = attribute(
        AttributeType::String,
        constraints.0,
        format!("The type of the target: {}.", one_of(&names, '`')),
    );
    let text = |description| attribute(AttributeType::String, constraints.1.clone(), description);
    let id = |name: &str, what: &str| {
        let kinds = TargetType::ALL
            .into_iter()
            .filter(|kind| kind.id_attribute() == Some(name));
        let kinds: Vec<_> = kinds.map(TargetType::name).collect();
        text(format!(
            "The id of the {what}. Used with the type {}, and with no other.",
            one_of(&kinds, '`')
        ))
    };
    HashMap::from([
        ("type".to_owned(), kind),
        ("group_id".to_owned(), id("group_id", "Entra ID group")),
        (
            "collection_id".to_owned(),
            id("collection_id", "Configuration Manager collection"),
        ),
        (
            "filter_id".to_owned(),
            text("The id of an assignment filter. Beta only: see `graph_api_version`.".to_owned()),
        ),
        (
            "filter_type".to_owned(),
            text(format!(
                "What the filter does with the devices that it matches: {}. Used with `filter_id`.",
                one_of(&FILTER_TYPES, '`')
            )),
        ),
    ])
}

fn timeouts(limits: &[Limit]) -> Attribute {
    let limits = limits.iter().map(|operation| {
        let minutes = operation.by_default().as_secs() / 60;
        let description = format!(
            "The time limit of the {} operation, including waits while Graph throttles the tenant. Default: `{minutes}m`.",
            operation.name()
        );
        (operation.name().to_owned(), attribute(AttributeType::String, Optional, description))
    });
    attribute(
        AttributeType::AttributeSingle(limits.collect()),
        Optional,
        "How long operations can take, as durations such as `90s`, `5m`, or `1h30m`.".to_owned(),
    )
}
