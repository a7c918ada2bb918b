//! What the users of a soak wish for: configurations at random, such as are valid. `user` asks for one before it changes a
//! partner.

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::emulator::STATES;

const GROUPS: [&str; 4] = [
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0011",
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0012",
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0013",
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0014",
];

const HEARTBEATS: [&str; 3] = [
    "2026-01-02T03:04:05Z",
    "2026-01-02T04:04:05.1234567+01:00",
    "2026-03-31T23:59:59.5-08:00",
];

/// A configuration of this display name. Each other attribute is left out half of the time.
pub(super) fn any(chance: &mut Chance, display_name: &str) -> Value {
    let mut config = json!({ "display_name": display_name });
    for platform in ["android", "ios", "macos"] {
        if chance.one_in(2) {
            config[format!("{platform}_onboarded")] = json!(chance.one_in(2));
        }
        if chance.one_in(2) {
            config[format!("{platform}_enrollment_assignments")] = assignments(chance);
        }
    }
    if chance.one_in(4) {
        config["partner_state"] = json!(chance.pick(&STATES));
    }
    if chance.one_in(4) {
        config["last_heartbeat_date_time"] = json!(chance.pick(&HEARTBEATS));
    }
    config
}

fn assignments(chance: &mut Chance) -> Value {
    if chance.one_in(4) {
        return json!([{ "type": "all_licensed_users" }]);
    }
    let mut targets = Vec::new();
    for group in GROUPS {
        match chance.below(3) {
            0 => targets.push(json!({ "type": "group", "group_id": group })),
            1 => targets.push(json!({ "type": "exclusion_group", "group_id": group })),
            _ => {}
        }
    }
    Value::Array(targets)
}
