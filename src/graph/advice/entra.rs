//! What to do about Entra ID's errors, which are identified by their number:
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>, and Microsoft's own words in public
//! issues where that list has gaps. Only numbers that an application can get when it signs in are here.

const NO_SUCH_TENANT: &str = "The tenant was not found. Check tenant_id (ARM_TENANT_ID), and whether environment \
                              (ARM_ENVIRONMENT) is the tenant's cloud.";
const NO_TENANT: &str =
    "tenant_id (ARM_TENANT_ID) must be the ID of one tenant, or one of its domain names.";
const OTHER_CLOUD: &str = "The tenant or the application belongs to another national cloud. Check environment \
                           (ARM_ENVIRONMENT) and authority_host (AZURE_AUTHORITY_HOST).";
const TENANT_RESTRICTIONS: &str = "This network allows sign-in to certain tenants only (tenant restrictions, set by a \
                                   proxy). Check tenant_id (ARM_TENANT_ID), or have the tenant allowed.";
const DISABLED: &str = "The application is disabled in this tenant. Check client_id (ARM_CLIENT_ID), or have an \
                        administrator enable it under Enterprise applications.";
const BLOCKED: &str = "A Conditional Access policy of the tenant blocks the application. The tenant's sign-in log \
                       (service principal sign-ins) names the policy. The application to exclude is client_id \
                       (ARM_CLIENT_ID).";
const TIME_RANGE: &str = "The assertion has expired or is not valid yet. Check this machine's clock, or get a new assertion.";
const SIGNATURE: &str = "Entra ID does not accept the assertion's signature. Check that the certificate is one of those of \
                         the application client_id (ARM_CLIENT_ID) and has not expired.";
const NO_FEDERATION: &str = "No federated credential of the application matches the token. Compare its issuer, subject \
                             and audience with the message, including upper and lower case, and check client_id \
                             (ARM_CLIENT_ID).";

const ADVICE: [(&str, &str); 30] = [
    (
        "7000215",
        "Check client_secret (ARM_CLIENT_SECRET): it must be the secret's value, not its ID.",
    ),
    (
        "7000222",
        "The client secret has expired. Create a new one for the application, and set client_secret \
         (ARM_CLIENT_SECRET).",
    ),
    (
        "700016",
        "The tenant does not know the application. Check client_id (ARM_CLIENT_ID) and tenant_id (ARM_TENANT_ID).",
    ),
    (
        "7000229",
        "The application has no service principal in this tenant. Check tenant_id (ARM_TENANT_ID) and client_id \
         (ARM_CLIENT_ID), or have an administrator of the tenant grant it consent, which creates one.",
    ),
    (
        "500011",
        "The tenant does not know this Graph endpoint. Check whether environment (ARM_ENVIRONMENT) is the tenant's \
         cloud, and check graph_endpoint (INTUNE_GRAPH_ENDPOINT).",
    ),
    ("90002", NO_SUCH_TENANT),
    ("900023", NO_SUCH_TENANT),
    ("90019", NO_TENANT),
    ("50059", NO_TENANT),
    ("9001023", NO_TENANT),
    ("900382", OTHER_CLOUD),
    ("900432", OTHER_CLOUD),
    ("90038", OTHER_CLOUD),
    ("500021", TENANT_RESTRICTIONS),
    ("500022", TENANT_RESTRICTIONS),
    ("7000112", DISABLED),
    ("53003", BLOCKED),
    ("530032", BLOCKED),
    ("700024", TIME_RANGE),
    ("500133", TIME_RANGE),
    ("50013", TIME_RANGE),
    ("700027", SIGNATURE),
    ("50012", SIGNATURE),
    (
        "50027",
        "What was sent as the token of another issuer is no token that Entra ID can read: check oidc_token (ARM_OIDC_TOKEN) \
         or the file oidc_token_file_path (ARM_OIDC_TOKEN_FILE_PATH).",
    ),
    ("70021", NO_FEDERATION),
    ("70025", NO_FEDERATION),
    ("700211", NO_FEDERATION),
    ("700212", NO_FEDERATION),
    ("700213", NO_FEDERATION),
    ("7002138", NO_FEDERATION),
];

/// The advice for the error whose number is in the authority's words.
pub(super) fn advice(words: &str) -> Option<&'static str> {
    let (_, numbered) = words.split_once("AADSTS")?;
    let (number, _) = numbered.split_once(':')?;
    ADVICE
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, advice)| *advice)
}

/// Whether the error is about something that was not valid at the time. An assertion's age is measured by our clock
/// when it is made, and by Microsoft's when it is read.
pub(super) fn is_about_time(words: &str) -> bool {
    advice(words) == Some(TIME_RANGE) || words.contains("valid time range")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_number_is_read_whole() {
        let about = |number| advice(&format!("AADSTS{number}: Some words."));
        assert!(about("7000215").expect("known").contains("not its ID"));
        assert!(about("70021").expect("known").contains("federated"));
        assert!(about("90038").expect("known").contains("cloud"));
        assert_eq!(about("7000219"), None);
        assert_eq!(about("7"), None);
        assert_eq!(advice("no number"), None);
    }

    #[test]
    fn each_number_is_there_once_and_names_a_setting() {
        let numbers: HashSet<_> = ADVICE.iter().map(|(number, _)| number).collect();
        assert_eq!(numbers.len(), ADVICE.len());
        for (number, advice) in ADVICE {
            assert!(
                advice.contains("(ARM_") || advice == TIME_RANGE,
                "{number}: {advice}"
            );
        }
    }

    #[test]
    fn time_is_the_matter_where_microsoft_says_so() {
        assert!(is_about_time("AADSTS700024: Client assertion is not …"));
        assert!(is_about_time(
            "AADSTS50012: Client assertion is not within its valid time range."
        ));
        assert!(!is_about_time(
            "AADSTS7000215: Invalid client secret provided."
        ));
    }
}
