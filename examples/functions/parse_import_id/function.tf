variable "partner" {
  description = "The partner: its id, or display_name:NAME."
  type        = string
}

locals {
  partner = provider::intune::parse_import_id(var.partner)
}

# One of both is null, which is what the data source wants.
data "intune_compliance_partner" "this" {
  id           = local.partner.id
  display_name = local.partner.display_name
}
