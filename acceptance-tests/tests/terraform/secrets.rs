//! Neither the client secret nor an access token is written anywhere, in whatever form and whatever goes wrong.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use acceptance_tests::cli::Run;
use acceptance_tests::emulator::samples::{CLIENT_SECRET, KANDJI};
use acceptance_tests::emulator::{Effect, Fault};
use acceptance_tests::fixtures;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use zip::ZipArchive;

use crate::fixture::{Session, TOKEN, imported, partner};

/// The secret as it is, percent-encoded in either way, and in base64, where it may begin at any of three places.
fn forms(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let base64 = (0..3).flat_map(|offset| {
        let shifted = [&b"??"[..offset], secret.as_bytes()].concat();
        // The characters that are made of the secret's bits alone.
        let (from, to) = ((offset * 4).div_ceil(3), shifted.len() * 4 / 3);
        [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD]
            .map(|engine| engine.encode(&shifted)[from..to].to_owned())
    });
    [
        secret.to_owned(),
        percent.to_lowercase(),
        percent,
        form.to_lowercase(),
        form,
    ]
    .into_iter()
    .chain(base64)
    .collect()
}

/// The form of a secret that the text holds.
fn found<'secret>(secrets: &'secret [String], text: &str) -> Option<&'secret String> {
    let mut forms = secrets.iter();
    forms.find(|form| text.contains(form.as_str()))
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "p~s/s+w?rd";
    let secrets = forms(secret);
    for text in [secret, "p%7Es%2Fs%2Bw%3Frd", "p%7es%2fs%2bw%3frd"] {
        assert!(found(&secrets, text).is_some(), "{text}");
    }
    for before in ["", "a", "ab", "abc"] {
        let text = STANDARD_NO_PAD.encode(format!("{before}{secret} and more"));
        assert!(found(&secrets, &text).is_some(), "{before}");
    }
    assert_eq!(found(&secrets, "p~s/s"), None);
}

/// Holds that no secret of the session is in what the commands printed, nor in any file of the folder: configuration,
/// plans, state and its backup, logs.
pub(crate) fn assert_nowhere(session: &Session, runs: &[Run]) {
    let tokens = session.emulator.access_tokens();
    assert!(!tokens.is_empty(), "somebody signed in");
    let handed_out = session.emulator.secrets();
    let known = [CLIENT_SECRET, fixtures::PASSWORD];
    let secrets = handed_out.iter().map(String::as_str).chain(known);
    let secrets: Vec<_> = secrets.flat_map(forms).collect();
    let assert_without = |what: &str, text: &str| {
        if let Some(form) = found(&secrets, text) {
            let before = text.split(form.as_str()).next().unwrap_or_default();
            panic!("{what} holds a secret in line {}", before.lines().count());
        }
    };
    for run in runs {
        assert_without(&format!("the log of {}", run.command), &run.stderr);
        assert_without(&run.command, &run.stdout);
    }
    for file in files(session.workspace.path()) {
        let raw = fs::read(&file).expect("a file can be read");
        let what = file.display().to_string();
        assert_without(&what, &String::from_utf8_lossy(&raw));
        if raw.starts_with(b"PK") {
            assert_without(&what, &unzipped(&raw));
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be listed");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    let files = paths.flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    files.collect()
}

/// All members of a plan one after the other.
fn unzipped(plan: &[u8]) -> String {
    let mut archive = ZipArchive::new(Cursor::new(plan)).expect("a plan is an archive");
    assert!(!archive.is_empty(), "a plan has members");
    let mut members = Vec::new();
    for member in 0..archive.len() {
        let mut member = archive.by_index(member).expect("a member can be read");
        member.read_to_end(&mut members).expect("it is whole");
    }
    String::from_utf8_lossy(&members).into_owned()
}

/// The next requests of this kind meet these, one after the other.
fn fail_in_turn(session: &Session, path: &str, effects: impl IntoIterator<Item = Effect>) {
    for (at, effect) in effects.into_iter().enumerate() {
        let fault = Fault::new(effect).path(path).starting_at(at + 1);
        session.emulator.fail(fault);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_plans_and_state_hold_no_secret() {
    let mut session = Session::start().await;
    session.set("TF_LOG", "TRACE");
    let configuration = |name: &str| {
        imported(KANDJI, &format!("display_name = {name:?}"))
            + &partner("display_name = \"Fleet\"").replace("\"it\"", "\"new\"")
    };
    session.configure(&configuration("Kandji"));
    let mut runs = Vec::new();
    fail_in_turn(
        &session,
        KANDJI,
        [
            Effect::ExpiredToken,
            Effect::retry_after(429, "0"),
            Effect::ResetBeforeEffect,
        ],
    );
    runs.push(session.succeed(&["plan", "-out=saved.tfplan"]).await);
    let tokens = session.requests().into_iter().filter(|it| it == TOKEN);
    assert_eq!(tokens.count(), 2, "the token was renewed");
    runs.push(session.succeed(&["show", "-json", "saved.tfplan"]).await);
    runs.push(session.succeed(&["apply", "saved.tfplan"]).await);
    session.configure(&configuration("Iru"));
    runs.push(session.succeed(&["apply", "-auto-approve"]).await);
    for run in &runs {
        let log = &run.stderr;
        assert!(log.contains("terraform-provider-intune"), "{}", run.command);
    }
    assert!(
        session
            .workspace
            .path()
            .join("terraform.tfstate.backup")
            .exists()
    );
    assert_nowhere(&session, &runs);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_repeat_what_they_were_sent_are_not_quoted() {
    let mut session = Session::start().await;
    session.set("TF_LOG", "TRACE");
    session.configure(&imported(KANDJI, "display_name = \"Kandji\""));
    let encoded: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    let told =
        format!("AADSTS7000215: Invalid client secret {CLIENT_SECRET} in client_secret={encoded}.");
    let entra = Effect::Status {
        status: 401,
        headers: Vec::new(),
        body: Some(json!({"error": "invalid_client", "error_description": told}).to_string()),
    };
    let mut runs = Vec::new();
    for (path, effect, said) in [
        (KANDJI, Effect::Echo, "authorization: Bearer (hidden)"),
        (
            "/token",
            Effect::Echo,
            "Signing in to Microsoft Entra ID with a client secret failed",
        ),
        ("/token", entra, "client_secret=(hidden)"),
    ] {
        session.emulator.fail(Fault::new(effect).path(path));
        let run = session.run(&["plan", "-json"]).await;
        assert_eq!(run.code, 1, "{said}");
        assert!(run.stdout.contains(said), "{}", run.stdout);
        runs.push(run);
    }
    assert_nowhere(&session, &runs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_not_repeated_in_the_error() {
    let mut session = Session::start().await;
    session.set("TF_LOG", "TRACE");
    session.set("ARM_CLIENT_SECRET", "mistyped~secret");
    session.configure(&partner("display_name = \"Fleet\""));
    let run = session.run(&["apply", "-auto-approve"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("AADSTS7000215"), "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        assert_eq!(found(&forms("mistyped~secret"), text), None);
    }
}
