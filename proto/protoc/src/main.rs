//! Handles the one call that prost-build makes to `protoc`, so that nobody has to install it.
//!
//! The build script of tf-provider compiles its protos through the program named by `PROTOC`;
//! `.cargo/config.toml` names `.cargo/protoc`, which builds and runs this program.

use std::{env, error::Error, fs, path::PathBuf};

use protox::{Compiler, prost::Message as _};

fn main() -> Result<(), Box<dyn Error>> {
    let mut includes = Vec::new();
    let mut files = Vec::new();
    let mut output = None;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-I" => includes.push(value_of(&argument, arguments.next())?),
            "-o" => output = Some(value_of(&argument, arguments.next())?),
            // Always on here, and what prost-build passes by default.
            "--include_imports"
            | "--include_source_info"
            | "--experimental_allow_proto3_optional" => {}
            flag if flag.starts_with('-') => {
                return Err(format!("protoc stand-in: {flag} is not a known option").into());
            }
            file => files.push(PathBuf::from(file)),
        }
    }
    let output = output.ok_or("protoc stand-in: -o FILE is missing")?;
    let mut compiler = Compiler::new(includes)?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(files)?;
    fs::write(output, compiler.file_descriptor_set().encode_to_vec())?;
    Ok(())
}

fn value_of(flag: &str, value: Option<String>) -> Result<PathBuf, String> {
    value
        .map(PathBuf::from)
        .ok_or_else(|| format!("protoc stand-in: {flag} needs a value"))
}
