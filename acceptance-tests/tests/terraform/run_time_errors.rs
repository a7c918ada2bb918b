//! What people read when signing in fails or Graph says no. No such error takes anything out of state.

use acceptance_tests::emulator::samples::{KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Effect, Emulator, Fault, Options};
use serde_json::json;

use crate::fixture::{NO_REQUESTS, PARTNER, Session, imported, partner};
use crate::messages::errors;

const KANDJI_BY_NAME: &str = "display_name = \"Kandji\"";

/// What a plan that has to read says with these variables set.
async fn refusal_with(variables: &[(&'static str, &str)]) -> String {
    let mut session = Session::start().await;
    session.configure(&imported(KANDJI, KANDJI_BY_NAME));
    for (name, value) in variables {
        session.set(name, value);
    }
    let run = session.run(&["plan", "-json"]).await;
    errors(&run, &session)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credentials_at_all() {
    // Somebody may be signed in to this machine's Azure CLI.
    let nothing = [
        ("ARM_TENANT_ID", ""),
        ("ARM_CLIENT_ID", ""),
        ("ARM_CLIENT_SECRET", ""),
        ("ARM_USE_CLI", "false"),
    ];
    insta::assert_snapshot!(refusal_with(&nothing).await, @r#"
    error: Cannot read the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003
    No way to sign in is set up:
    - client certificate: neither client_certificate (ARM_CLIENT_CERTIFICATE) nor client_certificate_path (ARM_CLIENT_CERTIFICATE_PATH) is set.
    - client secret: neither client_secret (ARM_CLIENT_SECRET) nor client_secret_file_path (ARM_CLIENT_SECRET_FILE_PATH) is set.
    - OpenID Connect: use_oidc (ARM_USE_OIDC) is not true.
    - AKS workload identity: use_aks_workload_identity (ARM_USE_AKS_WORKLOAD_IDENTITY) is not true.
    - managed identity: use_msi (ARM_USE_MSI) is not true.
    - Azure CLI: use_cli (ARM_USE_CLI) is false.
    - Azure Developer CLI: use_azd (ARM_USE_AZD) is not true.
    - Azure PowerShell: use_powershell (ARM_USE_POWERSHELL) is not true.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret() {
    insta::assert_snapshot!(refusal_with(&[("ARM_CLIENT_SECRET", "the-id-of-it")]).await, @r#"
    error: Cannot read the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003
    Signing in to Microsoft Entra ID with a client secret failed: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'a99a99a9-2222-4333-8444-555566667777'. Trace ID: … Correlation ID: … Timestamp: …

    Check client_secret (ARM_CLIENT_SECRET): it must be the secret's value, not its ID.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_does_not_exist() {
    insta::assert_snapshot!(refusal_with(&[("ARM_TENANT_ID", "nowhere.example")]).await, @r#"
    error: Cannot read the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003
    Signing in to Microsoft Entra ID with a client secret failed: AADSTS90002: Tenant 'nowhere.example' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Trace ID: … Correlation ID: … Timestamp: …

    The tenant was not found. Check tenant_id (ARM_TENANT_ID), and whether environment (ARM_ENVIRONMENT) is the tenant's cloud.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_cannot_be_one() {
    insta::assert_snapshot!(refusal_with(&[("ARM_TENANT_ID", "no/tenant")]).await, @r#"
    error: Invalid tenant_id
    in provider "intune"
    tenant_id (in the provider block, or from ARM_TENANT_ID): the value has the character '/', which no tenant has. Use the tenant's ID, such as 00000000-0000-0000-0000-000000000000, or one of its domain names. Allowed are letters, digits, "." and "-".
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_does_not_exist() {
    insta::assert_snapshot!(refusal_with(&[("ARM_CLIENT_ID", "no-app")]).await, @r#"
    error: Cannot read the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003
    Signing in to Microsoft Entra ID with a client secret failed: AADSTS700016: Application with identifier 'no-app' was not found in the directory 'c0ffee00-1111-4222-8333-444455556666'. Trace ID: … Correlation ID: … Timestamp: …

    The tenant does not know the application. Check client_id (ARM_CLIENT_ID) and tenant_id (ARM_TENANT_ID).
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted() {
    let stranger = Emulator::start(Options::default())
        .await
        .expect("a free port");
    let ca = stranger.ca_pem_path().display().to_string();
    insta::assert_snapshot!(refusal_with(&[("SSL_CERT_FILE", &ca)]).await, @r#"
    error: Cannot read the compliance partner with id 5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003
    Signing in to Microsoft Entra ID with a client secret failed: error sending request for url (https://EMULATOR/c0ffee00-1111-4222-8333-444455556666/oauth2/v2.0/token): client error (Connect): invalid peer certificate: BadSignature

    If a proxy or an emulator in between has its own certificate authority, add that authority to those that the system trusts. On Linux, you can set SSL_CERT_FILE to its certificate (PEM).
    "#);
}

/// What a plan says of an existing partner when Graph answers its read with this.
async fn refusal_when_graph_answers(effect: Effect) -> String {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let state = session.state(PARTNER);
    session.emulator.fail(Fault::new(effect).method("GET"));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    assert_eq!(session.state(PARTNER), state, "state is kept");
    errors(&run, &session).replace(&session.id(), "ID")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission() {
    insta::assert_snapshot!(refusal_when_graph_answers(Effect::status(403)).await, @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 403 Forbidden for GET /v1.0/deviceManagement/complianceManagementPartners/ID: Forbidden

    Grant the application DeviceManagementConfiguration.Read.All or DeviceManagementServiceConfig.Read.All with admin consent (Microsoft Graph application permissions; either is enough for reading). Also check that the tenant has an active Intune license.

    code: Forbidden
    request-id: …
    client-request-id: …
    date: …
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_404_that_is_not_graphs() {
    let not_found = Effect::Status {
        status: 404,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: Some("<html><body>Nothing here</body></html>".to_owned()),
    };
    insta::assert_snapshot!(refusal_when_graph_answers(not_found).await, @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 404 Not Found for GET /v1.0/deviceManagement/complianceManagementPartners/ID: the response (text/html) is not in Graph's error format: <html><body>Nothing here</body></html>

    This response is not from Microsoft Graph, so it says nothing about the requested object. A proxy or a network's sign-in page may have responded instead. Check HTTPS_PROXY, NO_PROXY and graph_endpoint (INTUNE_GRAPH_ENDPOINT).

    client-request-id: …
    date: …
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_proxy() {
    insta::assert_snapshot!(refusal_when_graph_answers(Effect::Html).await, @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    The response to GET /v1.0/deviceManagement/complianceManagementPartners/ID (status 200, text/html; charset=utf-8) is not JSON: <!DOCTYPE html><html><body>Sign in to the network</body></html>

    This response is not from Microsoft Graph, so it says nothing about the requested object. A proxy or a network's sign-in page may have responded instead. Check HTTPS_PROXY, NO_PROXY and graph_endpoint (INTUNE_GRAPH_ENDPOINT).

    client-request-id: …
    date: …
    "#);
}

/// In state it would be the one that the next destroy deletes.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_another_partner() {
    let other = json!({"id": KANDJI, "displayName": "Kandji"});
    insta::assert_snapshot!(refusal_when_graph_answers(Effect::AnotherObject(other)).await, @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    The response is about a different partner (id "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003").

    Try again. If the response stays the same, a proxy may have responded instead of Microsoft Graph: check HTTPS_PROXY, NO_PROXY and graph_endpoint (INTUNE_GRAPH_ENDPOINT).
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_graph() {
    insta::assert_snapshot!(refusal_when_graph_answers(Effect::status(400)).await, @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 400 Bad Request for GET /v1.0/deviceManagement/complianceManagementPartners/ID: Bad Request

    Correct what the message points out. If it points out nothing, give the request-id and the date to Microsoft support.

    code: BadRequest
    request-id: …
    client-request-id: …
    date: …
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_refused_keeps_state_and_the_difference() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.configure(&partner("display_name = \"Navy\""));
    session.fail("PATCH", Effect::status(403));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session).replace(&id, "ID"), @r#"
    error: Cannot update compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 403 Forbidden for PATCH /v1.0/deviceManagement/complianceManagementPartners/ID: Forbidden

    Grant the application DeviceManagementConfiguration.ReadWrite.All or DeviceManagementServiceConfig.ReadWrite.All with admin consent (Microsoft Graph application permissions; either is enough, a .Read.All permission is not). Also check that the tenant has an active Intune license.

    code: Forbidden
    request-id: …
    client-request-id: …
    date: …
    "#);
    assert_eq!(session.state(PARTNER)["display_name"], "Fleet");
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_refused_leaves_nothing_in_state() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.fail("POST", Effect::status(403));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Cannot create compliance partner "Fleet"
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 403 Forbidden for POST /v1.0/deviceManagement/complianceManagementPartners: Forbidden

    Grant the application DeviceManagementConfiguration.ReadWrite.All or DeviceManagementServiceConfig.ReadWrite.All with admin consent (Microsoft Graph application permissions; either is enough, a .Read.All permission is not). Also check that the tenant has an active Intune license.

    code: Forbidden
    request-id: …
    client-request-id: …
    date: …
    "#);
    assert_eq!(session.find_in_state(PARTNER), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_is_refused_keeps_state() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.fail("DELETE", Effect::status(403));
    let run = session.run(&["destroy", "-auto-approve", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session).replace(&id, "ID"), @r#"
    error: Cannot delete compliance partner "Fleet" (id ID)
    Microsoft Graph returned 403 Forbidden for DELETE /v1.0/deviceManagement/complianceManagementPartners/ID: Forbidden

    Grant the application DeviceManagementConfiguration.ReadWrite.All or DeviceManagementServiceConfig.ReadWrite.All with admin consent (Microsoft Graph application permissions; either is enough, a .Read.All permission is not). Also check that the tenant has an active Intune license.

    code: Forbidden
    request-id: …
    client-request-id: …
    date: …
    "#);
    assert_eq!(session.id(), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_gone_at_the_update() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.configure(&partner("display_name = \"Navy\""));
    session.plan().await;
    session.emulator.remove_partner(TENANT_ID, &id);
    let run = session.run(&["apply", "-json", "saved.tfplan"]).await;
    insta::assert_snapshot!(errors(&run, &session).replace(&id, "ID"), @r#"
    error: Cannot update compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    Microsoft Graph returned 404 Not Found for PATCH /v1.0/deviceManagement/complianceManagementPartners/ID: The compliance management partner 'ID' was not found.

    The partner was deleted after the plan was made, or created so recently that Graph does not show it everywhere yet. Plan again: if it is gone, Terraform plans to create it.

    code: ResourceNotFound
    request-id: …
    client-request-id: …
    date: …
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_partner_and_a_provider_that_is_not_known_yet() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.configure_all(&format!(
        "resource \"terraform_data\" \"endpoint\" {{
           input = {:?}
         }}
         provider \"intune\" {{
           graph_endpoint = terraform_data.endpoint.output
         }}
         {}",
        session.emulator.url(),
        partner("display_name = \"Fleet\"")
    ));
    let run = session.run(&["plan", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session).replace(&id, "ID"), @r#"
    error: Cannot read compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    The provider block is not fully known yet: graph_endpoint gets a value only during the apply. Use settings that are known during the plan, or apply in two steps with -target.
    "#);
    assert_eq!(session.requests(), NO_REQUESTS);
    session
        .succeed(&["apply", "-auto-approve", "-target=terraform_data.endpoint"])
        .await;
    session.assert_no_changes().await;
}
