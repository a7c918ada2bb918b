//! Tests of the next steps: each case is recognized by what Microsoft says, and told apart from its neighbors.

use std::time::Duration as Wait;

use super::*;
use time::Duration;

fn on(api: ApiError) -> Option<String> {
    advice(&Error::Api(Box::new(api))).map(Cow::into_owned)
}

fn on_graphs(status: u16, code: &str, message: &str) -> Option<String> {
    on(ApiError::of_a_read(status, Some(code), message))
}

fn on_credential(message: &str, status: u16, clock_offset: Option<Duration>) -> Option<String> {
    let error = CredentialError {
        message: message.into(),
        status: Some(status),
        clock_offset,
        ..CredentialError::default()
    };
    advice(&error.into()).map(Cow::into_owned)
}

fn on_lost(failure: Failure, chain: &str) -> String {
    let transport = Error::Transport {
        what: String::new(),
        chain: chain.into(),
        failure,
        status: None,
        client_request_id: String::new(),
        in_doubt: false,
    };
    let sign_in = CredentialError {
        message: chain.into(),
        failure: Some(failure),
        ..CredentialError::default()
    };
    let step = advice(&transport).expect("known");
    assert_eq!(advice(&sign_in.into()), Some(step.clone()));
    step.into_owned()
}

#[test]
fn graphs_answers_are_told_apart() {
    for (status, code, message, step) in [
        (400, "BadRequest", "Bad group.", REFUSED),
        (400, "BadRequest", "Invalid version: v1.0", ADDRESS),
        (
            400,
            "BadRequest",
            "Resource not found for the segment 'x'.",
            ADDRESS,
        ),
        (
            400,
            "No method match route template",
            "No OData route exists that match template ~/singleton with http verb GET.",
            ADDRESS,
        ),
        (
            401,
            "InvalidAuthenticationToken",
            "Access token validation failure. Invalid audience.",
            AUDIENCE,
        ),
        (401, "InvalidAuthenticationToken", "Expired.", TOKEN),
        (403, "Forbidden", "", READING),
        (404, "ResourceNotFound", "Invalid version: v1.0", ADDRESS),
        (404, "UnknownError", "", ADDRESS),
        (409, "Conflict", "", CONFLICT),
        (412, "PreconditionFailed", "", CONFLICT),
        (429, "TooManyRequests", "", THROTTLED),
        (500, "InternalServerError", "Rate limit reached", THROTTLED),
        (500, "InternalServerError", "An error", OUTAGE),
        (504, "GatewayTimeout", "", OUTAGE),
    ] {
        let found = on_graphs(status, code, message);
        assert_eq!(found.as_deref(), Some(step), "{status} {code} {message}");
    }
}

#[test]
fn a_write_needs_the_other_permission() {
    let mut write = ApiError::of_a_read(403, Some("Forbidden"), "");
    write.method = "PATCH".into();
    let writing = on(write).expect("known");
    let reading = on_graphs(403, "Forbidden", "").expect("known");
    for name in [
        "DeviceManagementConfiguration",
        "DeviceManagementServiceConfig",
    ] {
        assert!(reading.contains(&format!("{name}.Read.All")));
        assert!(writing.contains(&format!("{name}.ReadWrite.All")));
    }
}

#[test]
fn a_tool_that_signed_in_is_looked_at_first() {
    let refused = |status, tool| {
        let refused = ApiError::of_a_read(status, Some("Forbidden"), "");
        on(ApiError { tool, ..refused }).expect("known")
    };
    for (tool, who, switch) in [
        (
            Tool::Cli,
            "The provider signed in with the Azure CLI. To see who is signed in there, run `az account",
            "use_cli (ARM_USE_CLI)",
        ),
        (
            Tool::DeveloperCli,
            "The provider signed in with the Azure Developer CLI. To see who is signed in there, run `azd auth",
            "use_azd (ARM_USE_AZD)",
        ),
        (
            Tool::PowerShell,
            "The provider signed in with Azure PowerShell. To see who is signed in there, run `Get-AzContext`",
            "use_powershell (ARM_USE_POWERSHELL)",
        ),
    ] {
        for (status, step) in [(401, TOKEN), (403, READING)] {
            let found = refused(status, Some(tool));
            assert!(found.starts_with(who), "{found}");
            assert!(found.contains(&format!("set {switch} to false")), "{found}");
            assert!(found.ends_with(step), "{found}");
        }
    }
    assert_eq!(refused(404, Some(Tool::Cli)), ADDRESS);
    assert_eq!(refused(403, None), READING);
}

#[test]
fn a_tenant_without_intune_is_recognized_whatever_the_status() {
    for status in [400, 401, 403, 404, 500] {
        let words = "Request not applicable to target tenant.";
        let found = on_graphs(status, "BadRequest", words);
        assert_eq!(found.as_deref(), Some(NO_INTUNE), "{status}");
    }
}

#[test]
fn what_is_missing_may_be_the_address() {
    let found = on_graphs(404, "ResourceNotFound", "Not found.");
    assert_eq!(found.as_deref(), Some(ADDRESS));
}

#[test]
fn what_graph_did_not_say_is_a_proxys() {
    for (status, step) in [
        (302, REDIRECT),
        (401, NOT_GRAPH),
        (403, NOT_GRAPH),
        (404, NOT_GRAPH),
        (407, NOT_GRAPH),
        (429, THROTTLED),
        (502, OUTAGE_OR_PROXY),
    ] {
        let found = on(ApiError::of_a_read(status, None, "the response is not …"));
        assert_eq!(found.as_deref(), Some(step), "{status}");
    }
    let decode = |content_type| advice(&DecodeError::of_type(content_type, false));
    assert_eq!(
        decode("Text/HTML; charset=utf-8").as_deref(),
        Some(NOT_GRAPH)
    );
    assert_eq!(decode("text/plain").as_deref(), Some(NOT_READABLE));
}

#[test]
fn a_clock_that_is_off_is_told_where_it_matters() {
    let behind = Some(Duration::seconds(-7_399));
    let clock = "This machine's clock is 2h 3m behind Microsoft's. Correct it.";

    let mut refused = ApiError::of_a_read(401, Some("InvalidAuthenticationToken"), "Expired.");
    refused.clock_offset = behind;
    assert_eq!(on(refused), Some(format!("{TOKEN} {clock}")));

    let mut forbidden = ApiError::of_a_read(403, Some("Forbidden"), "");
    forbidden.clock_offset = behind;
    assert_eq!(on(forbidden).as_deref(), Some(READING));

    let late = "AADSTS700024: Client assertion is not within its valid time range.";
    assert_eq!(on_credential(late, 401, behind).as_deref(), Some(clock));
    let unmeasured = on_credential(late, 401, None).expect("known");
    assert!(unmeasured.contains("clock"), "{unmeasured}");

    let secret = "AADSTS7000215: Invalid client secret provided.";
    let wrong = on_credential(secret, 401, behind).expect("known");
    assert!(wrong.contains("client_secret (ARM_CLIENT_SECRET)"));
}

#[test]
fn signing_in_fails_for_known_reasons_or_on_microsofts_side() {
    let cloud = "AADSTS900382: Confidential Client is not supported in Cross Cloud request.";
    let found = on_credential(cloud, 400, None).expect("known");
    assert!(found.contains("environment (ARM_ENVIRONMENT)"), "{found}");
    let busy = on_credential("AADSTS90033: not available.", 503, None);
    assert_eq!(busy.as_deref(), Some(SIGN_IN_OUTAGE));
    assert_eq!(on_credential("AADSTS1: New.", 400, None), None);
}

#[test]
fn connections_fail_in_known_ways() {
    assert_eq!(on_lost(Failure::Unreachable, "refused"), REACH);
    assert_eq!(on_lost(Failure::ConnectTimedOut, "timed out"), REACH);
    assert_eq!(on_lost(Failure::Lost, "reset"), LOST);
    let slow = Error::TimedOut {
        after: Wait::from_secs(1),
        doing: String::new(),
        in_doubt: false,
    };
    assert_eq!(advice(&slow).as_deref(), Some(TIMED_OUT));
}

#[test]
fn a_certificates_dates_are_a_matter_of_the_clock() {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidYet, NotValidYetContext, UnknownIssuer,
    };
    use rustls::pki_types::UnixTime;

    let untrusted = |error| {
        let words = rustls::Error::InvalidCertificate(error).to_string();
        on_lost(Failure::Untrusted, &words)
    };
    let (early, late) = (Wait::from_secs(1), Wait::from_secs(2));
    let at = UnixTime::since_unix_epoch;
    for error in [
        Expired,
        NotValidYet,
        ExpiredContext {
            time: at(late),
            not_after: at(early),
        },
        NotValidYetContext {
            time: at(early),
            not_before: at(late),
        },
    ] {
        assert_eq!(untrusted(error.clone()), CERTIFICATE_DATES, "{error}");
    }
    assert_eq!(untrusted(UnknownIssuer), TRUST);
}

#[test]
fn a_service_that_is_replaced_is_waited_for() {
    for (is_replaced, step) in [(true, SERVICE_UPDATE), (false, "ask them")] {
        let error = CredentialError {
            status: Some(410),
            help: Some("ask them"),
            is_replaced,
            ..CredentialError::default()
        };
        assert_eq!(advice(&error.into()).as_deref(), Some(step));
    }
}

#[test]
fn somebody_else_than_entra_has_a_help_of_their_own() {
    let error = |status, failure| -> Error {
        let error = CredentialError {
            message: "AADSTS7000215: quoted".into(),
            status,
            failure,
            help: Some("ask them"),
            ..CredentialError::default()
        };
        error.into()
    };
    let refused = advice(&error(Some(401), None)).map(Cow::into_owned);
    assert_eq!(refused.as_deref(), Some("ask them"));
    let busy = advice(&error(Some(429), None)).map(Cow::into_owned);
    assert_eq!(busy.as_deref(), Some(SERVICE_OUTAGE));
    let advice = |failure| advice(&error(None, failure)).map(Cow::into_owned);
    assert_eq!(advice(None).as_deref(), Some("ask them"));
    assert_eq!(
        advice(Some(Failure::Unreachable)).as_deref(),
        Some("ask them")
    );
    assert_eq!(advice(Some(Failure::Untrusted)).as_deref(), Some(TRUST));
    assert_eq!(advice(Some(Failure::Lost)).as_deref(), Some(LOST));
}
