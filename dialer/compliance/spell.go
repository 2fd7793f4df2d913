package compliance

import (
	"fmt"
	"time"
)

// spell is a rule about what has happened to a number: while it lasts, no call.
type spell struct {
	id     string
	says   string // "rule US-FL-24H allows", "the campaign allows"
	rule   *Rule  // nil: the campaign's own
	max    int    // so many attempts within the window; 0: it is about the time after an event
	after  event
	window time.Duration // of hours; 0: of the callee's days
	days   int           // of the callee's days, the first one counted
}

// event is what a period of rest follows.
type event string

// The events.
const (
	afterTalk    event = "talk"
	afterDrop    event = "drop"
	afterMachine event = "machine"
)

func (e event) is(a Attempt) bool {
	switch e {
	case afterTalk:
		return a.Talked
	case afterDrop:
		return a.Dropped
	case afterMachine:
		return a.Machine
	}
	return false
}

// sentence names the event in an operator's words.
func (e event) sentence() string {
	switch e {
	case afterTalk:
		return "There was a conversation with this number"
	case afterDrop:
		return "This number's last answered call found no agent"
	}
	return "A machine was taken to answer this number"
}

// holds tells until when the spell keeps a number from being called in a zone.
// Every zone the callee may be in is asked, and the latest answer counts.
func (s spell) holds(h *History, zone *time.Location, now time.Time) (until time.Time, held bool) {
	if s.max > 0 {
		past := h.newest()
		if len(past) < s.max {
			return time.Time{}, false
		}
		// Once the max-th newest leaves the window, one more call fits.
		until = s.end(past[s.max-1].At, zone)
	} else {
		last, ok := h.latest(s.after.is)
		if !ok {
			return time.Time{}, false
		}
		until = s.end(last.end(), zone)
	}
	return until, now.Before(until)
}

// end is the first moment at which something that happened at t lies outside
// the window.
func (s spell) end(t time.Time, zone *time.Location) time.Time {
	if s.window > 0 {
		return t.Add(s.window)
	}
	y, m, d := t.In(zone).Date()
	return startOfDay(y, m, d+s.days, zone)
}

// startOfDay is the first moment of a day. Where clocks jump over midnight the
// day begins later, and time.Date may name a moment of the day before.
func startOfDay(y int, m time.Month, d int, zone *time.Location) time.Time {
	want := time.Date(y, m, d, 12, 0, 0, 0, zone)
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for i := 0; dayOf(t) < dayOf(want) && i < 16; i++ {
		t = t.Add(15 * time.Minute)
	}
	return t
}

func (s spell) reason(until time.Time, zone *time.Location) string {
	when := until.In(zone).Format("Mon 2 Jan 15:04") + " in " + zone.String()
	if s.max == 0 {
		return fmt.Sprintf("%s; %s no call before %s.", s.after.sentence(), s.says, when)
	}
	return fmt.Sprintf("It has been called as often as %s (%s); the next call may be at %s.", s.says, s.limit(), when)
}

func (s spell) limit() string {
	switch {
	case s.window > 0:
		return fmt.Sprintf("%d in %.0f hours", s.max, s.window.Hours())
	case s.days == 1:
		return fmt.Sprintf("%d a day", s.max)
	}
	return fmt.Sprintf("%d in %d days", s.max, s.days)
}

// spells are the campaign's own.
func (c Caps) spells(places []string) []spell {
	const says = "the campaign allows"
	var all []spell
	if n := c.per24h(places); n > 0 {
		all = append(all, spell{id: RulePer24h, says: says, max: n, window: 24 * time.Hour})
	}
	if c.PerDay > 0 {
		all = append(all, spell{id: RulePerDay, says: says, max: c.PerDay, days: 1})
	}
	if c.Lockout > 0 {
		all = append(all, spell{id: RuleLockout, says: says, after: afterDrop, window: c.Lockout})
	}
	return all
}
