//! A partner that Microsoft's generic provider managed so far.

use std::fs;

use acceptance_tests::cli::SOURCE;
use acceptance_tests::emulator::samples::WORKSPACE_ONE;
use acceptance_tests::provider_binary::provider_binary;
use serde_json::json;
use tempfile::TempDir;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, delete, get, partner};
use crate::messages::errors;

const GENERIC: &str = "registry.terraform.io/microsoft/msgraph";
/// Where OpenTofu looks for what state has from Terraform's registry.
const GENERIC_OF_OPENTOFU: &str = "registry.opentofu.org/microsoft/msgraph";

/// Somebody whose state has a resource of the generic provider that manages this URL. Nothing of
/// that provider is called but its schema, and so ours can play it.
async fn session_with(url: &str) -> (Session, TempDir) {
    let session = Session::start().await;
    let provider = provider_binary();
    let stand_in = TempDir::new().expect("a temporary folder");
    let binary = stand_in.path().join("terraform-provider-msgraph");
    let binary = binary.with_extension(std::env::consts::EXE_EXTENSION);
    fs::copy(&provider, binary).expect("the provider can be copied");
    let folder = provider.parent().expect("a folder").display().to_string();
    let generic = stand_in.path().display().to_string();
    let overrides = format!(
        "provider_installation {{\n  dev_overrides {{\n    {SOURCE:?} = {folder:?}\n    \
         {GENERIC:?} = {generic:?}\n    {GENERIC_OF_OPENTOFU:?} = {generic:?}\n  }}\n}}\n"
    );
    session.workspace.write("cli.tfrc", &overrides);
    let state = json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "6b3a2f0e-0000-4000-8000-000000000001",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "msgraph_resource",
            "name": "it",
            "provider": format!("provider[{GENERIC:?}]"),
            "instances": [{
                "schema_version": 0,
                "attributes": { "id": WORKSPACE_ONE, "url": url, "api_version": "v1.0", "output": null },
            }],
        }],
    });
    session
        .workspace
        .write("terraform.tfstate", &state.to_string());
    let moved = format!("moved {{\n  from = msgraph_resource.it\n  to   = {PARTNER}\n}}\n");
    let it = partner("display_name = \"VMware Workspace ONE\"\nios_onboarded = true");
    session.configure(&format!("{moved}{it}"));
    (session, stand_in)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_block_takes_it_over_and_changes_nothing() {
    let (session, _stand_in) = session_with("deviceManagement/complianceManagementPartners").await;
    let plan = session.plan().await;
    assert_eq!(plan.changes(), NO_CHANGES);
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(WORKSPACE_ONE)]);
    session.apply().await;
    assert_eq!(session.id(), WORKSPACE_ONE);
    assert_eq!(session.state(PARTNER)["android_onboarded"], true);
    assert!(session.find_in_state("msgraph_resource.it").is_none());
    session.assert_no_changes().await;
}

/// State has its id alone: what changes could be anything.
#[tokio::test(flavor = "multi_thread")]
async fn it_has_to_be_read_before_it_is_planned() {
    let (session, _stand_in) = session_with("deviceManagement/complianceManagementPartners").await;
    let run = session.run(&["plan", "-refresh=false", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Cannot plan the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0002
    in resource "intune_compliance_partner" "it"
    The partner was moved here and has not been read yet. State has only its id, so its changes cannot be determined or reviewed. Plan without -refresh=false.
    "#);
}

/// State has its id alone, and it is enabled.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_at_before_it_is_destroyed() {
    let (mut session, _stand_in) =
        session_with("deviceManagement/complianceManagementPartners").await;
    session.set("INTUNE_RISKY_CHANGES", "deny");
    for refresh in ["-refresh=true", "-refresh=false"] {
        let run = session
            .run(&["destroy", "-auto-approve", refresh, "-json"])
            .await;
        let told = errors(&run, &session);
        assert!(told.contains("active-partner-destroyed"), "{told}");
        session.stored(WORKSPACE_ONE);
    }
    session.set("INTUNE_RISKY_CHANGES", "allow");
    session.forget_requests();
    session
        .succeed(&["destroy", "-auto-approve", "-refresh=false"])
        .await;
    assert_eq!(
        session.requests(),
        [TOKEN.to_owned(), delete(WORKSPACE_ONE)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_partner_is_refused() {
    let (session, _stand_in) = session_with("groups").await;
    let run = session.run(&["plan", "-json"]).await;
    let error = errors(&run, &session);
    assert!(
        error.contains("The msgraph_resource manages \"groups\""),
        "{error}"
    );
}
