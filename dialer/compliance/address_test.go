package compliance

import "testing"

func TestSetFor(t *testing.T) {
	for _, test := range []struct {
		a    Address
		want ZoneSet
	}{
		// Chattanooga's area code is split; its ZIP code does not narrow it.
		{Address{E164: "+14232651234", PostalCode: "37402"}, "America/Chicago,America/New_York;US"},
		// A New Yorker's phone, moved to Los Angeles: both, whichever field says so.
		{Address{E164: "+12122340001", PostalCode: "90210"}, "America/Los_Angeles,America/New_York;US"},
		{Address{E164: "+12122340001", State: "CA"}, "America/Los_Angeles,America/New_York;US"},
		// Moved to Florida: the state reaches into two zones, its ZIP into one.
		{Address{E164: "+12122340001", State: "FL"}, "America/Chicago,America/New_York;US,US-FL"},
		{Address{E164: "+12122340001", State: "FL", PostalCode: "33101"}, "America/New_York;US,US-FL"},
		{Address{E164: "+12122340001", State: "FL", PostalCode: "32501-1234"}, "America/Chicago,America/New_York;US,US-FL"},
		// A Miami number that lives in Pensacola, of the same state.
		{Address{E164: "+13052340001", State: "FL", PostalCode: "32501"}, "America/Chicago,America/New_York;US,US-FL"},
		// State and ZIP code contradict each other: both count.
		{Address{E164: "+12122340001", State: "CA", PostalCode: "99501"}, "America/Adak,America/Anchorage,America/Los_Angeles,America/New_York;US"},
		{Address{E164: "+14162340001", PostalCode: "v5k 0A1"}, "America/Edmonton,America/Fort_Nelson,America/Toronto,America/Vancouver;CA"},
		// A ZIP code that lost its zero tells nothing, and abroad it is another's.
		{Address{E164: "+12122340001", PostalCode: "2139"}, "America/New_York;US"},
		{Address{E164: "+442079460000", PostalCode: "90210"}, "Europe/London;GB"},
		// Toll-free numbers may be anywhere whatever the address.
		{Address{E164: "+18002340001", PostalCode: "90210"}, ";CA,US"},
		// A verified zone is the zone; the law of number and address stays.
		{Address{E164: "+18502340001", VerifiedZone: "America/Chicago"}, "America/Chicago;US,US-FL"},
		{Address{E164: "+12122340001", State: "FL", VerifiedZone: "America/New_York"}, "America/New_York;US,US-FL"},
		{Address{E164: "+12122340001", VerifiedZone: "Local"}, "America/New_York;US"},
	} {
		if got := SetFor(test.a); got != test.want {
			t.Errorf("%+v: %q, want %q", test.a, got, test.want)
		}
	}
}

func TestStateOfPostal(t *testing.T) {
	for code, want := range map[string]string{"37402": "TN", "02139": "MA", "K1A 0B1": "ON", "X0A 0H0": "", "00000": "", "12": "", "ABC": ""} {
		if got := StateOfPostal(code, "+12122340001"); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	for prefix, d := range districts {
		for _, place := range d.places {
			for _, zone := range d.zones {
				if len(d.places) == 1 && !containsZone(zonesOfState[place], zone) {
					t.Errorf("%s: %s is no zone of %s, which has %v", prefix, zone, place, zonesOfState[place])
				}
			}
		}
	}
}

func containsZone(zones []string, zone string) bool {
	for _, z := range zones {
		if z == zone {
			return true
		}
	}
	return false
}
