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

// TestClickThatCameWhole is carried out without its row being read, and once.
func TestClickThatCameWhole(t *testing.T) {
	click := func(f *floor, kind dialer.IntentKind, args dialer.IntentArgs) {
		f.mu.Lock()
		nextIntent++
		in := dialer.Intent{ID: dialer.IntentID(time.Since(dialer.IntentID(0).At()).Milliseconds()<<13) + nextIntent&8191, ServerID: 1, SessionID: 7, Kind: kind, Args: args}
		f.intents = append(f.intents, in)
		f.reads = 0
		f.mu.Unlock()
		f.l.Click(f.t.Context(), in)
	}
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		click(f, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
		click(f, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentReady)
		f.mu.Lock()
		reads := f.reads
		f.mu.Unlock()
		if reads > 0 {
			t.Errorf("%d reads for a click that came whole", reads)
		}
		f.settle(time.Second) // polls
		if n := len(f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.Status == "SALE" })); n != 1 {
			t.Errorf("disposed of %d times", n)
		}
		if c := f.last(100); c.EndedBy != dialer.ByAgent {
			t.Errorf("%+v", c)
		}
	})
	// A read is under way, or due: what may have been clicked before goes first.
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		nextIntent++
		first := dialer.Intent{ID: dialer.IntentID(time.Since(dialer.IntentID(0).At()).Milliseconds()<<13) + nextIntent&8191, ServerID: 1, SessionID: 7, Kind: dialer.IntentPause, Args: dialer.IntentArgs{Code: "A"}}
		f.intents = append(f.intents, first)
		f.mu.Unlock()
		f.l.Poke(f.t.Context())
		click(f, dialer.IntentPause, dialer.IntentArgs{Code: "B"})
		f.settle(time.Second)
		f.look(func() {
			if got := f.l.shifts[7].PauseCode; got != "B" {
				t.Errorf("paused for %q", got)
			}
		})
	})
	// Of a shift that has not been read yet.
	run(t, nil, func(f *floor) {
		f.mu.Lock()
		f.sessions = append(f.sessions, dialer.Session{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour)})
		f.mu.Unlock()
		click(f, dialer.IntentLogout, dialer.IntentArgs{})
		f.settle(time.Second)
		f.agent(7, "")
		if n := len(f.find(func(ch Change) bool { return ch.Intent != nil && ch.Intent.Refusal == "" && ch.Out != "" })); n != 1 {
			t.Errorf("logged out %d times", n)
		}
	})
}

// TestPhoneForgottenByASurvey: a survey taken before a phone came makes the phone
// forgotten while it is being joined. It is the agent's all the same; with a
// newer one there it is hung up, and the agent does not hear both.
func TestPhoneForgottenByASurvey(t *testing.T) {
	forget := func(f *floor, newer string) {
		f.login(7)
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegEnded, Channel: dialer.SessionID(7).Channel(1), At: time.Now()})
		f.settle(time.Second)
		joined := func(n int64) {
			f.l.Leg(dialer.LegEvent{Kind: dialer.LegJoined, Channel: dialer.SessionID(7).Channel(n), At: time.Now()})
		}
		f.mu.Lock()
		for n := range int64(2) {
			f.channels[dialer.SessionID(7).Channel(2+n)] = ""
		}
		f.mu.Unlock()
		f.look(func() {
			s := f.l.shifts[7]
			s.Leg, s.joining = "", newer
		})
		joined(2)
		if newer != "" {
			joined(3)
		}
		f.settle(time.Second)
	}
	run(t, nil, func(f *floor) {
		forget(f, "")
		f.look(func() {
			if got, want := f.l.shifts[7].Leg, dialer.SessionID(7).Channel(2); got != want {
				t.Errorf("the phone is %q, want %q", got, want)
			}
		})
	})
	run(t, nil, func(f *floor) {
		newer, older := dialer.SessionID(7).Channel(3), dialer.SessionID(7).Channel(2)
		forget(f, newer)
		f.look(func() {
			if got := f.l.shifts[7].Leg; got != newer {
				t.Errorf("the phone is %q, want %q", got, newer)
			}
		})
		if f.hungAt(older).IsZero() || !f.hungAt(newer).IsZero() {
			t.Errorf("hung up at %v, and the newer one at %v", f.hungAt(older), f.hungAt(newer))
		}
	})
}
