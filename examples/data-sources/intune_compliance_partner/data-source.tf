data "intune_compliance_partner" "jamf" {
  display_name = "Jamf Device Compliance"
}

output "jamf_is_responsive" {
  value = data.intune_compliance_partner.jamf.partner_state == "enabled"
}
