# Jamf reports on the Macs of one group, except those of another. Android and iOS are left out:
# they keep the values that they have in the tenant.
resource "intune_compliance_partner" "jamf" {
  display_name    = "Jamf Device Compliance"
  macos_onboarded = true

  macos_enrollment_assignments = [
    { type = "group", group_id = "11111111-2222-3333-4444-555555555555" },
    { type = "exclusion_group", group_id = "66666666-7777-8888-9999-000000000000" },
  ]

  timeouts = {
    update = "20m"
  }
}
