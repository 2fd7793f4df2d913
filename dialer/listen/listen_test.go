package listen

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
)

func TestOneCall(t *testing.T) {
	run(t, func(f *floor) { f.campaign.HoldMusic = "trunkline/calm" }, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		if c := f.last(100); c.State != dialer.CallTalking || c.SessionID != 7 || c.BridgedAt == nil || c.AnsweredAt == nil || c.RingingAt == nil {
			t.Errorf("in talk the books say %+v", c)
		}
		if len(f.records) != 1 {
			t.Errorf("recordings: %v", f.records)
		}
		f.want(7, dialer.IntentHold, dialer.IntentArgs{CallID: 100})
		if c := f.last(100); c.State != dialer.CallHeld {
			t.Errorf("on hold the books say %s", c.State)
		}
		if f.class != "trunkline/calm" {
			t.Errorf("on hold the customer hears %q", f.class)
		}
		f.want(7, dialer.IntentResume, dialer.IntentArgs{CallID: 100})
		if c := f.last(100); c.State != dialer.CallTalking {
			t.Errorf("resumed the books say %s", c.State)
		}
		f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
		if c := f.last(100); c.State != dialer.CallEnded || c.EndedBy != dialer.ByAgent || c.Status != "" {
			t.Errorf("ended, not disposed of: %+v", c)
		}
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "DNC", Comments: "rude"})
		f.agent(7, dialer.AgentReady)
		if c := f.last(100); c.Status != "DNC" {
			t.Errorf("disposed of: %+v", c)
		}
		if n := len(f.find(func(c Change) bool {
			return c.Lead != nil && c.Lead.ID == 1100 && c.Lead.Status == "DNC" && c.Lead.Comments == "rude" && c.DNC != nil
		})); n != 1 {
			t.Errorf("the lead was written %d times", n)
		}
		if n := len(f.find(func(c Change) bool { return c.Period != nil })); n != 5 {
			t.Errorf("%d periods, want connecting, paused, ready, in call, wrap-up", n)
		}
		for _, c := range f.find(func(c Change) bool { return c.Period != nil && c.Period.Call != 0 }) {
			if s := c.Period.State; s != dialer.AgentInCall && s != dialer.AgentWrapUp || c.Period.Call != 100 {
				t.Errorf("the period %s names call %d", s, c.Period.Call)
			}
		}
	})
}

func TestLongestWaitingAgentFirst(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.login(8)
		f.dial(100)
		f.dial(101)
		f.answer(101)
		f.agent(7, dialer.AgentInCall)
		f.agent(8, dialer.AgentReady)
		f.answer(100)
		f.agent(8, dialer.AgentInCall)
	})
}

func TestDropAfterTwoSeconds(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(1800 * time.Millisecond)
		if c := f.last(100); c.State != dialer.CallWaiting {
			t.Fatalf("before its time the call is %s", c.State)
		}
		f.settle(200 * time.Millisecond)
		if c := f.last(100); c.State != dialer.CallDropping || len(f.played) != 1 {
			t.Fatalf("after 2 s the call is %s, played %v", c.State, f.played)
		}
		f.login(7) // too late
		f.tell(dialer.LegPlayed, "tl-c-100")
		if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusDrop || c.EndedBy != dialer.ByDialer {
			t.Errorf("after the message: %+v", c)
		}
	})
}

func TestOptOutKeyOfTheSafeHarbourMessage(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(3 * time.Second)
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegDigit, Channel: "tl-c-100", Digit: "9", At: time.Now()})
		if n := len(f.find(func(c Change) bool { return c.DNC != nil && c.DNC.Source == "key" && c.DNC.E164 == "+12125550100" })); n != 1 {
			t.Errorf("%d DNC entries", n)
		}
		if c := f.last(100); c.State != dialer.CallEnded || c.EndedBy != dialer.ByLead {
			t.Errorf("the call goes on: %+v", c)
		}
		if !slices.Equal(f.keys, []string{"tl-c-100"}) {
			t.Errorf("the PBX has noted the key of %v before it hung up", f.keys)
		}
	})
}

func TestWaitingCallGetsTheNextReadyAgent(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "LUNCH"})
		f.dial(100)
		f.answer(100)
		f.settle(500 * time.Millisecond)
		f.want(7, dialer.IntentReady, dialer.IntentArgs{})
		f.agent(7, dialer.AgentInCall)
		if n := len(f.find(func(c Change) bool { return c.Period != nil && c.Period.PauseCode == "LUNCH" })); n != 1 {
			t.Errorf("%d lunch periods", n)
		}
	})
}

// TestDatabaseAway: an answered call reaches its agent, and what happened is
// written when the database is back.
func TestDatabaseAway(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.settle(time.Second)
		f.mu.Lock()
		f.dbAway = true
		f.mu.Unlock()
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.settle(10 * time.Second)
		f.gone("tl-c-100", 16, 0)
		f.settle(20 * time.Second)
		f.agent(7, dialer.AgentWrapUp)
		if c := f.last(100); c.ID != 0 {
			t.Fatalf("written while the database is away: %+v", c)
		}
		f.mu.Lock()
		f.dbAway = false
		f.mu.Unlock()
		f.settle(2 * time.Second)
		if c := f.last(100); c.State != dialer.CallEnded || c.BridgedAt == nil || c.EndedAt.Sub(*c.BridgedAt) != 10*time.Second {
			t.Errorf("after the database came back: %+v", c)
		}
	})
}

// TestDatabaseAwayIsNoAbsence: nobody can be seen while the database is away;
// agents stay ready and answered calls reach them.
func TestDatabaseAwayIsNoAbsence(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.sessions[0].SeenAt = time.Now()
		f.mu.Unlock()
		f.settle(time.Second)
		f.mu.Lock()
		f.dbAway = true
		f.mu.Unlock()
		f.settle(40 * time.Second)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.gone("tl-c-100", 16, 0)
		f.mu.Lock()
		f.dbAway = false
		f.mu.Unlock()
		f.settle(2 * time.Second) // back, and the page's row is still as old as the outage
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentReady)
		f.settle(31 * time.Second) // now it is away for itself
		f.agent(7, dialer.AgentPaused)
		f.settle(10 * time.Minute)
		f.agent(7, "")
		if n := len(f.find(func(c Change) bool { return c.Out != "" && c.Session.State == dialer.AgentOut })); n != 1 {
			t.Errorf("the end of the shift was written %d times", n)
		}
	})
}

// TestDatabaseHangs is an outage in which nothing is refused and nothing
// answered.
func TestDatabaseHangs(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.sessions[0].SeenAt = time.Now()
		f.dbHangs = true
		f.mu.Unlock()
		f.settle(40 * time.Second)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
	})
}

// TestRowThatCannotBeStored: it is let go alone; an error of another kind is
// waited out.
func TestRowThatCannotBeStored(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		until := time.Now().Add(20 * time.Second)
		f.mu.Lock()
		f.writeErr = func(changes []Change) error {
			if time.Now().Before(until) {
				return errors.New("the table is full")
			}
			for _, c := range changes {
				if c.Intent != nil {
					return dialer.ErrInvalid
				}
			}
			f.written = append(f.written, changes...)
			return nil
		}
		f.mu.Unlock()
		f.dial(100)
		f.answer(100)
		id := f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "LUNCH"})
		f.settle(10 * time.Second)
		if c := f.last(100); c.ID != 0 {
			t.Fatalf("written while the table is full: %+v", c)
		}
		f.settle(15 * time.Second)
		if c := f.last(100); c.State != dialer.CallTalking {
			t.Errorf("after the table had room again: %+v", c)
		}
		if n := len(f.find(func(c Change) bool { return c.Intent != nil && c.Intent.ID == id })); n != 0 {
			t.Error("the row that cannot be stored was stored")
		}
	})
}

// TestEndWritesWhatIsKnown: a listen that is told to end while the database is
// slow still writes.
func TestEndWritesWhatIsKnown(t *testing.T) {
	var f *floor
	run(t, nil, func(in *floor) {
		f = in
		f.login(7)
		until := time.Now().Add(3 * time.Second)
		f.mu.Lock()
		f.writeErr = func(changes []Change) error {
			if time.Now().Before(until) {
				return errAway
			}
			f.written = append(f.written, changes...)
			return nil
		}
		f.mu.Unlock()
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.settle(100 * time.Millisecond)
		f.dial(101)
		f.answer(101)
		f.settle(0) // it knows of it
	})
	seen := map[dialer.CallID]bool{}
	for _, c := range f.written {
		if c.Call != nil {
			seen[c.Call.ID] = true
		}
	}
	if !seen[100] || !seen[101] {
		t.Errorf("written at the end: %v, want both calls", seen)
	}
}

func TestHoldThatFailsIsNotShown(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.holdErr = errors.New("no")
		id := f.want(7, dialer.IntentHold, dialer.IntentArgs{CallID: 100})
		if c := f.last(100); c.State != dialer.CallTalking {
			t.Errorf("the books say %s", c.State)
		}
		if n := len(f.find(func(c Change) bool { return c.Intent != nil && c.Intent.ID == id && c.Intent.Refusal != "" })); n != 1 {
			t.Error("the agent was not told")
		}
	})
}

// TestBridgeGone: an agent whose bridge was lost is seated anew, and the call
// goes to somebody who can hear it.
func TestBridgeGone(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.login(8)
		f.mu.Lock()
		delete(f.bridges, "tl-b-7")
		f.mu.Unlock()
		f.dial(100)
		f.answer(100)
		f.agent(8, dialer.AgentInCall)
		f.settle(time.Second)
		f.agent(7, dialer.AgentReady)
		f.dial(101)
		f.answer(101)
		f.agent(7, dialer.AgentInCall)
	})
}

// TestPauseWhileACallComes: the pause counts when the call does not come about.
func TestPauseWhileACallComes(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.beforeJoin = func() {
			f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "LUNCH"})
			f.gone("tl-c-100", 16, 0)
		}
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		f.agent(7, dialer.AgentPaused)
	})
}

// TestJoinFails: the customer hangs up in the moment of the join. The agent is
// free for the next.
func TestJoinFails(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.joinErr["tl-c-100"] = dialer.ErrNotFound
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentReady)
		f.gone("tl-c-100", 16, 0)
		if c := f.last(100); c.Status != dialer.StatusDrop {
			t.Errorf("a live answer that met nobody is %q", c.Status)
		}
		f.dial(101)
		f.answer(101)
		f.agent(7, dialer.AgentInCall)
	})
}

func TestJoinRefusedForAnotherReason(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.joinErr["tl-c-100"] = errors.New("out of memory")
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentReady)
		if c := f.last(100); c.State != dialer.CallEnded {
			t.Errorf("the call hangs: %+v", c)
		}
	})
}

func TestOriginateRefused(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.l.Place([]dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, PlacedAt: time.Now()}}, campaign)
		f.l.Failed(100)
		f.settle(4 * time.Second)
		c := f.last(100)
		if c.State != dialer.CallEnded || c.Sent {
			t.Errorf("a call that never left: %+v", c)
		}
		if n := len(f.find(func(c Change) bool { return c.Lead != nil && c.Lead.Unsent && c.Lead.Status == dialer.StatusNew })); n != 1 {
			t.Errorf("its lead was given back %d times", n)
		}
	})
}

// TestBusyTellsOfItselfTwice: AMI says "failed" before ARI says why.
func TestBusyTellsOfItselfTwice(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.l.Place([]dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, PlacedAt: time.Now()}}, campaign)
		f.tell(dialer.LegFailed, "tl-c-100")
		f.settle(time.Second)
		f.tell(dialer.LegCreated, "tl-c-100")
		f.tell(dialer.LegRefused, "tl-c-100")
		f.gone("tl-c-100", 17, 486)
		if c := f.last(100); c.Status != dialer.StatusBusy || !c.Sent {
			t.Errorf("a busy number: %+v", c)
		}
	})
}

func TestUnseenAgentGetsNoCalls(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.sessions[0].SeenAt = time.Now() // the page goes away now
		f.mu.Unlock()
		f.settle(6 * time.Second)
		if fl, err := f.l.Look(f.t.Context(), "C1"); err != nil || fl.Ready != 0 {
			t.Errorf("pacing counts an unseen agent: %+v, %v", fl, err)
		}
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		f.agent(7, dialer.AgentReady)
		f.settle(30 * time.Second)
		f.agent(7, dialer.AgentPaused)
		if n := len(f.find(func(c Change) bool { return c.Session != nil && c.Session.PauseCode == "LAGGED" })); n != 1 {
			t.Errorf("LAGGED was written %d times", n)
		}
	})
}

func TestOutcomeChosenDuringTheCall(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE", Pause: true})
		f.agent(7, dialer.AgentInCall)
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentPaused)
		if c := f.last(100); c.Status != "SALE" {
			t.Errorf("the outcome is %q", c.Status)
		}
	})
}

// TestPhoneLostWhileACallComes: the call goes to the next agent.
func TestPhoneLostWhileACallComes(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.login(8)
		f.beforeJoin = func() { f.gone("tl-a-7-1", 16, 0) } // the bridge has not told of the join yet
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentConnecting)
		f.agent(8, dialer.AgentInCall)
		if c := f.last(100); c.SessionID != 8 {
			t.Errorf("the call went to %d", c.SessionID)
		}
	})
}

func TestPhoneLostInACall(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.gone("tl-a-7-1", 16, 0) // the page is reloaded
		f.agent(7, dialer.AgentInCall)
		f.arrive("tl-a-7-2")
		f.settle(time.Second)
		f.mu.Lock()
		if f.channels["tl-a-7-2"] != "tl-b-7" || f.channels["tl-c-100"] != "tl-b-7" {
			t.Errorf("after the reload the legs are in %v", f.channels)
		}
		f.mu.Unlock()
		f.gone("tl-a-7-2", 16, 0)
		f.gone("tl-c-100", 16, 0)
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentConnecting) // not ready without a phone
	})
}

func TestRefusals(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		refused := func(id dialer.IntentID) bool {
			return len(f.find(func(c Change) bool { return c.Intent != nil && c.Intent.ID == id && c.Intent.Refusal != "" })) == 1
		}
		if id := f.want(7, dialer.IntentHold, dialer.IntentArgs{}); !refused(id) {
			t.Error("hold without a call")
		}
		if id := f.want(9, dialer.IntentReady, dialer.IntentArgs{}); !refused(id) {
			t.Error("a shift that is not there")
		}
		if id := f.want(7, "dance", dialer.IntentArgs{}); !refused(id) {
			t.Error("an unknown intent")
		}
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		if id := f.want(7, dialer.IntentLogout, dialer.IntentArgs{}); !refused(id) {
			t.Error("logging out with a customer on the line")
		}
		if id := f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 99}); refused(id) {
			t.Error("a click for a call that has ended is an error")
		}
		f.agent(7, dialer.AgentInCall) // and it did not hang up the next one
	})
}

func TestLogout(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.want(7, dialer.IntentLogout, dialer.IntentArgs{})
		f.settle(5 * time.Second)
		f.agent(7, "")
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.channels) != 0 || len(f.bridges) != 0 {
			t.Errorf("left behind: %v %v", f.channels, f.bridges)
		}
	})
}

// TestAdoption: what an earlier listen left, as the PBX has it now.
func TestAdoption(t *testing.T) {
	run(t, func(f *floor) {
		ago := time.Now().Add(-10 * time.Second)
		call := func(id dialer.CallID, state dialer.CallState) dialer.Call {
			return dialer.Call{ID: id, State: state, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, ServerID: 1, PlacedAt: ago, AnsweredAt: &ago, WantedAt: &ago}
		}
		talking := call(100, dialer.CallTalking)
		talking.SessionID = 7
		wrapping := call(104, dialer.CallEnded)
		wrapping.SessionID = 9
		holding := call(105, dialer.CallTalking) // put on hold in the moment of the death
		holding.SessionID, holding.BridgedAt = 11, &ago
		f.calls = []dialer.Call{
			talking,
			call(101, dialer.CallWaiting), // joined in the moment of the death
			call(102, dialer.CallPlaced),  // committed, never sent
			call(103, dialer.CallWaiting), // gone since
			wrapping,
			holding,
		}
		session := func(id dialer.SessionID, state dialer.AgentState, call dialer.CallID) dialer.Session {
			return dialer.Session{ID: id, UserID: 1, CampaignID: "C1", ServerID: 1, State: state, CallID: call, Leg: id.Channel(1), SeenAt: time.Now().Add(time.Hour), Since: ago}
		}
		f.sessions = []dialer.Session{
			session(7, dialer.AgentInCall, 100), session(8, dialer.AgentReady, 0),
			session(9, dialer.AgentWrapUp, 104), session(10, dialer.AgentReady, 0), session(11, dialer.AgentInCall, 105),
		}
		f.bridges = map[string]bool{"tl-b-7": true, "tl-b-8": true, "tl-b-9": true, "tl-b-11": true, "tl-b-99": true}
		f.channels = map[string]string{
			"tl-c-100": "tl-b-7", "tl-a-7-1": "tl-b-7", "tl-c-101": "tl-b-8", "tl-a-8-1": "tl-b-8", "tl-a-9-1": "tl-b-9",
			"tl-c-105": "", "tl-a-11-1": "tl-b-11", "tl-c-999": "", "not-ours": "",
		}
	}, func(f *floor) {
		f.settle(5 * time.Second)
		f.agent(7, dialer.AgentInCall)
		f.agent(8, dialer.AgentInCall)
		f.agent(9, dialer.AgentWrapUp)
		f.agent(10, dialer.AgentConnecting) // its phone is gone
		if c := f.last(101); c.State != dialer.CallTalking || c.SessionID != 8 {
			t.Errorf("the call found in a bridge: %+v", c)
		}
		if c := f.last(102); c.State != dialer.CallEnded || c.Sent {
			t.Errorf("the call that was never sent: %+v", c)
		}
		if c := f.last(103); c.State != dialer.CallEnded || c.Status != dialer.StatusError || !c.Sent {
			t.Errorf("the call that is gone: %+v", c)
		}
		if c := f.last(105); c.State != dialer.CallHeld {
			t.Errorf("the call on hold: %+v", c)
		}
		f.want(11, dialer.IntentResume, dialer.IntentArgs{CallID: 105})
		if c := f.last(105); c.State != dialer.CallTalking || f.in("tl-c-105") != "tl-b-11" {
			t.Errorf("taken back from hold: in %q, %+v", f.in("tl-c-105"), c)
		}
		f.want(9, dialer.IntentDispose, dialer.IntentArgs{CallID: 104, Status: "SALE"})
		if c := f.last(104); c.Status != "SALE" {
			t.Errorf("the call in wrap-up: %+v", c)
		}
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentWrapUp)
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, up := f.channels["tl-c-999"]; up {
			t.Error("a channel without a place in the books is still up")
		}
		if _, up := f.channels["not-ours"]; !up {
			t.Error("somebody else's channel was hung up")
		}
		if f.bridges["tl-b-99"] {
			t.Error("a bridge without an agent is still there")
		}
	})
}

// TestPBXRestarted: the books name calls and phones that are no more, and no
// history can be trusted.
func TestPBXRestarted(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.settle(5 * time.Second)
		f.mu.Lock()
		f.channels, f.bridges, f.started = map[string]string{}, map[string]bool{}, time.Now()
		f.mu.Unlock()
		f.l.Live(f.t.Context())
		f.settle(5 * time.Second)
		f.agent(7, dialer.AgentWrapUp)
		if c := f.last(100); c.State != dialer.CallEnded || !c.Sent {
			t.Errorf("the call of before: %+v", c)
		}
	})
}

// TestEventOutOfPlace: one that has no place in a call's or an agent's state
// changes nothing, and is logged and counted.
func TestEventOutOfPlace(t *testing.T) {
	var log logged
	run(t, func(f *floor) { f.l.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		before := f.last(100)
		f.tell(dialer.LegRinging, "tl-c-100") // while they talk
		f.look(func() { f.l.dispose(f.l.shifts[7], disposal{call: 100, status: "SALE"}, time.Now()) })
		f.agent(7, dialer.AgentInCall)
		if after := f.last(100); after.State != before.State || after.Status != before.Status {
			t.Errorf("the call is %+v, and was %+v", after, before)
		}
		f.look(func() {
			if f.l.illegal != 2 {
				t.Errorf("%d events are counted", f.l.illegal)
			}
		})
		for _, what := range []string{`"event out of place: call"`, `"event out of place: agent"`, "so_far=2"} {
			if text := log.String(); !strings.Contains(text, what) {
				t.Errorf("the log has no %s:\n%s", what, text)
			}
		}
	})
}

// logged is a log to be looked at.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
