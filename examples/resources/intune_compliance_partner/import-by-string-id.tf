# The id is the partner's own, or "display_name:" and a name that only one partner has.
import {
  to = intune_compliance_partner.workspace_one
  id = "display_name:VMware Workspace ONE mobile compliance"
}

resource "intune_compliance_partner" "workspace_one" {
  display_name = "VMware Workspace ONE mobile compliance"
}
