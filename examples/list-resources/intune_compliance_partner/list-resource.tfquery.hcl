list "intune_compliance_partner" "macs" {
  provider = intune

  config {
    partner_state = "enabled"
    platform      = "macos"
  }
}
