//! Each way of signing in, by nothing but the variables that the emulator tells: a small client reads them as a provider does.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use acceptance_tests::emulator::SignIn;
use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use acceptance_tests::fixtures;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use crate::assertion::{Assertion, chain, sha_256, sign_in};
use crate::session::{PARTNERS, Session, TestResult, reply};

type Variables = BTreeMap<&'static str, String>;

#[tokio::test]
async fn each_way_has_the_variables_of_no_other() -> TestResult {
    let session = Session::start().await?;
    let names = |way| -> BTreeSet<&str> {
        let variables = session.emulator.sign_in(way);
        variables.into_iter().map(|(name, _)| name).collect()
    };
    for (way, expected) in [
        (SignIn::Secret, vec!["ARM_CLIENT_SECRET"]),
        (SignIn::SecretFile, vec!["ARM_CLIENT_SECRET_FILE_PATH"]),
        (SignIn::CertificatePem, vec!["ARM_CLIENT_CERTIFICATE_PATH"]),
        (
            SignIn::CertificatePkcs12,
            vec![
                "ARM_CLIENT_CERTIFICATE_PASSWORD",
                "ARM_CLIENT_CERTIFICATE_PATH",
            ],
        ),
        (
            SignIn::CertificateBase64,
            vec!["ARM_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE_PASSWORD"],
        ),
        (SignIn::OidcToken, vec!["ARM_OIDC_TOKEN", "ARM_USE_OIDC"]),
        (
            SignIn::OidcTokenFile,
            vec!["ARM_OIDC_TOKEN_FILE_PATH", "ARM_USE_OIDC"],
        ),
        (
            SignIn::HcpTerraform,
            vec!["ARM_USE_OIDC", "TFC_WORKLOAD_IDENTITY_TOKEN"],
        ),
    ] {
        let own = ["ARM_CLIENT_ID", "ARM_TENANT_ID"]
            .into_iter()
            .chain(expected);
        assert_eq!(names(way), own.collect(), "{way:?}");
    }
    let machine = ["ARM_TENANT_ID", "ARM_USE_MSI"];
    let virtual_machine = machine.into_iter().chain(["ARM_MSI_ENDPOINT"]);
    assert_eq!(names(SignIn::ManagedIdentity), virtual_machine.collect());
    let app_service = machine
        .into_iter()
        .chain(["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]);
    assert_eq!(names(SignIn::AppService), app_service.collect());
    let cluster = [
        "ARM_USE_AKS_WORKLOAD_IDENTITY",
        "AZURE_CLIENT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_TENANT_ID",
    ];
    assert_eq!(names(SignIn::AksWorkloadIdentity), cluster.into());
    Ok(())
}

#[tokio::test]
async fn where_the_emulator_is_says_nothing_of_signing_in() -> TestResult {
    let session = Session::start().await?;
    let emulator = &session.emulator;
    assert_eq!(emulator.endpoints(), &emulator.environment()[..3]);
    let names: Vec<_> = emulator.endpoints().iter().map(|it| it.0).collect();
    assert_eq!(
        names,
        [
            "INTUNE_GRAPH_ENDPOINT",
            "AZURE_AUTHORITY_HOST",
            "SSL_CERT_FILE"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn each_way_leads_to_a_token() -> TestResult {
    let mut session = Session::start().await?;
    for way in SignIn::ALL {
        let variables: Variables = session.emulator.sign_in(way).into_iter().collect();
        let token = access_token(&session, way, &variables).await;
        session.token = token.map_err(|error| format!("{way:?}: {error}"))?;
        assert_eq!(session.get(PARTNERS).await?.status, 200, "{way:?}");
    }
    Ok(())
}

async fn access_token(
    session: &Session,
    way: SignIn,
    variables: &Variables,
) -> Result<String, Box<dyn Error>> {
    let proof = match way {
        SignIn::Secret | SignIn::SecretFile => {
            let secret = match variables.get("ARM_CLIENT_SECRET_FILE_PATH") {
                Some(path) => fs::read_to_string(path)?,
                None => variables["ARM_CLIENT_SECRET"].clone(),
            };
            assert_eq!(secret, CLIENT_SECRET);
            return session.token_for(TENANT_ID, CLIENT_ID, &secret).await;
        }
        SignIn::ManagedIdentity
        | SignIn::UserAssignedIdentity
        | SignIn::AppService
        | SignIn::AppServiceUserAssigned => return of_machine(session, variables).await,
        SignIn::CertificatePem
        | SignIn::CertificatePkcs12
        | SignIn::CertificateBase64
        | SignIn::CertificateEllipticCurve
        | SignIn::CertificateSubjectAndIssuer => of_certificate(session, variables)?,
        _ => federated_token(session, variables).await?,
    };
    let reply = sign_in(session, &proof).await?;
    let token = reply.body["access_token"].as_str();
    Ok(token.ok_or_else(|| reply.body.to_string())?.to_owned())
}

/// The assertion that the certificate of these variables is for. That it is the one of the fixture, byte for byte, is all
/// that this client understands of it.
fn of_certificate(session: &Session, variables: &Variables) -> Result<String, Box<dyn Error>> {
    if let Some(password) = variables.get("ARM_CLIENT_CERTIFICATE_PASSWORD") {
        assert_eq!(password, fixtures::PASSWORD);
    }
    let name = if let Some(inline) = variables.get("ARM_CLIENT_CERTIFICATE") {
        assert_eq!(BASE64_STANDARD.decode(inline)?, fixtures::bytes("rsa.p12"));
        "rsa"
    } else {
        let path = Path::new(&variables["ARM_CLIENT_CERTIFICATE_PATH"]);
        assert!(path.exists());
        let name = path.file_stem().and_then(|name| name.to_str());
        name.ok_or("no name")?
    };
    let algorithm = if name == "p256" { "ES256" } else { "PS256" };
    let header = match name {
        "leaf" => ("x5c", chain(&["leaf", "authority"])),
        _ => ("x5t#S256", Value::from(sha_256(name))),
    };
    Assertion::new(session, algorithm)
        .header(header.0, header.1)
        .sign(name)
}

async fn federated_token(
    session: &Session,
    variables: &Variables,
) -> Result<String, Box<dyn Error>> {
    for name in ["ARM_OIDC_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN"] {
        if let Some(token) = variables.get(name) {
            return Ok(token.clone());
        }
    }
    for name in ["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"] {
        if let Some(path) = variables.get(name) {
            return Ok(fs::read_to_string(path)?);
        }
    }
    let (request, name) = if let Some(url) = variables.get("SYSTEM_OIDCREQUESTURI") {
        let connection = &variables["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"];
        let url = format!("{url}?api-version=7.1&serviceConnectionId={connection}");
        let bearer = &variables["SYSTEM_ACCESSTOKEN"];
        let request = session.client.post(url);
        (request.bearer_auth(bearer), "oidcToken")
    } else {
        let url = &variables["ACTIONS_ID_TOKEN_REQUEST_URL"];
        let url = format!("{url}&audience=api://AzureADTokenExchange");
        let bearer = &variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
        let request = session.client.get(url);
        (request.bearer_auth(bearer), "value")
    };
    let token = &reply(request).await?.body[name];
    Ok(token.as_str().ok_or("no token")?.to_owned())
}

async fn of_machine(session: &Session, variables: &Variables) -> Result<String, Box<dyn Error>> {
    let (endpoint, version, name, value) = match variables.get("IDENTITY_ENDPOINT") {
        Some(url) => {
            let header = variables["IDENTITY_HEADER"].as_str();
            (url, "2019-08-01", "X-IDENTITY-HEADER", header)
        }
        None => (
            &variables["ARM_MSI_ENDPOINT"],
            "2018-02-01",
            "Metadata",
            "true",
        ),
    };
    let resource = session.emulator.url();
    let mut url = format!("{endpoint}?api-version={version}&resource={resource}");
    if let Some(client_id) = variables.get("ARM_CLIENT_ID") {
        url = format!("{url}&client_id={client_id}");
    }
    let reply = reply(session.client.get(url).header(name, value)).await?;
    if let Some(client_id) = variables.get("ARM_CLIENT_ID") {
        assert_eq!(reply.body["client_id"], *client_id);
    }
    let token = reply.body["access_token"].as_str();
    Ok(token.ok_or_else(|| reply.body.to_string())?.to_owned())
}
