package compliance

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Address is what is known of where a lead may be.
type Address struct {
	E164         string
	State        string // postal abbreviation of the US state or Canadian province
	PostalCode   string // ZIP code or Canadian postal code
	VerifiedZone string // IANA zone that somebody has made sure of; "": nobody has
}

// SetFor is the zone set of a lead. The number's zones always count: an address
// may be old, a phone may have moved. State and ZIP code add theirs, and only a
// verified zone stands in place of all: then somebody knows. The jurisdictions
// stay those of number and address even so.
func SetFor(a Address) ZoneSet { return current().classOf(a).set(current()) }

//go:embed postal.tsv
var postalTSV string

// district is what a postal code's beginning tells.
type district struct {
	places []string // "US-FL"; several where the beginning is shared
	zones  []string
}

var districts = parseDistricts(postalTSV)

func parseDistricts(text string) map[string]district {
	all := map[string]district{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cols := strings.Split(line, "\t")
		if len(cols) != 3 || zonesOfState[cols[0]] == nil {
			panic("compliance: postal.tsv: " + line)
		}
		zones := zonesOfState[cols[0]]
		if cols[1] != "" {
			zones = canonical(strings.Split(cols[1], ","))
		}
		for _, prefix := range prefixes(cols[2]) {
			d := all[prefix]
			d.places = append(d.places, cols[0])
			d.zones = canonical(append(slices.Clone(d.zones), zones...))
			all[prefix] = d
		}
	}
	return all
}

// prefixes expands "010-012 055 A".
func prefixes(text string) []string {
	var all []string
	for _, part := range strings.Fields(text) {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			all = append(all, part)
			continue
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a > b {
			panic("compliance: postal.tsv: " + part)
		}
		for n := a; n <= b; n++ {
			all = append(all, fmt.Sprintf("%03d", n))
		}
	}
	return all
}

// PostalKey is the part of a postal code that SetFor looks at, for those who
// remember what it said; "" when it tells nothing.
func PostalKey(code, e164 string) string {
	if len(e164) < 2 || e164[:2] != "+1" || code == "" {
		return ""
	}
	code = strings.TrimSpace(code)
	switch {
	case code == "":
		return ""
	case isUSZip(code):
		return code[:3]
	case len(code) >= 2 && letter(code[0]) && digit(code[1]): // A1A 1A1
		return strings.ToUpper(code[:1])
	}
	return ""
}

// isUSZip takes 12345, 12345-6789 and 123456789. A spreadsheet drops a leading
// zero; what is left is another code's beginning, so it counts for nothing.
func isUSZip(code string) bool {
	if len(code) != 5 && len(code) != 9 && len(code) != 10 {
		return false
	}
	for i := range len(code) {
		if !digit(code[i]) && !(i == 5 && len(code) == 10 && code[i] == '-') {
			return false
		}
	}
	return true
}

func digit(c byte) bool  { return '0' <= c && c <= '9' }
func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// StateOfPostal is the US state or Canadian province of a postal code, when it
// lies in exactly one; "" else.
func StateOfPostal(code, e164 string) string {
	d := districts[PostalKey(code, e164)]
	if len(d.places) != 1 {
		return ""
	}
	_, state, _ := strings.Cut(d.places[0], "-")
	return state
}

// classOf is what the hours of a lead hang on.
func (p *pack) classOf(a Address) class {
	places, zones := numberPlaces(a.E164)
	known := len(zones) > 0
	c := class{places: slices.Clone(places), reserved: p.reservedRange(a.E164)}
	post := districts[PostalKey(a.PostalCode, a.E164)]
	add := func(place string, there []string) {
		if !slices.Contains(c.places, place) {
			c.places = append(c.places, place)
		}
		// A number that may be anywhere stays so: an address does not tell where
		// the phone is.
		if known {
			zones = append(slices.Clone(zones), there...)
		}
	}
	for _, place := range post.places {
		add(place, post.zones)
	}
	// The state's own zones, unless the number lies in it, or the postal code
	// says where in it.
	if place := stateOf(a.State, a.E164); place != "" && !slices.Contains(places, place) && !slices.Contains(post.places, place) {
		add(place, zonesOfState[place])
	}
	for _, place := range c.places { // the country of each state has a say too
		if country, _, isState := strings.Cut(place, "-"); isState && !slices.Contains(c.places, country) {
			c.places = append(c.places, country)
		}
	}
	slices.Sort(c.places)
	if location(a.VerifiedZone) != nil {
		zones = []string{a.VerifiedZone}
	}
	c.zones = canonical(zones)
	return c
}

// KnownZone tells whether the name is an IANA time zone, such as America/Chicago.
func KnownZone(name string) bool { return location(name) != nil }
