package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// again has the books set right by what the PBX has, as after every new
// connection.
func (f *floor) again() {
	f.l.Live(f.t.Context())
	f.settle(time.Second)
}

// TestArrivalLostOnTheWay: of an answered call nobody tells a second time that
// it wants an agent.
func TestArrivalLostOnTheWay(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.tell(dialer.LegAnswered, "tl-c-100")
		f.mu.Lock()
		f.channels["tl-c-100"] = ""
		f.mu.Unlock()
		f.again()
		f.agent(7, dialer.AgentInCall)
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: "tl-c-100", At: time.Now()}) // after all
		if c := f.last(100); c.State != dialer.CallTalking || f.l.illegal != 0 {
			t.Errorf("the call is %+v, %d events out of place", c, f.l.illegal)
		}
	})
}

// TestSurveyOfACallByHand: out of its agent's bridge, a call by hand wants no agent
// all the same.
func TestSurveyOfACallByHand(t *testing.T) {
	for _, kind := range []dialer.IntentKind{dialer.IntentHold, dialer.IntentPark} {
		run(t, nil, func(f *floor) {
			f.login(7)
			f.want(7, dialer.IntentDial, dialer.IntentArgs{Number: "+12125550199"})
			id := f.row(7).CallID
			f.tell(dialer.LegAnswered, id.Channel())
			f.want(7, kind, dialer.IntentArgs{CallID: id})
			if f.in(id.Channel()) != "" {
				t.Fatalf("%s: the customer is in %q", kind, f.in(id.Channel()))
			}
			was := f.last(id).State
			f.again()
			if c := f.last(id); c.State != was || f.l.illegal != 0 {
				t.Errorf("the call was %s and is %s, %d events out of place", was, c.State, f.l.illegal)
			}
		})
	}
}

// TestArrivalLostWithAListen: the same, when who heard it was killed.
func TestArrivalLostWithAListen(t *testing.T) {
	run(t, func(f *floor) {
		f.calls = []dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: time.Now().Add(-5 * time.Second)}}
		f.channels["tl-c-100"] = ""
	}, func(f *floor) {
		if c := f.last(100); c.State != dialer.CallWaiting {
			t.Errorf("the call is %s", c.State)
		}
		f.settle(2 * time.Second)
		if c := f.last(100); c.State != dialer.CallDropping {
			t.Errorf("with nobody there the call is %s", c.State)
		}
	})
}

// TestJoinLostOnTheWay: customer and agent talk, and only the screen does not
// know.
func TestJoinLostOnTheWay(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.mu.Lock()
		f.deaf = true
		f.mu.Unlock()
		f.answer(100)
		f.agent(7, dialer.AgentReady)
		f.again()
		f.agent(7, dialer.AgentInCall)
		if n := len(f.find(func(c Change) bool { return c.Recording != nil && c.Recording.Call == 100 })); n != 1 {
			t.Errorf("%d recordings in the books", n)
		}
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestSeatLostOnTheWay: the agent's phone is in its bridge.
func TestSeatLostOnTheWay(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.mu.Lock()
		f.deaf = true
		f.sessions = append(f.sessions, dialer.Session{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour)})
		f.mu.Unlock()
		f.arrive("tl-a-7-1")
		f.settle(time.Second)
		f.agent(7, dialer.AgentConnecting)
		f.again()
		f.agent(7, dialer.AgentPaused)
	})
}

// TestHangUpComesAgain: the connection broke with the hang-up on its way.
func TestHangUpComesAgain(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.mu.Lock()
		f.hangupErrs = 3
		f.mu.Unlock()
		f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.settle(time.Second)
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestPBXGoesDown: whom nobody had on the line may be dialed again, whether the
// PBX still told the ends of its channels or not.
func TestPBXGoesDown(t *testing.T) {
	for name, down := range map[string]func(*floor){
		"in good order": func(f *floor) {
			f.gone("tl-c-100", 0, 0)
			f.tell(dialer.LegRefused, "tl-c-101")
			f.gone("tl-c-101", 0, 0)
		},
		"as a crash": func(f *floor) {
			f.mu.Lock()
			f.channels, f.bridges, f.started = map[string]string{}, map[string]bool{}, time.Now().Add(time.Millisecond)
			f.mu.Unlock()
			f.again()
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				f.dial(100)
				f.answer(100)
				f.agent(7, dialer.AgentInCall)
				f.dial(101)
				f.settle(time.Second)
				down(f)
				f.agent(7, dialer.AgentWrapUp)
				for _, id := range []dialer.CallID{100, 101} {
					if c := f.last(id); c.State != dialer.CallEnded || !c.Sent || c.Cause == 0 {
						t.Errorf("call %d: %+v", id, c)
					}
				}
				if c := f.last(100); c.EndedBy != dialer.ByDialer {
					t.Errorf("the talk was ended by %q", c.EndedBy)
				}
				again := f.find(func(c Change) bool { return c.Lead != nil && c.Lead.Again })
				if len(again) != 1 || again[0].Lead.ID != 1101 || again[0].Lead.Status != dialer.StatusNew || again[0].Call.Status != dialer.StatusError {
					t.Errorf("dialable again: %+v", again)
				}
			})
		})
	}
}

// TestOneCustomerAnAgent: an earlier listen joined a customer in its last moment
// and could not write it. The next call that comes before the PBX has told so
// must not be put beside that customer.
func TestOneCustomerAnAgent(t *testing.T) {
	ago := time.Now().Add(-time.Hour)
	run(t, func(f *floor) {
		f.sessions = []dialer.Session{{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentReady, Leg: "tl-a-7-1", SeenAt: time.Now().Add(time.Hour), Since: ago}}
		for _, id := range []dialer.CallID{100, 101} {
			f.calls = append(f.calls, dialer.Call{ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, ServerID: 1, PlacedAt: time.Now().Add(-5 * time.Second)})
		}
		f.bridges["tl-b-7"] = true
		f.channels = map[string]string{"tl-a-7-1": "tl-b-7", "tl-c-100": "tl-b-7", "tl-c-101": ""}
		// Told before Live: history, or an arrival in the first moment.
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: "tl-c-101", At: time.Now()})
	}, func(f *floor) {
		f.agent(7, dialer.AgentInCall)
		if c := f.last(100); c.State != dialer.CallTalking || c.SessionID != 7 {
			t.Errorf("the agent's call: %+v", c)
		}
		if c := f.last(101); c.State != dialer.CallWaiting {
			t.Errorf("the other call: %+v", c)
		}
	})
}

// TestDispositionThatWasNotWritten: the agent had disposed of one call and had
// the next, and the books know of neither. The click's row is still open.
func TestDispositionThatWasNotWritten(t *testing.T) {
	ago := time.Now().Add(-time.Minute)
	run(t, func(f *floor) {
		call := func(id dialer.CallID, state dialer.CallState) dialer.Call {
			return dialer.Call{ID: id, State: state, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, ServerID: 1, PlacedAt: ago, AnsweredAt: &ago, WantedAt: &ago, SessionID: 7}
		}
		f.calls = []dialer.Call{call(100, dialer.CallEnded), call(101, dialer.CallWaiting)}
		f.sessions = []dialer.Session{{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentWrapUp, CallID: 100, Leg: "tl-a-7-1", SeenAt: time.Now().Add(time.Hour), Since: ago}}
		f.bridges["tl-b-7"] = true
		f.channels = map[string]string{"tl-a-7-1": "tl-b-7", "tl-c-101": "tl-b-7"}
	}, func(f *floor) {
		f.agent(7, dialer.AgentInCall)
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentInCall)
		if n := len(f.find(func(c Change) bool { return c.Lead != nil && c.Lead.ID == 1100 && c.Lead.Status == "SALE" })); n != 1 {
			t.Errorf("the lead's outcome was written %d times", n)
		}
		if c := f.last(100); c.Status != "SALE" {
			t.Errorf("the call: %+v", c)
		}
	})
}

// TestEndLostWithAMI: after the command connection was away the PBX is asked
// what it has, long before the next regular look.
func TestEndLostWithAMI(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.settle(5 * time.Second)
		f.mu.Lock()
		delete(f.channels, "tl-c-100") // it has ended, and nobody was told
		f.mu.Unlock()
		f.settle(5 * time.Second)
		f.agent(7, dialer.AgentInCall)
		f.l.Missed()
		f.settle(4 * time.Second)
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestOutcomeChosenBeforeListenDied: what an agent chose while the call was up
// counts at its end, whoever has it then, with the note, the callback and the
// pause; the last choice counts, none that was made before the call was parked,
// and none for another call.
func TestOutcomeChosenBeforeListenDied(t *testing.T) {
	ago := time.Now().Add(-time.Minute)
	due := time.Now().Add(24 * time.Hour)
	run(t, func(f *floor) {
		n := dialer.IntentID(0)
		have := func(session dialer.SessionID, id dialer.CallID, state dialer.CallState, agent dialer.AgentState) {
			f.calls = append(f.calls, dialer.Call{ID: id, State: state, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, ServerID: 1,
				PlacedAt: ago, AnsweredAt: &ago, WantedAt: &ago, BridgedAt: &ago, SessionID: session})
			f.sessions = append(f.sessions, dialer.Session{ID: session, UserID: dialer.UserID(session), CampaignID: "C1", ServerID: 1, State: agent,
				CallID: id, Leg: session.Channel(1), SeenAt: time.Now().Add(time.Hour), Since: ago})
			f.bridges[session.Bridge()] = true
			f.channels[session.Channel(1)] = session.Bridge()
			if state == dialer.CallTalking {
				f.channels[id.Channel()] = session.Bridge()
			}
		}
		click := func(session dialer.SessionID, kind dialer.IntentKind, args dialer.IntentArgs) {
			n++
			f.chosen = append(f.chosen, dialer.Intent{ID: n, ServerID: 1, SessionID: session, Kind: kind, Args: args})
		}
		have(7, 100, dialer.CallTalking, dialer.AgentInCall)
		click(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 99, Status: "NI"})
		click(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "NI"})
		click(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "CALLBK", Comments: "after six", Pause: true,
			Callback: &dialer.CallbackAsk{Kind: dialer.CallbackUserOnly, DueAt: due, Zone: "America/New_York"}})
		have(8, 101, dialer.CallTalking, dialer.AgentInCall)
		click(8, dialer.IntentDispose, dialer.IntentArgs{CallID: 101, Status: "SALE"})
		click(8, dialer.IntentPark, dialer.IntentArgs{CallID: 101})
		have(9, 102, dialer.CallEnded, dialer.AgentWrapUp) // its end was written, and what became of it was not
		click(9, dialer.IntentDispose, dialer.IntentArgs{CallID: 102, Status: "SALE"})
		have(10, 103, dialer.CallTalking, dialer.AgentInCall)
		click(10, dialer.IntentDispose, dialer.IntentArgs{CallID: 98, Status: "SALE"})
	}, func(f *floor) {
		f.settle(5 * time.Second)
		f.agent(7, dialer.AgentInCall)
		for _, id := range []dialer.CallID{100, 101, 103} {
			f.gone(id.Channel(), 16, 0)
		}
		f.agent(7, dialer.AgentPaused)
		f.agent(8, dialer.AgentWrapUp)
		f.agent(9, dialer.AgentReady)
		f.agent(10, dialer.AgentWrapUp)
		if c := f.last(102); c.Status != "SALE" {
			t.Errorf("the call in wrap-up: %+v", c)
		}
		promised := f.find(func(c Change) bool { return c.Callback != nil })
		if len(promised) != 1 {
			t.Fatalf("%d callbacks are promised", len(promised))
		}
		got := promised[0]
		if got.Call.ID != 100 || got.Call.Status != "CALLBK" || got.Lead.Comments != "after six" || !got.Callback.DueAt.Equal(due) || got.Callback.UserID != 7 {
			t.Errorf("call %+v, lead %+v, callback %+v", got.Call, got.Lead, got.Callback)
		}
	})
}

// TestMessageIsAdopted: whoever heard the safe-harbour message when listen died
// hears all of it once more, and its key counts; a machine that has its message
// has a free line.
func TestMessageIsAdopted(t *testing.T) {
	ago := time.Now().Add(-10 * time.Second)
	up := func(f *floor) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		_, ok := f.channels["tl-c-100"]
		return ok
	}
	for name, c := range map[string]struct {
		state   dialer.CallState
		action  dialer.DropAction
		playing bool
		played  int // times, by us
		over    bool
	}{
		"goes on":                 {state: dialer.CallDropping, playing: true},
		"has ended, or not begun": {state: dialer.CallDropping, played: 1},
		"a hang-up that was lost": {state: dialer.CallDropping, action: dialer.DropHangup, over: true},
		"on a machine":            {state: dialer.CallMessage, playing: true},
		"a machine has it":        {state: dialer.CallMessage, over: true},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) {
				f.calls = []dialer.Call{{ID: 100, State: c.state, Sent: true, CampaignID: "C1", LeadID: 1100, E164: "+12125550100", ServerID: 1,
					PlacedAt: ago, AnsweredAt: &ago, WantedAt: &ago, DropAction: c.action}}
				f.channels = map[string]string{"tl-c-100": ""}
				f.playing = map[string]bool{"tl-c-100": c.playing}
			}, func(f *floor) {
				f.settle(time.Second)
				if over := !up(f); len(f.played) != c.played || over != c.over {
					t.Fatalf("played %v, over %t", f.played, over)
				}
				if c.over {
					return
				}
				if c.playing {
					f.tell(dialer.LegPlayed, "tl-c-100") // what the earlier one began
					f.settle(100 * time.Millisecond)
				}
				if c.state == dialer.CallMessage {
					if up(f) {
						t.Error("the machine's line is held")
					}
					return
				}
				if len(f.played) != 1 || f.played[0] != campaign.SafeHarbour || !up(f) {
					t.Fatalf("played %v, up %t", f.played, up(f))
				}
				f.tell(dialer.LegPlayed, "tl-c-100") // once more is enough
				f.settle(100 * time.Millisecond)
				if len(f.played) != 1 || up(f) {
					t.Errorf("played %v, up %t", f.played, up(f))
				}
			})
		})
	}
}
