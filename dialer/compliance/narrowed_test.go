package compliance

import (
	"testing"
	"time"
)

// TestPlacesCheckAsLeadsDo: what is said of a number nobody has called by its zone
// set, its area and the lead's state is what Check says of it, where call times have
// lines of states of which the law says nothing.
func TestPlacesCheckAsLeadsDo(t *testing.T) {
	// Noon in New York, a Monday; Ohio closes a minute later.
	for _, now := range []time.Time{time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC), time.Date(2026, 11, 23, 17, 31, 0, 0, time.UTC)} {
		q := Question{To: 1440, CallTimes: "Mon 0:00-24:00\nOH Mon 9:00-12:31\nIL closed\nON closed", CallerID: "12125550100", Now: now, History: &History{}}
		refused := map[string]int{}
		compare := func(area, e164, state string, verified ...string) {
			t.Helper()
			q, lies := q, Address{E164: e164, State: state}
			if len(verified) > 0 {
				lies.VerifiedZone = verified[0]
			}
			set := SetFor(lies)
			q.E164, q.State, q.Zones = e164, state, set.Zones()
			want, got := Check(q), set.CheckIn(area, state, q)
			if got != want {
				t.Errorf("%s with the state %q: Check says\n%+v, by the place it is\n%+v", e164, state, want, got)
			}
			if !got.Allowed && set.Check(q).Allowed {
				refused[state]++
			}
		}
		for _, npa := range AreaCodes() {
			for _, state := range []string{"", "OH", "il", " IL", "ON", "NY", "CA", "ZZ", "Ö"} {
				compare("+1"+npa, "+1"+npa+"2340001", state)
				compare("+1"+npa, "+1"+npa+"5550123", state) // rings nobody
			}
		}
		compare("", "+1216234000", "IL") // of no area: too short
		compare("", "+121623400012", "")
		compare("+1212", "+12122340001", "", "America/Los_Angeles")
		if refused[""] == 0 || refused["il"] <= refused[""] || now.Minute() == 31 && refused["OH"] <= refused[""] {
			t.Errorf("at %s the places alone refuse too few: %v", now.Format(time.TimeOnly), refused)
		}
	}
}
