package listen

import (
	"context"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
)

// die takes the power from B: its listen is killed, the wire leads nowhere and
// its signs of life cease.
func (w *world) die() {
	w.kill(w.b)
	w.cut()
	w.mu.Lock()
	w.dead = true
	w.mu.Unlock()
	w.a.l.Peer(2, false, time.Now())
}

// Reclaim is the database's.
func (f *floor) Reclaim(_ context.Context, id dialer.FerryID, line dialer.ServerID, met time.Time) (dialer.Call, error) {
	f.mu.Lock()
	away := f.dbAway
	f.mu.Unlock()
	if away {
		return dialer.Call{}, errAway
	}
	w := f.world
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calls[id.Call]
	switch {
	case c.State == dialer.CallEnded || c.State == dialer.CallPassed:
		return c, dialer.ErrConflict
	case c.ServerID == line:
		return c, nil
	case !w.dead || c.ServerID != id.To || c.LineServer != line:
		return c, dialer.ErrConflict
	}
	c.ServerID = line
	if c.BridgedAt == nil && !met.IsZero() {
		c.BridgedAt = &met
	}
	w.calls[id.Call] = c
	return c, nil
}

// crossed brings call 100 to agent 7 of B.
func (w *world) crossed() (met time.Time) {
	w.t.Helper()
	w.b.login(7)
	w.a.dial(100)
	w.a.answer(100)
	w.b.settle(time.Second)
	c := w.call(100)
	if c.ServerID != 2 || c.State != dialer.CallTalking {
		w.t.Fatalf("the books: %+v", c)
	}
	return *c.BridgedAt
}

func TestCustomerOfADeadServerGetsAnotherAgent(t *testing.T) {
	for name, before := range map[string]func(*world){
		"talking": func(*world) {},
		"held":    func(w *world) { w.b.want(7, dialer.IntentHold, dialer.IntentArgs{CallID: 100}) },
		"parked":  func(w *world) { w.b.want(7, dialer.IntentPark, dialer.IntentArgs{CallID: 100}) },
	} {
		t.Run(name, func(t *testing.T) {
			two(t, func(w *world) {
				met := w.crossed()
				lessons := w.lessons()
				before(w)
				w.die()
				w.a.settle(reclaimAfter + time.Second)
				c := w.call(100)
				if c.ServerID != 1 || c.LineServer != 1 || c.State != dialer.CallWaiting || !c.BridgedAt.Equal(met) || c.DroppedAt != nil || c.Recording != dialer.RecOff {
					t.Fatalf("the books, while nobody is free: %+v", c)
				}
				if !w.a.music["tl-c-100"] || w.a.in("tl-c-100") != "" {
					t.Error("the customer hears no music")
				}
				w.a.settle(20 * time.Second) // whoever moves needs some time
				w.a.login2(8)
				c = w.call(100)
				if c.State != dialer.CallTalking || c.SessionID != 8 || c.UserID != 8 || !c.BridgedAt.Equal(met) || c.DroppedAt != nil {
					t.Errorf("the books, with the next agent: %+v", c)
				}
				if w.a.music["tl-c-100"] || w.a.in("tl-c-100") != "tl-b-8" {
					t.Errorf("the customer is in %q, with music: %v", w.a.in("tl-c-100"), w.a.music["tl-c-100"])
				}
				if len(w.b.records) != 1 || len(w.a.records) != 1 || w.a.records[0] == w.b.records[0] {
					t.Errorf("recordings of the two: %v and %v, want one each and of two names", w.b.records, w.a.records)
				}
				w.a.want(8, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
				w.a.settle(time.Second)
				w.a.want(8, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
				if c := w.call(100); c.State != dialer.CallEnded || c.EndedBy != dialer.ByAgent || c.Status != "SALE" {
					t.Errorf("the books, afterwards: %+v", c)
				}
				lessons()
			})
		})
	}
}

// lessons holds, when it is asked, that pacing was told of nothing since: the call
// was connected in time, once.
func (w *world) lessons() (held func()) {
	told := map[pacing.Kind]int{}
	w.a.look(func() {
		w.a.l.Watch = func(_ dialer.CampaignID, e pacing.Event, _ dialer.Status) { told[e.Kind]++ }
	})
	return func() {
		w.t.Helper()
		w.a.look(func() {
			if n := told[pacing.Abandoned] + told[pacing.Asked] + told[pacing.Connected]; n != 0 {
				w.t.Errorf("pacing was told of %v", told)
			}
		})
	}
}

// login2 has an agent go ready to whom a call comes at once.
func (f *floor) login2(id dialer.SessionID) {
	f.lax = true
	f.login(id)
	f.settle(time.Second)
}

// TestNobodyElseComes: the campaign's drop action is done after a minute, and no
// drop is counted.
func TestNobodyElseComes(t *testing.T) {
	for _, action := range []dialer.DropAction{dialer.DropMessage, dialer.DropHangup, dialer.DropInGroup} {
		t.Run(string(action), func(t *testing.T) {
			two(t, func(w *world) {
				w.a.campaign.DropAction = action
				if action == dialer.DropInGroup {
					w.a.campaign.InGroup.InGroup = dialer.InGroup{ID: "LATE", Wait: 40, After: dialer.DropHangup, Announcement: "all-busy"}
				}
				w.crossed()
				w.die()
				w.a.settle(50 * time.Second)
				if c := w.call(100); c.State != dialer.CallWaiting {
					t.Fatalf("after 50 s the call is %s", c.State)
				}
				w.a.settle(15 * time.Second)
				c := w.call(100)
				switch action {
				case dialer.DropInGroup:
					if c.State != dialer.CallWaiting || c.InGroup != "LATE" || len(w.a.greets) != 1 {
						t.Errorf("in the in-group: %+v, announced %v", c, w.a.greets)
					}
					w.a.settle(45 * time.Second)
				case dialer.DropMessage:
					if c.State != dialer.CallDropping || len(w.a.played) != 1 || w.a.played[0] != "sorry" {
						t.Errorf("the call is %s, played %v", c.State, w.a.played)
					}
					w.a.settle(messageLimit)
				}
				c = w.call(100)
				if c.State != dialer.CallEnded || c.Status != dialer.StatusError || c.DroppedAt != nil || c.EndedBy != dialer.ByDialer {
					t.Errorf("the books, in the end: %+v", c)
				}
				w.a.empty("tl-c-100")
			})
		})
	}
}

// TestTakenBackAroundADeath: the customer goes, the database is away, A's listen
// dies: no call is left behind, and none is lost.
func TestTakenBackAroundADeath(t *testing.T) {
	for when, after := range map[string]time.Duration{"at once": 0, "before it is taken back": 2 * time.Second, "while waiting": reclaimAfter + time.Second} {
		t.Run("the customer hangs up "+when, func(t *testing.T) {
			two(t, func(w *world) {
				w.crossed()
				w.die()
				lessons := w.lessons()
				w.a.settle(after)
				over := time.Now()
				w.a.gone("tl-c-100", 31, 0)
				w.a.settle(reclaimAfter + 2*time.Second)
				lessons()
				c := w.call(100)
				if c.State != dialer.CallEnded || c.Status != "" || c.EndedBy != dialer.ByLead || c.DroppedAt != nil || c.Cause != 31 || c.ServerID != 1 || c.SessionID != 7 {
					t.Errorf("the books, while its agent may say what became of it: %+v", c)
				}
				if c.EndedAt == nil || c.EndedAt.Sub(over).Abs() > 200*time.Millisecond {
					t.Errorf("it ended at %v, and the customer hung up at %v", c.EndedAt, over)
				}
				leads := func() []Change {
					return w.a.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.Status != "" })
				}
				if all := leads(); len(all) != 0 {
					t.Errorf("the lead is %+v", all[0].Lead)
				}
				w.a.settle(unsaidFor)
				if c := w.call(100); c.Status != dialer.StatusError || c.EndedAt.Sub(over).Abs() > 200*time.Millisecond {
					t.Errorf("the books, after the agent has not come: %+v", c)
				}
				if all := leads(); len(all) != 1 || all[0].Lead.Status != dialer.StatusError {
					t.Errorf("the lead, after the agent has not come: %d changes", len(all))
				}
				w.a.empty("tl-c-100")
			})
		})
	}
	t.Run("the customer hangs up, and the agent comes with the call", func(t *testing.T) {
		two(t, func(w *world) {
			w.crossed()
			w.die()
			w.a.gone("tl-c-100", 16, 0)
			w.a.settle(reclaimAfter + 2*time.Second)
			c := w.call(100)
			w.a.mu.Lock()
			w.a.calls = append(w.a.calls, c)
			w.a.sessions = append(w.a.sessions, dialer.Session{ID: 9, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentWrapUp, CallID: 100, Since: time.Now(), SeenAt: time.Now().Add(time.Hour), PhoneLogin: "n9"})
			w.a.mu.Unlock()
			w.a.settle(unsaidFor + time.Second)
			if c := w.call(100); c.Status != "" {
				t.Fatalf("the books, while the agent writes up: %+v", c)
			}
			w.a.want(9, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
			if c := w.call(100); c.Status != "SALE" || c.EndedBy != dialer.ByLead {
				t.Errorf("the books: %+v", c)
			}
		})
	})
	t.Run("the customer hangs up, and the server was only cut off", func(t *testing.T) {
		two(t, func(w *world) {
			w.crossed()
			w.cut()
			w.a.l.Peer(2, false, time.Now())
			w.a.gone("tl-c-100", 16, 0)
			w.a.settle(reclaimAfter + 2*time.Second)
			if c := w.call(100); c.ServerID != 2 {
				t.Errorf("the books: %+v", c)
			}
			w.a.settle(reclaimFor)
			w.a.look(func() {
				if n := len(w.a.l.lost); n != 0 {
					t.Errorf("%d calls are kept", n)
				}
			})
		})
	})
	t.Run("the database is away", func(t *testing.T) {
		two(t, func(w *world) {
			w.crossed()
			w.a.holdWrites(true)
			w.die()
			w.a.settle(reclaimFor - 5*time.Second)
			if len(w.a.played) != 0 {
				t.Error("the customer is let go while the database cannot say whether the agent is there")
			}
			w.a.holdWrites(false)
			w.a.settle(reclaimAfter + time.Second)
			if c := w.call(100); c.State != dialer.CallWaiting || c.ServerID != 1 {
				t.Errorf("the books: %+v", c)
			}
		})
	})
	t.Run("the database stays away", func(t *testing.T) {
		two(t, func(w *world) {
			w.crossed()
			w.a.holdWrites(true)
			w.die()
			w.a.settle(reclaimFor + 2*time.Second)
			if len(w.a.played) == 0 {
				t.Error("the customer waits for ever")
			}
		})
	})
	for _, state := range []dialer.CallState{dialer.CallTalking, dialer.CallWaiting} {
		t.Run("A dies and the leg to B is still there, the call "+string(state), func(t *testing.T) {
			two(t, func(w *world) {
				w.crossed()
				w.kill(w.b)
				w.cut()
				w.mu.Lock()
				c := w.calls[100]
				c.ServerID, c.State = 1, state
				w.calls[100] = c
				w.mu.Unlock()
				w.kill(w.a)
				w.start(w.a)
				w.a.settle(5 * time.Second)
				if c := w.call(100); c.State != dialer.CallWaiting || c.ServerID != 1 || !w.a.music["tl-c-100"] {
					t.Errorf("the books: %+v; music: %v", c, w.a.music["tl-c-100"])
				}
				w.a.login2(8)
				if c := w.call(100); c.State != dialer.CallTalking || c.SessionID != 8 {
					t.Errorf("the books, with the next agent: %+v", c)
				}
			})
		})
	}
	t.Run("A dies while the customer waits", func(t *testing.T) {
		two(t, func(w *world) {
			w.crossed()
			w.die()
			w.a.settle(reclaimAfter + time.Second)
			w.kill(w.a)
			w.start(w.a)
			w.a.settle(10 * time.Second)
			if c := w.call(100); c.State != dialer.CallWaiting || c.DroppedAt != nil {
				t.Fatalf("the books: %+v", c)
			}
			w.a.login2(8)
			if c := w.call(100); c.State != dialer.CallTalking || c.SessionID != 8 || w.a.music["tl-c-100"] {
				t.Errorf("the books, with the next agent: %+v", c)
			}
		})
	})
}
