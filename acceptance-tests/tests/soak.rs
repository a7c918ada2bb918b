//! A few cycles of `cargo soak`, so that it stays alive and the provider truthful. Nothing is weighed here.

use acceptance_tests::core::Result;
use acceptance_tests::provider_binary::provider_binary;
use acceptance_tests::soak::{Course, Length, run};

#[tokio::test(flavor = "multi_thread")]
async fn every_state_is_true_while_requests_fail() -> Result<()> {
    let course = Course {
        seed: 1,
        // More than in a soak, so that few cycles meet much.
        probability: 0.3,
        users: 16,
        length: Length::Cycles(2),
    };
    let tally = run(&provider_binary(), course, |_| {}).await?.tally;
    assert_eq!(tally.cycles, 32);
    assert!(!tally.errors.is_empty(), "no request failed: {tally:?}");
    Ok(())
}
