//! What `terraform query` finds, and the configuration that is generated for it.

use acceptance_tests::{
    core::Event,
    emulator::{Effect, Fault, Gate, Options, samples},
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result, launch};

fn filter(filters: &Value) -> Value {
    let mut filter = json!({ "display_name": null, "partner_state": null, "platform": null });
    for (name, value) in filters.as_object().into_iter().flatten() {
        filter[name] = value.clone();
    }
    filter
}

/// A tenant with so many partners, and pages of ten.
fn crowd(partners: usize) -> Options {
    let mut options = Options {
        page_size: 10,
        ..Options::default()
    };
    options.tenants[0].partners = (0..partners)
        .map(|number| samples::never_set_up(&format!("p{number:03}"), &format!("Partner {number}")))
        .collect();
    options
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|it| it.display_name.as_str()).collect()
}

/// The requests for partners so far.
fn pages(fixture: &Fixture) -> usize {
    let journal = fixture.emulator.journal();
    let partners = journal
        .iter()
        .filter(|it| it.path.contains("complianceManagementPartners"));
    partners.count()
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says() -> Result<()> {
    let fixture = Fixture::start().await?;
    for (filters, found) in [
        (
            json!({}),
            vec!["Jamf", "VMware Workspace ONE", "Kandji", "Mosyle Fuse"],
        ),
        (json!({ "display_name": "Kandji" }), vec!["Kandji"]),
        (json!({ "display_name": "Kan" }), vec![]),
        (
            json!({ "partner_state": "enabled" }),
            vec!["VMware Workspace ONE", "Mosyle Fuse"],
        ),
        (json!({ "platform": "macos" }), vec!["Mosyle Fuse"]),
        (
            json!({ "partner_state": "unknown", "platform": "ios" }),
            vec![],
        ),
    ] {
        let config = filter(&filters);
        assert_eq!(fixture.provider.validate_list(PARTNER, &config).await?, []);
        let list = fixture.provider.list(PARTNER, &config, false, 100).await?;
        let events = list.rest().await?;
        assert_eq!(names(&events), found, "{config}");
        for event in events {
            assert!(event.identity.is_some_and(|it| it["id"].is_string()));
            assert_eq!((event.object, event.diagnostics), (None, vec![]));
        }
    }
    let whole = fixture
        .provider
        .list(PARTNER, &Value::Null, false, 0)
        .await?;
    assert_eq!(whole.rest().await?.len(), 4, "no config block asks for all");
    Ok(())
}

#[tokio::test]
async fn a_filter_that_can_find_nothing_is_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    for (filters, attribute, words) in [
        (
            json!({ "display_name": " " }),
            "display_name",
            "finds nothing",
        ),
        (
            json!({ "partner_state": "Enabled" }),
            "partner_state",
            "\"enabled\"",
        ),
        (json!({ "platform": "windows" }), "platform", "\"android\""),
    ] {
        let errors = fixture
            .provider
            .validate_list(PARTNER, &filter(&filters))
            .await?;
        assert_eq!(errors[0].attribute, attribute);
        assert!(errors[0].detail.contains(words), "{}", errors[0]);
    }
    // Which version of Graph is asked is only known when it is asked.
    let linux = filter(&json!({ "platform": "linux" }));
    assert_eq!(fixture.provider.validate_list(PARTNER, &linux).await?, []);
    let events = fixture.provider.list(PARTNER, &linux, false, 100).await?;
    let events = events.rest().await?;
    assert!(
        events[0].diagnostics[0].detail.contains("beta"),
        "{events:?}"
    );
    assert_eq!(pages(&fixture), 0);
    Ok(())
}

#[tokio::test]
async fn a_hundred_partners_come_with_their_pages() -> Result<()> {
    let fixture = Fixture::with(crowd(100), &[]).await?;
    let gate = Gate::new();
    let second = Fault::new(Effect::HoldBefore(gate.clone()))
        .method("GET")
        .path("Partners");
    fixture.emulator.fail(second.starting_at(2));
    let mut list = fixture
        .provider
        .list(PARTNER, &filter(&json!({})), true, 1000)
        .await?;
    for number in 0..10 {
        let event = list.next().await?.ok_or("an event")?;
        assert_eq!(event.display_name, format!("Partner {number}"));
    }
    gate.reached().await;
    gate.open();
    let rest = list.rest().await?;
    assert_eq!(
        rest.len(),
        90,
        "the first ten came while the second page was held"
    );
    assert_eq!(pages(&fixture), 10);
    Ok(())
}

#[tokio::test]
async fn no_more_is_read_than_the_limit_takes() -> Result<()> {
    let fixture = Fixture::with(crowd(100), &[]).await?;
    let list = fixture
        .provider
        .list(PARTNER, &filter(&json!({})), false, 15)
        .await?;
    assert_eq!(list.rest().await?.len(), 15);
    assert_eq!(pages(&fixture), 2);
    Ok(())
}

#[tokio::test]
async fn a_client_that_has_enough_ends_the_request_under_way() -> Result<()> {
    let debug = ("TF_LOG_PROVIDER", "DEBUG".to_owned());
    let mut fixture = Fixture::with(crowd(100), &[debug]).await?;
    let gate = Gate::new();
    let second = Fault::new(Effect::HoldBefore(gate.clone()))
        .method("GET")
        .path("Partners");
    fixture.emulator.fail(second.starting_at(2));
    let mut list = fixture
        .provider
        .list(PARTNER, &filter(&json!({})), false, 1000)
        .await?;
    list.next().await?.ok_or("an event")?;
    gate.reached().await;
    drop(list);
    // Answered on the same connection, after the cancellation: it is not waiting for anything.
    assert_eq!(
        fixture
            .provider
            .validate_list(PARTNER, &Value::Null)
            .await?,
        []
    );
    gate.open();
    fixture.emulator.caught_up().await;
    // The second page was asked for, and its answer is not waited for.
    assert_eq!(pages(&fixture), 2);
    fixture.provider.shut_down().await?;
    let log = fixture.provider.process.stderr.all().await?;
    let log = log.iter().map(|line| serde_json::from_str(line));
    let log = log.collect::<Result<Vec<Value>, _>>()?;
    let answered = log
        .iter()
        .filter(|line| line["@message"] == "answered" && line["method"] == "GET");
    assert_eq!(answered.count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_error_is_an_event_after_what_was_found() -> Result<()> {
    let fixture = Fixture::with(crowd(20), &[]).await?;
    let second = Fault::new(Effect::status(403))
        .method("GET")
        .path("Partners");
    fixture.emulator.fail(second.starting_at(2));
    let list = fixture
        .provider
        .list(PARTNER, &filter(&json!({})), false, 1000)
        .await?;
    let events = list.rest().await?;
    assert_eq!(events.len(), 11);
    let error = &events[10].diagnostics[0];
    assert_eq!(error.summary, "Cannot list the compliance partners");
    assert_eq!(events[10].identity, None);

    let unknown = fixture
        .provider
        .list("intune_thing", &Value::Null, false, 1)
        .await?;
    let events = unknown.rest().await?;
    assert!(events[0].diagnostics[0].detail.contains(PARTNER));
    Ok(())
}

#[tokio::test]
async fn what_is_listed_becomes_a_configuration_that_changes_nothing() -> Result<()> {
    let fixture = Fixture::start().await?;
    let list = fixture
        .provider
        .list(PARTNER, &filter(&json!({})), true, 100)
        .await?;
    for event in list.rest().await? {
        let state = event.object.ok_or("an object")?;
        let (diagnostics, config) = fixture.provider.generate(PARTNER, &state).await?;
        assert_eq!(diagnostics, []);
        assert_eq!(
            fixture.provider.validate_resource(PARTNER, &config).await?,
            []
        );
        let set: Vec<_> = config
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name.as_str())
            .collect();
        let expected = match event.display_name.as_str() {
            "VMware Workspace ONE" => vec![
                "android_enrollment_assignments",
                "android_onboarded",
                "display_name",
                "ios_enrollment_assignments",
                "ios_onboarded",
            ],
            "Mosyle Fuse" => vec![
                "display_name",
                "macos_enrollment_assignments",
                "macos_onboarded",
            ],
            _ => vec!["display_name"],
        };
        assert_eq!(set, expected);
        let plan = acceptance_tests::core::PlanRequest {
            prior: state.clone(),
            proposed: config.clone(),
            config,
            ..Default::default()
        };
        assert_eq!(fixture.provider.plan(PARTNER, plan).await?.planned, state);
    }
    let nothing = fixture.provider.generate(PARTNER, &Value::Null).await?;
    assert_eq!(nothing, (vec![], Value::Null));
    Ok(())
}

#[tokio::test]
async fn the_resource_that_is_listed_has_an_identity() -> Result<()> {
    let provider = launch().start().await?;
    let lists = provider.schema().await?.list_resource_schemas;
    let identities = provider.identity_schemas().await?.identity_schemas;
    assert!(lists.contains_key(PARTNER));
    for name in lists.keys() {
        assert!(identities.contains_key(name), "{name}");
    }
    Ok(())
}
