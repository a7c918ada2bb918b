//! Compiles the client's side of the protocol that the provider serves, with protox, so that no
//! protoc is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../proto/tfplugin6.proto");
    println!("cargo::rerun-if-changed=../proto/plugin.proto");
    let descriptors = protox::compile(["tfplugin6.proto", "plugin.proto"], ["../proto"])?;
    tonic_prost_build::configure()
        .build_client(true)
        .build_server(false)
        .compile_fds(descriptors)?;
    Ok(())
}
