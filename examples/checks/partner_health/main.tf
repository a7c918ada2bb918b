# Watches a partner that somebody else manages: each plan and apply warns when it is not enabled, or has
# been silent for a day. A check never makes a plan fail, so this can run on a schedule beside it all.
terraform {
  required_version = ">= 1.5"

  required_providers {
    intune = {
      source = "registry.terraform.io/intune-partner/intune"
    }
  }
}

provider "intune" {}

variable "display_name" {
  description = "The partner to watch."
  type        = string
  default     = "Jamf Device Compliance"
}

variable "silence" {
  description = "How long it may be silent, as a duration."
  type        = string
  default     = "24h"
}

check "partner_health" {
  data "intune_compliance_partner" "watched" {
    display_name = var.display_name
  }

  assert {
    condition     = data.intune_compliance_partner.watched.partner_state == "enabled"
    error_message = "${var.display_name} is ${data.intune_compliance_partner.watched.partner_state}: its devices can lose their compliance. Look at its connection in the vendor's console."
  }

  # A partner that never reported has a heartbeat in the year 1.
  assert {
    condition     = timecmp(timeadd(data.intune_compliance_partner.watched.last_heartbeat_date_time, var.silence), plantimestamp()) >= 0
    error_message = "${var.display_name} was last heard of at ${data.intune_compliance_partner.watched.last_heartbeat_date_time}, more than ${var.silence} ago."
  }
}
