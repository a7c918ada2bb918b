terraform {
  required_providers {
    intune = {
      source  = "registry.terraform.io/intune-partner/intune"
      version = "~> 0.1"
    }
  }
}

# Signs in with the token of the pipeline that runs this. Every setting can also come from the
# environment (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_USE_OIDC), and the block can then be left out.
provider "intune" {
  tenant_id = "contoso.onmicrosoft.com"
  client_id = "00000000-0000-0000-0000-000000000000"
  use_oidc  = true
}
