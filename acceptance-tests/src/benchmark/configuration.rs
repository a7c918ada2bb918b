//! The configurations that are applied: partners, and what Terraform does without any provider. Used by `commands` and
//! `scale`.

use crate::cli::SOURCE;
use crate::emulator::samples;

/// So many new partners, each with a platform and the group that enrolls through it.
pub(super) fn partners(count: usize) -> String {
    let group = samples::OFFICE_STAFF_GROUP;
    format!(
        r#"terraform {{
  required_providers {{
    intune = {{ source = "{SOURCE}" }}
  }}
}}

provider "intune" {{}}

resource "intune_compliance_partner" "it" {{
  count           = {count}
  display_name    = "Fleet ${{count.index}}"
  macos_onboarded = true
  macos_enrollment_assignments = [
    {{ type = "group", group_id = "{group}" }},
  ]
}}
"#
    )
}

/// So many resources that Terraform has built in. In the state, which Terraform writes after each one, they are about as
/// large as the partners.
pub(super) fn bare(count: usize) -> String {
    format!(
        r#"resource "terraform_data" "it" {{
  count = {count}
  input = {{
    display_name    = "Fleet ${{count.index}}"
    macos_onboarded = true
  }}
}}
"#
    )
}
