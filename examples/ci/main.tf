terraform {
  required_version = ">= 1.5"

  required_providers {
    intune = {
      source  = "registry.terraform.io/intune-partner/intune"
      version = "~> 0.1"
    }
  }

  # A pipeline forgets its disk, so the state must be elsewhere. Make a container, and uncomment. The
  # ARM_ variables that sign the provider in sign the backend in as well.
  #
  # backend "azurerm" {
  #   use_oidc             = true
  #   use_azuread_auth     = true
  #   storage_account_name = "contosoterraform"
  #   container_name       = "state"
  #   key                  = "intune.tfstate"
  # }
}

# The pipeline says in the environment who signs in: to plan, an application that may read; to apply,
# one that may write. It does not set risky_changes: with "deny" there would be no plan to review.
provider "intune" {}

# Jamf is in the tenant already. Once it is in state, this block has done its work.
import {
  to = intune_compliance_partner.jamf
  id = "display_name:Jamf Device Compliance"
}

resource "intune_compliance_partner" "jamf" {
  display_name    = "Jamf Device Compliance"
  macos_onboarded = true

  macos_enrollment_assignments = [
    { type = "group", group_id = "11111111-2222-3333-4444-555555555555" },
  ]

  # Without the partner its devices lose their compliance, and Conditional Access locks their users
  # out. This makes a plan fail that would destroy it, unless the whole block is deleted, this line
  # with it: look for "destroy" when you review a plan.
  lifecycle {
    prevent_destroy = true
  }
}
