// Package leadform reads a lead's fields as somebody typed or sent them.
package leadform

import (
	"regexp"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
)

var codeForm = regexp.MustCompile(`^\+?[0-9]{0,4}$`)

// Read checks a lead's fields one by one; was is the lead as it stands.
func Read(f *form.Form, was facts.SetLead) facts.SetLead {
	return facts.SetLead{
		ID: was.ID, Campaign: was.Campaign, E164: was.E164,
		ListID: dialer.ListID(f.Int("list_id", 1, 1<<31-1, "")), Status: dialer.Status(f.Line("status", 6)),
		PhoneCode:   f.Match("phone_code", codeForm, "Enter a calling code such as 1 or 44."),
		PhoneNumber: f.Needed("phone_number", 40, "Enter the number to call."),
		Title:       f.Line("title", 4), FirstName: f.Line("first_name", 30), MiddleInitial: f.Line("middle_initial", 1), LastName: f.Line("last_name", 30),
		Address1: f.Line("address1", 100), Address2: f.Line("address2", 100), Address3: f.Line("address3", 100), City: f.Line("city", 50),
		State: strings.ToUpper(f.Line("state", 2)), Province: f.Line("province", 50), PostalCode: f.Line("postal_code", 10), CountryCode: strings.ToUpper(f.Line("country_code", 3)),
		VerifiedZone: f.Line("verified_zone", 40), AltPhone: f.Line("alt_phone", 18), Email: f.Line("email", 70), Gender: strings.ToUpper(f.Line("gender", 1)),
		DateOfBirth: f.Line("date_of_birth", 10), VendorLeadCode: f.Line("vendor_lead_code", 20), SourceID: f.Line("source_id", 50),
		SecurityPhrase: f.Line("security_phrase", 100), Comments: strings.ReplaceAll(f.Area("comments", 255), "\n", " "), Rank: f.Int("rank", -32768, 32767, ""), Owner: f.Line("owner", 20),
	}
}
