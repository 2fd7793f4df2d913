package compliance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
)

// History is what is known of a number when a call to it is judged: every call
// that any campaign placed to it within HistoryDays, and what the callee said
// about being called. The zero History is that of a number nobody has called;
// a Question without one (nil) is refused, since nobody looked.
type History struct {
	Attempts []Attempt // newest first
	Consent  Consent
}

// HistoryDays is how far back a History goes: the longest that any rule looks
// back (7 of the callee's days), and a day for the callee's zone. Reading older
// calls changes no verdict.
const HistoryDays = 8

// HistoryMost is how many attempts of one number need to be known at the least;
// who has more brings the newest. It is far above every limit, so that what is
// left out could not have allowed a call.
const HistoryMost = 200

// Attempt is one call that left for the carrier.
type Attempt struct {
	At      time.Time // placed
	Ended   time.Time // zero: it is up, or being dialed
	Talked  bool      // somebody spoke with an agent; so does a call whose outcome the agent has not said yet
	Dropped bool      // it wanted an agent and got none
	Machine bool      // AMD took who answered for a machine, perhaps wrongly
}

// end is the attempt's last known moment, which periods of rest start from.
func (a Attempt) end() time.Time {
	if a.Ended.Before(a.At) {
		return a.At
	}
	return a.Ended
}

// Since counts the attempts at or after a moment.
func (h *History) Since(t time.Time) int {
	n := 0
	for _, a := range h.Attempts {
		if !a.At.Before(t) {
			n++
		}
	}
	return n
}

// With is the history once a call has been placed at the moment given: what the
// next question about the number has to know when the database cannot yet.
func (h *History) With(at time.Time) *History {
	return &History{Attempts: append([]Attempt{{At: at}}, h.Attempts...), Consent: h.Consent}
}

// latest is the last attempt of a kind.
func (h *History) latest(is func(Attempt) bool) (Attempt, bool) {
	var last Attempt
	found := false
	for _, a := range h.Attempts {
		if is(a) && (!found || a.end().After(last.end())) {
			last, found = a, true
		}
	}
	return last, found
}

// newest are the attempts, newest first, whatever order they came in.
func (h *History) newest() []Attempt {
	if slices.IsSortedFunc(h.Attempts, newerFirst) {
		return h.Attempts
	}
	sorted := slices.Clone(h.Attempts)
	slices.SortFunc(sorted, newerFirst)
	return sorted
}

func newerFirst(a, b Attempt) int { return b.At.Compare(a.At) }

// Consent is what the ledger of consents says of a number now.
type Consent struct {
	Given   time.Time // when consent was last given; zero: never on record
	Written bool      // in writing, which telemarketing by a recorded or artificial voice needs
	Revoked time.Time // when it was last taken back; zero: never
}

// Withdrawn tells whether the callee's last word was no.
func (c Consent) Withdrawn() bool { return !c.Revoked.IsZero() && !c.Given.After(c.Revoked) }

// Caps are a campaign's own limits to how often a number or a lead is called,
// beside those of the law. The zero Caps limit nothing.
type Caps struct {
	Attempts int            // calls of a lead, ever (Question.Called)
	PerDay   int            // calls to a number on one of the callee's days, by all campaigns
	Per24h   int            // the same in any 24 hours
	ByState  map[string]int // Per24h for callees of a state ("FL"), in place of it
	Lockout  time.Duration  // no call to a number for so long after a drop
}

// CapsOf are the limits that a campaign's settings name.
func CapsOf(c dialer.Campaign) Caps {
	caps := Caps{
		Attempts: c.MaxAttempts, PerDay: c.MaxPerDay, Per24h: c.MaxPer24h,
		Lockout: time.Duration(c.DropLockout) * time.Hour,
	}
	caps.ByState, _ = ParseStateCaps(c.MaxByState) // what does not read is refused where it is set
	return caps
}

// ParseStateCaps reads limits by state, "FL=2 OK=1": a US state or Canadian
// province each, 1 to 99 calls in 24 hours.
func ParseStateCaps(text string) (map[string]int, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return nil, nil
	}
	caps := make(map[string]int, len(fields))
	for _, f := range fields {
		state, number, ok := strings.Cut(strings.ToUpper(f), "=")
		n, err := strconv.Atoi(number)
		switch {
		case !ok || err != nil || n < 1 || n > 99:
			return nil, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is not a limit by state: write FL=2, a state and 1 to 99 calls in 24 hours.", f))
		case stateOf(state, "+1") == "":
			return nil, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no state of the US and no province of Canada.", state))
		}
		if _, twice := caps[state]; twice {
			return nil, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The limit of %s stands twice.", state))
		}
		caps[state] = n
	}
	return caps, nil
}

// per24h is the limit for a callee of these places: the least that any of them
// names, else the campaign's.
func (c Caps) per24h(places []string) int {
	limit := 0
	for _, p := range places {
		_, state, _ := strings.Cut(p, "-")
		if n := c.ByState[state]; n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	if limit > 0 {
		return limit
	}
	return c.Per24h
}
