# Needs neither a tenant nor credentials: the provider is a mock, which makes up what Graph would say.

mock_provider "intune" {}

variables {
  display_name = "Jamf Device Compliance"
  mac_groups   = ["11111111-2222-3333-4444-555555555555"]
}

run "includes_and_excludes" {
  command = plan

  variables {
    excluded_groups = ["66666666-7777-8888-9999-000000000000"]
  }

  assert {
    condition     = intune_compliance_partner.this.macos_onboarded
    error_message = "Macs are not onboarded."
  }

  assert {
    condition = toset([
      for it in intune_compliance_partner.this.macos_enrollment_assignments : "${it.type} ${it.group_id}"
      ]) == toset([
      "group 11111111-2222-3333-4444-555555555555",
      "exclusion_group 66666666-7777-8888-9999-000000000000",
    ])
    error_message = "Other groups are assigned than were given."
  }
}

run "has_an_id" {
  assert {
    condition     = length(intune_compliance_partner.this.id) > 0
    error_message = "The partner has no id."
  }
}

run "refuses_a_group_on_both_sides" {
  command = plan

  variables {
    excluded_groups = ["11111111-2222-3333-4444-555555555555"]
  }

  expect_failures = [var.excluded_groups]
}

run "refuses_to_leave_everybody_out" {
  command = plan

  variables {
    mac_groups = []
  }

  expect_failures = [var.mac_groups]
}
