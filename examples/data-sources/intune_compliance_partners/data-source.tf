data "intune_compliance_partners" "all" {}

# The partners that no longer answer, by name
output "unresponsive_partners" {
  value = [
    for partner in data.intune_compliance_partners.all.partners : partner.display_name
    if partner.partner_state == "unresponsive"
  ]
}
