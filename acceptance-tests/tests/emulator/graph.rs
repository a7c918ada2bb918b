//! Graph as it should be: partners, pages, errors, and what the service does by itself.

use acceptance_tests::emulator::samples::{FIELD_STAFF_GROUP, KANDJI, TENANT_ID, WORKSPACE_ONE};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::session::{PARTNERS, Session, TestResult, inner_message, path_of, reply};

#[tokio::test]
async fn a_list_comes_in_pages() -> TestResult {
    let session = Session::start().await?;
    session.post(&json!({"displayName": "Fifth"})).await?;
    let mut path = format!("{PARTNERS}?$top=100&$filter=ignored");
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    loop {
        let page = session.get(&path).await?.body;
        let context = page["@odata.context"].as_str().ok_or("no context")?;
        assert!(context.ends_with("/v1.0/$metadata#deviceManagement/complianceManagementPartners"));
        let partners = page["value"].as_array().ok_or("no value")?;
        sizes.push(partners.len());
        names.extend(
            partners
                .iter()
                .map(|partner| partner["displayName"].clone()),
        );
        let Some(link) = page["@odata.nextLink"].as_str() else {
            break;
        };
        path = link
            .strip_prefix(session.emulator.url())
            .ok_or("a link to another host")?
            .to_owned();
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(
        names,
        [
            "Jamf",
            "VMware Workspace ONE",
            "Kandji",
            "Mosyle Fuse",
            "Fifth"
        ]
    );
    let reply = session.get(&format!("{PARTNERS}?$skiptoken=mine")).await?;
    assert_eq!(reply.status, 400);
    Ok(())
}

#[tokio::test]
async fn the_life_of_a_partner() -> TestResult {
    let session = Session::start().await?;
    let created = session
        .post(&json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "displayName": "Jamf Device Compliance",
            "macOsOnboarded": true,
            "lastHeartbeatDateTime": "2026-05-04T10:15:30.5000000+02:00",
            "macOsEnrollmentAssignments": [
                {"target": {"@odata.type": "microsoft.graph.groupAssignmentTarget", "groupId": FIELD_STAFF_GROUP}},
            ],
        }))
        .await?;
    assert_eq!(created.status, 201);
    let id = created.body["id"].as_str().ok_or("no id")?.to_owned();
    let context = format!("{}/v1.0/$metadata#", session.emulator.url());
    let mut expected = json!({
        "@odata.context": context + "deviceManagement/complianceManagementPartners/$entity",
        "id": id,
        "displayName": "Jamf Device Compliance",
        "partnerState": "unknown",
        "lastHeartbeatDateTime": "2026-05-04T08:15:30.5Z",
        "androidOnboarded": false,
        "iosOnboarded": false,
        "macOsOnboarded": true,
        "androidEnrollmentAssignments": [],
        "iosEnrollmentAssignments": [],
        "macOsEnrollmentAssignments": [
            {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": FIELD_STAFF_GROUP}},
        ],
    });
    assert_eq!(created.body, expected);

    let change = json!({"iosOnboarded": true, "macOsEnrollmentAssignments": []});
    expected["iosOnboarded"] = json!(true);
    expected["macOsEnrollmentAssignments"] = json!([]);
    let updated = session.patch(&id, &change).await?;
    assert_eq!((updated.status, &updated.body), (200, &expected));
    let read = session.get(&path_of(&id)).await?;
    assert_eq!((read.status, &read.body), (200, &expected));

    let deleted = session.delete(&id).await?;
    assert_eq!((deleted.status, deleted.body), (204, json!("")));
    for missing in [
        session.get(&path_of(&id)).await?,
        session.patch(&id, &json!({})).await?,
        session.delete(&id).await?,
    ] {
        assert_eq!(missing.status, 404);
        assert_eq!(missing.body["error"]["code"], "ResourceNotFound");
        assert!(inner_message(&missing.body)?.contains(&id));
    }

    let journal = session.emulator.journal();
    let path = path_of(&id);
    let expected = [
        format!("POST {PARTNERS} -> 201"),
        format!("PATCH {path} -> 200"),
        format!("GET {path} -> 200"),
        format!("DELETE {path} -> 204"),
        format!("GET {path} -> 404"),
        format!("PATCH {path} -> 404"),
        format!("DELETE {path} -> 404"),
    ];
    assert_eq!(session.exchanges(), expected);
    assert_eq!(journal[1].request, Some(change));
    assert_eq!(journal[1].response, Some(updated.body));
    assert!(journal.iter().all(|exchange| exchange.headers.bearer_token));
    Ok(())
}

#[tokio::test]
async fn graph_refuses_bodies_it_cannot_accept() -> TestResult {
    let session = Session::start().await?;
    let before = session.emulator.partners(TENANT_ID);
    for body in [
        json!({"displayName": "A", "linuxOnboarded": true}),
        json!({"displayName": "A", "partnerState": "notSetUp"}),
        json!({"displayName": "A", "macOsEnrollmentAssignments": [{"target": {}}]}),
        json!({"id": "another"}),
    ] {
        for reply in [
            session.post(&body).await?,
            session.patch(KANDJI, &body).await?,
        ] {
            assert_eq!(reply.status, 400, "{body}");
            assert_eq!(reply.body["error"]["code"], "BadRequest");
            assert!(!inner_message(&reply.body)?.is_empty());
        }
    }
    let patch = || session.request(Method::PATCH, &path_of(KANDJI));
    let cases = [
        (patch().body("{}"), 400),
        (patch().body("{}").header(CONTENT_TYPE, "text/plain"), 415),
        (
            patch().body("{").header(CONTENT_TYPE, "application/json"),
            400,
        ),
    ];
    for (request, status) in cases {
        assert_eq!(reply(request).await?.status, status);
    }
    assert_eq!(session.emulator.partners(TENANT_ID), before);
    Ok(())
}

#[tokio::test]
async fn a_wrong_url_is_not_a_missing_partner() -> TestResult {
    let session = Session::start().await?;
    for (method, path, status, message) in [
        (
            Method::GET,
            "/v2.0/deviceManagement",
            404,
            "Invalid version: v2.0",
        ),
        (
            Method::GET,
            "/v1.0/deviceManagement/partners",
            400,
            "Resource not found for the segment 'partners'.",
        ),
        (
            Method::PUT,
            PARTNERS,
            405,
            "Specified HTTP method is not allowed for the request target.",
        ),
    ] {
        let reply = reply(session.request(method, path)).await?;
        assert_eq!(
            (reply.status, &reply.body["error"]["message"]),
            (status, &json!(message))
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_can_be_traced() -> TestResult {
    let session = Session::start().await?;
    for path in [PARTNERS, "/v1.0/nothing"] {
        let request = session
            .request(Method::GET, path)
            .header("client-request-id", "mine")
            .header("user-agent", "test/1");
        let reply = reply(request).await?;
        assert_eq!(reply.headers["client-request-id"], "mine");
        assert!(reply.headers.contains_key("date"));
        let last = session.emulator.journal().pop().ok_or("no exchange")?;
        assert_eq!(reply.headers["request-id"], last.request_id.as_str());
        assert_eq!(last.headers.client_request_id.as_deref(), Some("mine"));
        assert_eq!(last.headers.user_agent.as_deref(), Some("test/1"));
        if reply.status != 200 {
            let inner = &reply.body["error"]["innerError"];
            assert_eq!(inner["request-id"], last.request_id.as_str());
            assert_eq!(inner["client-request-id"], "mine");
            assert!(inner["date"].is_string());
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_service_moves_heartbeats_and_the_order_of_assignments() -> TestResult {
    let session = Session::start().await?;
    let mut heartbeats = Vec::new();
    let mut orders = Vec::new();
    for _ in 0..10 {
        let body = session.get(&path_of(WORKSPACE_ONE)).await?.body;
        heartbeats.push(body["lastHeartbeatDateTime"].to_string());
        orders.push(body["iosEnrollmentAssignments"].to_string());
    }
    heartbeats.dedup();
    orders.sort();
    orders.dedup();
    assert_eq!(heartbeats.len(), 10);
    assert!(orders.len() > 1);
    Ok(())
}

#[tokio::test]
async fn anything_can_happen_behind_the_api() -> TestResult {
    let session = Session::start().await?;
    let emulator = &session.emulator;
    emulator.edit_partner(TENANT_ID, KANDJI, |partner| {
        partner["partnerState"] = json!("notSetUp");
        partner["visionOnboarded"] = json!(true);
    });
    let kandji = session.get(&path_of(KANDJI)).await?.body;
    assert_eq!(kandji["partnerState"], "notSetUp");
    assert_eq!(kandji["visionOnboarded"], true);

    emulator.put_partner(TENANT_ID, json!({"id": "an id/with?signs"}));
    let strange = session.get(&path_of("an%20id%2Fwith%3Fsigns")).await?;
    assert_eq!(
        (strange.status, &strange.body["id"]),
        (200, &json!("an id/with?signs"))
    );

    emulator.remove_partner(TENANT_ID, KANDJI);
    assert_eq!(session.get(&path_of(KANDJI)).await?.status, 404);
    Ok(())
}
