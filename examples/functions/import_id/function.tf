# Partners that somebody set up in the admin center.
locals {
  partners = toset(["Jamf Device Compliance", "Kandji"])
}

# OpenTofu takes the function here from 1.10.10, 1.11.6 and 1.12.
import {
  for_each = local.partners
  to       = intune_compliance_partner.adopted[each.key]
  id       = provider::intune::import_id(each.key)
}

resource "intune_compliance_partner" "adopted" {
  for_each     = local.partners
  display_name = each.key
}
