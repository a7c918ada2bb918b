//! The walls between the modules of `src/lib.rs`: `plugin` contains no word of Microsoft's, `graph`
//! none of Terraform's, and neither uses the modules above it.

use std::{fs, path::Path};

#[test]
fn plugin_knows_no_word_of_microsofts() {
    assert_silent(
        "src/plugin",
        &["intune", "graph", "entra", "azure", "microsoft"],
    );
}

#[test]
fn graph_knows_no_word_of_terraforms() {
    assert_silent("src/graph", &["terraform", "tf_provider", "diagnostic"]);
}

/// Fails with every line of a module that has one of the words, in any case, or that uses a module
/// above it.
fn assert_silent(module: &str, words: &[&str]) {
    let above = ["crate::compliance_partner", "crate::provider"];
    let words = [words, &above].concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(module);
    let mut found = Vec::new();
    search(&folder, &words, &mut found);
    search(&folder.with_extension("rs"), &words, &mut found);
    assert!(found.is_empty(), "in {module}:\n{}", found.join("\n"));
}

fn search(path: &Path, words: &[&str], found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the module is a folder") {
            search(&entry.expect("the module can be read").path(), words, found);
        }
        return;
    }
    let text = fs::read_to_string(path).expect("a source file is text");
    for (number, line) in (1..).zip(text.lines()) {
        let lower = line.to_lowercase();
        if let Some(word) = words.iter().find(|word| lower.contains(**word)) {
            found.push(format!("{}:{number} has {word:?}", path.display()));
        }
    }
}
