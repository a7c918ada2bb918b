//! `terraform test` of the module in examples/module-test: with a mock of the provider, and with
//! the provider in the emulator's tenant.

use std::fs;
use std::path::Path;

use acceptance_tests::emulator::samples::TENANT_ID;

use crate::fixture::{NO_REQUESTS, Session};

const FILES: [&str; 3] = [
    "main.tf",
    "tests/mocked.tftest.hcl",
    "emulated/life.tftest.hcl",
];

fn put_module(session: &Session) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/module-test");
    for file in FILES {
        let target = session.workspace.path().join(file);
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder can be made");
        fs::copy(example.join(file), target).expect("the example can be copied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mock_stands_in_for_the_provider() {
    let session = Session::of_nobody().await;
    put_module(&session);
    let run = session.succeed(&["test"]).await;
    assert!(run.stdout.contains("4 passed, 0 failed"), "{}", run.stdout);
    assert_eq!(session.requests(), NO_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_itself_is_tested_in_a_tenant_that_is_left_as_it_was() {
    let session = Session::start().await;
    put_module(&session);
    let before = session.emulator.partners(TENANT_ID);
    let run = session.succeed(&["test", "-test-directory=emulated"]).await;
    assert!(run.stdout.contains("2 passed, 0 failed"), "{}", run.stdout);
    let requests = session.requests();
    for method in ["POST", "PATCH", "DELETE"] {
        let of_this = requests.iter().filter(|it| it.starts_with(method));
        assert_eq!(of_this.count(), 1, "{method} in {requests:?}");
    }
    let after = session.emulator.partners(TENANT_ID);
    assert_eq!(after.len(), before.len());
}
