//! The commands with options, as a person who does not know them calls them.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

const EMULATOR: &str = env!("CARGO_BIN_EXE_emulator");

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.expect("the command can be run")
}

#[test]
fn each_tells_how_it_is_used() {
    for (program, start) in [
        (EMULATOR, "Usage: cargo emulator ["),
        (env!("CARGO_BIN_EXE_soak"), "Usage: cargo soak ["),
        (env!("CARGO_BIN_EXE_benchmark"), "usage: cargo benchmark ["),
        (env!("CARGO_BIN_EXE_wire_check"), "Usage: wire_check PROTO"),
    ] {
        let output = run(program, &["--help"]);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.starts_with(start), "{printed}");
        assert!(output.status.success(), "{printed}");
    }
}

#[test]
fn a_port_that_is_taken_is_told_with_the_way_out() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = run(EMULATOR, &["--port", &port]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("--port"), "{complaint}");
    assert!(!output.status.success());
}
