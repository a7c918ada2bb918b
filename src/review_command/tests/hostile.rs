//! Whatever a plan contains: no panic, no invalid JSON, no overlong comment, and nothing but text in the comment.

use std::mem::discriminant;

use proptest::{collection::vec, prelude::*, sample::Index};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value as Json, json};

use super::{Format, PLAN, parsed, partner, plan_of, review};
use crate::review_command::visible::is_hidden;

/// The longest comment that GitHub accepts, in characters.
const LONGEST_COMMENT: usize = 65_536;

/// A text that tries to be more than text.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[`|*_~<>#@!:/\\[\\](){}&;\"' a-z0-9\\\\\r\n\t-]{0,6}",
        any::<String>(),
        prop::sample::select(vec![
            "@contoso/admins",
            "#1",
            "GH-12",
            "https://evil.example/",
            "www.evil.example",
            "me@evil.example",
            "![x](https://evil.example)",
            "[x]: https://evil.example",
            "<img src=x onerror=y>",
            "</td></table><h1>",
            "<!--",
            "-->",
            "```\n",
            "``",
            "\n\n# x\n",
            "\n| a |\n|---|\n",
            "\\",
            "\\|",
            "&#64;x",
            "\u{202e}",
            "\u{200b}",
            "\u{e0041}",
            "\u{1b}[31m",
            "[^1]",
            "$x$",
            ":tada:",
            "{0}",
        ])
        .prop_map(str::to_owned),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// A plan in which every value that can be a text is this one.
fn plan_with(text: &str) -> String {
    let target = |kind: &str| json!({ "type": kind, "group_id": text, "collection_id": text });
    let mut before = partner();
    before["display_name"] = json!(text);
    before["partner_state"] = json!(text);
    before["last_heartbeat_date_time"] = json!(text);
    before["macos_enrollment_assignments"] =
        json!([target("group"), target("exclusion_group"), target(text)]);
    before["ios_onboarded"] = json!(true);
    let mut after = before.clone();
    after["display_name"] = json!(format!("{text} "));
    after["partner_state"] = json!("enabled");
    after["macos_onboarded"] = json!(false);
    after["macos_enrollment_assignments"] =
        json!([{ "type": "all_devices", "group_id": null, "collection_id": null }]);
    let mut plan: Json = serde_json::from_str(&plan_of(&json!({
        "actions": ["update"], "before": before, "after": after,
    })))
    .expect("a plan");
    let mut other = plan["resource_changes"][0].clone();
    other["provider_name"] = json!(text);
    plan["resource_changes"][0]["address"] = json!(text);
    plan["resource_changes"][0]["previous_address"] = json!(format!("{text} "));
    plan["resource_changes"][0]["deposed"] = json!(text);
    let changes = plan["resource_changes"].as_array_mut().expect("changes");
    let mut odd = changes[0].clone();
    odd["change"]["actions"] = json!([text]);
    changes.extend([odd, other]);
    plan.to_string()
}

/// What a reader sees as more than text, in order, and the text outside code.
fn structure(comment: &str) -> (Vec<Event<'_>>, String) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    let mut prose = String::new();
    let mut events = Vec::new();
    for event in Parser::new_ext(comment, options) {
        match event {
            Event::Text(text) => prose.push_str(&text),
            Event::Code(_) => prose.push(' '),
            Event::SoftBreak => prose.push('\n'),
            structural => events.push(structural),
        }
    }
    (events, prose)
}

/// Checks that a comment contains only the elements that we use.
fn is_ours(comment: &str) -> Result<(), TestCaseError> {
    let (events, prose) = structure(comment);
    let mut cells = 0;
    for event in &events {
        match event {
            Event::Html(html) => prop_assert_eq!(html.trim(), super::MARK),
            Event::InlineHtml(html) => prop_assert_eq!(&**html, "<br>"),
            Event::Start(Tag::Heading { level, .. }) => prop_assert!(*level as usize > 1),
            Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::HardBreak
            | Event::End(_)
            | Event::Start(
                Tag::HtmlBlock
                | Tag::Paragraph
                | Tag::BlockQuote(None)
                | Tag::List(None)
                | Tag::Item
                | Tag::Table(_)
                | Tag::Strong,
            ) => {}
            other => prop_assert!(false, "{:?} in {}", other, comment),
        }
        if *event == Event::End(TagEnd::TableRow) {
            prop_assert_eq!(cells, 4, "{}", comment);
        }
    }
    for sign in [
        "@", "#", "://", "www.", "GH-", "[", "]", "<", "&", "\\", "`", "*", "|", "$",
    ] {
        prop_assert!(!prose.contains(sign), "{} in {}", sign, prose);
    }
    let hidden = comment.chars().find(|it| *it != '\n' && is_hidden(*it));
    prop_assert!(hidden.is_none(), "{:?} in {}", hidden, comment);
    prop_assert!(comment.chars().count() <= LONGEST_COMMENT);
    Ok(())
}

proptest! {
    #[test]
    fn a_text_of_a_plan_is_text(text in text()) {
        let plan = plan_with(&text);
        let comment = review(&plan, Format::Markdown);
        prop_assert_eq!(comment.code, 1, "{:?}", comment);
        is_ours(&comment.output)?;
        // The same elements in the same order as with a harmless text. An empty text is not always an element.
        let harmless = review(&plan_with("harmless"), Format::Markdown).output;
        let kinds = |comment: &str| {
            let events = structure(comment).0.into_iter().map(Event::into_static);
            events.map(|event| discriminant(&event)).collect::<Vec<_>>()
        };
        prop_assert_eq!(kinds(&comment.output), kinds(&harmless));
    }

    #[test]
    fn programs_get_the_text_as_it_is(text in text()) {
        let plan = plan_with(&text);
        let json = parsed(&plan);
        prop_assert_eq!(json["partners"][0]["address"].as_str(), Some(&*text));
        for format in [Format::Json, Format::Sarif] {
            let output = review(&plan, format).output;
            let hidden = output.chars().find(|it| *it != '\n' && is_hidden(*it));
            prop_assert!(hidden.is_none(), "{:?} in {}", hidden, output);
            prop_assert!(serde_json::from_str::<Json>(&output).is_ok());
        }
    }

    #[test]
    fn a_damaged_plan_is_read_or_refused(edits in vec((any::<Index>(), 0..40_usize, edit()), 1..6)) {
        let mut bytes = PLAN.as_bytes().to_vec();
        for (start, length, new) in edits {
            let start = start.index(bytes.len());
            let end = bytes.len().min(start + length);
            bytes.splice(start..end, new);
        }
        let plan = String::from_utf8_lossy(&bytes);
        let comment = review(&plan, Format::Markdown);
        prop_assert!(comment.code <= 2);
        prop_assert_eq!(comment.code == 2, comment.output.is_empty());
        if comment.code < 2 {
            is_ours(&comment.output)?;
            prop_assert!(serde_json::from_str::<Json>(&review(&plan, Format::Sarif).output).is_ok());
            parsed(&plan);
        } else {
            let complaint = comment.complaint.trim_end();
            prop_assert!(!complaint.contains(is_hidden) && complaint.len() < 2000, "{}", complaint);
        }
    }
}

fn edit() -> impl Strategy<Value = Vec<u8>> {
    let json = prop::sample::select(vec![
        "", "{", "}", "[", "]", "\"", "null", "true", "{}", "[]", "1e999", ",", "\\u0000",
        "\\ud800", "\"\"", "[true]",
    ]);
    prop_oneof![
        json.prop_map(|it| it.as_bytes().to_vec()),
        vec(any::<u8>(), 0..5)
    ]
}

#[test]
fn a_plan_that_nests_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = |depth: usize| format!("{}null{}", open.repeat(depth), close.repeat(depth));
        let plan = |value: &str| {
            plan_of(&json!({ "actions": ["create"], "after": {} }))
                .replace("\"after\":{}", &format!("\"after\":{value}"))
        };
        assert_eq!(review(&plan(&deep(100_000)), Format::Markdown).code, 2);
        assert_eq!(review(&deep(1_000_000), Format::Markdown).code, 2);
        let elsewhere = format!(
            r#"{{"format_version":"1.2","planned_values":{}}}"#,
            deep(1_000_000)
        );
        assert_eq!(review(&elsewhere, Format::Markdown).code, 0);
    }
}

#[test]
fn a_plan_that_would_take_for_ever_is_refused() {
    let change = json!({ "actions": ["delete"], "before": partner(), "after": null });
    let mut plan: Json = serde_json::from_str(&plan_of(&change)).expect("a plan");
    let one = plan["resource_changes"][0].clone();
    plan["resource_changes"] = json!(vec![one.clone(); 1001]);
    assert_eq!(review(&plan.to_string(), Format::Markdown).code, 2);
    let mut long = one;
    let target = long["change"]["before"]["macos_enrollment_assignments"][0].clone();
    long["change"]["before"]["macos_enrollment_assignments"] = json!(vec![target; 100_000]);
    plan["resource_changes"] = json!([long]);
    assert_eq!(review(&plan.to_string(), Format::Markdown).code, 2);
}

#[test]
fn a_long_comment_keeps_what_is_dangerous() {
    // The plan contains a number that no machine can represent.
    let plan = PLAN.replace(&"0".repeat(400), "0");
    let mut plan: Json = serde_json::from_str(&plan).expect("the plan is JSON");
    let quiet = plan["resource_changes"][7].clone();
    let dangerous = plan["resource_changes"][3].clone();
    let changes: Vec<_> = std::iter::repeat_n(quiet, 900).chain([dangerous]).collect();
    plan["resource_changes"] = json!(changes);
    let comment = review(&plan.to_string(), Format::Markdown).output;
    is_ours(&comment).expect("it is ours");
    let first = comment.find("### ").map(|it| &comment[it..it + 60]);
    assert!(
        first.is_some_and(|it| it.contains("intune_compliance_partner.uem")),
        "{first:?}"
    );
    assert!(comment.contains("partners are not shown, or only in part"));
    assert!(comment.len() > LONGEST_COMMENT / 2);
}
