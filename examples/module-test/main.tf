# A module that decides whose Macs enroll through a partner. Its tests are beside it.

terraform {
  required_version = ">= 1.9"

  required_providers {
    intune = {
      source = "registry.terraform.io/intune-partner/intune"
    }
  }
}

variable "display_name" {
  description = "The name of the partner, as the admin center shows it."
  type        = string
}

variable "mac_groups" {
  description = "The object ids of the groups whose Macs enroll through the partner."
  type        = set(string)

  validation {
    condition     = length(var.mac_groups) > 0
    error_message = "Name at least one group: without one, no Mac enrolls through the partner."
  }
}

variable "excluded_groups" {
  description = "The object ids of the groups that are left out."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setintersection(var.mac_groups, var.excluded_groups)) == 0
    error_message = "A group is both included and excluded, and the exclusion would win."
  }
}

resource "intune_compliance_partner" "this" {
  display_name    = var.display_name
  macos_onboarded = true

  macos_enrollment_assignments = concat(
    [for id in var.mac_groups : { type = "group", group_id = id }],
    [for id in var.excluded_groups : { type = "exclusion_group", group_id = id }],
  )
}

output "id" {
  description = "The id of the partner in Graph."
  value       = intune_compliance_partner.this.id
}
