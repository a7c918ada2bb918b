//! `terraform-provider-intune review` of plans that the CLI made: what is said, the exit code, and that nothing is sent.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use acceptance_tests::provider_binary::provider_binary;
use serde_json::Value;

use crate::fixture::{NO_REQUESTS, Session, partner};

const GROUPS: [&str; 3] = [
    "11111111-1111-1111-1111-111111111111",
    "22222222-2222-2222-2222-222222222222",
    "33333333-3333-3333-3333-333333333333",
];

/// Runs the command in the session's folder, with nothing of its environment: neither settings nor a network are needed.
fn review(session: &Session, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = Command::new(provider_binary())
        .arg("review")
        .args(arguments)
        .current_dir(session.workspace.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the provider can be started");
    let mut pipe = command.stdin.take().expect("stdin is a pipe");
    pipe.write_all(stdin).expect("it reads");
    drop(pipe);
    command.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("it prints text")
}

/// Plans, and writes the plan's JSON to plan.json, as people do.
async fn plan(session: &Session) -> Vec<u8> {
    session
        .succeed(&["plan", "-input=false", "-out=tfplan"])
        .await;
    let shown = session.succeed(&["show", "-json", "tfplan"]).await.stdout;
    session.workspace.write("plan.json", &shown);
    session.forget_requests();
    shown.into_bytes()
}

/// A session in which a partner is to lose iOS and a group, and another one is new.
async fn risky() -> Session {
    let [kept, gone, excluded] = GROUPS;
    let session = Session::with_applied(&format!(
        r#"
  display_name    = "Jamf | <b>@admins</b>"
  ios_onboarded   = true
  macos_onboarded = true
  macos_enrollment_assignments = [
    {{ type = "group", group_id = "{kept}" }},
    {{ type = "group", group_id = "{gone}" }},
  ]"#
    ))
    .await;
    session.configure(&format!(
        r#"
resource "terraform_data" "group" {{}}

resource "intune_compliance_partner" "it" {{
  display_name    = "Jamf | <b>@admins</b>"
  ios_onboarded   = false
  macos_onboarded = true
  macos_enrollment_assignments = [
    {{ type = "group", group_id = "{kept}" }},
    {{ type = "exclusion_group", group_id = "{excluded}" }},
  ]
}}

resource "intune_compliance_partner" "new" {{
  for_each          = toset(["a`|[x](y)"])
  display_name      = "Addigy"
  android_onboarded = true
  android_enrollment_assignments = [
    {{ type = "group", group_id = terraform_data.group.id }},
  ]
}}
"#
    ));
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_risky_plan_in_each_format() {
    let session = risky().await;
    let plan = plan(&session).await;

    let comment = review(&session, &["plan.json"], b"");
    insta::assert_snapshot!(text(&comment.stdout));
    assert_eq!(
        (comment.status.code(), text(&comment.stderr)),
        (Some(1), "")
    );
    for arguments in [&["-"][..], &[], &["--format", "markdown", "--fail-on=low"]] {
        let piped = review(&session, arguments, &plan);
        assert_eq!(piped.stdout, comment.stdout, "{arguments:?}");
        assert_eq!(piped.status.code(), Some(1), "{arguments:?}");
    }

    let json = review(
        &session,
        &["--format=json", "--fail-on=never", "plan.json"],
        b"",
    );
    assert_eq!(json.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["partners"][0]["action"], "update");
    assert_eq!(json["partners"][1]["changes"][0]["after_unknown"], true);

    let sarif = review(&session, &["--format=sarif", "plan.json"], b"");
    let sarif: Value = serde_json::from_slice(&sarif.stdout).expect("it is JSON");
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("there are results");
    let locations = results
        .iter()
        .map(|it| &it["locations"][0]["physicalLocation"]);
    let mut files = locations.map(|it| &it["artifactLocation"]["uri"]);
    assert!(
        !results.is_empty() && files.all(|it| it == "plan.json"),
        "{sarif}"
    );

    assert_eq!(session.requests(), NO_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_nothing_and_one_that_destroys() {
    let session = Session::with_applied("display_name = \"Contoso\"\nmacos_onboarded = true").await;
    plan(&session).await;
    let comment = review(&session, &["--fail-on", "low", "plan.json"], b"");
    assert_eq!(comment.status.code(), Some(0));
    assert!(text(&comment.stdout).contains("no change"), "{comment:?}");

    let id = session.id();
    session.edit(&id, "partnerState", "enabled".into());
    // Terraform plans to destroy what state has, and tells the tenant's truth as drift.
    session.configure("");
    plan(&session).await;
    let comment = review(&session, &["plan.json"], b"");
    assert_eq!(comment.status.code(), Some(1), "{comment:?}");
    assert!(
        text(&comment.stdout).contains("active-partner-destroyed"),
        "{comment:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensitive_group_is_not_printed() {
    let secret = GROUPS[0];
    let group = |targets: &str| {
        partner(&format!(
            "display_name = \"Contoso\"\nmacos_onboarded = true\nmacos_enrollment_assignments = {targets}"
        ))
    };
    let session = Session::start().await;
    session.configure(&group(&format!(
        "[{{ type = \"group\", group_id = sensitive(\"{secret}\") }}]"
    )));
    session.apply().await;
    session.configure(&group("[]"));
    let plan = plan(&session).await;
    assert!(
        text(&plan).contains(secret),
        "the plan has it in clear text"
    );
    for format in ["markdown", "json", "sarif"] {
        let shown = review(&session, &["--format", format], &plan);
        assert_eq!(shown.status.code(), Some(1), "{shown:?}");
        assert!(
            !text(&shown.stdout).contains(secret),
            "{}",
            text(&shown.stdout)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_says_what_to_do() {
    let session = Session::start().await;
    session.configure("");
    plan(&session).await;
    let saved = fs::read(session.workspace.path().join("tfplan")).expect("the plan is saved");
    let state = session.succeed(&["show", "-json"]).await.stdout;
    for (arguments, stdin, complaint) in [
        (&["tfplan"][..], &b""[..], "terraform show -json"),
        (&["-"], &saved, "terraform show -json"),
        (&["-"], state.as_bytes(), "not a plan"),
        (
            &["no-such-plan.json"],
            b"",
            "no-such-plan.json cannot be read",
        ),
        (&["--format=html"], b"", "markdown, json, or sarif"),
    ] {
        let refused = review(&session, arguments, stdin);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&refused.stdout), "", "{arguments:?}");
        assert!(text(&refused.stderr).contains(complaint), "{refused:?}");
    }
    let help = review(&session, &["--help"], b"");
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).starts_with("Usage: terraform-provider-intune review "));
}
