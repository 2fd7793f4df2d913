package compliance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// TestAreaCodesAreAll: every area code that libphonenumber takes for a place's
// is in our table, and ours names at least the zones that it names anywhere in
// the area.
func TestAreaCodesAreAll(t *testing.T) {
	for npa := 200; npa < 1000; npa++ {
		code := fmt.Sprint(npa)
		prefix, err := phonenumbers.GetTimezonesForPrefix("1" + code)
		if err != nil {
			t.Fatal(err)
		}
		n, err := phonenumbers.Parse("+1"+code+"2345678", "US")
		if err != nil || !phonenumbers.IsValidNumber(n) {
			continue
		}
		// A state's or a city's name tells the codes of places from those of
		// services, for which the name of the country stands.
		name, _ := phonenumbers.GetGeocodingForNumber(n, "en")
		_, ours := areas[code]
		if place := name != "United States" && name != "Canada" && name != ""; place != ours {
			t.Errorf("area code %d (%s) in our table: %v", npa, name, ours)
		}
		if ours && len(prefix) <= maxZones {
			zones := Zones("+1" + code + "2345678")
			for _, z := range canonical(prefix) {
				if !slices.Contains(zones, z) {
					t.Errorf("area code %d misses %s", npa, z)
				}
			}
		}
	}
}

func TestSplitAreas(t *testing.T) {
	for npa, want := range map[string]string{
		"423": "America/Chicago,America/New_York", "850": "America/Chicago,America/New_York", "448": "America/Chicago,America/New_York",
		"270": "America/Chicago,America/New_York", "364": "America/Chicago,America/New_York", "606": "America/Chicago,America/New_York",
		"812": "America/Chicago,America/New_York", "930": "America/Chicago,America/New_York", "219": "America/Chicago,America/New_York",
		"574": "America/Chicago,America/New_York", "765": "America/Chicago,America/New_York", "906": "America/Chicago,America/New_York",
		"931": "America/Chicago,America/New_York", "334": "America/Chicago,America/New_York",
		"785": "America/Chicago,America/Denver", "620": "America/Chicago,America/Denver", "308": "America/Chicago,America/Denver",
		"402": "America/Chicago,America/Denver", "605": "America/Chicago,America/Denver", "701": "America/Chicago,America/Denver",
		"208": "America/Denver,America/Los_Angeles", "986": "America/Denver,America/Los_Angeles", "541": "America/Denver,America/Los_Angeles",
		"458": "America/Denver,America/Los_Angeles", "775": "America/Denver,America/Los_Angeles", "928": "America/Denver,America/Phoenix",
		"915": "America/Chicago,America/Denver", "907": "America/Adak,America/Anchorage",
		"260": "America/New_York", "502": "America/New_York", "859": "America/New_York", "212": "America/New_York",
	} {
		if got := strings.Join(Zones("+1"+npa+"2345678"), ","); got != want {
			t.Errorf("area code %s lies in %s, want %s", npa, got, want)
		}
	}
}

// TestZoneSetsFit: whatever the number and state, the set fits the column of 512
// and reads back as what it was made of.
func TestZoneSetsFit(t *testing.T) {
	numbers := []string{"+74951234567", "+79161234567", "+61412345678", "+5511912345678", "+6281234567890", "+18002340000"}
	for npa := range areas {
		numbers = append(numbers, "+1"+npa+"2345678", "+1"+npa+"5550123")
	}
	for _, n := range numbers {
		for _, state := range []string{"", "FL", "TX", "BC", "xx"} {
			set := SetOf(n, state)
			if len(set) > 512 {
				t.Errorf("%s %s: %d letters: %s", n, state, len(set), set)
			}
			zones := set.Zones()
			if !slices.IsSorted(zones) {
				t.Errorf("%s: not sorted: %s", n, set)
			}
			if back := set.class().set(shipped); back != set {
				t.Errorf("%s %s: %s reads back as %s", n, state, set, back)
			}
		}
	}
}

// TestSameClock: the zones that are folded show the same time, all through the
// years that matter.
func TestSameClock(t *testing.T) {
	for from, to := range sameClock {
		a, b := location(from), location(to)
		if a == nil || b == nil {
			t.Fatalf("no zone %s or %s", from, to)
		}
		for h := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC); h.Year() < 2036; h = h.Add(time.Hour) {
			_, x := h.In(a).Zone()
			_, y := h.In(b).Zone()
			if x != y {
				t.Errorf("%s and %s differ at %v", from, to, h)
				break
			}
		}
	}
}
