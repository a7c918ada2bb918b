data "intune_compliance_partner" "jamf" {
  display_name = "Jamf Device Compliance"
}

check "jamf_reports" {
  assert {
    condition = provider::intune::heartbeat_age_hours(
      data.intune_compliance_partner.jamf.last_heartbeat_date_time, plantimestamp()
    ) < 24
    error_message = "Jamf has not reported for a day. Devices lose their compliance when it stays away."
  }
}
