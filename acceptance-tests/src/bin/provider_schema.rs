//! Prints the schema that the provider's binary serves, as the CLI tells it in JSON. `.ci/docs` calls it,
//! for tfplugindocs, which makes the registry's pages of it.
#![expect(
    clippy::print_stdout,
    reason = "another program reads what this one prints"
)]

use std::error::Error;

use acceptance_tests::{
    cli::{Cli, SOURCE, Workspace, required_providers},
    provider_binary::provider_binary,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let workspace = Workspace::new(Cli::find()?, &provider_binary());
    workspace.write("main.tf", &required_providers());
    let run = workspace.run(&["providers", "schema", "-json"]).await;
    println!("{}", under_its_short_name(run.success().json()));
    Ok(())
}

/// The schemas with the provider under its short name: tfplugindocs looks for that, or for an
/// address of HashiCorp's.
fn under_its_short_name(mut schemas: Value) -> Value {
    let ours = schemas["provider_schemas"][SOURCE].take();
    schemas["provider_schemas"] = json!({ "intune": ours });
    schemas
}
