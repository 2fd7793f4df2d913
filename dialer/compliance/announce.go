package compliance

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Announce is the id of the rule by which somebody must be told that the call is
// recorded, or "". One jurisdiction of the number or of the address is enough:
// of a call between states the stricter side counts. A number that may lie in
// any state of a country (toll-free, an area code younger than our table) may
// lie in one that asks. The reserved ranges are no exception: nobody is wronged
// by an announcement too many.
func Announce(e164, state string, now time.Time) string {
	return current().announce(e164, state, now)
}

func (p *pack) announce(e164, state string, now time.Time) string {
	places := p.class(e164, state, nil).places
	for _, place := range append([]string{"*"}, places...) {
		if id := inForceOf(p.notice[place], now); id != "" {
			return id
		}
	}
	for _, country := range places {
		in := func(place string) bool { return strings.HasPrefix(place, country+"-") }
		_, located := areaOf(e164)
		if located || strings.Contains(country, "-") || slices.ContainsFunc(places, in) {
			continue
		}
		for _, place := range slices.Sorted(maps.Keys(p.notice)) {
			if id := inForceOf(p.notice[place], now); in(place) && id != "" {
				return id
			}
		}
	}
	return ""
}

func inForceOf(rules []*Rule, now time.Time) string {
	for _, r := range rules {
		if r.inForce(now.UTC()) {
			return r.ID
		}
	}
	return ""
}
