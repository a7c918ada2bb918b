//! The life of one compliance partner, told step by step by a real Terraform or OpenTofu on the
//! emulator. Called by the binary `quickstart`, which is `cargo quickstart`.
//!
//! [`tell`] goes through the steps; `stage` runs each command and holds it to what its step claims;
//! `page` is what the reader sees.

mod json;
mod page;
mod stage;

use std::{io::Write, path::Path};

use serde_json::{Map, Value, json};

use crate::{
    cli::{Cli, SOURCE},
    emulator::samples,
};

use page::Shown;
use stage::{Command, Stage};

pub use page::Page;
pub use stage::{Failure, Interrupt};

const MAIN: &str = include_str!("../../examples/quickstart/main.tf");

/// What the step "Change it" adds to the resource in [`MAIN`].
const ADDED: &str = r#"
  ios_onboarded = true
  ios_enrollment_assignments = [
    { type = "all_licensed_users" },
    { type = "exclusion_group", group_id = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0003" },
  ]
"#;

const IMPORT: &str = r#"import {
  to = intune_compliance_partner.mosyle
  id = "display_name:Mosyle Fuse"
}

resource "intune_compliance_partner" "mosyle" {
  display_name = "Mosyle Fuse"
}
"#;

const PARTNERS: &str = "complianceManagementPartners";
const NO_CHANGES: &str = "No changes. Your infrastructure matches the configuration.";

/// Tells the story from `terraform init` to `terraform destroy`.
///
/// # Errors
/// When a step does not do what the text says, when the reader interrupts it, or when there is
/// nobody to read it.
pub async fn tell<W: Write>(
    cli: Cli,
    provider: &Path,
    page: Page<W>,
    interrupt: Interrupt,
) -> Result<(), Failure> {
    let program = cli.name().to_owned();
    let stage = Stage::set(cli, provider, interrupt).await?;
    let mut story = Story { stage, page };
    story.introduce().await?;
    story.install().await?;
    let partner = story.create().await?;
    story.plan_again(&partner).await?;
    story.change(&partner).await?;
    story.import(&partner).await?;
    story.clean_up(&partner).await?;
    story
        .page
        .title("A plan of the same configuration, for your own tenant")?;
    Ok(story.page.text(&own_tenant(&program, provider))?)
}

struct Story<W> {
    stage: Stage,
    page: Page<W>,
}

impl<W: Write> Story<W> {
    async fn introduce(&mut self) -> Result<(), Failure> {
        let version = self.stage.cli_version().await?;
        self.page.title("The life of a compliance partner")?;
        Ok(self.page.text(&format!(
            "{version} runs the freshly built provider against an Entra ID and a Microsoft Graph\n\
             that are emulated on this machine. You need no account, and nothing is left behind.\n\
             \n\
             $  what you would type\n\
             │  what it printed, without the boilerplate\n\
             →  what the provider sent to Graph, under /v1.0/deviceManagement/"
        ))?)
    }

    async fn install(&mut self) -> Result<(), Failure> {
        self.page.step(
            "Install the provider",
            "A folder on this machine stands in for the registry.",
        )?;
        self.stage.write("main.tf", MAIN)?;
        self.run(Command {
            line: "init",
            says: "has been successfully initialized!",
            shown: Shown::Lines(&["- Installed", "successfully initialized!"]),
            requests: &[],
            sign_ins: 0,
        })
        .await
        .map(drop)
    }

    /// The partner's path in Graph.
    async fn create(&mut self) -> Result<String, Failure> {
        self.page.step(
            "Create a partner",
            "examples/quickstart/main.tf defines a partner that is onboarded for macOS. The\n\
             attributes that it leaves out are not managed: Graph sets them. The plan checks\n\
             whether another partner has the name or the platform. The apply lists the existing\n\
             partners first, so that it can recognize its own if a response is lost.",
        )?;
        let bodies = self
            .run(Command {
                line: "apply -auto-approve",
                says: "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
                shown: Shown::Plan,
                requests: &[
                    &format!("GET {PARTNERS} 200"),
                    &format!("GET {PARTNERS} 200"),
                    &format!("POST {PARTNERS} 201"),
                ],
                sign_ins: 2,
            })
            .await?;
        let Bodies { request, response } = bodies.unwrap_or_default();
        self.page.json(&request)?;
        let expected = json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "displayName": "Terraform quick start",
            "macOsOnboarded": true,
        });
        stage::ensure("the body of the POST", &expected, &request)?;
        let id = response["id"].as_str().unwrap_or_default();
        Ok(format!("{PARTNERS}/{id}"))
    }

    async fn plan_again(&mut self, partner: &str) -> Result<(), Failure> {
        self.page.step(
            "Plan again: nothing to do",
            "A plan reads each partner once. Exit code 0 means no changes; 2 would mean some.",
        )?;
        self.run(Command {
            line: "plan -detailed-exitcode",
            says: NO_CHANGES,
            shown: Shown::Lines(&["No changes."]),
            requests: &[&format!("GET {partner} 200")],
            sign_ins: 1,
        })
        .await
        .map(drop)
    }

    async fn change(&mut self, partner: &str) -> Result<(), Failure> {
        self.page.step(
            "Change it",
            "Add iOS, for all licensed users except a pilot group. Graph changes the heartbeat and the\n\
             state, so they are known only after the apply. The plan warns about what the change can do.\n\
             In main.tf:",
        )?;
        self.page.file(ADDED.trim_matches('\n'), "+")?;
        let resource = MAIN.trim_end().trim_end_matches('}');
        self.stage
            .write("main.tf", &format!("{resource}{ADDED}}}\n"))?;
        self.run(Command {
            line: "plan -out=change.tfplan",
            says: "Plan: 0 to add, 1 to change, 0 to destroy.",
            shown: Shown::Plan,
            requests: &[
                &format!("GET {partner} 200"),
                &format!("GET {PARTNERS} 200"),
            ],
            sign_ins: 1,
        })
        .await?;
        let bodies = self
            .run(Command {
                line: "apply change.tfplan",
                says: "Apply complete! Resources: 0 added, 1 changed, 0 destroyed.",
                shown: Shown::Lines(&["Apply complete!"]),
                requests: &[
                    &format!("GET {PARTNERS} 200"),
                    &format!("PATCH {partner} 200"),
                ],
                sign_ins: 1,
            })
            .await?;
        let Bodies { request, response } = bodies.unwrap_or_default();
        self.page.json(&request)?;
        self.page
            .answer("the object that Graph returned, which is the new state")?;
        self.page.json(&response)?;
        let sent: Vec<_> = request
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .collect();
        stage::ensure(
            "the properties in the PATCH",
            &vec!["@odata.type", "iosEnrollmentAssignments", "iosOnboarded"],
            &sent.into_iter().map(String::as_str).collect(),
        )?;
        stage::ensure("what came back", &json!(true), &response["iosOnboarded"])
    }

    async fn import(&mut self, partner: &str) -> Result<(), Failure> {
        let mosyle = format!("{PARTNERS}/{}", samples::MOSYLE);
        self.page.step(
            "Import an existing partner",
            "Mosyle Fuse is already in this tenant. import.tf finds it by its name and sets\n\
             nothing else, so there is nothing to change:",
        )?;
        self.page.file(IMPORT.trim_end(), " ")?;
        self.stage.write("import.tf", IMPORT)?;
        self.run(Command {
            line: "apply -auto-approve",
            says: "Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.",
            shown: Shown::Lines(&["# ", "Plan:", "Apply complete!"]),
            requests: &[
                &format!("GET {PARTNERS} 200"),
                &format!("GET {mosyle} 200"),
                &format!("GET {partner} 200"),
            ],
            sign_ins: 1,
        })
        .await?;
        self.run(Command {
            line: "plan -detailed-exitcode",
            says: NO_CHANGES,
            shown: Shown::Lines(&["No changes."]),
            requests: &[&format!("GET {mosyle} 200"), &format!("GET {partner} 200")],
            sign_ins: 1,
        })
        .await
        .map(drop)
    }

    async fn clean_up(&mut self, partner: &str) -> Result<(), Failure> {
        self.page.step(
            "Delete what was created",
            "Mosyle Fuse should stay in the tenant, so remove it from state before the destroy.",
        )?;
        self.page.command("rm import.tf")?;
        self.stage.remove("import.tf")?;
        self.run(Command {
            line: "state rm intune_compliance_partner.mosyle",
            says: "Successfully removed 1 resource instance(s).",
            shown: Shown::Lines(&["Removed"]),
            requests: &[],
            sign_ins: 0,
        })
        .await?;
        self.run(Command {
            line: "destroy -auto-approve",
            says: "Destroy complete! Resources: 1 destroyed.",
            shown: Shown::Lines(&["# ", "Plan:", "Destroy complete!"]),
            requests: &[
                &format!("GET {partner} 200"),
                &format!("DELETE {partner} 204"),
            ],
            sign_ins: 2,
        })
        .await?;
        self.stage.ensure_tenant_is_as_before()
    }

    /// Runs a command before the reader's eyes. Returns what the one write, if any, was about.
    async fn run(&mut self, command: Command<'_>) -> Result<Option<Bodies>, Failure> {
        let program = self.stage.program().to_owned();
        self.page.command(&format!("{program} {}", command.line))?;
        let outcome = self.stage.run(&command).await?;
        self.page.said(&outcome.stdout, command.shown)?;
        self.page.requests(command.sign_ins, &outcome.requests)?;
        Ok(outcome.write.map(|write| Bodies {
            request: write.request.unwrap_or_default(),
            response: write.response.unwrap_or_default(),
        }))
    }
}

/// The bodies of a POST or PATCH.
#[derive(Default)]
struct Bodies {
    request: Value,
    response: Value,
}

/// How to leave the emulator. It ends at the plan, for in a tenant where people work an apply can cost them their access.
fn own_tenant(program: &str, provider: &Path) -> String {
    // Debug and release builds are neighbours.
    let target = provider.parent().and_then(Path::parent);
    let release = target
        .unwrap_or(Path::new("target"))
        .join("release")
        .display()
        .to_string();
    let settings = if program == "tofu" {
        "~/.tofurc"
    } else {
        "~/.terraformrc"
    };
    format!(
        "In Entra ID, register an application, grant it the Microsoft Graph application permission\n\
         DeviceManagementServiceConfig.ReadWrite.All with admin consent, and create a client\n\
         secret. Then build the provider:\n\
         \n\
         \x20 cargo build --release --package terraform-provider-intune\n\
         \n\
         Tell {program} where it is, in {settings}. You do not need init then:\n\
         \n\
         \x20 provider_installation {{\n\
         \x20   dev_overrides {{\n\
         \x20     {SOURCE:?} = {release:?}\n\
         \x20   }}\n\
         \x20   direct {{}}\n\
         \x20 }}\n\
         \n\
         Sign in through the environment, and review the plan:\n\
         \n\
         \x20 export ARM_TENANT_ID=… ARM_CLIENT_ID=… ARM_CLIENT_SECRET=…\n\
         \x20 cd examples/quickstart\n\
         \x20 {program} plan\n\
         \n\
         Do not apply it to a tenant that people work in: it onboards macOS for a new partner, and\n\
         if another partner has macOS, devices can lose their compliant status. The guide\n\
         docs/guides/first-partner.md continues from here: it imports the existing partner, and sets\n\
         risky_changes = \"deny\".\n"
    )
}
