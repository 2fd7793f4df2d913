package mariadb_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
)

// TestStatesOfACallTime: hours that a call time gives to a state, of which the law
// says nothing, hold for all whose number or address lies there.
// They leave the hopper as soon as the hours are over or are changed, and the
// census has them under the same reason as what is said of each.
func TestStatesOfACallTime(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, "+12162340001", "+12122340002", "+12122340003", "+12165550104", "+12122340005")
	h.exec(`UPDATE leads SET state = 'oh' WHERE id = 2`)
	h.exec(`INSERT INTO call_times (id, name, states, campaigns, hours, changed_at) VALUES ('T', 'T', '', '', 'Mon 0:00-24:00\nOH Mon 9:00-12:31', NOW())`)
	h.exec(`UPDATE lists SET call_time_id = 'T'`)
	f := h.filler()
	for _, step := range []struct {
		what string
		at   time.Duration
		want int // in the hopper, or dialable
	}{
		{"open everywhere", 0, 5},
		{"closed in Ohio", time.Minute, 2},
		{"open again", 2 * time.Minute, 5},
		{"and closed, by a change", 2*time.Minute + time.Second, 2},
	} {
		switch step.at {
		case 2 * time.Minute:
			h.exec(`UPDATE call_times SET hours = 'Mon 0:00-24:00\nOH Mon 9:00-14:00'`)
		case 2*time.Minute + time.Second:
			h.exec(`UPDATE call_times SET hours = 'Mon 0:00-24:00\nOH closed'`)
		}
		now := noonEast.Add(step.at)
		if err := f.Step(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got := h.inHopper(); len(got) != step.want {
			t.Errorf("%s: in the hopper: %v", step.what, got)
		}
		r := hopper.RulesAt(h.state("C1", now), h.sets(), now)
		err := h.store.View(t.Context(), func(v hopper.View) error {
			c, err := r.Count(t.Context(), v)
			if err != nil {
				return err
			}
			got := map[hopper.Reason]int{hopper.Dialable: c.Dialable}
			for _, n := range c.Counts {
				got[n.Reason] = n.Leads
			}
			want := map[hopper.Reason]int{hopper.Dialable: 0}
			for id := range 5 {
				a, err := r.Ask(t.Context(), v, dialer.LeadID(id+1))
				if err != nil {
					return err
				}
				want[a.Reason]++
			}
			if !maps.Equal(got, want) || c.Leads != 5 {
				t.Errorf("%s: the census has %v of %d leads, one by one they are %v", step.what, got, c.Leads, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := h.inHopper(); !slices.Equal(got, []string{"+12122340003", "+12122340005"}) {
		t.Errorf("in the hopper: %v", got)
	}
}
