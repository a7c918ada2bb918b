//! The rpcs of a resource's life, as core makes them.

use std::collections::BTreeSet;

use acceptance_tests::{
    core::{ApplyRequest, PlanRequest, ReadRequest, value::UNKNOWN},
    emulator::samples,
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result, launch};

#[tokio::test]
async fn the_schema_is_complete_and_the_same_in_every_process() -> Result<()> {
    let (one, other) = (launch().start().await?, launch().start().await?);
    let schemas = one.schema().await?;
    assert_eq!(schemas, other.schema().await?);
    assert_eq!(schemas.diagnostics, []);
    let capabilities = schemas.server_capabilities.ok_or("no capabilities")?;
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);

    let block = schemas.resource_schemas[PARTNER]
        .block
        .as_ref()
        .ok_or("no block")?;
    for attribute in &block.attributes {
        let name = &attribute.name;
        assert_ne!(
            attribute.r#type.is_empty(),
            attribute.nested_type.is_none(),
            "{name}"
        );
        assert!(
            attribute.required || attribute.optional || attribute.computed,
            "{name}"
        );
        assert!(!(attribute.required && attribute.computed), "{name}");
        assert!(!attribute.description.is_empty(), "{name}");
    }
    let provider = schemas.provider.and_then(|it| it.block).ok_or("no block")?;
    let secret = provider
        .attributes
        .iter()
        .find(|it| it.name == "client_secret");
    assert!(secret.is_some_and(|it| it.sensitive));
    Ok(())
}

#[tokio::test]
async fn metadata_names_what_the_schema_has() -> Result<()> {
    let provider = launch().start().await?;
    let (schemas, metadata) = (provider.schema().await?, provider.metadata().await?);
    let resources: Vec<_> = metadata
        .resources
        .into_iter()
        .map(|it| it.type_name)
        .collect();
    let data_sources: Vec<_> = metadata
        .data_sources
        .into_iter()
        .map(|it| it.type_name)
        .collect();
    assert_eq!(resources.len(), schemas.resource_schemas.len());
    assert!(
        resources
            .iter()
            .all(|it| schemas.resource_schemas.contains_key(it))
    );
    let lists: BTreeSet<_> = metadata
        .list_resources
        .iter()
        .map(|it| &it.type_name)
        .collect();
    assert_eq!(lists, schemas.list_resource_schemas.keys().collect());
    let functions: BTreeSet<_> = metadata.functions.iter().map(|it| &it.name).collect();
    assert_eq!(functions, schemas.functions.keys().collect());
    assert_eq!(data_sources.len(), schemas.data_source_schemas.len());
    assert!(
        data_sources
            .iter()
            .all(|it| schemas.data_source_schemas.contains_key(it))
    );
    Ok(())
}

/// Plans and applies, as core does in one run.
async fn change(fixture: &Fixture, prior: &Value, config: &Value) -> Result<Value> {
    let planned = fixture
        .provider
        .plan(
            PARTNER,
            PlanRequest {
                prior: prior.clone(),
                proposed: config.clone(),
                config: config.clone(),
                ..PlanRequest::default()
            },
        )
        .await?;
    assert_eq!(planned.diagnostics, []);
    assert_eq!(planned.requires_replace, Vec::<String>::new());
    let applied = fixture
        .provider
        .apply(
            PARTNER,
            ApplyRequest {
                prior: prior.clone(),
                planned: planned.planned,
                config: config.clone(),
                private: planned.private,
                identity: None,
            },
        )
        .await?;
    assert_eq!(applied.diagnostics, []);
    Ok(applied.state)
}

#[tokio::test]
async fn a_whole_life() -> Result<()> {
    let fixture = Fixture::start().await?;
    // No other partner of the tenant is onboarded there.
    let config = fixture.value(json!({ "display_name": "Jamf Pro", "ios_onboarded": false }));
    let created = change(&fixture, &Value::Null, &config).await?;
    assert_eq!(created["display_name"], "Jamf Pro");
    assert_eq!(
        created["android_onboarded"], false,
        "what Graph decided is known"
    );
    assert!(!created.to_string().contains(UNKNOWN), "{created}");

    let read = ReadRequest {
        state: created.clone(),
        ..ReadRequest::default()
    };
    let read = fixture.provider.read(PARTNER, read).await?;
    assert_eq!((read.diagnostics, &read.state), (vec![], &created));

    let config = fixture.value(json!({ "display_name": "Jamf", "ios_onboarded": false }));
    let changed = change(&fixture, &created, &config).await?;
    assert_eq!(changed["display_name"], "Jamf");

    let upgraded = fixture.provider.upgrade(PARTNER, 0, &changed).await?;
    assert_eq!((upgraded.diagnostics, &upgraded.state), (vec![], &changed));

    let destroy = PlanRequest {
        prior: changed.clone(),
        ..PlanRequest::default()
    };
    let planned = fixture.provider.plan(PARTNER, destroy).await?;
    assert_eq!(
        (planned.diagnostics, planned.planned),
        (vec![], Value::Null)
    );
    let destroy = ApplyRequest {
        prior: changed.clone(),
        ..ApplyRequest::default()
    };
    let applied = fixture.provider.apply(PARTNER, destroy).await?;
    assert_eq!((applied.diagnostics, applied.state), (vec![], Value::Null));

    let read = ReadRequest {
        state: changed,
        ..ReadRequest::default()
    };
    let read = fixture.provider.read(PARTNER, read).await?;
    assert_eq!(
        (read.diagnostics, read.state),
        (vec![], Value::Null),
        "it is gone"
    );

    let tokens = fixture.emulator.journal();
    let tokens = tokens
        .iter()
        .filter(|it| it.path.ends_with("/token"))
        .count();
    assert_eq!(tokens, 1, "one token for all of it");
    Ok(())
}

/// The list is read once. Whom it has may have been deleted since, or before: a list can be behind.
#[tokio::test]
async fn a_name_is_free_when_its_partner_is_gone() -> Result<()> {
    let fixture = Fixture::start().await?;
    let config = fixture.value(json!({ "display_name": "Kandji", "ios_onboarded": false }));
    let create = PlanRequest {
        proposed: config.clone(),
        config: config.clone(),
        ..PlanRequest::default()
    };
    let refused = fixture.provider.plan(PARTNER, create).await?;
    let [refusal] = &refused.diagnostics[..] else {
        panic!("{:?}", refused.diagnostics);
    };
    assert!(refusal.summary.contains("duplicate-name"), "{refusal}");

    // The apply looks for itself, whatever the plan has seen.
    let create = ApplyRequest {
        planned: refused.planned,
        config: config.clone(),
        ..ApplyRequest::default()
    };
    let refused = fixture.provider.apply(PARTNER, create).await?;
    assert_eq!(refused.state, Value::Null);
    assert!(
        refused.diagnostics[0].detail.contains(samples::KANDJI),
        "{:?}",
        refused.diagnostics
    );

    fixture
        .emulator
        .remove_partner(samples::TENANT_ID, samples::KANDJI);
    let created = change(&fixture, &Value::Null, &config).await?;
    assert_ne!(created["id"], samples::KANDJI);
    Ok(())
}

#[tokio::test]
async fn what_others_changed_since_the_plan_is_not_blamed_on_graph() -> Result<()> {
    let fixture = Fixture::start().await?;
    let config = fixture.value(json!({ "display_name": "Fleet" }));
    let prior = change(&fixture, &Value::Null, &config).await?;
    let config = fixture.value(json!({ "display_name": "Navy" }));
    let plan = PlanRequest {
        prior: prior.clone(),
        proposed: config.clone(),
        config: config.clone(),
        ..PlanRequest::default()
    };
    let planned = fixture.provider.plan(PARTNER, plan).await?;
    let id = prior["id"].as_str().expect("an id");
    fixture.emulator.edit_partner(samples::TENANT_ID, id, |it| {
        it["iosOnboarded"] = json!(true);
    });
    let request = ApplyRequest {
        prior: prior.clone(),
        planned: planned.planned,
        config,
        private: planned.private,
        identity: None,
    };
    let applied = fixture.provider.apply(PARTNER, request).await?;
    assert_eq!(applied.state["display_name"], "Navy");
    assert_eq!(applied.state["ios_onboarded"], true);
    let [told] = &applied.diagnostics[..] else {
        panic!("{:?}", applied.diagnostics);
    };
    assert_eq!(
        told.summary,
        "ios_onboarded was changed outside Terraform after the plan was made"
    );
    Ok(())
}

#[tokio::test]
async fn two_resources_of_one_name_do_not_become_two_partners() -> Result<()> {
    let fixture = Fixture::start().await?;
    let config = fixture.value(json!({ "display_name": "Fleet", "ios_onboarded": false }));
    let created = change(&fixture, &Value::Null, &config).await?;
    let create = ApplyRequest {
        planned: config.clone(),
        config: config.clone(),
        ..ApplyRequest::default()
    };
    let refused = fixture.provider.apply(PARTNER, create).await?;
    assert_eq!(refused.state, Value::Null);
    let [refusal] = &refused.diagnostics[..] else {
        panic!("{:?}", refused.diagnostics);
    };
    let id = created["id"].as_str().expect("an id");
    assert!(
        refusal.detail.contains("already in Terraform's state") && refusal.detail.contains(id),
        "{refusal}"
    );

    fixture.emulator.remove_partner(samples::TENANT_ID, id);
    let again = change(&fixture, &Value::Null, &config).await?;
    assert_ne!(again["id"], created["id"]);
    Ok(())
}

#[tokio::test]
async fn state_of_an_older_release_is_filled_up_and_of_a_newer_one_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    let stored = json!({ "id": "p", "display_name": "Jamf", "an_attribute_that_went": 1 });
    let upgraded = fixture.provider.upgrade(PARTNER, 0, &stored).await?;
    let expected = fixture.value(json!({ "id": "p", "display_name": "Jamf" }));
    assert_eq!((upgraded.diagnostics, upgraded.state), (vec![], expected));
    let refused = fixture.provider.upgrade(PARTNER, 7, &stored).await?;
    assert!(
        refused.diagnostics[0].detail.contains("version 7"),
        "{}",
        refused.diagnostics[0]
    );
    Ok(())
}

#[tokio::test]
async fn an_import_starts_from_the_id() -> Result<()> {
    let fixture = Fixture::start().await?;
    for id in [samples::KANDJI, "display_name:Kandji"] {
        let imported = fixture.provider.import(PARTNER, id).await?;
        assert_eq!(imported.diagnostics, [], "{id}");
        assert_eq!(imported.resources.len(), 1, "{id}");
        let resource = &imported.resources[0];
        assert_eq!(resource.type_name, PARTNER);
        assert_eq!(
            resource.state,
            fixture.value(json!({ "id": samples::KANDJI })),
            "{id}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn calls_that_come_at_once_share_one_token() -> Result<()> {
    let fixture = Fixture::start().await?;
    let read = |id: &str| {
        let state = fixture.value(json!({ "id": id }));
        fixture.provider.read(
            PARTNER,
            ReadRequest {
                state,
                ..ReadRequest::default()
            },
        )
    };
    let (a, b, c) = tokio::join!(
        read(samples::JAMF),
        read(samples::KANDJI),
        read(samples::WORKSPACE_ONE)
    );
    for read in [a?, b?, c?] {
        assert_eq!(read.diagnostics, []);
    }
    let journal = fixture.emulator.journal();
    assert_eq!(
        journal
            .iter()
            .filter(|it| it.path.ends_with("/token"))
            .count(),
        1
    );
    assert_eq!(journal.len(), 4);
    Ok(())
}
