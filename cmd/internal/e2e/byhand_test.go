package e2e

import (
	"testing"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

func manual(c *dialer.Campaign) { c.DialMethod = dialer.DialManual }

func refused(s demo.Snapshot) bool { return s.Refusal != nil }

// TestDialByHand: the agent hears it ring, hears why it fails, and may not dial
// whom nobody may.
func TestDialByHand(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, nil, manual)
	h := c.toneHand(t, "30")

	// Early media, then a person.
	h.click("dial", values(demo.Snapshot{}, "number", c.e164("08")))
	h.untilState(dialer.AgentInCall)
	s.hears(t, h.ear, "the ringback of the far end", 3, both(has(440), has(480)))
	h.until("the answer", func(s demo.Snapshot) bool {
		return s.Call != nil && s.Call.State == dialer.CallTalking && s.Call.Recording
	})
	s.hears(t, h.ear, "the customer's voice", 3, both(loud, not(has(440))))
	got, _ := h.now()
	s.noted(t, got.Call.ID, "sent")
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("SALE", "pause")
	r := c.settledRows(t, 1)["08"]
	if r.status != "SALE" || r.lead != "SALE" || r.called != 1 || !r.rang || !r.answered || !r.bridged || r.user == 0 || r.endedBy != dialer.ByAgent {
		t.Errorf("%+v", r)
	}

	// Ringing without media: Asterisk makes the tone.
	h.click("dial", values(demo.Snapshot{}, "number", c.e164("13")))
	s.hears(t, h.ear, "the ringing that Asterisk makes", 2, both(has(440), has(480)))
	h.until("the reason", func(s demo.Snapshot) bool {
		return s.State == dialer.AgentWrapUp && s.Call.Reason == "Nobody answered."
	})
	h.dispose("N", "pause")

	for suffix, want := range map[string]struct {
		status dialer.Status
		reason string
	}{
		"02": {dialer.StatusBusy, "The line is busy."},
		"05": {dialer.StatusDisconnected, "The number does not exist."},
	} {
		h.click("dial", values(demo.Snapshot{}, "number", c.e164(suffix)))
		s.hears(t, h.ear, "the reason", 2, loud)
		got := h.untilState(dialer.AgentWrapUp)
		if got.Call.Reason != want.reason || got.Call.Status != want.status {
			t.Errorf("%s: %q, %s", suffix, got.Call.Reason, got.Call.Status)
		}
		s.hears(t, h.ear, "quiet after it", 3, quiet)
		h.dispose("DC", "pause")
	}
	// The announcement of a dead number, before any answer.
	h.click("dial", values(demo.Snapshot{}, "number", c.e164("11")))
	s.hears(t, h.ear, "the three tones", 1, has(950))
	h.untilState(dialer.AgentWrapUp)
	h.dispose("DC", "pause")

	if _, err := s.sql.ExecContext(t.Context(), "INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', ?, 'test', NOW())", c.e164("24")); err != nil {
		t.Fatal(err)
	}
	h.click("dial", values(demo.Snapshot{}, "number", c.e164("24")))
	if got := h.until("the refusal", refused); got.Refusal.Sentence != "Not dialed: The number is on the internal do-not-call list." || got.State != dialer.AgentPaused {
		t.Errorf("%+v", got.Refusal)
	}
	c.audit(t)
	h.logout()
}

// TestPreview: the next lead is looked at, given back, looked at again, dialed.
func TestPreview(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"31"}, manual)
	h := c.toneHand(t, "30")
	c.start(t)
	preview := func(suffix string) {
		s.until(t, "a lead in the hopper", func() (bool, error) {
			var n int
			err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM hopper WHERE campaign_id = ? AND claim IS NULL", c.id).Scan(&n)
			return n == 1, err
		})
		h.click("preview", nil)
		h.until("the lead", func(s demo.Snapshot) bool { return s.Preview != nil && "+1"+s.Preview.Phone == c.e164(suffix) })
	}
	preview("31")
	h.click("skip", nil)
	h.until("no lead", func(s demo.Snapshot) bool { return s.Preview == nil })
	preview("31")
	h.click("dial", nil)
	h.until("the talk", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallTalking })
	s.hears(t, h.ear, "the customer", 3, has(1000))
	s.hears(t, s.far().HeardFile(c.e164("31")[1:]), "the agent", 3, has(500))
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	if r := c.settledRows(t, 1)["31"]; r.status != "NI" || r.called != 1 {
		t.Errorf("%+v", r)
	}

	// What is heard before the answer: the far end's own ringing, and for a lead
	// whose far end sends none, Asterisk's.
	c.addLeads(t, []string{"08"})
	preview("08")
	h.click("dial", nil)
	s.hears(t, h.ear, "the ringback of the far end", 2, both(has(440), has(480)))
	h.until("the talk", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallTalking })
	s.hears(t, h.ear, "the customer's voice", 3, both(loud, not(has(440))))
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.addLeads(t, []string{"13"})
	preview("13")
	h.click("dial", nil)
	s.hears(t, h.ear, "the ringing that Asterisk makes", 2, both(has(440), has(480)))
	h.untilState(dialer.AgentWrapUp)
	h.dispose("N", "pause")
	c.audit(t)
	h.logout()
}
