//! Tools with which a person has signed in, by stand-ins on PATH that answer in the tools' documented forms.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use acceptance_tests::emulator::{Effect, samples};
use serde_json::json;

use super::LIST;
use crate::fixture::{NO_REQUESTS, Session, list};
use crate::messages::errors;
use crate::secrets::assert_nowhere;

/// A tool to stand in for.
#[derive(Clone, Copy, Debug)]
pub(super) enum StandIn {
    Cli,
    DeveloperCli,
    PowerShell,
}

impl StandIn {
    pub(super) const ALL: [Self; 3] = [Self::Cli, Self::DeveloperCli, Self::PowerShell];

    fn program(self) -> &'static str {
        match self {
            Self::Cli => "az",
            Self::DeveloperCli => "azd",
            Self::PowerShell => "pwsh",
        }
    }

    pub(super) fn switch(self) -> &'static str {
        match self {
            Self::Cli => "ARM_USE_CLI",
            Self::DeveloperCli => "ARM_USE_AZD",
            Self::PowerShell => "ARM_USE_POWERSHELL",
        }
    }

    /// What the tool prints when it has a token; PowerShell, what our script has it print.
    pub(super) fn answer(self, token: &str) -> String {
        let json = match self {
            Self::Cli => json!({
                "accessToken": token,
                "expiresOn": "2099-01-01 00:00:00.000000",
                "expires_on": 4_070_908_800_i64,
                "subscription": "none",
                "tenant": samples::TENANT_ID,
                "tokenType": "Bearer"
            }),
            Self::DeveloperCli => json!({ "token": token, "expiresOn": "2099-01-01T00:00:00Z" }),
            Self::PowerShell => json!({ "token": token, "expires_on": 4_070_908_800_i64 }),
        };
        format!("cat <<'END'\n{json}\nEND\n")
    }

    /// What the tool was told so far, a line for each time.
    pub(super) fn said(self, session: &Session) -> String {
        fs::read_to_string(folder(session).join(format!("{}.said", self.program())))
            .unwrap_or_default()
    }
}

fn folder(session: &Session) -> PathBuf {
    session.workspace.path().join("tools")
}

/// Puts a stand-in that does this on the session's PATH.
pub(super) fn put_on_path(session: &mut Session, tool: StandIn, body: &str) {
    let folder = folder(session);
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(tool.program());
    let script = format!("#!/bin/sh\necho \"$*\" >> \"$0.said\"\n{body}");
    fs::write(&file, script).expect("a script");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it may be run");
    let path = std::env::var("PATH").unwrap_or_default();
    session.set("PATH", &format!("{}:{path}", folder.display()));
}

/// A session of a person with nothing set up but a tenant.
async fn person() -> Session {
    let mut session = Session::of_nobody().await;
    session.set("ARM_TENANT_ID", samples::TENANT_ID);
    session.set("TF_LOG", "TRACE");
    session.configure(LIST);
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_runs_once_and_for_the_tenant() {
    for tool in StandIn::ALL {
        let mut session = person().await;
        if !matches!(tool, StandIn::Cli) {
            session.set(tool.switch(), "true");
        }
        let token = session.emulator.access_token(session.emulator.url());
        put_on_path(&mut session, tool, &tool.answer(&token));
        session.configure(&format!("{LIST}{}", LIST.replace("\"all\"", "\"again\"")));
        let run = session.succeed(&["plan", "-input=false"]).await;
        assert_eq!(session.requests(), [list(), list()], "{tool:?}");
        let said = tool.said(&session);
        assert_eq!(said.lines().count(), 1, "{tool:?}: {said}");
        let url = session.emulator.url();
        assert!(
            said.contains(url) && said.contains(samples::TENANT_ID),
            "{said}"
        );
        // The stand-in itself holds the token.
        fs::remove_dir_all(folder(&session)).expect("removed");
        assert_nowhere(&session, &[run]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tool_that_has_nobody_signed_in_is_passed_over() {
    let mut session = person().await;
    for tool in StandIn::ALL {
        session.set(tool.switch(), "true");
    }
    let nobody = "echo 'ERROR: Please run the login command to setup account.' >&2; exit 1\n";
    put_on_path(&mut session, StandIn::Cli, nobody);
    put_on_path(
        &mut session,
        StandIn::DeveloperCli,
        "echo '{\"type\":\"consoleMessage\",\"data\":{\"message\":\"not logged in, run `azd auth login` to login\"}}' >&2\nexit 1\n",
    );
    let token = session.emulator.access_token(session.emulator.url());
    let answer = StandIn::PowerShell.answer(&token);
    put_on_path(&mut session, StandIn::PowerShell, &answer);
    session.succeed(&["plan", "-input=false"]).await;

    put_on_path(&mut session, StandIn::PowerShell, "echo '{}'\n");
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_in_place_of_a_token_is_not_shown() {
    let mut session = person().await;
    for tool in StandIn::ALL {
        session.set(tool.switch(), "true");
        put_on_path(&mut session, tool, "echo '\"hunter2\"'\n");
    }
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_intune_refuses_is_told_of_the_tool() {
    let mut session = person().await;
    let token = session.emulator.access_token(session.emulator.url());
    put_on_path(&mut session, StandIn::Cli, &StandIn::Cli.answer(&token));
    session.fail("GET", Effect::status(403));
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

/// What the CLI does where a managed identity is signed in to it.
fn of_a_managed_identity(answer: &str) -> String {
    let refusal = "ERROR: Tenant shouldn't be specified for managed identity account";
    format!("case \"$*\" in *--tenant*) echo \"{refusal}\" >&2; exit 1;; esac\n{answer}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_identity_of_the_cli_is_of_the_tenant_that_was_meant() {
    let mut session = person().await;
    let token = session.emulator.access_token(session.emulator.url());
    let answer = of_a_managed_identity(&StandIn::Cli.answer(&token));
    put_on_path(&mut session, StandIn::Cli, &answer);
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(session.requests(), [list()]);
    assert_eq!(StandIn::Cli.said(&session).lines().count(), 2);

    let mut said = String::new();
    for tenant in ["11111111-2222-3333-4444-555555555555", "contoso.example"] {
        session.set("ARM_TENANT_ID", tenant);
        let run = session.run(&["plan", "-json", "-input=false"]).await;
        said += &errors(&run, &session);
        said += "\n\n";
    }
    assert_eq!(session.requests(), NO_REQUESTS);
    insta::assert_snapshot!(said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_tenant_than_the_one_that_is_set_is_not_used() {
    for tool in StandIn::ALL {
        let mut session = person().await;
        session.set("ARM_TENANT_ID", "11111111-2222-3333-4444-555555555555");
        if !matches!(tool, StandIn::Cli) {
            session.set(tool.switch(), "true");
        }
        let token = session.emulator.access_token(session.emulator.url());
        put_on_path(&mut session, tool, &tool.answer(&token));
        let run = session.run(&["plan", "-json", "-input=false"]).await;
        assert_eq!(session.requests(), NO_REQUESTS, "{tool:?}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(errors(&run, &session), @r#"
            error: Cannot list the compliance partners
            in data "intune_compliance_partners" "all"
            tenant_id (ARM_TENANT_ID) is 11111111-2222-3333-4444-555555555555, but the token is for the tenant c0ffee00-1111-4222-8333-444455556666. Sign in to the tenant you want, or set tenant_id to the token's. (A managed identity is always in its own tenant and needs no tenant_id.)
            "#);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_way_each_says_why() {
    let mut session = person().await;
    // No tool is on it, whatever this machine has.
    session.set("PATH", "/nowhere");
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
    session.set("ARM_USE_CLI", "false");
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}
