//! A provider block that is not known while Terraform plans: a client that can wait is told to,
//! and every other one is told what to do.

use acceptance_tests::{
    core::{
        tfplugin6::{
            ClientCapabilities, Deferred, deferred::Reason, import_resource_state,
            plan_resource_change, read_data_source, read_resource,
        },
        value::{UNKNOWN, decode, encode},
    },
    emulator::samples,
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result};

fn client(deferral_allowed: bool) -> ClientCapabilities {
    ClientCapabilities {
        deferral_allowed,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_client_that_can_wait_is_told_to() -> Result<()> {
    let fixture = Fixture::start().await?;
    fixture.configure_unknown().await?;
    let mut rpc = fixture.provider.rpc.clone();
    let waits = Some(Deferred {
        reason: Reason::ProviderConfigUnknown.into(),
    });
    let state = fixture.value(json!({ "id": samples::KANDJI, "display_name": "Kandji" }));

    let request = read_resource::Request {
        type_name: PARTNER.into(),
        current_state: Some(encode(&state)),
        private: vec![0xc0],
        client_capabilities: Some(client(true)),
        ..Default::default()
    };
    let read = rpc.read_resource(request).await?.into_inner();
    assert_eq!((&read.deferred, &read.diagnostics[..]), (&waits, &[][..]));
    assert_eq!((decode(read.new_state)?, read.private), (state, vec![0xc0]));

    let config = fixture.value(json!({ "display_name": "Iru", "ios_onboarded": true }));
    let request = plan_resource_change::Request {
        type_name: PARTNER.into(),
        prior_state: Some(encode(&Value::Null)),
        proposed_new_state: Some(encode(&config)),
        config: Some(encode(&config)),
        client_capabilities: Some(client(true)),
        ..Default::default()
    };
    let planned = rpc.plan_resource_change(request).await?.into_inner();
    assert_eq!(
        (&planned.deferred, &planned.diagnostics[..]),
        (&waits, &[][..])
    );
    let planned = decode(planned.planned_state)?;
    assert_eq!(
        (&planned["display_name"], &planned["id"]),
        (&json!("Iru"), &json!(UNKNOWN))
    );

    for id in [samples::KANDJI, "display_name:Kandji"] {
        let request = import_resource_state::Request {
            type_name: PARTNER.into(),
            id: id.into(),
            client_capabilities: Some(client(true)),
            ..Default::default()
        };
        let mut imported = rpc.import_resource_state(request).await?.into_inner();
        assert_eq!(
            (&imported.deferred, &imported.diagnostics[..]),
            (&waits, &[][..])
        );
        assert_eq!(
            decode(imported.imported_resources.remove(0).state)?,
            UNKNOWN
        );
    }
    // Core then plans from what nobody knows.
    let proposed = fixture.value(json!({ "display_name": "Kandji", "id": UNKNOWN }));
    let request = plan_resource_change::Request {
        type_name: PARTNER.into(),
        prior_state: Some(encode(&json!(UNKNOWN))),
        proposed_new_state: Some(encode(&proposed)),
        config: Some(encode(&fixture.value(json!({ "display_name": "Kandji" })))),
        client_capabilities: Some(client(true)),
        ..Default::default()
    };
    let planned = rpc.plan_resource_change(request).await?.into_inner();
    assert_eq!(
        (&planned.deferred, &planned.diagnostics[..]),
        (&waits, &[][..])
    );
    assert_eq!(decode(planned.planned_state)?, proposed);

    let request = read_data_source::Request {
        type_name: "intune_compliance_partners".into(),
        config: Some(encode(&json!({ "partners": null }))),
        client_capabilities: Some(client(true)),
        ..Default::default()
    };
    let read = rpc.read_data_source(request).await?.into_inner();
    assert_eq!((&read.deferred, &read.diagnostics[..]), (&waits, &[][..]));
    assert_eq!(decode(read.state)?, UNKNOWN);
    assert_eq!(fixture.emulator.requests(), 0);
    Ok(())
}

#[tokio::test]
async fn every_other_one_is_told_what_to_do() -> Result<()> {
    let fixture = Fixture::start().await?;
    let request = |deferral_allowed| read_data_source::Request {
        type_name: "intune_compliance_partners".into(),
        config: Some(encode(&json!({ "partners": null, "timeouts": null }))),
        client_capabilities: Some(client(deferral_allowed)),
        ..Default::default()
    };
    let mut rpc = fixture.provider.rpc.clone();
    fixture.configure_unknown().await?;
    let read = rpc.read_data_source(request(false)).await?.into_inner();
    assert_eq!(read.deferred, None);
    assert!(
        read.diagnostics[0]
            .detail
            .contains("tenant_id gets a value only during the apply")
    );
    // What is known is read, whatever the client can do.
    fixture.configure().await?;
    let read = rpc.read_data_source(request(true)).await?.into_inner();
    assert_eq!((read.deferred, read.diagnostics), (None, vec![]));
    Ok(())
}
