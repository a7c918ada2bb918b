//! The identity of a partner: in every answer that has a state, and enough to import by.

use acceptance_tests::{
    core::{ApplyRequest, PlanRequest, ReadRequest},
    emulator::samples,
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result, launch};

#[tokio::test]
async fn the_schema_is_one_id_that_an_import_needs() -> Result<()> {
    let provider = launch().start().await?;
    let schemas = provider.identity_schemas().await?;
    assert_eq!(schemas.diagnostics, []);
    let resources = provider.schema().await?.resource_schemas;
    assert!(schemas.identity_schemas.keys().eq(resources.keys()));
    let schema = &schemas.identity_schemas[PARTNER];
    let [id] = &schema.identity_attributes[..] else {
        panic!("{schema:?}");
    };
    assert_eq!((&*id.name, &*id.r#type), ("id", &b"\"string\""[..]));
    assert!(id.required_for_import && !id.optional_for_import);
    assert!(!id.description.is_empty());
    Ok(())
}

#[tokio::test]
async fn it_goes_with_the_state_through_a_whole_life() -> Result<()> {
    let fixture = Fixture::start().await?;
    let provider = &fixture.provider;
    let config = fixture.value(json!({ "display_name": "Iru" }));
    let create = PlanRequest {
        proposed: config.clone(),
        config: config.clone(),
        ..PlanRequest::default()
    };
    let planned = provider.plan(PARTNER, create).await?;
    assert_eq!(planned.identity, None, "Graph has not made it yet");
    let create = ApplyRequest {
        planned: planned.planned,
        config: config.clone(),
        private: planned.private,
        ..ApplyRequest::default()
    };
    let created = provider.apply(PARTNER, create).await?;
    let identity = Some(json!({ "id": created.state["id"] }));
    assert_eq!(created.identity, identity);

    // A Terraform that knows no identities has none in its state.
    for known in [None, identity.clone()] {
        let read = ReadRequest {
            state: created.state.clone(),
            private: created.private.clone(),
            identity: known.clone(),
        };
        assert_eq!(provider.read(PARTNER, read).await?.identity, identity);
        let update = PlanRequest {
            prior: created.state.clone(),
            proposed: config.clone(),
            config: config.clone(),
            identity: known,
            ..PlanRequest::default()
        };
        assert_eq!(provider.plan(PARTNER, update).await?.identity, identity);
    }

    let destroy = PlanRequest {
        prior: created.state.clone(),
        identity: identity.clone(),
        ..PlanRequest::default()
    };
    assert_eq!(provider.plan(PARTNER, destroy).await?.identity, identity);
    let destroy = ApplyRequest {
        prior: created.state.clone(),
        identity,
        ..ApplyRequest::default()
    };
    let destroyed = provider.apply(PARTNER, destroy).await?;
    assert_eq!((destroyed.state, destroyed.identity), (Value::Null, None));
    Ok(())
}

#[tokio::test]
async fn an_import_by_identity_is_one_by_id() -> Result<()> {
    let fixture = Fixture::start().await?;
    let identity = json!({ "id": samples::KANDJI });
    let by_identity = fixture
        .provider
        .import_by_identity(PARTNER, &identity)
        .await?;
    let by_id = fixture.provider.import(PARTNER, samples::KANDJI).await?;
    assert_eq!(by_identity, by_id);
    assert_eq!(by_identity.diagnostics, []);
    assert_eq!(by_identity.resources[0].identity, Some(identity));
    assert_eq!(
        fixture.emulator.journal().len(),
        0,
        "the read that follows asks"
    );
    Ok(())
}

#[tokio::test]
async fn an_identity_that_is_none_is_refused_in_words() -> Result<()> {
    let fixture = Fixture::start().await?;
    for id in [json!(""), json!(".."), json!(" "), Value::Null] {
        let identity = json!({ "id": id });
        let imported = fixture
            .provider
            .import_by_identity(PARTNER, &identity)
            .await?;
        assert!(imported.resources.is_empty());
        let error = &imported.diagnostics[0];
        assert!(
            error.detail.contains("is not the id of a partner"),
            "{error}"
        );
        assert!(error.detail.contains("display_name:NAME"), "{error}");
    }
    for identity in [json!({}), json!([]), json!({ "id": "a", "tenant": "b" })] {
        let imported = fixture
            .provider
            .import_by_identity(PARTNER, &identity)
            .await?;
        assert!(
            imported.diagnostics[0].detail.contains("identity"),
            "{identity}"
        );
        assert!(imported.resources.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_stored_identity_is_upgraded_and_one_of_a_later_release_refused() -> Result<()> {
    let provider = launch().start().await?;
    let stored = json!({ "id": "p", "what_went": 1 });
    let upgraded = provider.upgrade_identity(PARTNER, 0, &stored).await?;
    assert_eq!(upgraded, (vec![], Some(json!({ "id": "p" }))));
    let (diagnostics, upgraded) = provider.upgrade_identity(PARTNER, 1, &stored).await?;
    assert!(
        diagnostics[0].detail.contains("version 1"),
        "{}",
        diagnostics[0]
    );
    assert_eq!(upgraded, None);
    Ok(())
}
