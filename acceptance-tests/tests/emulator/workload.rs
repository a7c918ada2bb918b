//! The token services of GitHub Actions and Azure DevOps, as a job uses them.

use std::collections::BTreeMap;
use std::error::Error;

use acceptance_tests::emulator::samples::SERVICE_CONNECTION_ID;
use acceptance_tests::emulator::{Effect, Kind, SignIn};
use reqwest::Method;
use serde_json::json;

use crate::assertion::{assert_refused, sign_in};
use crate::session::{Reply, Session, TestResult, reply};

fn variables(session: &Session, way: SignIn) -> BTreeMap<&'static str, String> {
    session.emulator.sign_in(way).into_iter().collect()
}

/// Asks GitHub's service.
async fn github(session: &Session, bearer: &str, query: &str) -> Result<Reply, Box<dyn Error>> {
    let url = format!("{}/github/token{query}", session.emulator.url());
    reply(session.client.get(url).bearer_auth(bearer)).await
}

/// Asks the service of Azure DevOps.
async fn azure_devops(
    session: &Session,
    bearer: &str,
    query: &str,
) -> Result<Reply, Box<dyn Error>> {
    let url = format!("{}/ado/oidctoken{query}", session.emulator.url());
    reply(session.client.post(url).bearer_auth(bearer)).await
}

#[tokio::test]
async fn a_job_of_github_gets_a_token_for_the_audience_it_names() -> TestResult {
    let session = Session::start().await?;
    let variables = variables(&session, SignIn::GitHubActions);
    let bearer = &variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    let url = format!(
        "{}&audience=api://AzureADTokenExchange",
        variables["ACTIONS_ID_TOKEN_REQUEST_URL"]
    );
    let granted = reply(session.client.get(url).bearer_auth(bearer)).await?;
    let token = granted.body["value"].as_str().ok_or("no token")?;
    assert_eq!(granted.body["count"], json!(token.len()));
    assert_eq!(sign_in(&session, token).await?.status, 200);

    let for_another = github(&session, bearer, "?api-version=2.0").await?;
    let token = for_another.body["value"].as_str().ok_or("no token")?;
    let reply = sign_in(&session, token).await?;
    assert_refused(&reply, 401, 700_212, "'https://github.com/contoso'");

    let journal = session.emulator.journal();
    assert_eq!(journal[0].kind, Kind::Workload);
    let response = journal[0].response.as_ref().ok_or("no answer")?;
    assert_eq!(response["value"], "(redacted)");
    Ok(())
}

#[tokio::test]
async fn a_pipeline_gets_a_token_for_its_service_connection() -> TestResult {
    let session = Session::start().await?;
    let variables = variables(&session, SignIn::AzureDevOps);
    let bearer = &variables["SYSTEM_ACCESSTOKEN"];
    let url = format!(
        "{}?api-version=7.1&serviceConnectionId={}",
        variables["SYSTEM_OIDCREQUESTURI"], variables["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"]
    );
    let granted = reply(session.client.post(url).bearer_auth(bearer)).await?;
    let token = granted.body["oidcToken"].as_str().ok_or("no token")?;
    assert_eq!(sign_in(&session, token).await?.status, 200);
    let journal = session.emulator.journal();
    let response = journal[0].response.as_ref().ok_or("no answer")?;
    assert_eq!(response["oidcToken"], "(redacted)");

    let without = azure_devops(&session, bearer, "?api-version=7.1").await?;
    let token = without.body["oidcToken"].as_str().ok_or("no token")?;
    let reply = sign_in(&session, token).await?;
    assert_refused(&reply, 401, 700_213, "'p://contoso/devices/pipeline'");
    Ok(())
}

#[tokio::test]
async fn the_services_refuse_in_their_own_form() -> TestResult {
    let session = Session::start().await?;
    let all = [SignIn::GitHubActions, SignIn::AzureDevOps].map(|way| variables(&session, way));
    let [job, pipeline] = all;
    let job = &job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    let pipeline = &pipeline["SYSTEM_ACCESSTOKEN"];
    let known = format!("?api-version=7.1&serviceConnectionId={SERVICE_CONNECTION_ID}");
    let unknown = "?api-version=7.1&serviceConnectionId=nobody";
    let no_version = "?serviceConnectionId=nobody";
    // What comes of an audience that is put behind the query that is there.
    let broken = "?api-version=2.0?audience=api://AzureADTokenExchange";
    let unauthorized = "UnauthorizedRequestException";
    let not_specified = "VssVersionNotSpecifiedException";
    let out_of_range = "VssVersionOutOfRangeException";
    let (github_url, ado_url) = ("/github/token", format!("/ado/oidctoken{known}"));
    let with_wrong_method = |method, path: &str| reply(session.request(method, path));
    for (reply, status, key) in [
        (
            github(&session, "wrong", "?api-version=2.0").await?,
            401,
            unauthorized,
        ),
        (github(&session, job, "").await?, 400, not_specified),
        (github(&session, job, broken).await?, 400, out_of_range),
        (
            azure_devops(&session, "wrong", &known).await?,
            401,
            unauthorized,
        ),
        (
            azure_devops(&session, job, &known).await?,
            401,
            unauthorized,
        ),
        (
            azure_devops(&session, pipeline, no_version).await?,
            400,
            not_specified,
        ),
        (
            azure_devops(&session, pipeline, unknown).await?,
            404,
            "ServiceEndpointNotFoundException",
        ),
        (
            session.get("/ado/nothing").await?,
            404,
            "VssResourceNotFoundException",
        ),
        (
            with_wrong_method(Method::POST, github_url).await?,
            405,
            "VssServiceException",
        ),
        (
            with_wrong_method(Method::GET, &ado_url).await?,
            405,
            "VssServiceException",
        ),
    ] {
        assert_eq!(
            (reply.status, &reply.body["typeKey"]),
            (status, &json!(key))
        );
        assert!(reply.body["message"].is_string(), "{}", reply.body);
    }
    Ok(())
}

#[tokio::test]
async fn the_services_can_have_troubles() -> TestResult {
    let session = Session::start().await?;
    for (effect, status) in [
        (Effect::retry_after(429, "7"), 429),
        (Effect::status(503), 503),
    ] {
        session.fail(effect);
        let reply = github(&session, "any", "").await?;
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers.contains_key("retry-after"), status == 429);
        assert!(reply.body["typeKey"].is_string(), "{}", reply.body);
    }
    session.fail(Effect::Html);
    let page = azure_devops(&session, "any", "").await?;
    assert!(
        page.body
            .as_str()
            .is_some_and(|page| page.contains("<html>"))
    );
    Ok(())
}
