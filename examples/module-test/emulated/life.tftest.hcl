# The provider itself, at work in a tenant: an emulated one (`cargo emulator` prints the variables to
# set), or one that is there for tests. What it creates, it destroys at the end.

provider "intune" {}

variables {
  display_name = "Fleet"
  mac_groups   = ["11111111-2222-3333-4444-555555555555"]
}

run "creates" {
  assert {
    condition     = length(intune_compliance_partner.this.macos_enrollment_assignments) == 1
    error_message = "Graph did not keep the assignment."
  }

  assert {
    condition     = intune_compliance_partner.this.ios_onboarded == false
    error_message = "iOS is onboarded, though nobody asked for it."
  }
}

run "changes_in_place" {
  variables {
    excluded_groups = ["66666666-7777-8888-9999-000000000000"]
  }

  assert {
    condition     = length(intune_compliance_partner.this.macos_enrollment_assignments) == 2
    error_message = "Graph did not keep the exclusion."
  }
}
