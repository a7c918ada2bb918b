//! What people read and copy: the registry's pages describe what the provider's binary serves, every
//! configuration in them, in README.md and in examples/ is formatted and valid, and their links lead
//! somewhere. (That the pages are current to the letter is held by `.ci/docs --check`, which needs Go.)

mod links;
mod schema;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use acceptance_tests::{
    cli::{Cli, Workspace, required_providers},
    provider_binary::provider_binary,
};

#[tokio::test]
async fn every_configuration_that_people_copy_is_valid() {
    let configurations: Vec<_> = pages().chain(examples()).collect();
    assert!(configurations.len() > 5, "{configurations:?}");
    for (place, files) in configurations {
        let workspace = Workspace::new(cli(), &provider_binary());
        if !files
            .values()
            .any(|text| text.contains("required_providers"))
        {
            workspace.write("terraform.tf", &required_providers());
        }
        for (name, text) in files {
            workspace.write(&name, &text);
        }
        for command in [&["fmt", "-check", "-diff"][..], &["validate", "-no-color"]] {
            let run = workspace.run(command).await;
            assert!(
                run.code == 0,
                "{place}: {} says\n{}{}",
                run.command,
                run.stdout,
                run.stderr
            );
        }
    }
}

/// Where a configuration was found, and its files by name.
type Configuration = (String, BTreeMap<String, String>);

/// The configurations in fenced blocks, each on its own.
fn pages() -> impl Iterator<Item = Configuration> {
    let pages = files(&root().join("docs"), "md");
    pages
        .into_iter()
        .chain([root().join("README.md")])
        .flat_map(|path| {
            let text = fs::read_to_string(&path).expect("a page is text");
            blocks(&text).into_iter().map(move |(line, block)| {
                let place = format!("{}:{line}", path.display());
                (place, BTreeMap::from([("main.tf".to_owned(), block)]))
            })
        })
}

/// The examples; the files of a folder are one configuration.
fn examples() -> impl Iterator<Item = Configuration> {
    let mut folders: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for path in files(&root().join("examples"), "tf") {
        let text = fs::read_to_string(&path).expect("a configuration is text");
        let name = path.file_name().expect("a file has a name").display();
        let folder = path.parent().expect("a file is in a folder").display();
        let configuration = folders.entry(folder.to_string()).or_default();
        configuration.insert(name.to_string(), text);
    }
    folders.into_iter()
}

/// The fenced blocks of Terraform's language, with the number of their first line.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if matches!(line, "```terraform" | "```hcl") {
            let block = lines.by_ref().map(|(_, line)| line);
            let block = block.take_while(|line| *line != "```");
            let block: String = block.flat_map(|line| [line, "\n"]).collect();
            blocks.push((number + 1, block));
        }
    }
    blocks
}

/// The files below a folder whose name ends so.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is in the repository");
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, extension)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect()
}

fn cli() -> Cli {
    Cli::find().unwrap_or_else(|error| panic!("{error}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn fenced_blocks_are_found_by_their_language() {
    let text = "a\n```terraform\nb {\n}\n```\n```text\nc\n```\n```hcl\nd\n```\n";
    let expected = [(3, "b {\n}\n".to_owned()), (10, "d\n".to_owned())];
    assert_eq!(blocks(text), expected);
}
