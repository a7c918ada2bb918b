# conftest verify --policy policy
package main

import rego.v1

review(address, severity) := {
	"schema_version": 1,
	"partners": [{
		"address": address,
		"findings": [{
			"code": "active-partner-destroyed",
			"severity": severity,
			"consequence": "The partner is enabled.",
			"advice": "Keep it.",
		}],
	}],
}

accepted_here := {"intune_compliance_partner.retired": ["active-partner-destroyed"]}

test_high_is_refused if {
	count(deny) == 1 with input as review("intune_compliance_partner.jamf", "high")
		with data.accepted as accepted_here
}

test_low_is_a_warning if {
	count(deny) == 0 with input as review("intune_compliance_partner.jamf", "low")
	count(warn) == 1 with input as review("intune_compliance_partner.jamf", "low")
}

test_accepted_is_let_through if {
	count(deny) == 0 with input as review("intune_compliance_partner.retired", "high")
		with data.accepted as accepted_here
}

test_another_form_is_refused if {
	count(deny) == 1 with input as {"schema_version": 2, "partners": []}
}

test_what_is_no_review_is_refused if {
	count(deny) == 1 with input as {"format_version": "1.2", "resource_changes": []}
	count(deny) == 1 with input as {}
}
