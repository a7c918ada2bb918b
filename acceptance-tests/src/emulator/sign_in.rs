//! The ways in which a provider can sign in to the emulator, as the environment variables that its user would set, by the names
//! that the azuread and azurerm providers know. Called by `Emulator::sign_in`.

use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::options::{App, TOKEN_EXCHANGE, Tenant};
use super::{World, samples};
use crate::fixtures;

/// A way to sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignIn {
    /// A client secret.
    Secret,
    /// A client secret in a file.
    SecretFile,
    /// A PKCS#12 file with a password.
    CertificatePkcs12,
    /// The same, in base64 and not in a file.
    CertificateBase64,
    /// A PEM file of a key and its certificate.
    CertificatePem,
    /// The same on an elliptic curve.
    CertificateEllipticCurve,
    /// A PKCS#12 file of a certificate that is trusted by its subject and issuer.
    CertificateSubjectAndIssuer,
    /// A federated token.
    OidcToken,
    /// A federated token in a file.
    OidcTokenFile,
    /// A job of GitHub Actions.
    GitHubActions,
    /// A job of Azure DevOps.
    AzureDevOps,
    /// A run in HCP Terraform.
    HcpTerraform,
    /// A pod in AKS.
    AksWorkloadIdentity,
    /// The identity of a virtual machine.
    ManagedIdentity,
    /// An identity that was given to a virtual machine.
    UserAssignedIdentity,
    /// The identity of an App Service.
    AppService,
    /// An identity that was given to an App Service.
    AppServiceUserAssigned,
}

impl SignIn {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Secret,
        Self::SecretFile,
        Self::CertificatePkcs12,
        Self::CertificateBase64,
        Self::CertificatePem,
        Self::CertificateEllipticCurve,
        Self::CertificateSubjectAndIssuer,
        Self::OidcToken,
        Self::OidcTokenFile,
        Self::GitHubActions,
        Self::AzureDevOps,
        Self::HcpTerraform,
        Self::AksWorkloadIdentity,
        Self::ManagedIdentity,
        Self::UserAssignedIdentity,
        Self::AppService,
        Self::AppServiceUserAssigned,
    ];
}

type Variables = Vec<(&'static str, String)>;

/// The variables of one way and of no other.
pub(super) fn variables(way: SignIn, world: &World, tenant: &Tenant, folder: &Path) -> Variables {
    let app = tenant.apps.first().expect("an application to sign in as");
    let mut variables = who(way, world, tenant, app);
    variables.extend(proof(way, world, app, folder));
    variables
}

/// Who signs in.
fn who(way: SignIn, world: &World, tenant: &Tenant, app: &App) -> Variables {
    let user_assigned = || {
        let given = world.machine.user_assigned.first();
        given.expect("the machine was given an identity").clone()
    };
    match way {
        // A cluster says so by names of its own.
        SignIn::AksWorkloadIdentity => vec![
            ("AZURE_TENANT_ID", tenant.id.clone()),
            ("AZURE_CLIENT_ID", app.client_id.clone()),
        ],
        SignIn::ManagedIdentity | SignIn::AppService => vec![("ARM_TENANT_ID", tenant.id.clone())],
        SignIn::UserAssignedIdentity | SignIn::AppServiceUserAssigned => vec![
            ("ARM_TENANT_ID", tenant.id.clone()),
            ("ARM_CLIENT_ID", user_assigned()),
        ],
        _ => vec![
            ("ARM_TENANT_ID", tenant.id.clone()),
            ("ARM_CLIENT_ID", app.client_id.clone()),
        ],
    }
}

/// What proves it.
fn proof(way: SignIn, world: &World, app: &App, folder: &Path) -> Variables {
    let secret = || app.secret().expect("the application has a secret");
    let file = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::write(&path, content).expect("the emulator's folder can be written");
        path.display().to_string()
    };
    let token = |subject| world.issuer.token(subject, TOKEN_EXCHANGE);
    match way {
        SignIn::Secret => vec![("ARM_CLIENT_SECRET", secret().to_owned())],
        SignIn::SecretFile => vec![(
            "ARM_CLIENT_SECRET_FILE_PATH",
            file("client-secret", secret()),
        )],
        SignIn::CertificatePkcs12 => certificate("rsa.p12"),
        SignIn::CertificateSubjectAndIssuer => certificate("leaf.p12"),
        SignIn::CertificatePem => vec![path("rsa.pem")],
        SignIn::CertificateEllipticCurve => vec![path("p256.pem")],
        SignIn::CertificateBase64 => vec![
            (
                "ARM_CLIENT_CERTIFICATE",
                BASE64_STANDARD.encode(fixtures::bytes("rsa.p12")),
            ),
            password(),
        ],
        SignIn::OidcToken => vec![
            on("ARM_USE_OIDC"),
            ("ARM_OIDC_TOKEN", token(samples::SUBJECT)),
        ],
        SignIn::OidcTokenFile => {
            let path = file("oidc-token", &token(samples::SUBJECT));
            vec![on("ARM_USE_OIDC"), ("ARM_OIDC_TOKEN_FILE_PATH", path)]
        }
        SignIn::HcpTerraform => {
            let token = token(samples::HCP_TERRAFORM_SUBJECT);
            vec![on("ARM_USE_OIDC"), ("TFC_WORKLOAD_IDENTITY_TOKEN", token)]
        }
        SignIn::AksWorkloadIdentity => {
            let path = file("aks-token", &token(samples::AKS_SUBJECT));
            vec![
                on("ARM_USE_AKS_WORKLOAD_IDENTITY"),
                ("AZURE_FEDERATED_TOKEN_FILE", path),
            ]
        }
        SignIn::GitHubActions | SignIn::AzureDevOps => job(way, world),
        SignIn::ManagedIdentity
        | SignIn::UserAssignedIdentity
        | SignIn::AppService
        | SignIn::AppServiceUserAssigned => managed(way, world),
    }
}

/// What a job finds in its environment.
fn job(way: SignIn, world: &World) -> Variables {
    let (url, secrets) = (&world.url, &world.secrets);
    if way == SignIn::GitHubActions {
        let url = format!("{url}/github/token?api-version=2.0");
        return vec![
            on("ARM_USE_OIDC"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secrets.github.clone()),
        ];
    }
    vec![
        on("ARM_USE_OIDC"),
        (
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            samples::SERVICE_CONNECTION_ID.to_owned(),
        ),
        ("SYSTEM_OIDCREQUESTURI", format!("{url}/ado/oidctoken")),
        ("SYSTEM_ACCESSTOKEN", secrets.azure_devops.clone()),
    ]
}

/// What a machine has in its environment. As in life, its services take plain HTTP.
fn managed(way: SignIn, world: &World) -> Variables {
    let url = world.url.replacen("https://", "http://", 1);
    let service = match way {
        SignIn::ManagedIdentity | SignIn::UserAssignedIdentity => vec![(
            "ARM_MSI_ENDPOINT",
            format!("{url}/metadata/identity/oauth2/token"),
        )],
        _ => vec![
            ("IDENTITY_ENDPOINT", format!("{url}/msi/token")),
            ("IDENTITY_HEADER", world.secrets.app_service.clone()),
        ],
    };
    [on("ARM_USE_MSI")].into_iter().chain(service).collect()
}

fn certificate(file: &str) -> Variables {
    vec![path(file), password()]
}

fn path(file: &str) -> (&'static str, String) {
    let path = fixtures::path(file).display().to_string();
    ("ARM_CLIENT_CERTIFICATE_PATH", path)
}

fn password() -> (&'static str, String) {
    (
        "ARM_CLIENT_CERTIFICATE_PASSWORD",
        fixtures::PASSWORD.to_owned(),
    )
}

fn on(variable: &'static str) -> (&'static str, String) {
    (variable, "true".to_owned())
}
