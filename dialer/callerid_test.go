package dialer_test

import (
	"testing"

	"trunkline/dialer"
)

func TestShowsTheListsNumberThenTheLeadsThenTheCampaigns(t *testing.T) {
	for _, test := range []struct {
		list, phrase string
		custom       bool
		want         string
	}{
		{"", "", false, "12125550100"},
		{"+13105550101", "", false, "13105550101"},
		{"+13105550101", "614 555-0102", true, "13105550101"},
		{"", "614 555-0102", true, "6145550102"},
		{"", "614 555-0102", false, "12125550100"},
		{"", "my first dog", true, "12125550100"},
		{"911", "911", true, "12125550100"}, // too short for anybody to call back
	} {
		c := dialer.Campaign{CallerID: "12125550100", CustomCallerID: test.custom}
		if got := c.Shows(dialer.Lead{ListCallerID: test.list, SecurityPhrase: test.phrase}); got != test.want {
			t.Errorf("%+v: shows %s", test, got)
		}
	}
}
