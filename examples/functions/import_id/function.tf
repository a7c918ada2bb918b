# Partners that somebody set up in the admin center.
locals {
  partners = toset(["Jamf Device Compliance", "Kandji"])
}

import {
  for_each = local.partners
  to       = intune_compliance_partner.adopted[each.key]
  id       = provider::intune::import_id(each.key)
}

resource "intune_compliance_partner" "adopted" {
  for_each     = local.partners
  display_name = each.key
}
