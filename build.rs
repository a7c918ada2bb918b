//! Compiles the protocol's messages and services with protox, so that no protoc is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["tfplugin6.proto", "plugin.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .build_client(false)
        // An RPC that the service does not define returns Unimplemented.
        .generate_default_stubs(true)
        // Sorted by key, so that a response has the same bytes in every process.
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
