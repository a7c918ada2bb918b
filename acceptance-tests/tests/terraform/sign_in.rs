//! Signing in, in every way, in every cloud, through every network.

mod clouds;
mod faults;
mod network;
mod settings;
mod tools;
mod ways;

use acceptance_tests::emulator::SignIn;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::fixture::Session;

/// A configuration that asks Graph once.
const LIST: &str = "data \"intune_compliance_partners\" \"all\" {}\n";

/// A session that is to sign in this way.
async fn session(way: SignIn) -> Session {
    let mut session = Session::of_nobody().await;
    let variables = session.emulator.sign_in(way);
    session.workspace.set_environment(&variables);
    session
}

/// Runs this for each of these, some at a time.
async fn for_each<T, F: Future<Output = ()>>(
    things: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> F,
) {
    stream::iter(things).for_each_concurrent(4, work).await;
}
