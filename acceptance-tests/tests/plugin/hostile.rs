//! Garbled values and unknown names: errors in words, never a crash, and state stays as it was.

use acceptance_tests::core::{
    ApplyRequest, PlanRequest, ReadRequest, Severity,
    tfplugin6::{self, DynamicValue},
    value::{encode, from_msgpack},
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result};

fn msgpack(bytes: &[u8]) -> DynamicValue {
    DynamicValue {
        msgpack: bytes.to_vec(),
        json: vec![],
    }
}

/// What core never sends.
fn garbage(good: &Value) -> Vec<Option<DynamicValue>> {
    let good = encode(good).msgpack;
    vec![
        Some(msgpack(b"\xc1")),
        Some(msgpack(b"\x01")),
        Some(msgpack(b"\x80")),
        Some(msgpack(b"\x91\xc0")),
        Some(msgpack(&good[..good.len() / 2])),
        Some(msgpack(&[&good[..], b"\xc0"].concat())),
        Some(msgpack(&b"\x91".repeat(5_000))),
        Some(msgpack(b"\xdd\xff\xff\xff\xff")),
        Some(DynamicValue {
            msgpack: vec![],
            json: b"{".to_vec(),
        }),
        Some(DynamicValue {
            msgpack: vec![],
            json: b"[]".to_vec(),
        }),
        Some(DynamicValue::default()),
        None,
    ]
}

fn is_error(diagnostics: &[tfplugin6::Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|it| it.severity() == Severity::Error && !it.detail.is_empty())
}

#[tokio::test]
async fn garbage_is_an_error_everywhere() -> Result<()> {
    let fixture = Fixture::start().await?;
    let good = fixture.value(json!({ "id": "p", "display_name": "Jamf" }));
    let mut rpc = fixture.provider.rpc.clone();
    for bad in garbage(&good) {
        let type_name = PARTNER.to_owned();
        let request = tfplugin6::validate_provider_config::Request {
            config: bad.clone(),
        };
        let answer = rpc.validate_provider_config(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "ValidateProviderConfig took {bad:?}"
        );

        let request = tfplugin6::configure_provider::Request {
            config: bad.clone(),
            ..Default::default()
        };
        let answer = rpc.configure_provider(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "ConfigureProvider took {bad:?}"
        );

        let request = tfplugin6::validate_resource_config::Request {
            type_name: type_name.clone(),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = rpc.validate_resource_config(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "ValidateResourceConfig took {bad:?}"
        );

        let request = tfplugin6::read_resource::Request {
            type_name: type_name.clone(),
            current_state: bad.clone(),
            private: b"mine".to_vec(),
            ..Default::default()
        };
        let answer = rpc.read_resource(request).await?.into_inner();
        assert!(is_error(&answer.diagnostics), "ReadResource took {bad:?}");
        assert_eq!(
            (answer.new_state, &answer.private[..]),
            (bad.clone(), &b"mine"[..])
        );

        let request = tfplugin6::apply_resource_change::Request {
            type_name: type_name.clone(),
            prior_state: Some(encode(&good)),
            planned_state: Some(encode(&good)),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = rpc.apply_resource_change(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "ApplyResourceChange took {bad:?}"
        );
        assert_eq!(answer.new_state, Some(encode(&good)), "state was not kept");

        let request = tfplugin6::plan_resource_change::Request {
            type_name,
            prior_state: Some(encode(&good)),
            proposed_new_state: Some(encode(&good)),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = rpc.plan_resource_change(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "PlanResourceChange took {bad:?}"
        );

        let request = tfplugin6::read_data_source::Request {
            type_name: PARTNER.to_owned(),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = rpc.read_data_source(request).await?.into_inner();
        assert!(is_error(&answer.diagnostics), "ReadDataSource took {bad:?}");
    }
    assert_eq!(
        fixture.emulator.journal().len(),
        0,
        "nothing was sent for any of it"
    );
    Ok(())
}

#[tokio::test]
async fn a_garbled_stored_state_is_an_error() -> Result<()> {
    let fixture = Fixture::start().await?;
    let mut rpc = fixture.provider.rpc.clone();
    for json in [
        "",
        "{",
        "[]",
        "null",
        r#"{"display_name": 1}"#,
        r#"{"timeouts": "5m"}"#,
    ] {
        let raw_state = Some(tfplugin6::RawState {
            json: json.as_bytes().to_vec(),
            ..Default::default()
        });
        let type_name = PARTNER.to_owned();
        let request = tfplugin6::upgrade_resource_state::Request {
            type_name,
            version: 0,
            raw_state,
        };
        let answer = rpc.upgrade_resource_state(request).await?.into_inner();
        assert!(
            is_error(&answer.diagnostics),
            "UpgradeResourceState took {json:?}"
        );
        assert_eq!(answer.upgraded_state, None);
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_type_is_named() -> Result<()> {
    let fixture = Fixture::start().await?;
    let provider = &fixture.provider;
    let empty = json!({});
    let validated = provider.validate_resource("intune_thing", &empty).await?;
    let data = provider.validate_data("intune_thing", &empty).await?;
    let imported = provider.import("intune_thing", "x").await?;
    let upgraded = provider.upgrade("intune_thing", 0, &empty).await?;
    let planned = provider
        .plan("intune_thing", PlanRequest::default())
        .await?;
    let applied = provider
        .apply("intune_thing", ApplyRequest::default())
        .await?;
    let read = provider
        .read("intune_thing", ReadRequest::default())
        .await?;
    let read_data = provider.read_data("intune_thing", &empty).await?;
    for diagnostics in [
        validated,
        data,
        imported.diagnostics,
        upgraded.diagnostics,
        planned.diagnostics,
        applied.diagnostics,
        read.diagnostics,
        read_data.diagnostics,
    ] {
        assert!(
            diagnostics[0].summary.contains("intune_thing"),
            "{}",
            diagnostics[0]
        );
        assert!(
            diagnostics[0].detail.contains(PARTNER),
            "{}",
            diagnostics[0]
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_prior_state_in_json_is_read() -> Result<()> {
    let fixture = Fixture::start().await?;
    let state = fixture.value(json!({ "id": "p", "display_name": "Jamf" }));
    let json = DynamicValue {
        msgpack: vec![],
        json: state.to_string().into_bytes(),
    };
    let config = fixture.value(json!({ "display_name": "Jamf" }));
    let request = tfplugin6::plan_resource_change::Request {
        type_name: PARTNER.to_owned(),
        prior_state: Some(json),
        proposed_new_state: Some(encode(&state)),
        config: Some(encode(&config)),
        ..Default::default()
    };
    let answer = fixture
        .provider
        .rpc
        .clone()
        .plan_resource_change(request)
        .await?
        .into_inner();
    assert_eq!(answer.diagnostics, []);
    let planned = answer.planned_state.ok_or("no plan")?;
    assert_eq!(from_msgpack(&planned.msgpack)?, state);
    Ok(())
}

#[tokio::test]
async fn a_large_message_passes() -> Result<()> {
    let fixture = Fixture::start().await?;
    let config = fixture.value(json!({ "display_name": "x".repeat(32 << 20) }));
    assert_eq!(
        fixture.provider.validate_resource(PARTNER, &config).await?,
        []
    );
    Ok(())
}
