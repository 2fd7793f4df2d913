package compliance

import (
	"slices"
	"strings"
	"time"
)

// ZoneSet says all that the calling hours of a lead hang on, in one short string
// that millions of leads share (table zone_sets): the IANA zones the callee may
// be in, sorted, comma-separated, then a semicolon and the jurisdictions that
// have a say and, for numbers that ring nobody, the id of that range:
//
//	America/Chicago,America/New_York;US
//	America/New_York;US,US-FL
//	;CA,US
//	America/New_York;FICTION-555,US
//
// No zones means that they are unknown. States of which the rule packs have
// neither hours nor a demand (ring, caller id, consent) are not named: each would
// only multiply the sets. Where
// the rules name another state, the sets are made again (PlacesHash); until a
// lead's is, Check sees its state and Open does not, which costs time and no
// violation.
type ZoneSet string

// Zones are the IANA zones of the set; none: unknown.
func (z ZoneSet) Zones() []string {
	zones, _, _ := strings.Cut(string(z), ";")
	return list(zones)
}

// SetOf is the zone set of a lead: its number's zones and, where the lead's
// state is another one than the number's (a mobile phone that moved along), that
// state's too.
func SetOf(e164, state string) ZoneSet { return SetFor(Address{E164: e164, State: state}) }

// Open picks the sets whose leads may be called at now within the campaign's
// calling hours (minutes of the callee's day, as in Question), in the order
// given. next is when one of the others opens, zero if none will.
func Open(sets []ZoneSet, h Hours, now time.Time) (open []ZoneSet, next time.Time) {
	for _, z := range sets {
		v := z.Hours(h, now)
		switch {
		case v.Allowed:
			open = append(open, z)
		case !v.Until.IsZero() && (next.IsZero() || v.Until.Before(next)):
			next = v.Until
		}
	}
	return open, next
}

// Hours is the verdict on the hours alone: the campaign's and those of the law.
func (z ZoneSet) Hours(h Hours, now time.Time) Verdict {
	return current().checkHours(z.class(), h, now)
}

// Past tells whether a day (YYYY-MM-DD) is over at now in one of the zones that the
// set's callees may be in; where nobody knows any, in UTC.
func (z ZoneSet) Past(day string, now time.Time) bool {
	zones, _, ok := current().locations(z.class())
	if !ok {
		zones = []*time.Location{time.UTC}
	}
	return slices.ContainsFunc(zones, func(zone *time.Location) bool { return now.In(zone).Format(time.DateOnly) > day })
}

// Check judges a call to any number of the set that nobody has called and whose
// owner has said nothing: what Check says of it, but for the DNC. Of the question
// only what a campaign asks is looked at.
func (z ZoneSet) Check(q Question) Verdict {
	return current().atSight(z.class(), q)
}

func (p *pack) atSight(c class, q Question) Verdict {
	q.History = &History{}
	if c.reserved == "" {
		if v := q.unmet(p.othersOf(c.places)); v.Rule != "" {
			return v
		}
	}
	return p.checkHours(c, q.hours(), q.Now)
}

// CheckIn is Check for a number of an area, "+1216" ("": of a +1 number without one),
// and a lead with that state: lines that call times have for states hold by these,
// and a zone set does not name them.
func (z ZoneSet) CheckIn(area, state string, q Question) Verdict {
	p, own := current(), z.class()
	number := "+1000000000" // well formed, and of no area
	if area != "" {
		number = area + "2000000"
	}
	c := p.class(number, state, own.zones)
	c.reserved = own.reserved
	return p.atSight(c, q)
}

// class is a zone set taken apart.
type class struct {
	zones    []string
	places   []string // jurisdictions, the country among them
	reserved string   // id of the range of numbers that ring nobody
}

func (z ZoneSet) class() class {
	zones, tags, _ := strings.Cut(string(z), ";")
	c := class{zones: list(zones)}
	for _, tag := range list(tags) {
		if current().isReserved(tag) {
			c.reserved = tag
		} else {
			c.places = append(c.places, tag)
		}
	}
	return c
}

func (c class) set(p *pack) ZoneSet {
	var tags []string
	for _, place := range c.places {
		if !strings.Contains(place, "-") || (p.counts(place) && c.reserved == "") {
			tags = append(tags, place)
		}
	}
	if c.reserved != "" {
		tags = append(tags, c.reserved)
	}
	slices.Sort(tags)
	return ZoneSet(strings.Join(c.zones, ",") + ";" + strings.Join(tags, ","))
}

// class is what the hours of a number hang on. Zones that are given are taken as
// they are: they come from the lead, which may know better than its number.
func (p *pack) class(e164, state string, zones []string) class {
	c := p.classOf(Address{E164: e164, State: state})
	if len(zones) > 0 {
		c.zones = canonical(zones)
	}
	return c
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
