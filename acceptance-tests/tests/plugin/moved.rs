//! Moves from Microsoft's generic provider.

use acceptance_tests::{
    core::{ReadRequest, tfplugin6},
    emulator::samples,
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result};

const SOURCE: (&str, &str) = (
    "registry.terraform.io/microsoft/msgraph",
    "msgraph_resource",
);

#[tokio::test]
async fn the_id_comes_over_and_the_next_read_fills_the_rest() -> Result<()> {
    let fixture = Fixture::start().await?;
    let generic = json!({
        "id": samples::WORKSPACE_ONE,
        "url": "deviceManagement/complianceManagementPartners",
        "api_version": "v1.0",
        "body": { "type": ["object", {}], "value": {} },
        "resource_url": format!("deviceManagement/complianceManagementPartners/{}", samples::WORKSPACE_ONE),
        "output": null,
    });
    let (diagnostics, moved) = fixture
        .provider
        .take_over(PARTNER, SOURCE, &generic)
        .await?;
    assert_eq!(diagnostics, []);
    assert_eq!(
        moved.state,
        fixture.value(json!({ "id": samples::WORKSPACE_ONE }))
    );
    assert_eq!(
        moved.identity,
        Some(json!({ "id": samples::WORKSPACE_ONE }))
    );
    let read = ReadRequest {
        state: moved.state,
        private: moved.private,
        identity: moved.identity,
    };
    let read = fixture.provider.read(PARTNER, read).await?;
    assert_eq!(
        (read.diagnostics, &read.state["ios_onboarded"]),
        (vec![], &json!(true))
    );
    Ok(())
}

#[tokio::test]
async fn what_is_no_partner_is_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    let group = json!({ "id": "g", "url": "groups" });
    let other = ("registry.opentofu.org/hashicorp/null", "null_resource");
    for (source, state, words) in [
        (SOURCE, group.clone(), "not a compliance partner"),
        (
            other,
            group,
            "null_resource of registry.opentofu.org/hashicorp/null",
        ),
    ] {
        let (diagnostics, moved) = fixture.provider.take_over(PARTNER, source, &state).await?;
        assert!(diagnostics[0].detail.contains(words), "{}", diagnostics[0]);
        assert_eq!((moved.state, moved.identity), (Value::Null, None));
    }
    for json in ["", "{", "\u{0}"] {
        let request = tfplugin6::move_resource_state::Request {
            target_type_name: PARTNER.into(),
            source_state: Some(tfplugin6::RawState {
                json: json.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut rpc = fixture.provider.rpc.clone();
        let answer = rpc.move_resource_state(request).await?.into_inner();
        assert_eq!(
            (answer.diagnostics.len(), answer.target_state),
            (1, None),
            "{json:?}"
        );
    }
    Ok(())
}
