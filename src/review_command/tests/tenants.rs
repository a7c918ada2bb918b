//! Which partners of a plan are compared with each other.

use serde_json::{Value as Json, json};

use super::{creation, parsed, partner, plan_with};

/// Uses the configuration that a plan has with an alias for each tenant.
#[test]
fn partners_of_two_tenants_are_not_beside_each_other() {
    let mut after = partner();
    after["id"] = Json::Null;
    let create = creation(&after);
    let codes = |first: &Json, second: &Json| {
        let resource = |key: &str| {
            json!([{
                "address": "intune_compliance_partner.it",
                "type": "intune_compliance_partner",
                "provider_config_key": key,
            }])
        };
        let configuration = json!({
            "provider_config": {
                "intune": { "expressions": { "tenant_id": first } },
                "intune.second": { "expressions": { "tenant_id": second } },
            },
            "root_module": {
                "resources": resource("intune"),
                "module_calls": { "m": { "module": { "resources": resource("intune.second") } } },
            },
        });
        let plan = plan_with(&json!({ "configuration": configuration }), &create);
        let mut plan: Json = serde_json::from_str(&plan).expect("a plan");
        let mut second = plan["resource_changes"][0].clone();
        second["address"] = json!("module.m[\"x\"].intune_compliance_partner.it[0]");
        plan["resource_changes"]
            .as_array_mut()
            .expect("changes")
            .push(second);
        let partners = &parsed(&plan.to_string())["partners"];
        [0, 1].map(|place| partners[place]["findings"].as_array().map(Vec::len))
    };
    let tenant = |id: &str| json!({ "constant_value": id });
    let variable = json!({ "references": ["var.tenant"] });
    assert_eq!(codes(&tenant("A"), &tenant("B")), [Some(0); 2]);
    assert_eq!(codes(&variable, &variable), [Some(0); 2]);
    assert_eq!(codes(&tenant("A"), &tenant("a")), [Some(3); 2]);
    // The environment names the tenant of both.
    for unset in [Json::Null, json!({ "constant_value": null }), tenant("")] {
        assert_eq!(codes(&Json::Null, &unset), [Some(3); 2]);
        assert_eq!(codes(&tenant("A"), &unset), [Some(0); 2]);
    }
    assert_eq!(codes(&Json::Null, &json!({})), [Some(0); 2]);
}

/// The review of two new partners that are alike, as OpenTofu has a provider block with `for_each`.
fn of_instances(tenant_id: &Json, key: &str, addresses: [&str; 2]) -> Json {
    let mut after = partner();
    after["id"] = Json::Null;
    let resources = json!([{
        "address": "intune_compliance_partner.it",
        "type": "intune_compliance_partner",
        "provider_config_key": key,
    }]);
    let inner = json!({ "module": { "resources": resources } });
    let module = json!({ "resources": resources, "module_calls": { "n": inner } });
    let configuration = json!({
        "provider_config": { key: { "expressions": { "tenant_id": tenant_id } } },
        "root_module": { "resources": resources, "module_calls": { "m": { "module": module } } },
    });
    let plan = plan_with(
        &json!({ "configuration": configuration }),
        &creation(&after),
    );
    let mut plan: Json = serde_json::from_str(&plan).expect("a plan");
    let first = plan["resource_changes"][0].clone();
    let changes = addresses.map(|address| {
        let mut change = first.clone();
        change["address"] = json!(address);
        change
    });
    plan["resource_changes"] = json!(changes);
    parsed(&plan.to_string())
}

#[test]
fn the_instances_of_a_provider_are_tenants_of_their_own() {
    let findings = |tenant_id: Json| {
        let addresses = ["a", "b"].map(|key| format!("intune_compliance_partner.it[{key:?}]"));
        let review = of_instances(
            &tenant_id,
            "intune.of",
            addresses.each_ref().map(|it| &**it),
        );
        let notes = review["notes"].to_string();
        let is_told = notes.contains("partners with different keys were taken");
        (review["summary"]["high"].clone(), is_told)
    };
    let of_each = json!({ "references": ["each.value.tenant_id", "each.value"] });
    assert_eq!(findings(of_each), (json!(0), true));
    let of_all = json!({ "references": ["var.tenant_id"] });
    assert_eq!(findings(of_all), (json!(4), false));
}

#[test]
fn one_instance_of_a_provider_can_have_several_partners() {
    let of_each = json!({ "references": ["each.value"] });
    let it = "intune_compliance_partner.it";
    for (key, first, second, is_one_tenant) in [
        (
            "intune.of",
            "module.m[\"a\"].{}[\"x\"]",
            "module.m[\"a\"].{}[\"y\"]",
            true,
        ),
        (
            "intune.of",
            "module.m[\"a\"].{}[\"x\"]",
            "module.m[\"a\"].module.n.{}",
            true,
        ),
        ("intune.of", "module.m[\"a\"].{}[\"x\"]", "{}[\"a\"]", true),
        (
            "intune.of",
            "module.m[\"a\"].{}[\"x\"]",
            "module.m[\"b\"].{}[\"x\"]",
            false,
        ),
        // The provider block is in the module.
        (
            "module.m:intune.of",
            "module.m.{}[\"a\"]",
            "module.m.{}[\"b\"]",
            false,
        ),
        (
            "module.m:intune.of",
            "module.m.module.n[\"a\"].{}[0]",
            "module.m.{}[\"a\"]",
            true,
        ),
        // `provider = intune.of["a"]`
        ("intune.of", "{}", "module.m[\"a\"].{}", true),
    ] {
        let addresses = [first, second].map(|address| address.replace("{}", it));
        let review = of_instances(&of_each, key, addresses.each_ref().map(|it| &**it));
        let high = if is_one_tenant { 4 } else { 0 };
        assert_eq!(review["summary"]["high"], json!(high), "{addresses:?}");
    }
}
