package leads_test

import (
	"testing"

	"trunkline/dialer"
	"trunkline/hopper/leads"
)

// TestFieldsThatCannotBe: what is wrong with a custom field's definition is said of
// the part that it is about.
func TestFieldsThatCannotBe(t *testing.T) {
	for about, f := range map[string]dialer.CustomField{
		"":        {Name: "tariff", Label: "Tariff", Type: dialer.CustomMulti, Options: "day\nnight"},
		"name":    {Name: "first_name", Label: "Tariff", Type: dialer.CustomText},
		"label":   {Name: "tariff", Type: dialer.CustomText},
		"type":    {Name: "tariff", Label: "Tariff", Type: "COLOUR"},
		"options": {Name: "tariff", Label: "Tariff", Type: dialer.CustomSelect, Options: "day\nnight\n Day"},
	} {
		if got, says := leads.CheckField(f); got != about || (says == "") != (about == "") {
			t.Errorf("%+v: %q, %q", f, got, says)
		}
	}
}
