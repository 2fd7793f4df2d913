package listen

import (
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
)

// TestHangUpFasterThanItsRow: the web role hangs up by itself as well, and the
// channel's end may be told before the click is read.
func TestHangUpFasterThanItsRow(t *testing.T) {
	for name, c := range map[string]struct {
		clicked time.Duration // after the end
		by      dialer.Party
	}{
		"before the end": {-10 * time.Millisecond, dialer.ByAgent},
		"as it ends":     {10 * time.Millisecond, dialer.ByAgent},
		"after the end":  {500 * time.Millisecond, dialer.ByLead},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				f.dial(100)
				f.answer(100)
				f.agent(7, dialer.AgentInCall)
				at := time.Now().Add(c.clicked)
				f.gone("tl-c-100", 16, 0)
				f.agent(7, dialer.AgentWrapUp)
				f.mu.Lock()
				f.intents = append(f.intents, dialer.Intent{
					ID: dialer.IntentID(at.Sub(dialer.IntentID(0).At()).Milliseconds() << 13), ServerID: 1, SessionID: 7,
					Kind: dialer.IntentHangup, Args: dialer.IntentArgs{CallID: 100},
				})
				f.mu.Unlock()
				f.l.Poke(f.t.Context())
				f.settle(100 * time.Millisecond)
				if got := f.last(100).EndedBy; got != c.by {
					t.Errorf("ended by %q, want %q", got, c.by)
				}
			})
		})
	}
}

// TestFirstWordOnWhoHungUp: what ends on this side without listen's doing waits
// for the click to be read; the screen never says first that the customer hung up.
func TestFirstWordOnWhoHungUp(t *testing.T) {
	for name, c := range map[string]struct {
		click, dbAway bool
		by            dialer.Party
	}{
		"the agent":            {click: true, by: dialer.ByAgent},
		"nobody who clicked":   {by: dialer.ByLead},
		"without the database": {click: true, dbAway: true, by: dialer.ByLead},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				f.dial(100)
				f.answer(100)
				f.agent(7, dialer.AgentInCall)
				f.mu.Lock()
				f.dbAway = c.dbAway
				if c.click {
					f.intents = append(f.intents, dialer.Intent{
						ID: dialer.IntentID(time.Since(dialer.IntentID(0).At()).Milliseconds() << 13), ServerID: 1, SessionID: 7,
						Kind: dialer.IntentHangup, Args: dialer.IntentArgs{CallID: 100},
					})
				}
				f.mu.Unlock()
				f.cut("tl-c-100", 16, 0)
				synctest.Wait()
				f.mu.Lock()
				f.dbAway = false
				f.mu.Unlock()
				f.agent(7, dialer.AgentWrapUp)
				f.settle(100 * time.Millisecond)
				ends := f.find(func(ch Change) bool { return ch.Call != nil && ch.Call.State == dialer.CallEnded })
				if len(ends) == 0 || ends[0].Call.EndedBy != c.by {
					t.Errorf("%+v", ends)
				}
			})
		})
	}
}

// TestDoomed: an Asterisk that goes down in good order says so of each channel,
// and may end it with a cause of its own making: 603 for one that it was dialing,
// 16 for one that talked.
func TestDoomed(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.dial(101)
		for _, channel := range []string{"tl-c-100", "tl-c-101"} {
			f.tell(dialer.LegDoomed, channel)
		}
		f.tell(dialer.LegRefused, "tl-c-101")
		f.gone("tl-c-101", 21, 603)
		f.gone("tl-c-100", 16, 0)
		f.settle(100 * time.Millisecond)
		if c := f.last(101); c.Status != dialer.StatusError || c.Cause != causeLost || c.SIPCode != 0 {
			t.Errorf("the one being dialed: %+v", c)
		}
		if lead := f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.ID == 1101 }); len(lead) != 1 || !lead[0].Lead.Again {
			t.Errorf("its lead: %+v", lead)
		}
		if c := f.last(100); c.Status != "" || c.Cause != causeLost {
			t.Errorf("the talk: %+v", c)
		}
		f.agent(7, dialer.AgentWrapUp)
	})
}
