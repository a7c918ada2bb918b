//! The identity endpoints of a virtual machine and of an App Service, over the plain HTTP that they take in life.

use std::collections::BTreeMap;
use std::error::Error;

use acceptance_tests::emulator::samples::{SYSTEM_ASSIGNED_CLIENT_ID, USER_ASSIGNED_CLIENT_ID};
use acceptance_tests::emulator::{Effect, Kind, Machine, Options, SignIn};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::assertion::now;
use crate::session::{FORM, PARTNERS, Reply, Session, TestResult, reply};

const IMDS: &str = "/metadata/identity/oauth2/token";
const APP_SERVICE: &str = "/msi/token";

/// Asks an endpoint of the machine.
async fn ask(
    session: &Session,
    path: &str,
    header: Option<(&str, &str)>,
    query: &[(&str, &str)],
) -> Result<Reply, Box<dyn Error>> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let url = session.emulator.url().replace("https://", "http://");
    let mut request = session.client.get(format!("{url}{path}?{query}"));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    reply(request).await
}

async fn imds(session: &Session, query: &[(&str, &str)]) -> Result<Reply, Box<dyn Error>> {
    let version = ("api-version", "2018-02-01");
    let resource = ("resource", session.emulator.url());
    let query = [&[version, resource], query].concat();
    ask(session, IMDS, Some(("Metadata", "true")), &query).await
}

async fn app_service(session: &Session, query: &[(&str, &str)]) -> Result<Reply, Box<dyn Error>> {
    let variables: BTreeMap<_, _> = session
        .emulator
        .sign_in(SignIn::AppService)
        .into_iter()
        .collect();
    let version = ("api-version", "2019-08-01");
    let resource = ("resource", session.emulator.url());
    let query = [&[version, resource], query].concat();
    let header = ("X-IDENTITY-HEADER", variables["IDENTITY_HEADER"].as_str());
    ask(session, APP_SERVICE, Some(header), &query).await
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_machine_gets_a_token_for_each_of_its_identities() -> TestResult {
    let mut session = Session::start().await?;
    let given = ("client_id", USER_ASSIGNED_CLIENT_ID);
    for (reply, client_id) in [
        (imds(&session, &[]).await?, SYSTEM_ASSIGNED_CLIENT_ID),
        (imds(&session, &[given]).await?, USER_ASSIGNED_CLIENT_ID),
        (app_service(&session, &[]).await?, SYSTEM_ASSIGNED_CLIENT_ID),
        (
            app_service(&session, &[given]).await?,
            USER_ASSIGNED_CLIENT_ID,
        ),
    ] {
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.body["client_id"], client_id);
        assert_eq!(reply.body["token_type"], "Bearer");
        assert_eq!(reply.body["resource"], session.emulator.url());
        let expires_on: i64 = text(&reply.body, "expires_on").parse()?;
        assert!(
            (3500..=3599).contains(&(expires_on - now())),
            "{}",
            reply.body
        );
        text(&reply.body, "access_token").clone_into(&mut session.token);
        assert_eq!(session.get(PARTNERS).await?.status, 200);
    }
    let imds = imds(&session, &[]).await?;
    assert_eq!(imds.body["expires_in"], "3599");
    let machine = session.emulator.journal();
    let mut machine = machine.iter().filter(|it| it.kind == Kind::Machine);
    assert!(machine.all(|it| {
        it.response
            .as_ref()
            .is_some_and(|it| it["access_token"] == "(redacted)")
    }));
    assert_eq!(
        session
            .emulator
            .journal()
            .iter()
            .filter(|it| it.kind == Kind::Machine)
            .count(),
        5
    );
    Ok(())
}

#[tokio::test]
async fn a_machine_stands_in_any_cloud_and_its_token_opens_the_graph_it_asked_for() -> TestResult {
    let mut session = Session::start().await?;
    let slash = format!("{}/", session.emulator.url());
    for (resource, status) in [
        (slash.as_str(), 200),
        ("https://graph.microsoft.com", 401),
        ("https://dod-graph.microsoft.us/", 401),
    ] {
        let query = [("api-version", "2018-02-01"), ("resource", resource)];
        let reply = ask(&session, IMDS, Some(("Metadata", "true")), &query).await?;
        assert_eq!(reply.body["resource"], resource);
        text(&reply.body, "access_token").clone_into(&mut session.token);
        assert_eq!(session.get(PARTNERS).await?.status, status, "{resource}");
    }
    Ok(())
}

#[tokio::test]
async fn imds_refuses_in_its_own_form() -> TestResult {
    let session = Session::start().await?;
    let url = session.emulator.url();
    let metadata = Some(("Metadata", "true"));
    let version = ("api-version", "2018-02-01");
    let scope = format!("{url}/.default");
    let forged = [("client_id", "nobody")];
    let own = [("client_id", SYSTEM_ASSIGNED_CLIENT_ID)];
    let whole = [version, ("resource", url)];
    let old = [("api-version", "2017-01-01"), ("resource", url)];
    let with_scope = [version, ("resource", scope.as_str())];
    let invalid = "invalid_request";
    for (reply, status, error, words) in [
        (
            ask(&session, IMDS, None, &whole).await?,
            400,
            invalid,
            "metadata header",
        ),
        (
            ask(&session, IMDS, Some(("Metadata", "false")), &whole).await?,
            400,
            invalid,
            "metadata header",
        ),
        (
            ask(&session, IMDS, metadata, &old).await?,
            400,
            invalid,
            "'api-version'",
        ),
        (
            ask(&session, IMDS, metadata, &[version]).await?,
            400,
            invalid,
            "'resource'",
        ),
        (
            ask(&session, IMDS, metadata, &with_scope).await?,
            400,
            "invalid_resource",
            "AADSTS500011",
        ),
        (
            imds(&session, &forged).await?,
            400,
            invalid,
            "Identity not found",
        ),
        (
            imds(&session, &own).await?,
            400,
            invalid,
            "Identity not found",
        ),
        (
            ask(&session, "/metadata/identity/token", metadata, &whole).await?,
            404,
            "not_found",
            "Not found",
        ),
    ] {
        assert_eq!((reply.status, text(&reply.body, "error")), (status, error));
        let description = text(&reply.body, "error_description");
        assert!(description.contains(words), "{description}");
    }
    let url = format!("{url}{IMDS}");
    let posted = reply(session.client.post(&url).header("Metadata", "true")).await?;
    assert_eq!(posted.status, 405);
    let forwarded = session.client.get(url).header("Metadata", "true");
    let forwarded = reply(forwarded.header("X-Forwarded-For", "192.0.2.1")).await?;
    assert_eq!(forwarded.status, 400);
    Ok(())
}

#[tokio::test]
async fn app_service_refuses_in_its_own_form() -> TestResult {
    let session = Session::start().await?;
    let whole = [
        ("api-version", "2019-08-01"),
        ("resource", session.emulator.url()),
    ];
    let wrong = Some(("X-IDENTITY-HEADER", "wrong"));
    for (reply, status, words) in [
        (
            ask(&session, APP_SERVICE, None, &whole).await?,
            401,
            "identity header",
        ),
        (
            ask(&session, APP_SERVICE, wrong, &whole).await?,
            401,
            "identity header",
        ),
        (
            app_service(&session, &[("client_id", "nobody")]).await?,
            400,
            "Identity not found",
        ),
    ] {
        assert_eq!(
            (reply.status, &reply.body["statusCode"]),
            (status, &json!(status))
        );
        let message = text(&reply.body, "message");
        assert!(message.contains(words), "{message}");
    }
    Ok(())
}

#[tokio::test]
async fn a_machine_may_have_other_identities() -> TestResult {
    let other = "nobody-knows-it";
    let ask_machine_with = async |system_assigned: Option<&str>, user_assigned: &[&str]| {
        let machine = Machine {
            system_assigned: system_assigned.map(str::to_owned),
            user_assigned: user_assigned.iter().map(ToString::to_string).collect(),
        };
        let options = Options {
            machine,
            ..Options::default()
        };
        imds(&Session::with(options).await?, &[]).await
    };
    let only = ask_machine_with(None, &[USER_ASSIGNED_CLIENT_ID]).await?;
    assert_eq!(only.body["client_id"], USER_ASSIGNED_CLIENT_ID);
    for (reply, words) in [
        (ask_machine_with(None, &[]).await?, "Identity not found"),
        (
            ask_machine_with(Some(other), &[]).await?,
            "Identity not found",
        ),
        (
            ask_machine_with(None, &[USER_ASSIGNED_CLIENT_ID, other]).await?,
            "Multiple user assigned identities exist",
        ),
    ] {
        assert_eq!(reply.status, 400);
        let description = text(&reply.body, "error_description");
        assert!(description.starts_with(words), "{description}");
    }
    Ok(())
}

#[tokio::test]
async fn the_machine_can_have_troubles() -> TestResult {
    let session = Session::start().await?;
    for (effect, status) in [
        (Effect::retry_after(429, "7"), 429),
        (Effect::status(404), 404),
        (Effect::status(503), 503),
    ] {
        session.fail(effect.clone());
        let of_imds = imds(&session, &[]).await?;
        assert_eq!(of_imds.status, status);
        assert_eq!(of_imds.headers.contains_key("retry-after"), status == 429);
        assert!(of_imds.body["error_description"].is_string());
        session.fail(effect);
        let of_app_service = app_service(&session, &[]).await?;
        assert_eq!(of_app_service.body["statusCode"], status);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_else_takes_plain_http() -> TestResult {
    let session = Session::start().await?;
    let url = session.emulator.url().replace("https://", "http://");
    for path in [
        PARTNERS,
        "/tenant/oauth2/v2.0/token",
        "/github/token",
        "/issuer/keys",
        "/metadata/endpoints?api-version=2022-09-01",
    ] {
        let request = session.client.post(format!("{url}{path}"));
        let request = request.header("content-type", FORM).body("client_secret=x");
        let reply = reply(request.bearer_auth(&session.token)).await?;
        assert_eq!(reply.status, 400, "{path}");
        assert_eq!(
            reply.body,
            json!("The plain HTTP request was sent to an HTTPS port.")
        );
    }
    // TLS is no obstacle where it is not needed.
    let over_tls = session
        .get(&format!("{IMDS}?api-version=2018-02-01"))
        .await?;
    assert_eq!(over_tls.body["error"], "invalid_request");
    Ok(())
}
