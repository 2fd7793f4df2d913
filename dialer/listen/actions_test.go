package listen

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

// talk brings agent 7 into a call with customer 100.
func (f *floor) talk() {
	f.t.Helper()
	f.login(7)
	f.dial(100)
	f.answer(100)
	f.agent(7, dialer.AgentInCall)
}

func (f *floor) in(channel string) string {
	f.settle(100 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	bridge, up := f.channels[channel]
	if !up {
		return "gone"
	}
	return bridge
}

func (f *floor) third(n int) (t dialer.Third) {
	for _, c := range f.find(func(c Change) bool { return c.Third != nil && c.Third.N == n }) {
		t = *c.Third
	}
	return t
}

var byNumber = dialer.IntentArgs{CallID: 100, Number: "+12125550188"}

func TestDialByHand(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare  func(*floor)
		refusal  string
		state    dialer.AgentState
		happens  func(f *floor, c dialer.CallID)
		status   dialer.Status
		sent     bool
		announce bool
	}{
		"on the DNC":            {prepare: func(f *floor) { f.prospect.DNC = true }, refusal: "do-not-call", state: dialer.AgentPaused},
		"the server is stopped": {prepare: func(f *floor) { f.prospect.Stopped = "it is switched off" }, refusal: "does not dial", state: dialer.AgentPaused},
		"outside the hours":     {prepare: func(f *floor) { f.campaign.CallTo = 0 }, refusal: "Not dialed", state: dialer.AgentPaused},
		"no database":           {prepare: func(f *floor) { f.prospectErr = errAway }, refusal: "Try again", state: dialer.AgentPaused},
		"busy":                  {happens: func(f *floor, c dialer.CallID) { f.gone(c.Channel(), 17, 486) }, status: "B", state: dialer.AgentWrapUp, sent: true, announce: true},
		"our own timeout": {happens: func(f *floor, c dialer.CallID) {
			f.tell(dialer.LegRinging, c.Channel())
			if row := f.last(c); row.State != dialer.CallRinging || row.RingingAt == nil {
				t.Errorf("the agent is told %+v of a call that rings", row)
			}
			f.settle(26 * time.Second)
			f.gone(c.Channel(), 19, 480)
		}, status: "NA", state: dialer.AgentWrapUp, sent: true, announce: true},
		"a dead trunk": {happens: func(f *floor, c dialer.CallID) {
			f.settle(26 * time.Second)
			f.gone(c.Channel(), 19, 480)
		}, status: "ADC", state: dialer.AgentWrapUp, sent: true, announce: true},
		"no such endpoint": {prepare: func(f *floor) { f.callErr = errors.New("allocation failed") }, happens: func(f *floor, c dialer.CallID) {
			f.settle(5 * time.Second)
		}, state: dialer.AgentWrapUp, announce: true},
		"answered, and told of it twice": {happens: func(f *floor, c dialer.CallID) {
			f.tell(dialer.LegRinging, c.Channel())
			f.tell(dialer.LegAnswered, c.Channel())
			f.tell(dialer.LegAnswered, c.Channel())
		}, state: dialer.AgentInCall, sent: true},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "ADMIN"})
				f.mu.Lock()
				if tc.prepare != nil {
					tc.prepare(f)
				}
				f.mu.Unlock()
				id := f.want(7, dialer.IntentDial, dialer.IntentArgs{Number: "+12125550199"})
				f.settle(2 * time.Second)
				if tc.refusal != "" {
					if got := f.refusal(id); !strings.Contains(got, tc.refusal) || len(f.placed) != 0 {
						t.Errorf("told %q, placed %v", got, f.placed)
					}
					f.agent(7, tc.state)
					return
				}
				c := f.placed[0].ID
				tc.happens(f, c)
				f.settle(time.Second)
				f.agent(7, tc.state)
				row := f.last(c)
				if row.Status != tc.status || row.Sent != tc.sent || !row.Manual || row.SessionID != 7 {
					t.Errorf("%+v", row)
				}
				if got := len(f.played) > 0; got != tc.announce {
					t.Errorf("played %v", f.played)
				}
				if tc.state == dialer.AgentInCall && (row.State != dialer.CallTalking || row.Recording != dialer.RecOn || len(f.records) != 1) {
					t.Errorf("%+v, recorded %v", row, f.records)
				}
			})
		})
	}
}

// TestDialByHandInDoubt: the database commits the call, and its answer is lost. The
// call is ended in the books as never sent, or its number would be taken for one
// that is being called until listen starts anew.
func TestDialByHandInDoubt(t *testing.T) {
	for name, tc := range map[string]struct {
		err     error
		written int
	}{
		"the answer is lost": {errAway, 1},
		"it was refused":     {dialer.Explain(dialer.ErrConflict, "That number is being called just now."), 0},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				f.mu.Lock()
				f.placeErr = tc.err
				f.mu.Unlock()
				id := f.want(7, dialer.IntentDial, dialer.IntentArgs{Number: "+12125550199"})
				f.settle(2 * time.Second)
				if f.refusal(id) == "" {
					t.Error("the agent was told nothing")
				}
				f.agent(7, dialer.AgentReady)
				unsent := f.find(func(c Change) bool {
					return c.Call != nil && c.Call.ID == f.placed[0].ID && c.Call.State == dialer.CallEnded && !c.Call.Sent && c.Lead != nil && c.Lead.Unsent
				})
				if len(unsent) != tc.written {
					t.Errorf("%d changes say that the call was never sent, want %d", len(unsent), tc.written)
				}
			})
		})
	}
}

// TestStaleClick: listen was away, and finds the click a minute later.
func TestStaleClick(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.clicked = time.Minute
		for _, kind := range []dialer.IntentKind{dialer.IntentConsult, dialer.IntentPass, dialer.IntentMessage, dialer.IntentDial} {
			if id := f.want(7, kind, byNumber); f.refusal(id) == "" || len(f.out) != 0 {
				t.Errorf("%s: told %q, dialed %v", kind, f.refusal(id), f.out)
			}
		}
		f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestReadyAgentDialsByHand: while the rules are asked no other call comes.
func TestReadyAgentDialsByHand(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.want(7, dialer.IntentDial, dialer.IntentArgs{Number: "+12125550199"})
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		f.agent(7, dialer.AgentInCall)
		if c := f.last(100); c.SessionID != 0 {
			t.Errorf("the predictive call went to %d", c.SessionID)
		}
		if fl, err := f.l.Look(f.t.Context(), "C1"); err != nil || fl.Dialing != 0 || fl.Talking != 1 {
			t.Errorf("pacing sees %+v, %v", fl, err)
		}
	})
}

func TestPreviewAndSkip(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "ADMIN"})
		f.want(7, dialer.IntentPreview, dialer.IntentArgs{})
		since := f.row(7).PreviewSince
		if got := f.row(7).PreviewID; got != 55 || since == nil {
			t.Fatalf("previews %d since %v", got, since)
		}
		f.want(7, dialer.IntentPreview, dialer.IntentArgs{}) // the same click twice
		if got := f.row(7); got.PreviewID != 55 || !got.PreviewSince.Equal(*since) {
			t.Errorf("previews %d since %v, no longer %v", got.PreviewID, got.PreviewSince, since)
		}
		f.want(7, dialer.IntentSkip, dialer.IntentArgs{})
		if got := f.row(7).PreviewID; got != 0 || !slices.Equal(f.givenBack, []dialer.LeadID{55}) {
			t.Errorf("previews %d, given back %v", got, f.givenBack)
		}
		f.want(7, dialer.IntentPreview, dialer.IntentArgs{})
		f.want(7, dialer.IntentDial, dialer.IntentArgs{})
		if len(f.placed) != 1 || f.placed[0].LeadID != 55 || f.row(7).PreviewID != 0 {
			t.Errorf("placed %+v", f.placed)
		}
	})
}

func TestALeadThatIsLookedAtIsGivenBackAtTheShiftsEnd(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "ADMIN"})
		f.want(7, dialer.IntentPreview, dialer.IntentArgs{})
		f.want(7, dialer.IntentLogout, dialer.IntentArgs{})
		if got := f.row(7); got.State != dialer.AgentOut || got.PreviewID != 0 || !slices.Equal(f.givenBack, []dialer.LeadID{55}) {
			t.Errorf("%s, previews %d, given back %v", got.State, got.PreviewID, f.givenBack)
		}
	})
}

func TestAttendedTransfer(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.want(7, dialer.IntentConsult, byNumber)
		if f.in("tl-c-100") != "" || f.in("tl-t-100-1") != "tl-b-7" || f.last(100).State != dialer.CallHeld {
			t.Fatalf("asked: customer in %q, third in %q", f.in("tl-c-100"), f.in("tl-t-100-1"))
		}
		if id := f.want(7, dialer.IntentJoin, dialer.IntentArgs{CallID: 100}); f.refusal(id) == "" {
			t.Error("joined before the third party answered")
		}
		if id := f.want(7, dialer.IntentConsult, byNumber); f.refusal(id) == "" {
			t.Error("two third parties")
		}
		if id := f.want(7, dialer.IntentPark, dialer.IntentArgs{CallID: 100}); f.refusal(id) == "" {
			t.Error("parked with a third party on the line")
		}
		f.tell(dialer.LegAnswered, "tl-t-100-1")
		f.want(7, dialer.IntentJoin, dialer.IntentArgs{CallID: 100})
		if f.in("tl-c-100") != "tl-b-7" || f.third(1).State != dialer.CallTalking {
			t.Errorf("joined: customer in %q, third %+v", f.in("tl-c-100"), f.third(1))
		}
		f.want(7, dialer.IntentLeave, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
		if f.in("tl-c-100") != "tl-x-100" || f.in("tl-t-100-1") != "tl-x-100" || f.in("tl-a-7-1") != "tl-b-7" {
			t.Errorf("left: %q, %q, %q", f.in("tl-c-100"), f.in("tl-t-100-1"), f.in("tl-a-7-1"))
		}
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentReady)
		f.gone("tl-c-100", 16, 0)
		if c := f.last(100); c.Status != "SALE" || c.State != dialer.CallEnded || f.in("tl-t-100-1") != "gone" || f.third(1).State != dialer.CallEnded {
			t.Errorf("ended: %+v, third %+v", c, f.third(1))
		}
		f.agent(7, dialer.AgentReady)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.bridges["tl-x-100"] {
			t.Error("the call's own bridge is still there")
		}
	})
}

// TestPassedOnEnds: whoever leaves, both legs end; the agent may be in wrap-up,
// out of it, or gone.
func TestPassedOnEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		before func(*floor)
		gone   string
		status dialer.Status
	}{
		"the third party, in wrap-up":  {func(*floor) {}, "tl-t-100-1", ""},
		"the customer, in wrap-up":     {func(*floor) {}, "tl-c-100", ""},
		"the customer, disposed of":    {func(f *floor) { f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "NI"}) }, "tl-c-100", "NI"},
		"the third party, disposed of": {func(f *floor) { f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "NI"}) }, "tl-t-100-1", "NI"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.talk()
				f.want(7, dialer.IntentPass, byNumber)
				f.agent(7, dialer.AgentWrapUp)
				f.tell(dialer.LegAnswered, "tl-t-100-1")
				tc.before(f)
				f.gone(tc.gone, 16, 0)
				f.settle(time.Second)
				if c := f.last(100); c.State != dialer.CallEnded || c.Status != tc.status || f.in("tl-c-100") != "gone" || f.in("tl-t-100-1") != "gone" {
					t.Errorf("%+v; customer %q, third %q", c, f.in("tl-c-100"), f.in("tl-t-100-1"))
				}
				if tc.status == "" {
					f.agent(7, dialer.AgentWrapUp)
					f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
					if c := f.last(100); c.Status != "SALE" {
						t.Errorf("disposed of: %+v", c)
					}
				}
				f.agent(7, dialer.AgentReady)
			})
		})
	}
}

func TestThirdPartyFails(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.want(7, dialer.IntentConsult, byNumber)
		f.gone("tl-t-100-1", 17, 486)
		if x := f.third(1); x.State != dialer.CallEnded || x.SIPCode != 486 || len(f.played) != 1 {
			t.Errorf("%+v, played %v", x, f.played)
		}
		f.want(7, dialer.IntentResume, dialer.IntentArgs{CallID: 100})
		if f.in("tl-c-100") != "tl-b-7" {
			t.Error("the customer does not come back")
		}
		f.mu.Lock()
		f.callErr = errors.New("allocation failed")
		f.mu.Unlock()
		f.want(7, dialer.IntentInvite, byNumber)
		if x := f.third(2); x.State != dialer.CallEnded || f.last(100).State != dialer.CallTalking {
			t.Errorf("%+v", x)
		}
		f.mu.Lock()
		f.callErr = nil
		f.mu.Unlock()
		f.want(7, dialer.IntentInvite, byNumber)
		f.want(7, dialer.IntentHangAll, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
		if f.in("tl-t-100-3") != "gone" || f.third(3).State != dialer.CallEnded {
			t.Errorf("the third party is in %q: %+v", f.in("tl-t-100-3"), f.third(3))
		}
	})
}

func TestParkAndTakeBack(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.login(8)
		f.want(7, dialer.IntentPark, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentPaused)
		if c := f.last(100); c.State != dialer.CallParked || f.in("tl-c-100") != "" || f.row(7).CallID != 0 || f.row(7).PauseCode != "PARK" {
			t.Errorf("%+v; agent %+v", c, f.row(7))
		}
		f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 100})
		f.agent(8, dialer.AgentInCall)
		if id := f.want(7, dialer.IntentTake, dialer.IntentArgs{CallID: 100}); f.refusal(id) == "" {
			t.Error("taken back twice")
		}
		if c := f.last(100); c.SessionID != 8 || f.in("tl-c-100") != "tl-b-8" {
			t.Errorf("%+v in %q", c, f.in("tl-c-100"))
		}
		f.want(8, dialer.IntentPark, dialer.IntentArgs{CallID: 100})
		f.gone("tl-c-100", 16, 0)
		if c := f.last(100); c.Status != dialer.StatusParked {
			t.Errorf("hung up while parked: %+v", c)
		}
		f.agent(8, dialer.AgentPaused)
	})
}

// TestThirdPartyIsDropped: the agent hangs up one leg, and has the customer again.
func TestThirdPartyIsDropped(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.want(7, dialer.IntentConsult, byNumber)
		f.tell(dialer.LegAnswered, "tl-t-100-1")
		f.want(7, dialer.IntentDropOut, dialer.IntentArgs{CallID: 100})
		if f.in("tl-t-100-1") != "gone" || f.third(1).State != dialer.CallEnded {
			t.Errorf("the third party is in %q: %+v", f.in("tl-t-100-1"), f.third(1))
		}
		if c := f.last(100); c.State != dialer.CallTalking || f.in("tl-c-100") != "tl-b-7" {
			t.Errorf("the customer is in %q: %+v", f.in("tl-c-100"), c)
		}
		f.agent(7, dialer.AgentInCall)
	})
}

// TestParkedCallIsItsCampaigns: nobody else's agent may take it.
func TestParkedCallIsItsCampaigns(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.want(7, dialer.IntentPark, dialer.IntentArgs{CallID: 100})
		f.loginTo("C2", 8)
		if id := f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 100}); !strings.Contains(f.refusal(id), "not parked") {
			t.Errorf("told %q", f.refusal(id))
		}
		if c := f.last(100); c.State != dialer.CallParked || c.SessionID != 7 {
			t.Errorf("%+v", c)
		}
	})
}

// TestSupervisorLeavesWhomTheyTookOver: the customer has nobody left, and the call
// ends.
func TestSupervisorLeavesWhomTheyTookOver(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.mu.Lock()
		f.watches = []dialer.Watch{{ID: 30, UserID: 2, SessionID: 7, Mode: dialer.WatchListen, StartedAt: time.Now()}}
		f.mu.Unlock()
		f.arrive("tl-s-30-1")
		f.settle(2 * time.Second)
		f.want(0, dialer.IntentWatch, dialer.IntentArgs{Watch: 30, Mode: dialer.WatchTakeOver})
		f.gone("tl-s-30-1", 16, 0)
		if c := f.last(100); c.State != dialer.CallEnded || f.in("tl-c-100") != "gone" {
			t.Errorf("the customer is in %q: %+v", f.in("tl-c-100"), c)
		}
	})
}

func TestMessageByKey(t *testing.T) {
	run(t, func(f *floor) { f.campaign.Voicemail = "our-message" }, func(f *floor) {
		f.talk()
		f.want(7, dialer.IntentMessage, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentReady)
		if c := f.last(100); c.State != dialer.CallMessage || c.Status != dialer.StatusMessage || f.in("tl-c-100") != "" || len(f.played) != 1 {
			t.Errorf("%+v, played %v", c, f.played)
		}
		f.tell(dialer.LegPlayed, "tl-c-100")
		if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusMessage {
			t.Errorf("%+v", c)
		}
		f.agent(7, dialer.AgentReady)
	})
}

// TestThirdsAreAdopted: a consultation goes on under the next listen; a call
// that was passed on and whose third party has gone meanwhile ends.
func TestThirdsAreAdopted(t *testing.T) {
	run(t, func(f *floor) {
		ago := time.Now().Add(-10 * time.Second)
		call := func(id dialer.CallID, state dialer.CallState, s dialer.SessionID) dialer.Call {
			return dialer.Call{ID: id, State: state, CampaignID: "C1", CarrierID: 1, SessionID: s, PlacedAt: ago, AnsweredAt: &ago, BridgedAt: &ago, Recording: dialer.RecOn}
		}
		f.calls = []dialer.Call{call(100, dialer.CallHeld, 7), call(101, dialer.CallPassed, 8), call(102, dialer.CallParked, 8)}
		f.thirds = []dialer.Third{
			{Call: 100, N: 3, SessionID: 7, State: dialer.CallTalking, PlacedAt: ago, AnsweredAt: &ago},
			{Call: 101, N: 1, SessionID: 8, State: dialer.CallTalking, PlacedAt: ago, AnsweredAt: &ago},
		}
		session := func(id dialer.SessionID, state dialer.AgentState, call dialer.CallID) dialer.Session {
			return dialer.Session{ID: id, CampaignID: "C1", State: state, CallID: call, Leg: id.Channel(1), SeenAt: time.Now().Add(time.Hour), Since: ago}
		}
		f.sessions = []dialer.Session{session(7, dialer.AgentInCall, 100), session(8, dialer.AgentWrapUp, 101)}
		f.bridges = map[string]bool{"tl-b-7": true, "tl-b-8": true, "tl-x-101": true, "tl-x-999": true}
		f.channels = map[string]string{
			"tl-a-7-1": "tl-b-7", "tl-c-100": "", "tl-t-100-3": "tl-b-7", "tl-t-100-2": "tl-b-7",
			"tl-a-8-1": "tl-b-8", "tl-c-101": "tl-x-101", "tl-c-102": "", "tl-t-999-1": "tl-x-999",
		}
		f.recorded = map[string]bool{"tl-c-100": true, "tl-c-101": true, "tl-c-102": true}
	}, func(f *floor) {
		f.settle(5 * time.Second)
		if f.in("tl-t-100-3") != "tl-b-7" || f.in("tl-t-100-2") != "gone" || f.in("tl-t-999-1") != "gone" || f.in("tl-c-101") != "gone" || f.in("tl-c-102") != "" {
			t.Errorf("legs: %v", f.channels)
		}
		f.mu.Lock()
		if f.bridges["tl-x-101"] || f.bridges["tl-x-999"] {
			t.Errorf("bridges: %v", f.bridges)
		}
		f.mu.Unlock()
		f.agent(8, dialer.AgentWrapUp)
		f.want(8, dialer.IntentDispose, dialer.IntentArgs{CallID: 101, Status: "NI", Pause: true})
		f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 102})
		f.agent(8, dialer.AgentInCall)
		f.want(7, dialer.IntentJoin, dialer.IntentArgs{CallID: 100})
		if f.in("tl-c-100") != "tl-b-7" {
			t.Errorf("the customer of the consultation is in %q", f.in("tl-c-100"))
		}
	})
}

// A survey that was asked before a phone came does not have it: neither the
// supervisor's ear nor the agent's shift ends by it.
func TestPhoneComesDuringASurvey(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.mu.Lock()
		f.watches = []dialer.Watch{{ID: 30, UserID: 2, SessionID: 7, Mode: dialer.WatchWhisper, StartedAt: time.Now()}}
		f.sessions = append(f.sessions, dialer.Session{ID: 9, UserID: 9, CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour)})
		f.surveyTakes = 5 * time.Second
		f.mu.Unlock()
		f.settle(2 * time.Second) // both rows are read
		f.l.Live(f.t.Context())
		f.settle(time.Second)
		f.arrive("tl-s-30-1")
		f.arrive("tl-a-9-1")
		f.settle(time.Second)
		f.agent(9, dialer.AgentPaused)
		f.settle(5 * time.Second)
		f.agent(9, dialer.AgentPaused)
		if f.in("tl-s-30-1") != "tl-w-30" || len(f.find(func(c Change) bool { return c.Watch != nil && c.Watch.EndedAt != nil })) > 0 {
			t.Errorf("the supervisor's phone is in %q", f.in("tl-s-30-1"))
		}
		// Gone for good, with an end that nobody told of, is gone.
		f.mu.Lock()
		delete(f.channels, "tl-s-30-1")
		f.surveyTakes = 0
		f.mu.Unlock()
		f.settle(time.Minute)
		if n := len(f.find(func(c Change) bool { return c.Watch != nil && c.Watch.EndedAt != nil })); n != 1 {
			t.Errorf("the end of the watch was written %d times", n)
		}
	})
}

func TestWatch(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.mu.Lock()
		f.watches = []dialer.Watch{{ID: 30, UserID: 2, SessionID: 7, Mode: dialer.WatchListen, StartedAt: time.Now()}}
		f.mu.Unlock()
		f.arrive("tl-s-30-1")
		f.settle(2 * time.Second)
		snoops := func() (n int) {
			f.settle(100 * time.Millisecond)
			f.mu.Lock()
			defer f.mu.Unlock()
			for c, b := range f.channels {
				if strings.HasPrefix(c, "tl-n-30-") && b == "tl-w-30" {
					n++
				}
			}
			return n
		}
		if f.in("tl-s-30-1") != "tl-w-30" || snoops() != 1 || !slices.Contains(f.played, "snoop tl-a-7-1 false") {
			t.Fatalf("listening: %v, %v", f.channels, f.played)
		}
		f.want(0, dialer.IntentWatch, dialer.IntentArgs{Watch: 30, Mode: dialer.WatchWhisper})
		if snoops() != 1 || !slices.Contains(f.played, "snoop tl-a-7-1 true") {
			t.Errorf("whispering: %v", f.played)
		}
		snoop := ""
		f.look(func() { snoop = f.l.watches[30].snoop })
		f.cut(snoop, 0, 0) // whatever for: the supervisor is not left without sound
		f.settle(2 * time.Second)
		if snoops() != 1 || f.in(snoop) != "gone" {
			t.Errorf("after the end of its snoop: %d snoops, the old one in %q", snoops(), f.in(snoop))
		}
		f.gone("tl-a-7-1", 16, 0) // the agent's page is reloaded
		f.arrive("tl-a-7-2")
		f.settle(time.Second)
		if !slices.Contains(f.played, "snoop tl-a-7-2 true") || snoops() != 1 {
			t.Errorf("after the reload: %v, %d snoops", f.played, snoops())
		}
		f.want(0, dialer.IntentWatch, dialer.IntentArgs{Watch: 30, Mode: dialer.WatchBarge})
		if f.in("tl-s-30-1") != "tl-b-7" || snoops() != 0 {
			t.Errorf("barging in: %q", f.in("tl-s-30-1"))
		}
		f.want(0, dialer.IntentWatch, dialer.IntentArgs{Watch: 30, Mode: dialer.WatchTakeOver})
		f.agent(7, dialer.AgentWrapUp)
		if f.in("tl-s-30-1") != "tl-x-100" || f.in("tl-c-100") != "tl-x-100" {
			t.Errorf("taken over: %v", f.channels)
		}
		f.gone("tl-c-100", 16, 0)
		if f.in("tl-s-30-1") != "gone" {
			t.Error("the supervisor's phone is still up")
		}
		if n := len(f.find(func(c Change) bool { return c.Watch != nil && c.Watch.EndedAt != nil && c.Watch.CallID == 100 })); n != 1 {
			t.Errorf("the end of the watch was written %d times", n)
		}
		f.agent(7, dialer.AgentWrapUp)
	})
}
