//! Each attribute, and each argument of a function, is on its page with its description, and a page
//! describes nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use acceptance_tests::{
    core::{
        Launch, Result,
        tfplugin6::{Function, Schema, schema::Attribute},
    },
    provider_binary::provider_binary,
};

use super::{files, root};

/// What to do about a difference.
const HINT: &str = "Run .ci/docs, and commit what it changes in docs/.";

/// The names on a page, each with the attributes around it, and what is said of them.
type Described = BTreeMap<String, String>;

#[tokio::test]
async fn the_pages_describe_what_the_provider_serves() -> Result<()> {
    let mut provider = Launch::new(provider_binary()).start().await?;
    let schemas = provider.schema().await?;
    provider.shut_down().await?;

    let mut pages = BTreeMap::from([("index".to_owned(), served(schemas.provider.as_ref()))]);
    for (folder, schemas) in [
        ("resources", &schemas.resource_schemas),
        ("data-sources", &schemas.data_source_schemas),
        ("list-resources", &schemas.list_resource_schemas),
    ] {
        pages.extend(schemas.iter().map(|(name, schema)| {
            let name = name.trim_start_matches("intune_");
            (format!("{folder}/{name}"), served(Some(schema)))
        }));
    }
    pages.extend(schemas.functions.iter().map(|(name, function)| {
        let arguments = arguments(function);
        (format!("functions/{name}"), arguments)
    }));

    assert_eq!(
        paths(&root().join("docs")),
        pages.keys().cloned().collect(),
        "{HINT}"
    );
    for (path, served) in pages {
        let text = fs::read_to_string(root().join(format!("docs/{path}.md")))?;
        let described = described(&text);
        let names = |it: &Described| it.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&described), names(&served), "{path}: {HINT}");
        for (name, description) in served {
            let line = &described[&name];
            assert!(
                line.contains(&description),
                "{path} says of {name} {line:?}, the schema {description:?}. {HINT}"
            );
        }
    }
    Ok(())
}

/// The pages that are not guides, by their path without the extension.
fn paths(docs: &Path) -> BTreeSet<String> {
    let pages = files(docs, "md").into_iter().map(|path| {
        let path = path.strip_prefix(docs).expect("it is in there");
        path.with_extension("").display().to_string()
    });
    pages.filter(|path| !path.starts_with("guides")).collect()
}

fn served(schema: Option<&Schema>) -> Described {
    let block = schema.and_then(|schema| schema.block.as_ref());
    let block = block.expect("every schema has a block");
    assert_eq!(block.block_types, [], "no nested block is compared yet");
    let mut served = Described::new();
    attributes(&mut served, "", &block.attributes);
    served
}

fn attributes(served: &mut Described, prefix: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let path = format!("{prefix}{}", attribute.name);
        if let Some(nested) = &attribute.nested_type {
            self::attributes(served, &format!("{path}."), &nested.attributes);
        }
        served.insert(path, attribute.description.trim().to_owned());
    }
}

fn arguments(function: &Function) -> Described {
    let parameters = function.parameters.iter();
    parameters
        .chain(&function.variadic_parameter)
        .map(|it| (it.name.clone(), it.description.trim().to_owned()))
        .collect()
}

/// The items of the lists below the headings of the schema, as in ``- `name` (String) Description``,
/// and of the arguments of a function.
fn described(page: &str) -> Described {
    let parts = ["\n## Schema\n", "\n## Arguments\n"];
    let part = parts.iter().find_map(|heading| page.split_once(heading));
    let (_, part) = part.expect("a page has a schema, or arguments");
    let part = part.split_once("\n## ").map_or(part, |(part, _)| part);
    let mut described = Described::new();
    let mut prefix = String::new();
    for line in part.lines() {
        if let Some(path) = line.strip_prefix("### Nested Schema for `") {
            prefix = format!("{}.", path.trim_end_matches('`'));
        }
        let item = line
            .strip_prefix("- `")
            .or_else(|| line.strip_prefix("1. `"));
        if let Some((name, description)) = item.and_then(|item| item.split_once("` (")) {
            described.insert(format!("{prefix}{name}"), description.to_owned());
        }
    }
    described
}

#[test]
fn a_page_is_read_with_what_is_nested() {
    let page = "\n## Schema\n\n### Required\n\n- `a` (Attributes) A.\n\n### Nested Schema for `a`\n\n\
                Optional:\n\n- `b` (String) B.\n\n## Import\n\n- `c` (String) C.\n";
    let expected = [("a", "Attributes) A."), ("a.b", "String) B.")];
    let expected = expected.map(|(name, line)| (name.to_owned(), line.to_owned()));
    assert_eq!(described(page), Described::from(expected));
}
