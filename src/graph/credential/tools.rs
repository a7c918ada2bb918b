//! The tools that a person has signed in to: Azure CLI, Azure Developer CLI, Azure PowerShell. The first one with a
//! token is used; a tool that is not there or has nobody signed in is skipped.

mod azure_cli;

use std::error::Error as StdError;
use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_identity::{AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions, Executor};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::process::Command;

use super::choice::{Tool, not_set_up};
use super::token::Token;
use super::trouble::{SILENCE, failed};
use crate::graph::error::{CredentialError, Error, causes, chain};
use crate::graph::settings::SignIn;
use crate::words::one_line;

/// How much of a tool's output is shown, in characters.
const WORDS: usize = 400;

/// Asks one tool after the other.
#[derive(Debug)]
pub(super) struct Tools(Vec<(Tool, Asked)>);

/// What to do with a tool.
#[derive(Debug)]
enum Asked {
    For(Arc<dyn TokenCredential>),
    /// Do not ask it, for this reason.
    Not(String),
}

impl Tools {
    /// Prepares to ask these tools for tokens for a tenant, or for the one that they are signed in to.
    ///
    /// # Errors
    /// [`Error::Settings`] when no tenant can have this name.
    pub(super) fn new(
        tools: &[Tool],
        tenant_id: Option<&str>,
        settings: &SignIn,
    ) -> Result<Self, Error> {
        let asked = |tool: Tool| {
            let asked = if tools.contains(&tool) {
                Asked::For(credential(tool, tenant_id.map(str::to_owned))?)
            } else {
                Asked::Not(tool.passed_over(settings))
            };
            Ok((tool, asked))
        };
        let tools: azure_core::Result<_> = Tool::ALL.into_iter().map(asked).collect();
        tools
            .map(Self)
            .map_err(|error| Error::Settings(format!("Cannot sign in: {}", chain(&error))))
    }
}

fn credential(
    tool: Tool,
    tenant_id: Option<String>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(match tool {
        Tool::Cli => azure_cli::credential(tenant_id)?,
        Tool::DeveloperCli => {
            AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                tenant_id,
                executor: Some(Arc::new(Quiet)),
            }))?
        }
        Tool::PowerShell => Arc::new(AzurePowerShell { tenant_id }),
    })
}

impl Tools {
    /// The token of the first tool that has one.
    ///
    /// # Errors
    /// [`Error::Credential`] with what each of them says, when none has a token.
    pub(super) async fn get_token(&self, scope: &str) -> Result<Token, Error> {
        let mut lines = not_set_up();
        for (tool, asked) in &self.0 {
            let credential = match asked {
                Asked::For(credential) => credential,
                Asked::Not(why) => {
                    lines.push(why.clone());
                    continue;
                }
            };
            let scopes = [scope];
            let token = credential.get_token(&scopes, None);
            let problem = match tokio::time::timeout(SILENCE, token).await {
                Ok(Ok(access)) => {
                    tracing::info!(target: "graph", tool = tool.name(), "signed in with a tool");
                    let tool = Some(*tool);
                    return Ok(Token { access, tool });
                }
                Ok(Err(error)) => problem(*tool, &error),
                Err(_) => format!("no response within {} seconds", SILENCE.as_secs()),
            };
            lines.push(format!("- {}: {}", tool.name(), one_line(&problem, WORDS)));
        }
        Err(CredentialError {
            message: format!("none of the ways to sign in works.\n{}", lines.join("\n")),
            ..CredentialError::default()
        }
        .into())
    }
}

/// What a tool says went wrong.
fn problem(tool: Tool, error: &azure_core::Error) -> String {
    if causes(error).any(<dyn StdError>::is::<serde_json::Error>) {
        let (printed, look) = match tool {
            Tool::Cli => ("`az`", "az account get-access-token -o json"),
            Tool::DeveloperCli => ("`azd`", "azd auth token -o json"),
            Tool::PowerShell => ("`Get-AzAccessToken`", "Get-AzAccessToken"),
        };
        return format!(
            "{printed} printed something other than a token. To see what it prints, run `{look}`."
        );
    }
    match failed(error) {
        Error::Credential(error) => error.message,
        error => error.to_string(),
    }
}

/// Runs tools without anybody to talk to, and ends them when nobody waits for them anymore.
#[derive(Debug)]
struct Quiet;

#[async_trait::async_trait]
impl Executor for Quiet {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
    }
}

/// Asks Azure PowerShell, for which azure_identity has no credential.
#[derive(Debug)]
struct AzurePowerShell {
    tenant_id: Option<String>,
}

/// What [`AzurePowerShell::script`] prints.
#[derive(Deserialize)]
struct Printed {
    token: String,
    /// In seconds since 1970.
    expires_on: i64,
}

impl AzurePowerShell {
    /// The token is a `SecureString` from Az.Accounts 5 on, and plain text before.
    fn script(&self, resource: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let tenant = match &self.tenant_id {
            Some(tenant_id) => format!(" -TenantId {}", quoted(tenant_id)),
            None => String::new(),
        };
        format!(
            "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; \
             $WarningPreference = 'SilentlyContinue'; Import-Module Az.Accounts -MinimumVersion 2.2.0; \
             $t = Get-AzAccessToken -ResourceUrl {}{tenant}; $s = $t.Token; \
             if ($s -is [System.Security.SecureString]) {{ \
             $s = [System.Net.NetworkCredential]::new('', $s).Password }}; \
             @{{ token = $s; expires_on = $t.ExpiresOn.ToUnixTimeSeconds() }} | ConvertTo-Json -Compress",
            quoted(resource)
        )
    }
}

#[async_trait::async_trait]
impl TokenCredential for AzurePowerShell {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let told = |words: String| azure_core::Error::with_message(ErrorKind::Credential, words);
        let scope = scopes.first().copied().unwrap_or_default();
        let script = self.script(scope.strip_suffix("/.default").unwrap_or(scope));
        let arguments = ["-NoProfile", "-NonInteractive", "-Command", &script].map(OsStr::new);
        let mut output = Quiet.run(OsStr::new("pwsh"), &arguments).await;
        // Windows has an older version with another name.
        if cfg!(windows) && is_not_there(&output) {
            output = Quiet.run(OsStr::new("powershell"), &arguments).await;
        }
        if is_not_there(&output) {
            return Err(told("pwsh not found on PATH".to_owned()));
        }
        let output = output?;
        if !output.status.success() {
            return Err(told(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let printed: Printed = serde_json::from_slice(&output.stdout)?;
        let expires_on =
            OffsetDateTime::from_unix_timestamp(printed.expires_on).map_err(|error| {
                told(format!(
                    "Get-AzAccessToken printed an invalid expiration time: {error}"
                ))
            })?;
        Ok(AccessToken::new(printed.token, expires_on))
    }
}

fn is_not_there(output: &io::Result<Output>) -> bool {
    matches!(output, Err(error) if error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_runs_nothing_else() {
        let shell = AzurePowerShell {
            tenant_id: Some("a'; rm b; '".into()),
        };
        let script = shell.script("https://graph.example'x");
        assert!(
            script
                .contains("-ResourceUrl 'https://graph.example''x' -TenantId 'a''; rm b; '''; $s")
        );
    }

    #[test]
    fn what_a_tool_prints_is_not_the_authoritys_and_not_shown() {
        for (tool, look) in [
            (Tool::Cli, "`az account get-access-token -o json`"),
            (Tool::DeveloperCli, "`azd auth token -o json`"),
            (Tool::PowerShell, "`Get-AzAccessToken`"),
        ] {
            let json = serde_json::from_str::<u8>("\"hunter2\"").expect_err("a text");
            let outer = azure_core::Error::with_error(ErrorKind::Credential, json, "outer");
            let problem = problem(tool, &outer);
            assert!(
                problem.contains("something other than a token"),
                "{problem}"
            );
            assert!(
                problem.contains(look) && !problem.contains("hunter2"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_tenant_that_no_shell_should_see_is_refused() {
        let tenant = Some("a; rm b");
        let error = Tools::new(&[Tool::Cli], tenant, &SignIn::default()).expect_err("a shell");
        assert!(error.to_string().contains("ID"), "{error}");
    }
}
