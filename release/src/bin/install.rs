//! `cargo install-provider`: builds the provider as a release is built, but only for this machine, and puts it where
//! `terraform init` and `tofu init` find it.

use std::{
    env,
    error::Error,
    path::PathBuf,
    process::{Command, ExitCode},
};

use release::{NAME, SOURCE, VERSION, command, options, platform::Platform, plugin_folder};

const USAGE: &str = "\
Usage: cargo install-provider [--binary PATH] [--into FOLDER]

Puts the provider into the plugin folder, where terraform init and tofu init look for it.

  --binary PATH  install this binary instead of building one
  --into FOLDER  use this plugin folder instead of ~/.terraform.d/plugins (%APPDATA%\\terraform.d\\plugins)
";

fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    options::end(run(env::args().skip(1)))
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let [binary, into] = options::paths(["--binary", "--into"], USAGE, arguments)?;
    let platform = Platform::here().ok_or("There is no release for this platform.")?;
    let plugins = match into {
        Some(folder) => folder,
        None => plugin_folder::find(&platform, |name| env::var_os(name))?,
    };
    let binary = match binary {
        Some(binary) => binary,
        None => build(&platform)?,
    };
    let path = plugin_folder::install(&plugins, &platform, &binary)?;
    eprintln!(
        "Installed {}\n\nIn a configuration:\n\n    source  = \"{SOURCE}\"\n    version = \"{VERSION}\"\n\n\
         If .terraform.lock.hcl locks another build of {VERSION}, delete it or run\n\
         `terraform init -upgrade`.",
        path.display()
    );
    Ok(())
}

fn build(platform: &Platform) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--locked", "--package", NAME])
        .current_dir(release::root());
    command::run(&mut cargo, "Install Rust from https://rustup.rs.")?;
    let name = format!("{NAME}{}", platform.suffix());
    Ok(release::target_folder().join("release").join(name))
}
