terraform {
  required_providers {
    intune = {
      source = "registry.terraform.io/intune-partner/intune"
    }
  }
}

# Signs in with ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.
provider "intune" {}

# For the emulator, or for a tenant where no other partner has macOS: Intune allows one partner per platform. No one
# is assigned, so no device enrolls through it.
resource "intune_compliance_partner" "quickstart" {
  display_name    = "Terraform quick start"
  macos_onboarded = true
}
