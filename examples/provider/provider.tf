terraform {
  required_providers {
    intune = {
      source = "registry.terraform.io/intune-partner/intune"
    }
  }
}

# Every setting can also come from the environment: ARM_TENANT_ID, ARM_CLIENT_ID and
# ARM_CLIENT_SECRET suffice for a tenant in the global cloud, and the block can then be left out.
provider "intune" {
  environment   = "global"
  tenant_id     = "contoso.onmicrosoft.com"
  client_id     = "00000000-0000-0000-0000-000000000000"
  client_secret = var.client_secret
}

variable "client_secret" {
  type      = string
  sensitive = true
}
