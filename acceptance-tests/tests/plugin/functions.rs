//! The provider's functions.

use serde_json::{Value, json};

use crate::fixture::{Result, launch};

#[tokio::test]
async fn the_signatures_are_those_of_the_schema() -> Result<()> {
    let provider = launch().start().await?;
    let request = acceptance_tests::core::tfplugin6::get_functions::Request {};
    let answer = provider
        .rpc
        .clone()
        .get_functions(request)
        .await?
        .into_inner();
    assert_eq!(answer.diagnostics, []);
    assert_eq!(answer.functions, provider.schema().await?.functions);
    let mut names: Vec<_> = answer.functions.keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["heartbeat_age_hours", "import_id", "parse_import_id"]
    );
    for function in answer.functions.values() {
        assert!(!function.summary.is_empty() && function.r#return.is_some());
        assert!(
            function
                .parameters
                .iter()
                .all(|it| !it.description.is_empty())
        );
    }
    Ok(())
}

#[tokio::test]
async fn each_does_what_it_says() -> Result<()> {
    let provider = launch().start().await?;
    for (name, arguments, result) in [
        ("import_id", vec!["Jamf"], json!("display_name:Jamf")),
        (
            "parse_import_id",
            vec!["p1"],
            json!({ "id": "p1", "display_name": null }),
        ),
        (
            "parse_import_id",
            vec!["display_name:A: b"],
            json!({ "id": null, "display_name": "A: b" }),
        ),
        (
            "heartbeat_age_hours",
            vec!["2026-01-01T00:00:00Z", "2026-01-02T12:30:00+12:00"],
            json!(24.5),
        ),
        (
            "heartbeat_age_hours",
            vec!["2026-01-01T01:00:00Z", "2026-01-01T00:00:00Z"],
            json!(-1.0),
        ),
    ] {
        let arguments: Vec<_> = arguments.into_iter().map(Value::from).collect();
        assert_eq!(
            provider.call(name, &arguments).await?.ok(),
            Some(result),
            "{name} {arguments:?}"
        );
    }
    let never = [json!("0001-01-01T00:00:00Z"), json!("2026-01-01T00:00:00Z")];
    let age = provider
        .call("heartbeat_age_hours", &never)
        .await?
        .map_err(|error| error.text)?;
    assert!(age.as_f64().is_some_and(|age| age > 17_000_000.0), "{age}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_argument_is_pointed_at() -> Result<()> {
    let provider = launch().start().await?;
    for (name, arguments, argument, words) in [
        ("import_id", vec![json!(" ")], Some(0), "blank"),
        (
            "parse_import_id",
            vec![json!("display_name:")],
            Some(0),
            "not an import id",
        ),
        (
            "parse_import_id",
            vec![json!("")],
            Some(0),
            "not an import id",
        ),
        (
            "heartbeat_age_hours",
            vec![json!("2026-01-01T00:00:00Z"), json!("today")],
            Some(1),
            "\"today\"",
        ),
        (
            "heartbeat_age_hours",
            vec![json!("2026-01-01T00:00:00Z")],
            None,
            "cannot be read",
        ),
        ("import_id", vec![json!(7)], None, "cannot be read"),
        ("nothing", vec![], None, "has no function"),
    ] {
        let error = provider.call(name, &arguments).await?.expect_err(words);
        assert_eq!(error.function_argument, argument, "{error:?}");
        assert!(error.text.contains(words), "{error:?}");
    }
    Ok(())
}
