use super::*;
use crate::graph::settings::Aks;

const TENANT: &str = "contoso.example";
const CLIENT: &str = "the-client";

/// Settings with a tenant and an application, and no way to sign in except the Azure CLI.
fn application() -> SignIn {
    SignIn {
        tenant_id: Some(TENANT.into()),
        client_id: Some(CLIENT.into()),
        ..SignIn::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the settings have it")]
fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text))
}

fn problem(settings: &SignIn) -> String {
    choose(settings).expect_err("no way").to_string()
}

#[test]
fn each_way_is_chosen_by_its_settings() {
    let certificate = SignIn {
        client_certificate_path: Some("app.pfx".into()),
        client_certificate_password: secret("p"),
        ..application()
    };
    assert!(matches!(
        choose(&certificate),
        Ok(Way::Certificate { password, .. }) if password.secret() == "p"
    ));
    let with_secret = SignIn {
        client_secret_file_path: Some("secret".into()),
        ..application()
    };
    assert!(matches!(choose(&with_secret), Ok(Way::Secret { .. })));
    let identity = SignIn {
        use_msi: true,
        ..application()
    };
    assert!(matches!(
        choose(&identity),
        Ok(Way::ManagedIdentity { client_id: Some(_) })
    ));
    let system_assigned = SignIn {
        use_msi: true,
        ..SignIn::default()
    };
    assert_eq!(
        choose(&system_assigned).expect("a way"),
        Way::ManagedIdentity { client_id: None }
    );
}

/// The source that is chosen with these settings and `use_oidc`.
fn source_of(settings: SignIn) -> Source {
    let settings = SignIn {
        use_oidc: true,
        ..settings
    };
    match choose(&settings) {
        Ok(Way::Federated { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_federated_token_comes_from_the_first_source() {
    let everything = SignIn {
        oidc_token_file_path: Some("token".into()),
        oidc_request_url: Some("https://pipeline.example".into()),
        oidc_request_token: secret("bearer"),
        ado_pipeline_service_connection_id: Some("connection".into()),
        run_token: secret("run"),
        ..application()
    };
    assert!(matches!(source_of(everything.clone()), Source::Token(text) if text.given.is_none()));
    let pipeline = SignIn {
        oidc_token_file_path: None,
        ..everything
    };
    assert!(matches!(
        source_of(pipeline.clone()),
        Source::AzureDevOps { .. }
    ));
    let github = SignIn {
        ado_pipeline_service_connection_id: Some(String::new()),
        ..pipeline
    };
    assert!(matches!(
        source_of(github.clone()),
        Source::GitHubActions { .. }
    ));
    let run = SignIn {
        oidc_request_token: None,
        ..github
    };
    assert!(
        matches!(source_of(run), Source::Token(text) if text.given == Some(Secret::new("run")))
    );
}

#[test]
fn a_pod_of_aks_knows_who_it_is() {
    let pod = SignIn {
        use_aks_workload_identity: true,
        aks: Aks {
            token_file: Some("/var/run/token".into()),
            client_id: Some("of the pod".into()),
            tenant_id: Some("its tenant".into()),
        },
        ..SignIn::default()
    };
    let Ok(Way::Federated { app, source }) = choose(&pod) else {
        panic!("another way");
    };
    assert_eq!(app.tenant_id, "its tenant");
    assert_eq!(app.client_id.given, secret("of the pod"));
    let Source::Token(text) = source else {
        panic!("another source: {source:?}");
    };
    let problem = text.read().expect_err("there is no such file").to_string();
    let named = "The file /var/run/token, from AZURE_FEDERATED_TOKEN_FILE, cannot be read: ";
    assert!(problem.starts_with(named), "{problem}");
    // The settings override what AKS tells the pod.
    let pod = SignIn {
        tenant_id: Some(TENANT.into()),
        client_id: Some(CLIENT.into()),
        ..pod
    };
    let Ok(Way::Federated { app, .. }) = choose(&pod) else {
        panic!("another way");
    };
    assert_eq!(app.tenant_id, TENANT);
    assert_eq!(app.client_id.given, secret(CLIENT));
}

#[test]
fn a_token_that_cannot_be_had_names_what_is_missing() {
    let oidc = SignIn {
        use_oidc: true,
        ..application()
    };
    insta::assert_snapshot!(problem(&oidc));
    insta::assert_snapshot!(problem(&SignIn {
        oidc_request_url: Some("https://pipeline.example".into()),
        ..oidc.clone()
    }));
    insta::assert_snapshot!(problem(&SignIn {
        oidc_request_token: secret("bearer"),
        ..oidc.clone()
    }));
    insta::assert_snapshot!(problem(&SignIn {
        ado_pipeline_service_connection_id: Some("connection".into()),
        ..oidc
    }));
    insta::assert_snapshot!(problem(&SignIn {
        use_aks_workload_identity: true,
        ..application()
    }));
}

#[test]
fn half_an_application_names_the_other_half() {
    let half = SignIn {
        tenant_id: Some(String::new()),
        client_secret: secret("s"),
        ..SignIn::default()
    };
    insta::assert_snapshot!(problem(&half));
    insta::assert_snapshot!(problem(&SignIn {
        tenant_id: Some(TENANT.into()),
        ..half
    }));
}

#[test]
fn two_ways_at_once_contradict_each_other() {
    let ways: [fn(&mut SignIn); 5] = [
        |it| it.client_certificate = secret("c"),
        |it| it.client_secret = secret("s"),
        |it| it.use_oidc = true,
        |it| it.use_aks_workload_identity = true,
        |it| it.use_msi = true,
    ];
    for (number, one) in ways.iter().enumerate() {
        for (other_number, other) in ways.iter().enumerate() {
            let mut settings = application();
            one(&mut settings);
            other(&mut settings);
            // A pod may have both switches on.
            let same = number == other_number || matches!((number, other_number), (2, 3) | (3, 2));
            assert_eq!(contradiction(&settings).is_none(), same, "{settings:?}");
        }
    }
    let mut both = application();
    both.client_secret = secret("s");
    both.use_msi = true;
    let Contradiction {
        attribute, problem, ..
    } = contradiction(&both).expect("two ways");
    assert_eq!(attribute, "client_secret");
    insta::assert_snapshot!(problem);
}

#[test]
fn half_a_way_is_not_passed_over_in_silence() {
    let halves: [fn(&mut SignIn); 4] = [
        |it| it.oidc_token = secret("t"),
        |it| it.oidc_token_file_path = Some("t".into()),
        |it| it.ado_pipeline_service_connection_id = Some("c".into()),
        |it| it.client_certificate_password = secret("p"),
    ];
    let problems: Vec<_> = halves
        .iter()
        .map(|half| {
            let mut settings = application();
            half(&mut settings);
            problem(&settings)
        })
        .collect();
    insta::assert_snapshot!(problems.join("\n"));
    // If another way is set up, they may be in the environment for another program.
    let mut settings = application();
    settings.client_secret = secret("s");
    settings.oidc_token = secret("t");
    assert_eq!(contradiction(&settings), None);
}

#[test]
fn a_developers_tools_are_asked_if_nothing_is_set_up() {
    let asked = |use_cli, use_azd, use_powershell| {
        tools(&SignIn {
            use_cli,
            use_azd,
            use_powershell,
            ..SignIn::default()
        })
    };
    assert_eq!(asked(None, false, false), [Tool::Cli]);
    assert_eq!(asked(Some(true), true, true), Tool::ALL);
    assert_eq!(asked(None, true, false), [Tool::DeveloperCli]);
    assert_eq!(asked(Some(false), false, true), [Tool::PowerShell]);
    let with_secret = SignIn {
        client_secret: secret("s"),
        use_cli: Some(true),
        ..application()
    };
    assert!(matches!(choose(&with_secret), Ok(Way::Secret { .. })));
}

#[test]
fn where_nothing_may_be_asked_each_way_says_why() {
    insta::assert_snapshot!(problem(&SignIn {
        use_cli: Some(false),
        ..application()
    }));
}

#[test]
fn no_secret_is_shown_by_debug() {
    let settings = SignIn {
        client_secret: secret("hunter2"),
        ..application()
    };
    assert!(!format!("{:?}", choose(&settings)).contains("hunter2"));
}
