//! Azure's metadata document.

use acceptance_tests::emulator::{Effect, Kind};
use serde_json::json;

use crate::session::{Session, TestResult};

const ENDPOINTS: &str = "/metadata/endpoints?api-version=2022-09-01";

#[tokio::test]
async fn the_document_leads_to_the_emulator() -> TestResult {
    let session = Session::start().await?;
    let url = session.emulator.url();
    let document = session.get(ENDPOINTS).await?.body;
    assert_eq!(document["name"], "Emulator");
    assert_eq!(document["authentication"]["loginEndpoint"], url);
    assert_eq!(document["microsoftGraphResourceId"], format!("{url}/"));
    assert_eq!(document["resourceManager"], format!("{url}/"));
    assert_eq!(session.emulator.journal()[0].kind, Kind::Metadata);
    Ok(())
}

#[tokio::test]
async fn a_document_of_another_version_or_place_is_not_there() -> TestResult {
    let session = Session::start().await?;
    for (path, status, code) in [
        ("/metadata/endpoints", 400, "MissingApiVersionParameter"),
        (
            "/metadata/endpoints?api-version=2015-01-01",
            400,
            "InvalidApiVersionParameter",
        ),
        ("/metadata/others?api-version=2022-09-01", 404, "NotFound"),
    ] {
        let reply = session.get(path).await?;
        let found = (reply.status, &reply.body["error"]["code"]);
        assert_eq!(found, (status, &json!(code)));
    }
    let reply = crate::session::reply(session.request(reqwest::Method::PUT, ENDPOINTS)).await?;
    assert_eq!(reply.status, 405);
    Ok(())
}

#[tokio::test]
async fn it_can_have_troubles() -> TestResult {
    let session = Session::start().await?;
    for (effect, status, code) in [
        (Effect::retry_after(429, "7"), 429, "TooManyRequests"),
        (Effect::status(503), 503, "ServiceUnavailable"),
        (Effect::status(500), 500, "InternalServerError"),
    ] {
        session.fail(effect);
        let reply = session.get(ENDPOINTS).await?;
        let found = (reply.status, &reply.body["error"]["code"]);
        assert_eq!(found, (status, &json!(code)));
    }
    Ok(())
}
