package compliance

import (
	"slices"
	"strings"
	"time"
)

// Somewhere is what numbers and addresses of some states are told by.
type Somewhere struct {
	Areas  []string // beginnings of E.164 numbers, "+1216"
	States []string // postal abbreviations
}

// Narrowed is where the states are whose own lines in the call times let no call
// through now, in any of the zones of the sets. A zone set names no states but
// those of the rule packs, so that Open does not see these lines: of a lead that
// may be there Check alone knows.
func Narrowed(sets []ZoneSet, h Hours, now time.Time) Somewhere {
	var where Somewhere
	shut := map[string]bool{}
	for _, t := range callTimesOf(h.CallTimes) {
		for place, rule := range t.states {
			shut[place] = shut[place] || slices.ContainsFunc(sets, func(z ZoneSet) bool {
				zones, _, _ := current().locations(z.class())
				return slices.ContainsFunc(zones, func(zone *time.Location) bool {
					open, _ := limit{rule, zone}.at(now)
					return !open
				})
			})
		}
	}
	in := func(places []string) bool { return slices.ContainsFunc(places, func(p string) bool { return shut[p] }) }
	for npa, a := range areas {
		if in(a.places) {
			where.Areas = append(where.Areas, "+1"+npa)
		}
	}
	for place, is := range shut {
		if _, state, _ := strings.Cut(place, "-"); is {
			where.States = append(where.States, state)
		}
	}
	return where
}

// NamesStates tells whether the call times have lines of states.
func (h Hours) NamesStates() bool {
	return slices.ContainsFunc(callTimesOf(h.CallTimes), func(t *callTime) bool { return len(t.states) > 0 })
}
