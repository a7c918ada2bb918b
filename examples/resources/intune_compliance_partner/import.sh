# By the id of the partner
terraform import intune_compliance_partner.jamf 01234567-89ab-cdef-0123-456789abcdef

# By its display name, if only one partner has it
terraform import intune_compliance_partner.jamf "display_name:Jamf Device Compliance"
