//! The emulated tenant of one cell: one partner that Terraform manages, or is to manage, and one
//! that is nobody's business. `cell` looks here what is stored and what was sent.

use serde_json::{Value, json};

use crate::{
    core::Result,
    emulator::{Emulator, Exchange, Kind, Options, Tenant as Partners, samples},
};

/// The display name of the partner in question.
pub(super) const NAME: &str = "Fleet";
/// Its id, where it exists beforehand.
pub(super) const FLEET: &str = "7d1f0c5a-4f3e-4b8a-9c62-1b5e8a2f0001";
/// Whom it manages.
pub(super) const STAFF: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0011";
/// And whom not.
pub(super) const EXCLUDED: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0012";

/// More partners than a tenant of a cell ever has.
const PAGE: usize = 100;

/// A tenant of its own.
pub(super) struct Tenant {
    pub(super) emulator: Emulator,
}

impl Tenant {
    pub(super) async fn start(has_partner: bool) -> Result<Self> {
        let mut partners = vec![navy()];
        if has_partner {
            partners.push(partner(FLEET, NAME));
        }
        let tenant = Partners {
            partners,
            ..Partners::new(
                samples::TENANT_ID,
                samples::CLIENT_ID,
                samples::CLIENT_SECRET,
            )
        };
        let options = Options {
            tenants: vec![tenant],
            page_size: PAGE,
            ..Options::default()
        };
        let emulator = Emulator::start(options).await?;
        Ok(Self { emulator })
    }

    /// Everything that is stored.
    pub(super) fn stored(&self) -> Vec<Value> {
        self.emulator.partners(samples::TENANT_ID)
    }

    /// The partners of the name in question.
    pub(super) fn fleet(&self) -> Vec<Value> {
        let stored = self.stored().into_iter();
        stored.filter(|it| it["displayName"] == NAME).collect()
    }

    /// Whether every other partner is as it was.
    pub(super) fn others_are_untouched(&self) -> bool {
        let stored = self.stored().into_iter();
        stored.filter(|it| it["displayName"] != NAME).eq([navy()])
    }

    /// Somebody deletes the partner in the admin center.
    pub(super) fn remove(&self) {
        self.emulator.remove_partner(samples::TENANT_ID, FLEET);
    }

    /// Somebody changes the partner in the admin center.
    pub(super) fn edit(&self) {
        let onboard = |partner: &mut Value| partner["androidOnboarded"] = true.into();
        self.emulator
            .edit_partner(samples::TENANT_ID, FLEET, onboard);
    }

    /// The requests in their order, in few words. The sign-in that everything begins with is left out.
    pub(super) fn requests(&self) -> String {
        let journal = self.emulator.journal();
        let first = usize::from(journal.first().is_some_and(|it| it.kind == Kind::Token));
        let words: Vec<_> = journal[first..].iter().map(word).collect();
        let runs = words.chunk_by(|one, next| one == next);
        let runs = runs.map(|run| match run {
            [once] => (*once).to_owned(),
            several => format!("{} {}", several.len(), several[0]),
        });
        runs.collect::<Vec<_>>().join(", ")
    }
}

fn word(exchange: &Exchange) -> &str {
    let is_list = || !exchange.path.contains("Partners/");
    match (exchange.kind, exchange.method.as_str()) {
        (Kind::Token, _) => "sign-in",
        (Kind::Graph, "GET") if is_list() => "list",
        (_, method) => method,
    }
}

/// The partner that is nobody's business.
pub(super) fn navy() -> Value {
    partner("7d1f0c5a-4f3e-4b8a-9c62-1b5e8a2f0002", "Navy")
}

/// A partner as Graph stores it. It is not enabled, so that no heartbeat moves.
fn partner(id: &str, name: &str) -> Value {
    let target = |kind: &str, group| json!({"target": {"@odata.type": format!("#microsoft.graph.{kind}"), "groupId": group}});
    json!({
        "id": id,
        "displayName": name,
        "partnerState": "unknown",
        "lastHeartbeatDateTime": "0001-01-01T00:00:00Z",
        "androidOnboarded": false,
        "iosOnboarded": true,
        "macOsOnboarded": false,
        "androidEnrollmentAssignments": [],
        "iosEnrollmentAssignments": [
            target("groupAssignmentTarget", STAFF),
            target("exclusionGroupAssignmentTarget", EXCLUDED),
        ],
        "macOsEnrollmentAssignments": [],
    })
}
