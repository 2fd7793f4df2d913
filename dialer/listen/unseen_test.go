package listen

import (
	"errors"
	"testing"
	"time"

	"trunkline/dialer"
)

// TestNobodyComesBack: the page and the phone are gone, first in a call, then
// for good.
func TestNobodyComesBack(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.mu.Lock()
		f.sessions[0].SeenAt = time.Now()
		f.mu.Unlock()
		f.gone("tl-a-7-1", 16, 0)
		f.settle(31 * time.Second)
		f.agent(7, dialer.AgentWrapUp)
		f.settle(11 * time.Minute)
		f.agent(7, "")
		if c := f.last(100); c.EndedBy != dialer.ByDialer || c.Status != dialer.StatusError {
			t.Errorf("the call: %+v", c)
		}
	})
}

// TestWrapUpWithoutADesk: the browser goes in wrap-up. Soon nobody dials for that
// agent any more, as if about to be free; after ten minutes the call has an outcome
// that says so, and the shift ends.
func TestWrapUpWithoutADesk(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.mu.Lock()
		f.sessions[0].SeenAt = time.Now()
		f.mu.Unlock()
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentWrapUp)
		counted := func(wrapUp, paused int) {
			t.Helper()
			fl, err := f.l.Look(f.t.Context(), "C1")
			if err != nil || fl.WrapUp != wrapUp || fl.Paused != paused || len(fl.Busy) != wrapUp {
				t.Errorf("%+v (%v), want %d in wrap-up and %d paused", fl, err, wrapUp, paused)
			}
		}
		counted(1, 0)
		f.settle(unseenRoute + 2*listEvery)
		counted(0, 1)
		f.settle(unseenOut - time.Minute)
		f.agent(7, dialer.AgentWrapUp)
		f.settle(time.Minute)
		f.agent(7, "")
		c := f.last(100)
		leads := f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.ID == c.LeadID })
		if c.Status != dialer.StatusError || c.EndedBy == dialer.ByDialer || len(leads) == 0 || leads[len(leads)-1].Lead.Status != dialer.StatusError {
			t.Errorf("the call: %+v, its lead %+v", c, leads)
		}
	})
}

// TestOutcomeOfACallWithoutADesk: of a call in wrap-up whose agent does not come
// back, what is known of it stays.
func TestOutcomeOfACallWithoutADesk(t *testing.T) {
	byHand := func(f *floor) dialer.CallID {
		f.login(7)
		f.want(7, dialer.IntentDial, dialer.IntentArgs{Number: "+12125550199"})
		f.agent(7, dialer.AgentInCall)
		var id dialer.CallID
		f.look(func() { id = f.l.shifts[7].CallID })
		return id
	}
	for name, tc := range map[string]struct {
		happens func(*floor) dialer.CallID
		want    dialer.Status
	}{
		"busy": {func(f *floor) dialer.CallID {
			id := byHand(f)
			f.gone(id.Channel(), 17, 486)
			return id
		}, dialer.StatusBusy},
		"it never left": {func(f *floor) dialer.CallID {
			f.mu.Lock()
			f.callErr = errors.New("allocation failed")
			f.mu.Unlock()
			id := byHand(f)
			f.settle(5 * time.Second)
			return id
		}, dialer.StatusNew},
		"passed on": {func(f *floor) dialer.CallID {
			f.talk()
			f.want(7, dialer.IntentPass, byNumber)
			return 100
		}, dialer.StatusPassed},
		"passed on, and over": {func(f *floor) dialer.CallID {
			f.talk()
			f.want(7, dialer.IntentPass, byNumber)
			f.agent(7, dialer.AgentWrapUp)
			f.gone("tl-c-100", 16, 0)
			return 100
		}, dialer.StatusPassed},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				id := tc.happens(f)
				f.agent(7, dialer.AgentWrapUp)
				f.mu.Lock()
				f.sessions[0].SeenAt = time.Now()
				f.mu.Unlock()
				f.settle(unseenOut + time.Minute)
				f.agent(7, "")
				c := f.last(id)
				leads := f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.ID == c.LeadID })
				if len(leads) == 0 || leads[len(leads)-1].Lead.Status != tc.want {
					t.Errorf("the lead: %+v, want %s", leads, tc.want)
				}
				if c.Status != tc.want {
					t.Errorf("the call: %+v, want %s", c, tc.want)
				}
			})
		})
	}
}
