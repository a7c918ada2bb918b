//! Several partners in one configuration, of one tenant and of two.

use acceptance_tests::emulator::{Options, Tenant, samples};
use serde_json::Value;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, created, delete, partner, text};
use crate::messages::errors;

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

#[tokio::test(flavor = "multi_thread")]
async fn count_and_for_each_keep_their_partners_apart() {
    let session = Session::start().await;
    let configuration = |names: &str| {
        format!(
            "resource \"intune_compliance_partner\" \"counted\" {{
               count        = 2
               display_name = \"Counted ${{count.index}}\"
             }}
             resource \"intune_compliance_partner\" \"named\" {{
               for_each      = toset({names})
               display_name  = each.key
               ios_onboarded = each.key == \"Navy\"
             }}"
        )
    };
    session.configure(&configuration("[\"Fleet\", \"Navy\"]"));
    session.apply().await;
    assert_eq!(session.requests(), created(4));
    session.assert_no_changes().await;

    session.configure(&configuration("[\"Navy\"]"));
    let plan = session.plan().await;
    assert_eq!(
        plan.changes(),
        ["delete intune_compliance_partner.named[\"Fleet\"]"]
    );
    session.forget_requests();
    let partners = session.emulator.partners(samples::TENANT_ID);
    let fleet = partners.iter().find(|it| it["displayName"] == "Fleet");
    let fleet = text(fleet.expect("it was created"), "id").to_owned();
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), delete(&fleet)]);
}

fn names(partners: &[Value]) -> Vec<&str> {
    partners.iter().map(|it| text(it, "displayName")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_aliases_write_to_two_tenants_with_one_token_each() {
    let (first, second) = (
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
    );
    let options = Options {
        tenants: vec![
            Tenant::new(first, "client-of-the-first", "secret of the first"),
            Tenant::new(second, "client-of-the-second", "secret of the second"),
        ],
        ..Options::default()
    };
    let session = Session::with(options).await;
    session.configure_all(&format!(
        "provider \"intune\" {{}}
         provider \"intune\" {{
           alias         = \"second\"
           tenant_id     = {second:?}
           client_id     = \"client-of-the-second\"
           client_secret = \"secret of the second\"
         }}
         resource \"intune_compliance_partner\" \"first\" {{
           count        = 2
           display_name = \"First ${{count.index}}\"
         }}
         resource \"intune_compliance_partner\" \"second\" {{
           provider     = intune.second
           count        = 2
           display_name = \"Second ${{count.index}}\"
         }}"
    ));
    session.apply().await;
    assert_eq!(
        sorted(session.requests()),
        sorted([created(2), created(2)].concat())
    );
    let partners = [first, second].map(|tenant| session.emulator.partners(tenant));
    let [of_first, of_second] = partners.each_ref().map(|it| {
        let mut names = names(it);
        names.sort_unstable();
        names
    });
    assert_eq!(of_first, ["First 0", "First 1"]);
    assert_eq!(of_second, ["Second 0", "Second 1"]);
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
}

/// Terraform shows but one of the warnings that have one summary.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_two_tenants_has_its_warning_of_a_new_partner() {
    let other = "22222222-2222-4222-8222-222222222222";
    let mut tenant = Tenant::new(other, "client-of-the-other", "its secret");
    tenant.partners = samples::living_tenant().partners;
    let session = Session::with(Options::default().with_tenant(tenant)).await;
    let configuration = |of_the_other: &str| {
        format!(
            "provider \"intune\" {{}}
             provider \"intune\" {{
               alias         = \"other\"
               tenant_id     = {other:?}
               client_id     = \"client-of-the-other\"
               client_secret = \"its secret\"
             }}
             resource \"intune_compliance_partner\" \"one\" {{
               display_name    = \"Fleet\"
               macos_onboarded = true
             }}
             resource \"intune_compliance_partner\" \"other\" {{
               provider     = intune.other
               display_name = \"Fleet\"
               {of_the_other}
             }}"
        )
    };
    session.configure_all(&configuration("android_onboarded = true"));
    let plan = session.succeed(&["plan", "-input=false"]).await;
    for tenant in [samples::TENANT_ID, other] {
        let summary = format!("compliance partner \"Fleet\" in tenant {tenant}");
        let text = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace("│ ", "");
        assert!(text.contains(&summary), "{}", plan.stdout);
    }
}

/// There it would be missing, which passes for deleted: state would lose it, and the next apply make it anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_not_looked_for_in_another_tenant() {
    let other = "22222222-2222-4222-8222-222222222222";
    let options =
        Options::default().with_tenant(Tenant::new(other, "client-of-the-other", "its secret"));
    let mut session = Session::with(options).await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.apply().await;
    let id = session.id();
    let replace = format!("-replace={PARTNER}");
    session
        .succeed(&["plan", "-input=false", "-out=replacement", &replace])
        .await;
    session.set("ARM_TENANT_ID", other);
    session.set("ARM_CLIENT_ID", "client-of-the-other");
    session.set("ARM_CLIENT_SECRET", "its secret");
    let plan = session.run(&["plan", "-input=false", "-json"]).await;
    let refusal = errors(&plan, &session).replace(&id, "ID");
    insta::assert_snapshot!(refusal);
    session.configure(&partner("display_name = \"Navy\""));
    for arguments in [
        &["apply", "-refresh=false", "-auto-approve", "-json"][..],
        &["destroy", "-refresh=false", "-auto-approve", "-json"],
        &["apply", "-input=false", "-json", "replacement"],
    ] {
        let run = session.run(arguments).await;
        let refusal = errors(&run, &session);
        assert!(
            refusal.contains(&format!("signed in to tenant {other}")),
            "{refusal}"
        );
        assert_eq!(session.id(), id);
    }
    let partners = session.emulator.partners(samples::TENANT_ID);
    assert!(
        partners
            .iter()
            .any(|it| it["id"] == *id && it["displayName"] == "Fleet")
    );
}
