package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// unanswered are the behaviours that end without an answer, and what they make
// of a call: the SIP response decides, then the Q.850 cause.
var unanswered = map[string]struct {
	behaviour  string
	status     dialer.Status
	cause, sip int
	rang       bool
}{
	"02": {"busy", dialer.StatusBusy, 17, 486, false},
	"03": {"noanswer", dialer.StatusNoAnswer, 19, 480, true}, // our own ring timeout
	"04": {"congestion", dialer.StatusCongestion, 34, 503, false},
	"05": {"invalid", dialer.StatusDisconnected, 1, 404, false},
	"11": {"announcement", dialer.StatusDisconnected, 1, 404, true}, // early media counts as ringing
	"12": {"declined", dialer.StatusRejected, 21, 603, false},
	"13": {"unavailable", dialer.StatusNoAnswer, 19, 480, true},
	"14": {"failure", dialer.StatusCongestion, 38, 500, false},
	"20": {"mute", dialer.StatusCongestion, 19, 480, false}, // our own timeout, and nothing rang: a dead trunk
	"21": {"noresponse", dialer.StatusNoAnswer, 18, 408, false},
	"22": {"gone", dialer.StatusDisconnected, 22, 410, false},
	"23": {"incomplete", dialer.StatusDisconnected, 28, 484, false},
}

// answered are the others, with the outcome that the agent gives. Those that
// hang up by themselves are not hung up by the agent.
var answered = map[string]struct {
	behaviour string
	status    dialer.Status
	leaves    bool
}{
	"00": {"human", "SALE", false}, "01": {"machine", "A", false}, "06": {"fax", "DC", false}, "08": {"early", "CALLBK", false},
	"09": {"short", "N", true}, "10": {"talker", "NI", false}, "15": {"echo", "WRONG", false}, "16": {"digits", "DEC", false},
	"17": {"silence", "N", false}, "18": {"tone", "DC", false}, "19": {"talkative", "NI", false}, "24": {"quiet", "N", false},
	"30": {"tone500", "DC", false}, "31": {"tone1000", "DC", false}, "32": {"tone2000", "DC", false}, "33": {"optout", "N", false},
}

// TestEveryBehaviourIsTested: 07 is in TestMachines.
func TestEveryBehaviourIsTested(t *testing.T) {
	for suffix, behaviour := range asteriskconf.Behaviours() {
		if suffix == "07" || behaviour == "mix" {
			continue
		}
		if unanswered[suffix].behaviour != behaviour && answered[suffix].behaviour != behaviour {
			t.Errorf("suffix %s, %s, has no expected outcome", suffix, behaviour)
		}
	}
}

func suffixes[T any](table map[string]T) []string {
	var all []string
	for s := range table {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// TestUnanswered calls every behaviour that ends without an answer, all at once
// for one agent, who never gets any.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, suffixes(unanswered), func(c *dialer.Campaign) { c.DialLevel = 20 })
	h := c.hand(t)
	h.ready()
	c.start(t)
	for suffix, r := range c.settledRows(t, len(unanswered)) {
		want := unanswered[suffix]
		if r.state != dialer.CallEnded || r.status != want.status || r.lead != want.status || r.cause != want.cause || r.sip != want.sip {
			t.Errorf("%s (%s): %s %s, lead %s, cause %d, SIP %d; want %s, %d, %d",
				suffix, want.behaviour, r.state, r.status, r.lead, r.cause, r.sip, want.status, want.cause, want.sip)
		}
		if !r.sent || r.answered || r.bridged || r.user != 0 || r.rang != want.rang || r.endedBy != dialer.ByCarrier || r.called != 1 {
			t.Errorf("%s (%s): %+v", suffix, want.behaviour, r)
		}
	}
	c.audit(t)
	for _, e := range c.invites(t) {
		if want := unanswered[e.Suffix].behaviour; e.Behaviour != want || e.Caller != "12125550100" && e.Caller != "+12125550100" {
			t.Errorf("the carrier had %s as %s from %q, want %s", e.Number, e.Behaviour, e.Caller, want)
		}
	}
	h.untilState(dialer.AgentReady)
	h.logout()
}

// TestAnswered has three agents take every behaviour that answers.
func TestAnswered(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, suffixes(answered), nil)
	var crew []*hand
	for range 3 {
		crew = append(crew, c.hand(t))
	}
	left := make(chan struct{}, len(answered)) // a token for each call that is still to come
	for range answered {
		left <- struct{}{}
	}
	c.start(t)
	errs := make(chan error, len(crew))
	var all sync.WaitGroup
	for _, h := range crew {
		all.Go(func() { errs <- h.take(left, len(answered)) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	for suffix, r := range c.settledRows(t, len(answered)) {
		want, by := answered[suffix], dialer.ByAgent
		if want.leaves {
			by = dialer.ByLead
		}
		if r.status != want.status || r.lead != want.status || r.endedBy != by || r.called != 1 {
			t.Errorf("%s (%s): %s by %q, lead %s, called %d times; want %s by %s", suffix, want.behaviour, r.status, r.endedBy, r.lead, r.called, want.status, by)
		}
		if r.state != dialer.CallEnded || !r.sent || !r.answered || !r.bridged || r.user == 0 || r.cause != 16 {
			t.Errorf("%s (%s): %+v", suffix, want.behaviour, r)
		}
		if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
			t.Errorf("%s (%s): the agent log has %q with this call", suffix, want.behaviour, got)
		}
		if _, err := readSound(s.recording(t, r.id)); err != nil {
			t.Errorf("%s (%s): %v", suffix, want.behaviour, err)
		}
	}
	c.audit(t)
	for _, h := range crew {
		h.logout()
	}
}

// take takes calls until all of the campaign's are taken. It may not fail the
// test, since it runs beside it.
func (h *hand) take(left <-chan struct{}, all int) error {
	do := func(what string, form ...string) error {
		s, _ := h.now()
		return h.desk.Do(h.t.Context(), what, values(s, form...))
	}
	see := func(shown func(demo.Snapshot) bool) (demo.Snapshot, error) {
		var s demo.Snapshot
		err := h.c.await(func() (bool, error) {
			var err error
			s, err = h.now()
			return shown(s) || len(left) == 0 && s.State == dialer.AgentReady, err
		})
		return s, err
	}
	if err := do("ready"); err != nil {
		return err
	}
	for {
		s, err := see(func(s demo.Snapshot) bool { return s.State == dialer.AgentInCall || s.State == dialer.AgentWrapUp })
		if err != nil {
			return fmt.Errorf("%s waits for a call: %w", h.user, err)
		}
		if s.State == dialer.AgentReady {
			return nil
		}
		<-left
		if want := answered[suffix(s)]; s.State == dialer.AgentInCall && !want.leaves {
			if err := do("hangup"); err != nil {
				return err
			}
		}
		s, err = see(func(s demo.Snapshot) bool { return s.State == dialer.AgentWrapUp })
		if err != nil {
			return fmt.Errorf("%s waits for the end of the call to %s: %w", h.user, suffix(s), err)
		}
		if err := do("dispose", "status", string(answered[suffix(s)].status), "then", "ready"); err != nil {
			return err
		}
		if _, err := see(func(s demo.Snapshot) bool { return s.State != dialer.AgentWrapUp }); err != nil {
			return fmt.Errorf("%s waits for the end of wrap-up: %w", h.user, err)
		}
	}
}

// TestMachines has Asterisk judge who answers: only people reach the agents.
func TestMachines(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	want := map[string]struct {
		behaviour string
		status    dialer.Status
		amd       string
	}{
		"00": {"human", "NI", "HUMAN"},
		"01": {"machine", dialer.StatusMachine, "MACHINE"},
		"06": {"fax", dialer.StatusFax, "FAX"},
		"07": {"drop", dialer.StatusPDrop, ""}, // gone before it was judged
		"08": {"early", "NI", "HUMAN"},
		"09": {"short", dialer.StatusPDrop, ""},
		"17": {"silence", dialer.StatusDeadAir, "MACHINE"},
		"19": {"talkative", dialer.StatusMachine, "MACHINE"}, // the known limit of AMD
	}
	c := s.campaign(t, suffixes(want), func(c *dialer.Campaign) { c.AMD, c.DialLevel = dialer.AMDDrop, 10 })
	crew := []*hand{c.hand(t), c.hand(t)}
	for _, h := range crew {
		h.ready()
	}
	c.start(t)
	for _, h := range crew {
		got := h.untilState(dialer.AgentInCall)
		if b := want[suffix(got)].behaviour; b != "human" && b != "early" {
			t.Errorf("%s reached an agent", b)
		}
		h.onCall("hangup")
		h.untilState(dialer.AgentWrapUp)
		h.dispose("NI", "pause")
	}
	for suffix, r := range c.settledRows(t, len(want)) {
		w := want[suffix]
		if r.status != w.status || r.lead != w.status || r.amd != w.amd || !r.answered || r.bridged != (w.status == "NI") {
			t.Errorf("%s (%s): %s, lead %s, judged %q, answered %v, with an agent %v; want %s, %q",
				suffix, w.behaviour, r.status, r.lead, r.amd, r.answered, r.bridged, w.status, w.amd)
		}
		by := map[dialer.Status]dialer.Party{"NI": dialer.ByAgent, dialer.StatusMachine: dialer.ByDialer, dialer.StatusFax: dialer.ByDialer, dialer.StatusDeadAir: dialer.ByDialer, dialer.StatusPDrop: dialer.ByLead}
		if r.endedBy != by[w.status] {
			t.Errorf("%s (%s) was ended by %q", suffix, w.behaviour, r.endedBy)
		}
	}
	c.audit(t)
	for _, h := range crew {
		h.logout()
	}
}
