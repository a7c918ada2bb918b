//! The requests that `cargo benchmark` counts: they grow as the partners do. No time is judged here.

use acceptance_tests::benchmark::Requests;
use acceptance_tests::benchmark::scale::course;
use acceptance_tests::cli::Cli;
use acceptance_tests::core::Result;
use acceptance_tests::provider_binary::provider_binary;

#[tokio::test(flavor = "multi_thread")]
async fn each_partner_takes_one_write_and_each_refresh_one_read() -> Result<()> {
    let cli = Cli::find()?;
    for partners in [1, 10, 40] {
        let steps = course(&cli, &provider_binary(), partners, None).await?;
        let requests: Vec<_> = steps.iter().map(|it| (it.command, it.requests)).collect();
        // Terraform plans in one process and applies in another: each signs in, and lists the partners at most once.
        let (planned, applied) = (
            Requests {
                tokens: 1,
                ..Requests::default()
            },
            Requests {
                tokens: 2,
                writes: partners,
                ..Requests::default()
            },
        );
        let expected = [
            (
                "apply",
                Requests {
                    lists: 2,
                    ..applied
                },
            ),
            (
                "plan",
                Requests {
                    reads: partners,
                    ..planned
                },
            ),
            (
                "destroy",
                Requests {
                    reads: partners,
                    ..applied
                },
            ),
        ];
        assert_eq!(requests, expected, "{partners} partners");
        assert!(steps.iter().all(|it| it.waits == 0), "{steps:?}");
    }
    Ok(())
}
