//! The provider's functions in a configuration.

use serde_json::json;

use crate::fixture::Session;
use crate::messages::errors;

#[tokio::test(flavor = "multi_thread")]
async fn they_need_no_tenant() {
    let session = Session::of_nobody().await;
    session.configure(
        r#"output "all" {
             value = {
               age    = provider::intune::heartbeat_age_hours("2026-01-01T00:00:00Z", "2026-01-02T12:00:00Z")
               id     = provider::intune::import_id("Jamf")
               parsed = provider::intune::parse_import_id("display_name:Jamf")
             }
           }"#,
    );
    session.apply().await;
    let output = session.succeed(&["output", "-json", "all"]).await.json();
    let expected = json!({
        "age": 36,
        "id": "display_name:Jamf",
        "parsed": { "id": null, "display_name": "Jamf" },
    });
    assert_eq!(output, expected);
    assert_eq!(session.emulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_argument_is_shown_with_its_name() {
    let session = Session::of_nobody().await;
    let call = "provider::intune::heartbeat_age_hours(\"2026-01-01T00:00:00Z\", \"today\")";
    session.configure(&format!("output \"age\" {{\n  value = {call}\n}}\n"));
    let run = session.run(&["plan", "-json"]).await;
    let error = errors(&run, &session);
    assert!(
        error.contains("\"today\" is not an RFC 3339 date and time"),
        "{error}"
    );
    assert!(error.contains("\"now\""), "{error}");
}
