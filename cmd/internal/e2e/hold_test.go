package e2e

import (
	"testing"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// TestHold: the customer hears music and the agent nobody; afterwards both hear
// each other again.
func TestHold(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	for range 2 { // the second time finds what the first has left
		tr.h.onCall("hold")
		tr.untilCall(dialer.CallHeld)
		tr.hears(t, tr.customer, "music", 5, both(loud, not(has(500))))
		tr.hears(t, tr.agent, "nobody", 3, quiet)
		tr.h.onCall("resume")
		tr.untilCall(dialer.CallTalking)
		tr.hears(t, tr.customer, "the agent", 3, mostly(500))
		tr.hears(t, tr.agent, "the customer", 3, mostly(1000))
	}
	tr.h.onCall("hangup")
	tr.h.untilState(dialer.AgentWrapUp)
	tr.h.dispose("NI", "pause")
	tr.h.logout()
}

// TestLeaveThreeWay: who was called into the talk goes on with the customer.
func TestLeaveThreeWay(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	tr.h.onCall("invite", "number", tr.c.e164("32"))
	tr.untilThird(dialer.CallTalking)
	tr.hears(t, tr.third, "both", 3, both(has(500), has(1000)))
	tr.hears(t, tr.customer, "both", 3, both(has(500), has(2000)))
	tr.h.onCall("leave")
	tr.h.untilState(dialer.AgentWrapUp)
	tr.hears(t, tr.customer, "the third party alone", 3, both(has(2000), not(has(500))))
	tr.hears(t, tr.third, "the customer alone", 3, both(has(1000), not(has(500))))
	tr.hears(t, tr.agent, "nobody", 3, quiet)
	tr.h.dispose("SALE", "pause")
	s.hangup(t, "tl-c-"+tr.call)
	s.gone(t, tr.call)
	if r := tr.c.row(t, "31", "ended", func(r callRow) bool { return !r.live }); r.status != "SALE" {
		t.Errorf("%+v", r)
	}
	tr.h.logout()
}

// TestUnrecorded: a campaign that never records has no file, whatever is
// clicked.
func TestUnrecorded(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"32"}, func(c *dialer.Campaign) { c.Record = dialer.RecordNever })
	h := c.hand(t)
	h.ready()
	c.start(t)
	got := h.untilState(dialer.AgentInCall)
	h.onCall("record")
	h.until("the refusal", func(s demo.Snapshot) bool { return s.Refusal != nil })
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.settledRows(t, 1)
	var files int
	if err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM recordings WHERE call_id = ?", got.Call.ID).Scan(&files); err != nil || files != 0 {
		t.Errorf("%d recordings (%v)", files, err)
	}
	h.logout()
}
