//! More operations at once than Graph lets through: what it answers to one of them holds for all.

use std::time::Duration;

use acceptance_tests::{
    core::ApplyRequest,
    emulator::{Options, Throttle, samples},
};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result};

const PARTNERS: usize = 60;
const WRITES: usize = 10;

async fn create(fixture: &Fixture, number: usize) -> Result<()> {
    let planned = fixture.value(json!({ "display_name": format!("Fleet {number}") }));
    let request = ApplyRequest {
        prior: Value::Null,
        planned: planned.clone(),
        config: planned,
        ..ApplyRequest::default()
    };
    let applied = fixture.provider.apply(PARTNER, request).await?;
    assert_eq!(applied.diagnostics, []);
    Ok(())
}

#[tokio::test]
async fn those_that_wait_do_not_all_knock_again_whenever_there_is_room_for_some() -> Result<()> {
    let options = Options {
        throttle: Some(Throttle {
            writes: WRITES,
            window: Duration::from_secs(1),
            ..Throttle::documented()
        }),
        ..Options::default()
    };
    let mut fixture = Fixture::with(options, &[("TF_LOG_PROVIDER", "INFO".to_owned())]).await?;
    let before = fixture.emulator.partners(samples::TENANT_ID).len();
    let creates = (0..PARTNERS).map(|number| create(&fixture, number));
    try_join_all(creates).await?;

    let after = fixture.emulator.partners(samples::TENANT_ID).len();
    assert_eq!(after, before + PARTNERS);
    let journal = fixture.emulator.journal();
    let refused = journal.iter().filter(|it| it.status == Some(429)).count();
    // All are under way when Graph refuses the first 50. If each time all came back, 40 were refused next, then 30: 150.
    assert!(refused < 2 * PARTNERS, "{refused}");

    fixture.provider.shut_down().await?;
    let log = fixture.provider.process.stderr.all().await?;
    let in_line = log.iter().filter(|line| line.contains("waiting in line"));
    assert!(in_line.count() > 0, "{log:?}");
    Ok(())
}
