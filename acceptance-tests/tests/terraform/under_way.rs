//! A command that a test interrupts or kills while it runs, as a terminal and an operating system do it, and what a person
//! does afterwards.
#![cfg(unix)]

use acceptance_tests::cli::Run;
use acceptance_tests::core::{Output, PATIENCE};
use acceptance_tests::emulator::{Exchange, Gate, samples::TENANT_ID};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::fixture::{Session, partner};
use crate::messages::errors;

/// The configuration of the partner whose create is disturbed.
pub(crate) const FLEET: &str = "display_name = \"Fleet\"";

/// A command that runs in a process group of its own, as a shell starts it, and logs what the provider says.
pub(crate) struct UnderWay {
    line: String,
    child: Child,
    stdout: Output,
    stderr: Output,
}

impl UnderWay {
    /// An apply whose errors [`errors`] can read.
    pub(crate) fn apply(session: &Session) -> Self {
        let arguments = ["apply", "-auto-approve", "-json"];
        let mut command = session.workspace.command(&arguments);
        let mut child = command
            .env("TF_LOG_PROVIDER", "DEBUG")
            .process_group(0)
            .spawn()
            .expect("the CLI can be started");
        Self {
            line: arguments.join(" "),
            stdout: Output::collect(child.stdout.take().expect("stdout is piped")),
            stderr: Output::collect(child.stderr.take().expect("stderr is piped")),
            child,
        }
    }

    /// What a terminal does on Ctrl-C: every process of the group gets the signal.
    pub(crate) async fn ctrl_c(&self) {
        signal("INT", &format!("-{}", self.id())).await;
    }

    /// What a machine does that shuts down a service: the CLI's own process gets the signal.
    pub(crate) async fn terminate(&self) {
        signal("TERM", &self.id().to_string()).await;
    }

    /// What systemd and a GitLab runner do: every process of the group gets the signal.
    pub(crate) async fn terminate_group(&self) {
        signal("TERM", &format!("-{}", self.id())).await;
    }

    /// Waits until the CLI has told the provider to stop.
    pub(crate) async fn stopping(&mut self) {
        self.provider_says("asked to stop").await;
    }

    /// Waits for a line in the provider's log.
    pub(crate) async fn provider_says(&mut self, words: &str) {
        let found = self.stderr.find(|line| line.contains(words)).await;
        found.unwrap_or_else(|error| panic!("the provider did not say {words:?}: {error}"));
    }

    /// The process of the provider, which is in the same group.
    pub(crate) async fn provider(&self) -> Provider {
        let group = self.id().to_string();
        let found = Command::new("pgrep")
            .args(["-g", &group, "-f", "terraform-provider-intune"])
            .output()
            .await
            .expect("pgrep can be run");
        let ids = String::from_utf8_lossy(&found.stdout).into_owned();
        let [id] = ids.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("one provider is expected: {ids:?}");
        };
        Provider(id.to_owned())
    }

    /// Kills the CLI's own process, which cannot do anything about it.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Waits for the end of the command.
    pub(crate) async fn end(mut self) -> Run {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.expect("the command ends").expect("it has a status");
        let stdout = self.stdout.all().await.expect("stdout is closed");
        let stderr = self.stderr.all().await.expect("stderr is closed");
        Run {
            command: self.line,
            code: status.code().unwrap_or(-1),
            stdout: stdout.join("\n"),
            stderr: stderr.join("\n"),
        }
    }

    fn id(&self) -> u32 {
        self.child.id().expect("it has not been waited for")
    }
}

/// A provider's process, by its id.
pub(crate) struct Provider(String);

impl Provider {
    pub(crate) async fn kill(&self) {
        signal("KILL", &self.0).await;
    }

    /// Waits until the process has ended. It is not ours to wait for, so it is looked at again and again.
    pub(crate) async fn gone(&self) {
        let gone = async { while self.is_alive().await {} };
        let gone = timeout(PATIENCE, gone).await;
        gone.expect("the provider ends when its parent is gone");
    }

    async fn is_alive(&self) -> bool {
        let found = Command::new("ps")
            .args(["-o", "stat=", "-p", &self.0])
            .output()
            .await
            .expect("ps can be run");
        let state = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        // A zombie has ended, too: nobody has asked for its status yet.
        !state.is_empty() && !state.starts_with('Z')
    }
}

async fn signal(name: &str, target: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, "--", target])
        .status()
        .await
        .expect("kill can be run");
    assert!(sent.success(), "kill -s {name} -- {target}: {sent}");
}

/// Waits until a request is held at the gate.
pub(crate) async fn reached(gate: &Gate) {
    timeout(PATIENCE, gate.reached())
        .await
        .expect("a request comes to the gate");
}

/// Opens the gate and waits until the write that was held there has taken effect.
pub(crate) async fn let_through(
    gate: &Gate,
    exchanges: &mut UnboundedReceiver<Exchange>,
    method: &str,
) {
    gate.open();
    let settled = async {
        while let Some(exchange) = exchanges.recv().await {
            if exchange.method == method && exchange.path.starts_with("/v1.0/") {
                return exchange.status;
            }
        }
        None
    };
    let status = timeout(PATIENCE, settled).await.expect("it is carried out");
    assert!(status.is_some_and(|it| it < 300), "{method}: {status:?}");
}

/// What a person does whose create was cut off when Graph has carried it out after all: plan again, read why that is
/// refused, paste the block.
pub(crate) async fn adopt_the_fleet(session: &Session) {
    let run = session.run(&["plan", "-input=false", "-json"]).await;
    let [id] = &fleet(session)[..] else {
        panic!("nothing was created twice");
    };
    let refusal = errors(&run, session);
    let summary = format!(
        "error: Refused change of compliance partner \"Fleet\" in tenant {TENANT_ID}: duplicate-name\n"
    );
    let told = "in resource \"intune_compliance_partner\" \"it\": display_name = \"Fleet\"\n\
                [high] duplicate-name: The tenant already has a partner with the display_name \"Fleet\", and the apply will \
                refuse to create another. Import it instead, unless another resource already has it in state. In that \
                case, give one of the two a different display_name, add a `moved` block if only the resource address has \
                changed, or remove create_before_destroy. (Terraform ignores an `import` block if its address is still in \
                state. First run `terraform apply -refresh-only` if the partner in state is gone, or `terraform state rm` \
                if it is deposed.)\n\n";
    let expected = format!(
        "{summary}{told}import {{\n  to = intune_compliance_partner.NAME\n  id = {id:?}\n}}"
    );
    assert_eq!(refusal, expected);
    let block = refusal.split_once("import {").expect("a block").1;
    let block = format!("import {{{}\n", block.replace("NAME", "it"));
    session.configure(&format!("{block}{}", partner(FLEET)));
    session.apply().await;
    assert_eq!(session.id(), *id);
    session.assert_no_changes().await;
}

/// The ids of the partners of that name in the tenant.
pub(crate) fn fleet(session: &Session) -> Vec<String> {
    let partners = session.emulator.partners(TENANT_ID).into_iter();
    partners
        .filter(|partner| partner["displayName"] == "Fleet")
        .map(|partner| partner["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}
