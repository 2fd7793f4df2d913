package compliance

import (
	_ "embed"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

//go:embed nanp.tsv
var nanpTSV string

// area is one area code of the North American Numbering Plan (+1).
type area struct {
	places []string // "US-FL"; "JM"
	zones  []string
}

var areas, zonesOfState = parseAreas(nanpTSV)

func parseAreas(text string) (map[string]area, map[string][]string) {
	areas, states := map[string]area{}, map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		cols := strings.Split(line, "\t")
		if len(cols) != 3 {
			panic("compliance: nanp.tsv: " + line)
		}
		a := area{strings.Fields(cols[0]), strings.Split(cols[1], ",")}
		for _, z := range a.zones {
			if location(z) == nil {
				panic("compliance: nanp.tsv: no zone " + z)
			}
		}
		for _, npa := range strings.Fields(cols[2]) {
			if _, twice := areas[npa]; twice {
				panic("compliance: nanp.tsv: area code " + npa + " stands twice")
			}
			areas[npa] = a
		}
		for _, place := range a.places {
			states[place] = canonical(append(states[place], a.zones...))
		}
	}
	return areas, states
}

// Zones are the IANA zones in which the phone of an E.164 number may ring,
// sorted; none: unknown. For +1 it is our table of area codes, which names every
// zone of a split area, united with libphonenumber's prefix table. That table
// alone will not do: for an exchange it does not list it falls back to the
// area's majority zone (+1 423 to Chicago only, +1 850 to New York only), and
// then a call at eight could come at seven.
func Zones(e164 string) []string {
	_, zones := numberPlaces(e164)
	return zones
}

// maxZones is how many zones a zone set can hold; the prefix tables name more
// only for what they do not know (+1 800: forty).
const maxZones = 16

// numberPlaces are the jurisdictions of a number and its zones. A +1 number
// outside the table may be anywhere in the US or Canada.
func numberPlaces(e164 string) (places, zones []string) {
	if !wellFormed(e164) {
		return nil, nil
	}
	prefix, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil || len(prefix) > maxZones || slices.Contains(prefix, phonenumbers.UNKNOWN_TIMEZONE) {
		prefix = nil
	}
	if !strings.HasPrefix(e164, "+1") {
		var places []string
		if n, err := phonenumbers.Parse(e164, ""); err == nil {
			if region := phonenumbers.GetRegionCodeForNumber(n); len(region) == 2 {
				places = []string{region}
			}
		}
		return places, canonical(prefix)
	}
	a, ok := areaOf(e164)
	if !ok {
		return []string{"CA", "US"}, nil
	}
	return a.places, canonical(append(slices.Clone(a.zones), prefix...))
}

func areaOf(e164 string) (area, bool) {
	if len(e164) != 12 || !strings.HasPrefix(e164, "+1") {
		return area{}, false
	}
	a, ok := areas[e164[2:5]]
	return a, ok
}

// AreaCodes lists the geographic area codes of the North American Numbering Plan
// that are known here, in order.
func AreaCodes() []string {
	return slices.Sorted(maps.Keys(areas))
}

// territories are those of the US to which libphonenumber gives tables of their
// own, exchange by exchange.
var territories = []string{"US-AS", "US-GU", "US-MP", "US-PR", "US-VI"}

// OfState tells whether an E.164 number is of an area code of a US state or a
// Canadian province, in which every exchange from 200 on may be assigned.
// libphonenumber learns of new area codes late: of some, when they have been in
// use for a year.
func OfState(e164 string) bool {
	a, ok := areaOf(e164)
	return ok && wellFormed(e164) && e164[5] >= '2' && slices.ContainsFunc(a.places, func(place string) bool {
		return (strings.HasPrefix(place, "US-") || strings.HasPrefix(place, "CA-")) && !slices.Contains(territories, place)
	})
}

// stateOf is the jurisdiction of a lead's state field, "" when it tells nothing:
// US states and Canadian provinces share no abbreviation, and abroad the field
// means something else.
func stateOf(state, e164 string) string {
	if !strings.HasPrefix(e164, "+1") {
		return ""
	}
	state = strings.ToUpper(strings.TrimSpace(state))
	for _, country := range []string{"US-", "CA-"} {
		if _, ok := zonesOfState[country+state]; ok {
			return country + state
		}
	}
	return ""
}

// sameClock are zones that have kept, and by law keep, the clock of another;
// folding them keeps the number of zone sets small. A test compares the clocks.
var sameClock = map[string]string{
	"America/Boise":               "America/Denver",
	"America/Juneau":              "America/Anchorage",
	"America/North_Dakota/Center": "America/Chicago",
	"America/St_Thomas":           "America/Puerto_Rico",
	"Pacific/Saipan":              "Pacific/Guam",
}

// canonical sorts the zones and folds those that are the same.
func canonical(zones []string) []string {
	if len(zones) == 0 {
		return nil
	}
	out := make([]string, 0, len(zones))
	for _, z := range zones {
		if z = strings.TrimSpace(z); z == "" {
			continue
		}
		if same, ok := sameClock[z]; ok {
			z = same
		}
		out = append(out, z)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reservedRange is the id of the range of numbers that ring nobody to which the
// number belongs, or "". Only a geographic area code counts: 800-555-0123 is
// somebody's.
func (p *pack) reservedRange(e164 string) string {
	if _, ok := areaOf(e164); !ok || !wellFormed(e164) {
		return ""
	}
	line, err := strconv.Atoi(e164[8:])
	if err != nil {
		return ""
	}
	for _, r := range p.reserved {
		if r.CountryCode == "1" && e164[5:8] == r.Exchange && r.LineFrom <= line && line <= r.LineTo {
			return r.ID
		}
	}
	return ""
}

func (p *pack) isReserved(tag string) bool {
	return slices.ContainsFunc(p.reserved, func(r reserved) bool { return r.ID == tag })
}
