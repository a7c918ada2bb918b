//! Compiles the protocol's messages and services with protox, so that no protoc is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["tfplugin6.proto", "plugin.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .build_client(false)
        // An rpc that the service does not define answers Unimplemented.
        .generate_default_stubs(true)
        // In the order of their keys, so that an answer is the same bytes in every process.
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
