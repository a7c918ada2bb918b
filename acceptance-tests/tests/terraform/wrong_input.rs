//! Wrong input in a partner: `terraform validate` refuses it, at the right attribute and before anything is sent.
//! The snapshots hold every one of these messages.

use crate::fixture::{NO_REQUESTS, Session};
use crate::messages::errors;

/// What `validate` says of resources with these attributes, each with what is wrong with it as its name.
async fn refusal(cases: &[(&str, &str)]) -> String {
    let session = Session::start().await;
    let resources = cases.iter().map(|(name, attributes)| {
        format!("resource \"intune_compliance_partner\" {name:?} {{\n{attributes}\n}}\n")
    });
    session.configure(&resources.collect::<String>());
    let run = session.run(&["validate", "-json"]).await;
    assert_eq!(session.requests(), NO_REQUESTS);
    let errors = errors(&run, &session);
    for (name, _) in cases {
        assert!(
            errors.contains(&format!("{name:?}")),
            "nothing about {name}:\n{errors}"
        );
    }
    errors
}

/// The same for elements of a set of targets.
async fn refusal_of_targets(cases: &[(&str, &str)]) -> String {
    let attributes = cases.iter().map(|(name, targets)| {
        let targets = format!("ios_enrollment_assignments = [{targets}]");
        (*name, format!("display_name = \"Fleet\"\n{targets}"))
    });
    let attributes: Vec<_> = attributes.collect();
    let cases: Vec<_> = attributes
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    refusal(&cases).await
}

#[tokio::test(flavor = "multi_thread")]
async fn names_states_and_date_times() {
    let name = "display_name = \"Fleet\"\n";
    let state = format!("{name}partner_state = \"notSetUp\"");
    let state_in_other_letters = format!("{name}partner_state = \"Enabled\"");
    let heartbeat = |text: &str| format!("{name}last_heartbeat_date_time = {text:?}");
    let refusal = refusal(&[
        ("empty_name", "display_name = \"\""),
        ("blank_name", "display_name = \"  \""),
        ("undocumented_state", &state),
        ("state_in_other_letters", &state_in_other_letters),
        ("no_date_time", &heartbeat("yesterday")),
        ("empty_date_time", &heartbeat("")),
        ("date_alone", &heartbeat("2016-12-31")),
        ("no_offset", &heartbeat("2016-12-31T23:59:37")),
        ("no_such_month", &heartbeat("2016-13-31T23:59:37Z")),
        (
            "too_many_digits",
            &heartbeat("2016-12-31T23:59:37.12345678Z"),
        ),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn timeouts() {
    let timeouts = |limits: &str| format!("display_name = \"Fleet\"\ntimeouts = {{ {limits} }}");
    let refusal = refusal(&[
        ("no_duration", &timeouts("create = \"soon\"")),
        ("no_unit", &timeouts("read = \"5\"")),
        ("unknown_unit", &timeouts("update = \"5 parsecs\"")),
        ("negative", &timeouts("delete = \"-5m\"")),
        ("zero", &timeouts("create = \"0s\"")),
        ("empty", &timeouts("create = \"\"")),
        (
            "two_at_once",
            &timeouts("create = \"soon\", delete = \"later\""),
        ),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_type_of_a_target() {
    let refusal = refusal_of_targets(&[
        ("unknown_type", "{ type = \"everybody\" }"),
        (
            "type_in_other_letters",
            "{ type = \"Group\", group_id = \"g\" }",
        ),
        (
            "type_of_graph",
            "{ type = \"groupAssignmentTarget\", group_id = \"g\" }",
        ),
        ("empty_type", "{ type = \"\" }"),
        (
            "null_type",
            "{ type = tobool(\"true\") ? null : \"group\" }",
        ),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_target_needs() {
    let refusal = refusal_of_targets(&[
        ("group_without_id", "{ type = \"group\" }"),
        (
            "group_with_empty_id",
            "{ type = \"group\", group_id = \"\" }",
        ),
        (
            "exclusion_group_without_id",
            "{ type = \"exclusion_group\" }",
        ),
        (
            "collection_without_id",
            "{ type = \"configuration_manager_collection\" }",
        ),
        (
            "collection_with_blank_id",
            "{ type = \"configuration_manager_collection\", collection_id = \" \" }",
        ),
        (
            "group_with_the_id_of_a_collection",
            "{ type = \"group\", collection_id = \"c\" }",
        ),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_place_of_an_id() {
    let refusal = refusal_of_targets(&[
        (
            "name_of_a_group",
            "{ type = \"group\", group_id = \"Mac users\" }",
        ),
        (
            "id_in_braces",
            "{ type = \"exclusion_group\", group_id = \"{6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e000a}\" }",
        ),
        (
            "blank_behind_the_id",
            "{ type = \"group\", group_id = \"6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e000a \" }",
        ),
        (
            "name_of_a_filter",
            "{ type = \"all_devices\", filter_id = \"Corporate\", filter_type = \"include\" }",
        ),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_graph_can_say() {
    let refusal = refusal(&[("with_an_id", "id = \"p\"\ndisplay_name = \"Fleet\"")]).await;
    insta::assert_snapshot!(refusal);
    let session = Session::start().await;
    session.configure(
        "data \"intune_compliance_partner\" \"expects\" {\n  display_name = \"Jamf\"\n  macos_onboarded = false\n  \
         ios_enrollment_assignments = []\n  partner_state = \"enabled\"\n}\n\
         data \"intune_compliance_partners\" \"expects\" {\n  partners = []\n}\n",
    );
    let run = session.run(&["validate", "-json"]).await;
    insta::assert_snapshot!("what_a_data_source_finds", errors(&run, &session));
}

/// Terraform refuses a null that it reads in the configuration, and lets one of a variable pass.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_turns_out_to_be_null() {
    let session = Session::start().await;
    session.configure(
        "variable \"name\" {\n  type = string\n  default = null\n}\n\
         resource \"intune_compliance_partner\" \"it\" {\n  display_name = var.name\n}\n",
    );
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_target_cannot_have() {
    let refusal = refusal_of_targets(&[
        ("all_devices_of_a_group", "{ type = \"all_devices\", group_id = \"g\" }"),
        (
            "all_users_of_a_collection",
            "{ type = \"all_licensed_users\", collection_id = \"c\" }",
        ),
        (
            "group_of_a_collection",
            "{ type = \"group\", group_id = \"6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e000a\", collection_id = \"c\" }",
        ),
        (
            "collection_of_a_group",
            "{ type = \"configuration_manager_collection\", group_id = \"g\", collection_id = \"c\" }",
        ),
        ("empty_id_of_nothing", "{ type = \"all_devices\", group_id = \"\" }"),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_that_occurs_twice() {
    let refusal = refusal_of_targets(&[(
        "twice_in_other_letters",
        "{ type = \"group\", group_id = \"6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e000a\" }, { type = \"group\", group_id = \"6F6E1D7C-3B0A-4C1E-9D55-2F8A7C9E000A\" }",
    )])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_null_element() {
    let refusal = refusal_of_targets(&[("null_element", "null")]).await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_platform_is_checked() {
    let on = |platform: &str| {
        format!(
            "display_name = \"Fleet\"\n{platform}_enrollment_assignments = [{{ type = \"group\" }}]"
        )
    };
    let refusal = refusal(&[
        ("android", &on("android")),
        ("ios", &on("ios")),
        ("macos", &on("macos")),
    ])
    .await;
    insta::assert_snapshot!(refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_sources() {
    let session = Session::start().await;
    let cases = [
        ("neither", ""),
        ("both", "id = \"p\"\ndisplay_name = \"Jamf\""),
        ("empty_name", "display_name = \"\""),
        ("empty_id", "id = \"\""),
        ("blank_id", "id = \" \""),
        ("id_that_is_a_path", "id = \"..\""),
        (
            "id_from_a_file",
            "id = \"5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003\\n\"",
        ),
        ("no_duration", "id = \"p\"\ntimeouts = { read = \"soon\" }"),
    ];
    let blocks = cases.map(|(name, attributes)| {
        format!("data \"intune_compliance_partner\" {name:?} {{\n{attributes}\n}}\n")
    });
    let all = "data \"intune_compliance_partners\" \"all\" {\ntimeouts = { read = \"0s\" }\n}\n";
    session.configure(&(blocks.concat() + all));
    let run = session.run(&["validate", "-json"]).await;
    let errors = errors(&run, &session);
    for (name, _) in cases {
        assert!(
            errors.contains(&format!("{name:?}")),
            "nothing about {name}:\n{errors}"
        );
    }
    insta::assert_snapshot!(errors);
}
