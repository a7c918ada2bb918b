//! The default tenant: who may sign in, and the partners it starts with, as a real tenant has some before anybody thinks of
//! Terraform. Used by `Options::default`; tests name the ids.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::date_time;
use super::options::{App, Machine, Proof, Tenant};
use super::schema::HEARTBEAT;
use crate::fixtures;

/// The default tenant.
pub const TENANT_ID: &str = "c0ffee00-1111-4222-8333-444455556666";
/// The application that may sign in to the default tenant.
pub const CLIENT_ID: &str = "a99a99a9-2222-4333-8444-555566667777";
/// Its secret.
pub const CLIENT_SECRET: &str = "emulated~secret.of-nobody";

/// A secret that it had once.
pub const EXPIRED_SECRET: &str = "emulated~secret.of-yesterday";
/// The application that stands for the machine itself.
pub const SYSTEM_ASSIGNED_CLIENT_ID: &str = "b0b0b0b0-3333-4444-8555-666677778888";
/// The application that stands for the identity which was given to the machine.
pub const USER_ASSIGNED_CLIENT_ID: &str = "c1c1c1c1-4444-4555-8666-777788889999";

/// The emulator's own OIDC issuer, below its URL.
pub const ISSUER: &str = "/issuer";
/// Whom a token is about that comes from nowhere in particular.
pub const SUBJECT: &str = "terraform";
/// Whom the token of a GitHub Actions workflow is about.
pub const GITHUB_SUBJECT: &str = "repo:contoso/devices:ref:refs/heads/main";
/// Whom the token of an Azure DevOps pipeline is about.
pub const AZURE_DEVOPS_SUBJECT: &str = "sc://contoso/devices/intune";
/// The service connection that the pipeline may use.
pub const SERVICE_CONNECTION_ID: &str = "d2d2d2d2-5555-4666-8777-88889999aaaa";
/// Whom the token of a pod in AKS is about.
pub const AKS_SUBJECT: &str = "system:serviceaccount:devices:terraform";
/// Whom the token of a run in HCP Terraform is about.
pub const HCP_TERRAFORM_SUBJECT: &str =
    "organization:contoso:project:devices:workspace:intune:run_phase:apply";

/// "Jamf": in the catalogue, never set up.
pub const JAMF: &str = "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0001";
/// "VMware Workspace ONE": enabled for Android and iOS, with a heartbeat.
pub const WORKSPACE_ONE: &str = "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0002";
/// "Kandji": in the catalogue, never set up.
pub const KANDJI: &str = "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003";
/// "Mosyle Fuse": enabled for macOS, with a heartbeat.
pub const MOSYLE: &str = "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0004";

/// A group whose members' Android and iOS devices Workspace ONE manages.
pub const FIELD_STAFF_GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0001";
/// A second such group.
pub const OFFICE_STAFF_GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0002";
/// A group that is excluded from Workspace ONE.
pub const PILOT_GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0003";

/// The default tenant, whose first application can be signed in to in every way.
pub(super) fn tenant() -> Tenant {
    let mut app = App::new(CLIENT_ID)
        .with(Proof::Secret(CLIENT_SECRET.to_owned()))
        .with(Proof::ExpiredSecret(EXPIRED_SECRET.to_owned()))
        .with(Proof::SubjectAndIssuer {
            subject: "leaf.emulated.example".to_owned(),
            issuer: fixtures::certificate("authority"),
        });
    for name in ["rsa", "p256", "p384", "expired"] {
        app = app.with(Proof::Certificate(fixtures::certificate(name)));
    }
    for subject in [
        SUBJECT,
        GITHUB_SUBJECT,
        AZURE_DEVOPS_SUBJECT,
        AKS_SUBJECT,
        HCP_TERRAFORM_SUBJECT,
    ] {
        app = app.with(Proof::federated(subject));
    }
    let managed = [SYSTEM_ASSIGNED_CLIENT_ID, USER_ASSIGNED_CLIENT_ID].map(App::new);
    Tenant {
        id: TENANT_ID.to_owned(),
        apps: [app].into_iter().chain(managed).collect(),
        partners: partners(),
        licensed: true,
    }
}

/// The default tenant for people who try the provider now: its partners were heard of a few minutes ago. In the one that the
/// tests have they fell silent in May 2026, and every check and every review would say so.
#[must_use]
pub fn living_tenant() -> Tenant {
    let mut tenant = tenant();
    let now = OffsetDateTime::now_utc();
    for (partner, minutes) in tenant.partners.iter_mut().zip(2..) {
        if partner["partnerState"] == "enabled" {
            partner[HEARTBEAT] = json!(date_time::format(now - Duration::minutes(minutes)));
        }
    }
    tenant
}

/// The machine that has a managed identity of either kind.
pub(super) fn machine() -> Machine {
    Machine {
        system_assigned: Some(SYSTEM_ASSIGNED_CLIENT_ID.to_owned()),
        user_assigned: vec![USER_ASSIGNED_CLIENT_ID.to_owned()],
    }
}

/// The partners of the default tenant.
pub(super) fn partners() -> Vec<Value> {
    let staff = json!([
        group("groupAssignmentTarget", FIELD_STAFF_GROUP),
        group("groupAssignmentTarget", OFFICE_STAFF_GROUP),
        group("exclusionGroupAssignmentTarget", PILOT_GROUP),
    ]);
    vec![
        never_set_up(JAMF, "Jamf"),
        json!({
            "id": WORKSPACE_ONE,
            "displayName": "VMware Workspace ONE",
            "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-05-04T08:15:30.1234567Z",
            "androidOnboarded": true,
            "iosOnboarded": true,
            "macOsOnboarded": false,
            "androidEnrollmentAssignments": staff,
            "iosEnrollmentAssignments": staff,
            "macOsEnrollmentAssignments": [],
        }),
        never_set_up(KANDJI, "Kandji"),
        json!({
            "id": MOSYLE,
            "displayName": "Mosyle Fuse",
            "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-05-04T08:20:00Z",
            "androidOnboarded": false,
            "iosOnboarded": false,
            "macOsOnboarded": true,
            "androidEnrollmentAssignments": [],
            "iosEnrollmentAssignments": [],
            "macOsEnrollmentAssignments": [
                {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}},
            ],
        }),
    ]
}

/// A partner of the catalogue that nobody has set up.
#[must_use]
pub fn never_set_up(id: &str, display_name: &str) -> Value {
    json!({
        "id": id,
        "displayName": display_name,
        "partnerState": "unknown",
        "lastHeartbeatDateTime": "0001-01-01T00:00:00Z",
        "androidOnboarded": false,
        "iosOnboarded": false,
        "macOsOnboarded": false,
        "androidEnrollmentAssignments": [],
        "iosEnrollmentAssignments": [],
        "macOsEnrollmentAssignments": [],
    })
}

fn group(target: &str, id: &str) -> Value {
    json!({"target": {"@odata.type": format!("#microsoft.graph.{target}"), "groupId": id}})
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{HEARTBEAT, Tenant, date_time, living_tenant, tenant};

    #[test]
    fn a_living_tenant_differs_in_nothing_but_heartbeats() {
        let of = |tenant: Tenant| tenant.partners.into_iter();
        for (mut living, still) in of(living_tenant()).zip(of(tenant())) {
            if still["partnerState"] == "enabled" {
                let text = living[HEARTBEAT].as_str().unwrap_or_default();
                let heartbeat = date_time::parse(text).expect("a date-time of Graph's");
                let age = OffsetDateTime::now_utc() - heartbeat;
                assert!(age > Duration::ZERO && age < Duration::hours(1), "{text}");
                living[HEARTBEAT] = still[HEARTBEAT].clone();
            }
            assert_eq!(living, still);
        }
    }
}
