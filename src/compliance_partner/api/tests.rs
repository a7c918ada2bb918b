//! How long an operation waits for what another one does for both of them.

use std::{
    future::{Future, pending, ready},
    time::Duration,
};

use tokio::time::timeout;

use super::{Api, Context, Error, Operation};
use crate::{
    compliance_partner::model::Partner,
    graph::{self, Client, Settings},
};

const LIMIT: Duration = Duration::from_secs(3);

/// An operation with this limit, in a tenant that is never contacted.
fn operation() -> (Api, Operation) {
    let api = Api::new(Context::default());
    api.configure(Ok(Client::new(Settings::default())));
    let operation = api.begin(LIMIT).expect("it is configured");
    (api, operation)
}

/// The result of the second future, in time, while the first one, which began before it, does not end.
async fn beside<T>(first: impl Future, second: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        _ = first => panic!("it does not end"),
        came = timeout(2 * LIMIT, second) => came.expect("it ends"),
    }
}

/// A list that never comes.
fn endless() -> impl Future<Output = Result<Vec<Partner>, Error>> {
    pending()
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_anothers_list_waits_no_longer_than_its_own_time() {
    let (_, operation) = operation();
    let roster = &operation.tenant.roster;
    let came = beside(roster.note(endless()), operation.note()).await;
    let Err(Error::Graph(error @ graph::Error::TimedOut { .. })) = came else {
        panic!("{came:?}");
    };
    let expected = "Waiting for the list of the tenant's partners timed out after 3s.";
    assert_eq!(error.to_string(), expected);

    let next = roster.note(ready(Ok::<_, Error>(Vec::new())));
    next.await.expect("the next one reads it");
}

#[tokio::test(start_paused = true)]
async fn so_does_a_review() {
    let (api, operation) = operation();
    let expected = "Waiting for the list of the tenant's partners timed out after 3s.";
    let others = || api.others(None, None, LIMIT);
    let reviewed = operation.tenant.reviewed.get_or_init(pending);
    let came = beside(reviewed, others()).await;
    assert_eq!(came.expect_err("no list"), expected);

    // A review that waits for a create, not for another review, shares its failure with the other reviews too.
    let roster = &operation.tenant.roster;
    let came = beside(roster.note(endless()), others()).await;
    assert_eq!(came.expect_err("no list"), expected);
    assert_eq!(others().await.expect_err("no list"), expected);
}
