package listen

import (
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

// TestShiftThatMovedIsOver: an agent has gone on on another server, ours having
// been taken for dead. Nothing of theirs is written any more.
func TestShiftThatMovedIsOver(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.login(8)
		f.mu.Lock()
		f.sessions = f.sessions[1:]
		writes := len(f.written)
		f.mu.Unlock()
		f.settle(listEvery)
		f.agent(7, dialer.AgentInCall) // one look may be behind
		f.settle(2 * listEvery)
		f.agent(7, "")
		f.agent(8, dialer.AgentReady)
		f.settle(time.Second)
		if f.in("tl-c-100") != "gone" || f.in("tl-a-7-1") != "gone" {
			t.Error("customer or phone are still there")
		}
		if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusError {
			t.Errorf("the call: %+v", c)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, ch := range f.written[writes:] {
			if ch.Session != nil && ch.Session.ID == 7 {
				t.Errorf("the shift is written: %+v", ch.Session)
			}
		}
	})
}

// TestShiftThatMovedLeavesNothing: what was kept for an agent who has gone on on
// another server goes back at once: the lead on the screen to the hopper, and a
// call that was reaching them to the next agent.
func TestShiftThatMovedLeavesNothing(t *testing.T) {
	moves := func(f *floor) {
		f.mu.Lock()
		f.sessions = f.sessions[1:]
		f.mu.Unlock()
		for here := true; here; f.settle(time.Millisecond) {
			f.look(func() { here = f.l.shifts[7] != nil })
		}
	}
	offered := func(f *floor) (id dialer.SessionID) {
		f.look(func() { id = f.l.calls[100].offered })
		return id
	}
	t.Run("a lead", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			f.login(7)
			f.login(8)
			f.want(7, dialer.IntentPause, dialer.IntentArgs{})
			f.want(7, dialer.IntentPreview, dialer.IntentArgs{})
			if got := f.row(7).PreviewID; got != 55 {
				t.Fatalf("the agent looks at lead %d", got)
			}
			moves(f)
			f.mu.Lock()
			defer f.mu.Unlock()
			if !slices.Equal(f.givenBack, []dialer.LeadID{55}) {
				t.Errorf("given back: %v", f.givenBack)
			}
		})
	})
	t.Run("a call, and nobody is free", func(t *testing.T) {
		run(t, func(f *floor) { f.campaign.DropMillis = 60000 }, func(f *floor) {
			f.login(7)
			f.mu.Lock()
			f.sessions = append(f.sessions, dialer.Session{ID: 8, UserID: 8, CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour)})
			answers := make(chan struct{})
			f.beforeJoin = func() { <-answers }
			f.mu.Unlock()
			f.dial(100)
			f.answer(100)
			f.settle(time.Millisecond)
			if got := offered(f); got != 7 {
				t.Fatalf("the call is on its way to agent %d", got)
			}
			moves(f)
			if got := offered(f); got != 0 {
				t.Errorf("the call is still on its way to agent %d", got)
			}
			close(answers)
			f.arrive(dialer.SessionID(8).Channel(1))
			f.settle(time.Second)
			f.want(8, dialer.IntentReady, dialer.IntentArgs{})
			f.settle(time.Second)
			f.agent(8, dialer.AgentInCall)
		})
	})
	t.Run("a call", func(t *testing.T) {
		run(t, func(f *floor) { f.campaign.DropMillis = 60000 }, func(f *floor) {
			f.login(7)
			answers := make(chan struct{})
			f.mu.Lock()
			f.beforeJoin = func() { <-answers } // the PBX is slow
			f.mu.Unlock()
			f.dial(100)
			f.answer(100)
			f.login(8)
			if got := offered(f); got != 7 {
				t.Fatalf("the call is on its way to agent %d", got)
			}
			moves(f)
			if got := offered(f); got != 8 {
				t.Errorf("the call is on its way to agent %d, and not to the one who is free", got)
			}
			close(answers)
			f.settle(time.Second)
			f.agent(8, dialer.AgentInCall)
			if got := f.in("tl-c-100"); got != "tl-b-8" {
				t.Errorf("the customer is in %q", got)
			}
		})
	})
}

// TestShiftComesWithItsCall: an agent whose server is down goes on here, with the
// call to wrap up. What was chosen there is said here, and what nobody says is
// not lost sight of.
func TestShiftComesWithItsCall(t *testing.T) {
	ended := func(f *floor) dialer.Call {
		now := time.Now()
		return dialer.Call{
			ID: 100, State: dialer.CallEnded, Sent: true, CampaignID: "C1", LeadID: 1100, E164: "+12125550100", ServerID: 1, LineServer: 2, SessionID: 6, UserID: 7,
			PlacedAt: now.Add(-time.Minute), AnsweredAt: new(now.Add(-time.Minute)), BridgedAt: new(now.Add(-time.Minute)), EndedAt: &now, EndedBy: dialer.ByDialer, Cause: 41,
		}
	}
	come := func(f *floor, seen time.Time) {
		f.mu.Lock()
		f.calls = append(f.calls, ended(f))
		f.sessions = append(f.sessions, dialer.Session{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentWrapUp, CallID: 100, Since: time.Now(), SeenAt: seen, PhoneLogin: "n7"})
		f.mu.Unlock()
	}
	said := func(t *testing.T, f *floor, want dialer.Status, note string) {
		t.Helper()
		c := f.last(100)
		if c.Status != want || c.State != dialer.CallEnded || c.SessionID != 6 || c.Cause != 41 {
			t.Errorf("the call: %+v", c)
		}
		leads := f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.ID == 1100 })
		if len(leads) != 1 || leads[0].Lead.Status != want || leads[0].Lead.Comments != note {
			t.Errorf("the lead: %+v", leads)
		}
	}
	t.Run("chosen there", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			come(f, time.Now().Add(time.Hour))
			f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE", Comments: "in May"})
			f.settle(listEvery)
			f.agent(7, dialer.AgentConnecting) // the phone has not come yet
			said(t, f, "SALE", "in May")
			if refused := f.find(func(ch Change) bool { return ch.Intent != nil && ch.Intent.Refusal != "" }); len(refused) > 0 {
				t.Errorf("refused: %+v", refused)
			}
		})
	})
	t.Run("chosen here", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			come(f, time.Now().Add(time.Hour))
			f.settle(listEvery)
			f.arrive("tl-a-7-1")
			f.settle(time.Second)
			f.agent(7, dialer.AgentWrapUp)
			f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "NI", Comments: "no"})
			f.agent(7, dialer.AgentReady)
			said(t, f, "NI", "no")
		})
	})
	t.Run("two at once, each with their own", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			come(f, time.Now().Add(time.Hour))
			other := ended(f)
			other.ID, other.LeadID, other.SessionID, other.UserID = 101, 1101, 5, 8
			f.mu.Lock()
			f.calls = append(f.calls, other)
			f.sessions = append(f.sessions, dialer.Session{ID: 8, UserID: 8, CampaignID: "C1", ServerID: 1, State: dialer.AgentWrapUp, CallID: 101, Since: time.Now(), SeenAt: time.Now().Add(time.Hour), PhoneLogin: "n8"})
			f.mu.Unlock()
			f.settle(listEvery)
			f.want(8, dialer.IntentDispose, dialer.IntentArgs{CallID: 101, Status: "SALE", Comments: "hers"})
			f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "NI", Comments: "his"})
			f.settle(listEvery)
			said(t, f, "NI", "his")
			if c := f.last(101); c.Status != "SALE" || c.SessionID != 5 {
				t.Errorf("the other's call: %+v", c)
			}
		})
	})
	t.Run("never", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			come(f, time.Now())
			f.settle(unseenOut + 2*time.Second)
			said(t, f, dialer.StatusError, "")
		})
	})
}
