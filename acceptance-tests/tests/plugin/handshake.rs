//! Who may start the provider, who may connect to it, and what it says on its streams.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use acceptance_tests::core::{
    Address, ClientIdentity, Handshake, Security, connect, tfplugin6,
    tfplugin6::provider_client::ProviderClient, variable,
};
use serde_json::Value;

use crate::fixture::{Result, launch};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn stdout_is_the_handshake_line_and_stderr_is_hclog() -> Result<()> {
    let mut provider = launch().env("TF_LOG", "TRACE").start().await?;
    provider.schema().await?;
    provider.shut_down().await?;
    let stdout = provider.process.stdout.all().await?;
    assert_eq!(stdout.len(), 1, "{stdout:?}");
    let stderr = provider.process.stderr.all().await?;
    assert!(!stderr.is_empty(), "TRACE logs something");
    for line in stderr {
        let line: Value = serde_json::from_str(&line)?;
        for name in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[name].is_string(), "{line}");
        }
        let stamp = line["@timestamp"].as_str().unwrap_or_default();
        let fraction = stamp.split_once('.').map(|(_, fraction)| fraction.len());
        assert_eq!(fraction, Some("123456Z".len()), "{stamp}");
    }
    Ok(())
}

#[tokio::test]
async fn a_person_is_told_what_the_program_is() -> Result<()> {
    for launch in [
        launch().without(variable::MAGIC_COOKIE),
        launch().env(variable::MAGIC_COOKIE, "another plugin's"),
    ] {
        let mut process = launch.spawn()?;
        assert_eq!(process.exit(SOON).await?.code(), Some(1));
        assert_eq!(process.stdout.all().await?, Vec::<String>::new());
        let text = process.stderr.all().await?.join("\n");
        for words in [
            "a plugin",
            "terraform init",
            "required_providers",
            "dev_overrides",
        ] {
            assert!(text.contains(words), "{text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_protocol_version_is_refused_in_words() -> Result<()> {
    let mut process = launch().env(variable::PROTOCOL_VERSIONS, "5").spawn()?;
    assert_eq!(process.exit(SOON).await?.code(), Some(1));
    let text = process.stderr.all().await?.join("\n");
    assert!(text.contains("plugin protocol 5"), "{text}");
    assert!(text.contains("Terraform 1.0 or later"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_garbled_client_certificate_is_refused_and_not_ignored() -> Result<()> {
    let mut process = launch()
        .env(variable::CLIENT_CERTIFICATE, "not a certificate")
        .spawn()?;
    assert_eq!(process.exit(SOON).await?.code(), Some(1));
    let text = process.stderr.all().await?.join("\n");
    assert!(text.contains(variable::CLIENT_CERTIFICATE), "{text}");
    Ok(())
}

#[tokio::test]
async fn without_a_client_certificate_the_link_is_plaintext() -> Result<()> {
    let mut provider = launch()
        .without(variable::CLIENT_CERTIFICATE)
        .start()
        .await?;
    assert!(provider.process.handshake().await?.certificate.is_none());
    assert!(!provider.schema().await?.resource_schemas.is_empty());
    Ok(())
}

/// Fetches the schema over a connection with this client identity.
async fn schema_as(handshake: &Handshake, client: Option<&ClientIdentity>) -> Result<usize> {
    let server = handshake.certificate.as_ref().ok_or("no certificate")?;
    let channel = connect(&handshake.address, Security::Tls { server, client }).await?;
    let request = tfplugin6::get_provider_schema::Request {};
    let answer = ProviderClient::new(channel)
        .get_provider_schema(request)
        .await?;
    Ok(answer.into_inner().resource_schemas.len())
}

#[tokio::test]
async fn only_the_holder_of_the_pinned_certificate_is_served() -> Result<()> {
    let mut provider = launch().start().await?;
    let handshake = provider.process.handshake().await?;
    let pinned = provider.process.identity().clone();
    let stranger = ClientIdentity::generate()?;
    let forged = pinned.forged_with(&stranger);

    for (who, client) in [
        ("no certificate", None),
        ("another certificate", Some(&stranger)),
        ("the pinned certificate without its key", Some(&forged)),
    ] {
        assert!(
            schema_as(&handshake, client).await.is_err(),
            "{who} was served"
        );
    }
    let plaintext = async {
        let channel = connect(&handshake.address, Security::Plaintext).await?;
        let request = tfplugin6::get_provider_schema::Request {};
        ProviderClient::new(channel)
            .get_provider_schema(request)
            .await?;
        Result::<()>::Ok(())
    };
    assert!(plaintext.await.is_err(), "plaintext was served");

    assert_eq!(
        schema_as(&handshake, Some(&pinned)).await?,
        1,
        "and the right one still is"
    );
    Ok(())
}

fn socket(handshake: &Handshake) -> PathBuf {
    match &handshake.address {
        Address::Unix(path) => path.clone(),
        Address::Tcp(address) => panic!("{address} is not a unix socket"),
    }
}

#[tokio::test]
async fn another_local_user_cannot_reach_the_socket() -> Result<()> {
    let wanted = tempfile::tempdir()?;
    // The worst that a parent can do: a folder that is open to all.
    fs::set_permissions(wanted.path(), fs::Permissions::from_mode(0o777))?;
    let mut process = launch()
        .env(variable::SOCKET_DIRECTORY, wanted.path())
        .spawn()?;
    let socket = socket(&process.handshake().await?);
    assert!(socket.starts_with(wanted.path()), "{}", socket.display());
    let folder = socket.parent().ok_or("a socket is in a folder")?;
    let mode = fs::metadata(folder)?.permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");

    let list = |user: Option<u32>| {
        let mut command = Command::new("ls");
        command.arg(&socket);
        user.map(|user| command.uid(user));
        command.output().map(|output| output.status.success())
    };
    assert!(list(None)?, "its owner reaches it");
    let nobody = 65534;
    // Only root can become somebody else; for others the mode above has to do.
    if let Ok(reached) = list(Some(nobody)) {
        assert!(!reached, "another user reaches it");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_stays_behind() -> Result<()> {
    let wanted = tempfile::tempdir()?;
    let mut provider = launch()
        .env(variable::SOCKET_DIRECTORY, wanted.path())
        .start()
        .await?;
    let path = socket(&provider.process.handshake().await?);
    assert!(Path::new(&path).exists());
    provider.shut_down().await?;
    assert_eq!(
        fs::read_dir(wanted.path())?.count(),
        0,
        "the socket's folder is still there"
    );
    Ok(())
}
