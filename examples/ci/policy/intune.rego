# What the organisation does not let through, over what `review --format json` prints:
#
#   terraform-provider-intune review --format json --fail-on never plan.json > review.json
#   conftest test --policy policy --data policy/accepted.json review.json
#
# A finding of high severity is refused, unless accepted.json beside this file has its code under the
# address of its partner. That file is changed in the same pull request, and so reviewed with it.
package main

import rego.v1

# Where there is no schema_version, this is something else, such as the plan itself.
deny contains message if {
	form := object.get(input, "schema_version", "none")
	form != 1
	message := sprintf("The review has form %v, and this policy knows 1.", [form])
}

deny contains message if {
	some partner in input.partners
	some finding in partner.findings
	finding.severity == "high"
	not accepted(partner.address, finding.code)
	message := told(partner, finding)
}

warn contains message if {
	some partner in input.partners
	some finding in partner.findings
	finding.severity == "low"
	message := told(partner, finding)
}

accepted(address, code) if code in data.accepted[address]

told(partner, finding) := sprintf(
	"%s: %s: %s %s",
	[partner.address, finding.code, finding.consequence, finding.advice],
)
