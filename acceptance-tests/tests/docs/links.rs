//! Links lead somewhere: to a file of the repository, and to a heading in it. And each guide has what
//! the registry shows of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{files, root};

/// Where the public registry has the pages of docs/, without their ending. The overview names them so.
const REGISTRY: &str = "https://registry.terraform.io/providers/intune-partner/intune/latest/docs/";

#[test]
fn every_link_leads_somewhere() {
    let dead: Vec<_> = texts()
        .into_iter()
        .flat_map(|path| {
            let text = fs::read_to_string(&path).expect("a page is text");
            let dead = links(&text).filter_map(|link| trouble(&path, &link));
            dead.map(|trouble| format!("{}: {trouble}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_registry_is_told_of_each_guide() {
    for path in files(&root().join("docs/guides"), "md") {
        let text = fs::read_to_string(&path).expect("a guide is text");
        let front = text
            .strip_prefix("---\n")
            .and_then(|text| text.split_once("\n---\n"));
        let (front, body) =
            front.unwrap_or_else(|| panic!("{} has no front matter", path.display()));
        for key in ["page_title: \"", "subcategory: \"", "description: |-\n  "] {
            assert!(front.contains(key), "{} has no {key}", path.display());
        }
        let title = front.lines().find_map(|it| it.strip_prefix("page_title: "));
        let heading = body.lines().find_map(|it| it.strip_prefix("# "));
        assert_eq!(
            title.map(|it| it.trim_matches('"')),
            heading,
            "{}",
            path.display()
        );
    }
}

/// Everything with links that people read.
fn texts() -> Vec<PathBuf> {
    let at_the_root = fs::read_dir(root()).expect("the repository can be read");
    let at_the_root = at_the_root.map(|entry| entry.expect("the repository can be read").path());
    let at_the_root = at_the_root.filter(|path| path.extension().is_some_and(|it| it == "md"));
    ["docs", "examples"]
        .into_iter()
        .flat_map(|folder| files(&root().join(folder), "md"))
        .chain(at_the_root)
        .collect()
}

/// The targets of the links in a text. A link can break over two lines, in its words.
fn links(text: &str) -> impl Iterator<Item = String> {
    let targets = text.split("](").skip(1);
    targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned()))
}

/// What is wrong with a link of the page at `path`, if anything is. The network is not asked.
fn trouble(path: &Path, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let docs = fs::canonicalize(root().join("docs")).ok()?;
    let target = match (file, file.strip_prefix(REGISTRY)) {
        ("", _) => path.to_owned(),
        (_, Some(page)) => docs.join(format!("{page}.md")),
        _ if link.contains("://") => return None,
        _ if fs::canonicalize(path).ok()? == docs.join("index.md") => {
            return Some(format!(
                "{link} leads nowhere on the registry: it has this page at latest/docs, without a slash at the end"
            ));
        }
        _ => path.parent()?.join(file),
    };
    // On the registry, nothing else of the repository is beside the pages.
    let is_in_docs = |path: &Path| fs::canonicalize(path).is_ok_and(|it| it.starts_with(&docs));
    if !target.exists() {
        return Some(format!("{link} leads to no file"));
    }
    if is_in_docs(path) && !is_in_docs(&target) {
        return Some(format!(
            "{link} leads out of docs/, where the registry has nothing"
        ));
    }
    if anchor.is_empty() {
        return None;
    }
    let text = fs::read_to_string(&target).ok()?;
    let has_anchor = anchors(&text).any(|it| it == anchor);
    (!has_anchor).then(|| format!("{link} leads to no heading"))
}

/// The anchors of a page: of its headings, as GitHub and the registry make them, and those written out.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        if let Some(anchor) = line.strip_prefix("<a id=\"") {
            return anchor.split_once('"').map(|(anchor, _)| anchor.to_owned());
        }
        let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
        let kept = heading.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter => letter.is_alphanumeric().then_some(letter),
        });
        Some(kept.collect::<String>().to_lowercase())
    })
}

#[test]
fn dead_links_are_found() {
    let trouble = |page, link: &str| trouble(&root().join(page), link);
    let to = |page| format!("{REGISTRY}{page}");
    for (page, link) in [
        ("docs/index.md", to("guides/none")),
        ("docs/index.md", to("guides/failures#none")),
        ("docs/index.md", "guides/failures.md".to_owned()),
        ("docs/guides/failures.md", "none.md".to_owned()),
        ("docs/guides/failures.md", "../../README.md".to_owned()),
    ] {
        assert!(trouble(page, &link).is_some(), "{page}: {link}");
    }
    for (page, link) in [
        ("docs/index.md", to("guides/failures")),
        ("docs/index.md", "#schema".to_owned()),
        ("docs/guides/failures.md", "plan-review.md".to_owned()),
    ] {
        assert_eq!(trouble(page, &link), None);
    }
}

#[test]
fn links_and_anchors_are_found() {
    let text = "# A `b`, and c\nSee [that\npage](d.md#e) or [this](f).\n<a id=\"g--h\"></a>\n";
    assert_eq!(links(text).collect::<Vec<_>>(), ["d.md#e", "f"]);
    assert_eq!(anchors(text).collect::<Vec<_>>(), ["a-b-and-c", "g--h"]);
}
