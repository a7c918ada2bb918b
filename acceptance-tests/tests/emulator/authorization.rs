//! What a token permits, and what a tenant without a license for Intune gets to hear.

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Options, Tenant};
use serde_json::json;

use crate::session::{PARTNERS, Session, TestResult, inner_message, path_of};

/// The default tenant, with something about it changed.
fn with_tenant(change: impl FnOnce(&mut Tenant)) -> Options {
    let mut options = Options::default();
    change(&mut options.tenants[0]);
    options
}

#[tokio::test]
async fn reads_and_writes_need_a_permission_each() -> TestResult {
    for (permissions, may_read, may_write) in [
        (vec![], false, false),
        (vec!["DeviceManagementApps.ReadWrite.All"], false, false),
        (vec!["DeviceManagementServiceConfig.Read.All"], true, false),
        (vec!["DeviceManagementConfiguration.Read.All"], true, false),
        (
            vec!["DeviceManagementServiceConfig.ReadWrite.All"],
            true,
            true,
        ),
        (
            vec![
                "User.Read.All",
                "DeviceManagementConfiguration.ReadWrite.All",
            ],
            true,
            true,
        ),
    ] {
        let options = with_tenant(|tenant| {
            tenant.apps[0].permissions = permissions.iter().map(ToString::to_string).collect();
        });
        let session = Session::with(options).await?;
        for (reply, permitted) in [
            (session.get(PARTNERS).await?, may_read),
            (session.get(&path_of(KANDJI)).await?, may_read),
            (session.post(&json!({"displayName": "A"})).await?, may_write),
            (
                session
                    .patch(KANDJI, &json!({"iosOnboarded": true}))
                    .await?,
                may_write,
            ),
            (session.delete(KANDJI).await?, may_write),
        ] {
            let forbidden = reply.status == 403;
            assert_eq!(forbidden, !permitted, "{permissions:?}: {}", reply.body);
        }
        let stored = session.emulator.partners(TENANT_ID).len();
        assert_eq!(stored, 4, "one more and one less, or no change");
        assert_eq!(session.stored(KANDJI).is_none(), may_write);
    }
    Ok(())
}

#[tokio::test]
async fn intune_says_which_permission_is_missing() -> TestResult {
    let options = with_tenant(|tenant| tenant.apps[0].permissions.clear());
    let session = Session::with(options).await?;
    let reply = session.delete(KANDJI).await?;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.body["error"]["code"], "Forbidden");
    let message = inner_message(&reply.body)?;
    let (refusal, traces) = message.split_once(" - ").ok_or("no traces")?;
    assert_eq!(
        refusal,
        "Application is not authorized to perform this operation. Application must have one of the following scopes: \
         DeviceManagementServiceConfig.ReadWrite.All, DeviceManagementConfiguration.ReadWrite.All"
    );
    let activity_id = reply.headers["request-id"].to_str()?;
    let expected = format!(
        "Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: {activity_id} - \
         Url: https://"
    );
    assert!(traces.starts_with(&expected), "{traces}");

    let reply = session.get(PARTNERS).await?;
    let message = inner_message(&reply.body)?;
    assert!(
        message.contains(": DeviceManagementServiceConfig.Read.All, "),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn a_tenant_without_a_license_has_no_partners_to_manage() -> TestResult {
    let session = Session::with(with_tenant(|tenant| tenant.licensed = false)).await?;
    for reply in [
        session.get(PARTNERS).await?,
        session.post(&json!({"displayName": "A"})).await?,
        session.delete(KANDJI).await?,
    ] {
        let error = &reply.body["error"];
        assert_eq!((reply.status, &error["code"]), (400, &json!("BadRequest")));
        assert_eq!(error["message"], "Request not applicable to target tenant.");
    }
    assert_eq!(session.emulator.partners(TENANT_ID).len(), 4);
    session
        .token_for(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
        .await?;
    Ok(())
}
