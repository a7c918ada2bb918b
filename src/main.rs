//! The provider's process: flags, logs, and the server.

use std::{
    env,
    ffi::OsString,
    io::{self, Write as _},
    process::ExitCode,
};

use terraform_provider_intune::{
    plugin::{
        self, Context, Mode,
        handshake::{PROTOCOL, Refusal},
        log,
    },
    provider::{IntuneProvider, SOURCE, VERSION},
    review_command,
};

const USAGE: &str = "\
Usage: terraform-provider-intune [--debug | --version | --help]
       terraform-provider-intune review [OPTIONS] [PLAN.json | -]

  --debug    serve until Ctrl-C, and print the variable that attaches Terraform
  --version  print the version
  review     show what a plan can do to devices and to access; for its options, run review --help
";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if let Some((command, arguments)) = arguments.split_first()
        && command == "review"
    {
        return review(arguments);
    }
    let arguments: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
    match arguments.iter().map(|it| &**it).collect::<Vec<_>>()[..] {
        [] => serve(Mode::Plugin),
        // Go providers take their flags with a single dash, and habits are strong.
        ["--debug" | "-debug"] => serve(Mode::Debug),
        ["--version" | "-version"] => print(&format!(
            "terraform-provider-intune {VERSION} (plugin protocol {PROTOCOL})\n"
        )),
        ["--help" | "-help" | "-h"] => print(&format!("{}\n{USAGE}", introduction())),
        _ => fail(&format!(
            "{} is not an option.\n\n{USAGE}",
            arguments.join(" ")
        )),
    }
}

fn review(arguments: &[OsString]) -> ExitCode {
    let review_command::Answer {
        output,
        complaint,
        code,
    } = review_command::run(arguments);
    // A review that cannot be printed has failed, whatever it found.
    if !complaint.is_empty() {
        fail(&complaint);
    }
    match io::stdout().write_all(output.as_bytes()) {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}

fn serve(mode: Mode) -> ExitCode {
    log::install(&["terraform_provider_intune", "graph"]);
    // One thread is enough: the work is waiting for Graph.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}\n")),
    };
    let context = Context::default();
    let provider = IntuneProvider::new(context.clone(), Box::new(|name| env::var(name).ok()));
    let served = runtime.block_on(plugin::serve(mode, SOURCE, provider, context));
    // Otherwise a pending name lookup would keep the process alive until the resolver gives up.
    runtime.shutdown_background();
    match served {
        Ok(code) => code,
        Err(plugin::Error::Refused(Refusal::ByHand)) => fail(&introduction()),
        Err(error) => fail(&format!("terraform-provider-intune: {error}\n")),
    }
}

/// What somebody who runs the program by hand needs to know.
fn introduction() -> String {
    format!(
        "This is terraform-provider-intune {VERSION}, a plugin that Terraform and OpenTofu start. It \
         does nothing on its own.

To use it, add it to a configuration and run `terraform init`:

    terraform {{
      required_providers {{
        intune = {{ source = \"{SOURCE}\" }}
      }}
    }}

To use a local build, add this to ~/.terraformrc, where FOLDER is the folder of this program:

    provider_installation {{
      dev_overrides {{ \"{SOURCE}\" = \"FOLDER\" }}
      direct {{}}
    }}

To debug it, start it with --debug.
"
    )
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(text: &str) -> ExitCode {
    // Nobody may be reading stderr; the exit code says it too.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}
