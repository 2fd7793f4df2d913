package e2e

import (
	"strings"
	"testing"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// TestHostileWords: nothing that people type or import leaves its place on the
// way to Asterisk, and what is refused loses nothing.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"31"}, func(c *dialer.Campaign) { c.CallerID = "1\r\nAction: Ping" })
	_, err := s.sql.ExecContext(t.Context(), `UPDATE leads SET first_name = ?, last_name = ?, comments = ? WHERE list_id = ?`,
		"\"';--", "\r\n%s\x00<b>", strings.Repeat("\r\n;%s\"", 40), c.list)
	if err != nil {
		t.Fatal(err)
	}
	h := c.hand(t)
	h.ready()
	c.start(t)
	// A caller id that would be a header of its own goes nowhere, and the lead
	// is as it was.
	s.until(t, "a call that was not sent", func() (bool, error) {
		var n int
		err := s.sql.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM calls k JOIN leads l ON l.id = k.lead_id
			WHERE k.campaign_id = ? AND NOT k.sent AND k.live IS NULL AND l.called_count = 0`, c.id).Scan(&n)
		return n > 0, err
	})
	if n := len(c.invites(t)); n != 0 {
		t.Errorf("%d INVITEs with it", n)
	}
	// One that only looks strange is a name to Asterisk.
	if _, err := s.sql.ExecContext(t.Context(), `UPDATE campaigns SET caller_id = ? WHERE id = ?`, `"%s;" <7>,&|${X}`, c.id); err != nil {
		t.Fatal(err)
	}
	got := h.untilState(dialer.AgentInCall)

	long := strings.Repeat("1", 10<<10)
	for what, bad := range map[string][]string{
		"digits":              {"digits"},
		"dial":                {"number"},
		"consult":             {"number"},
		"transfer":            {"number"},
		"dispose":             {"status", "comments"},
		"pause":               {"code"},
		"takeback":            {"call"},
		"hold":                {"call"},
		"record":              {"call"},
		"message":             {"call"},
		"leave":               {"call"},
		"record/pause":        {"call"},
		"hangall":             {"call"},
		"unknown%0D%0AAction": {"call"},
	} {
		for _, field := range bad {
			for _, value := range []string{"1\r\n2", "1\x002", `1"2`, "%s%n", "1;2", "1,2", "${EXTEN}", long, ""} {
				if what == "dispose" && field == "comments" && value != long || what == "dial" && value == "" {
					continue // a note may say anything, but not at any length
				}
				form := values(got, "status", "SALE")
				form.Set(field, value)
				if err := h.desk.Do(t.Context(), what, form); err == nil || !strings.Contains(err.Error(), ": 4") {
					t.Errorf("%s with %s = %.20q was taken, or broke something: %v", what, field, value, err)
				}
			}
		}
	}
	if now, _ := h.now(); now.State != dialer.AgentInCall || now.Call.ID != got.Call.ID || now.Call.State != dialer.CallTalking {
		t.Errorf("after all that: %+v", now)
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")

	// By hand it is refused with a sentence, and the agent goes on.
	if _, err := s.sql.ExecContext(t.Context(), `UPDATE campaigns SET caller_id = ? WHERE id = ?`, "1\r\nX: y", c.id); err != nil {
		t.Fatal(err)
	}
	h.click("dial", values(demo.Snapshot{}, "number", c.e164("32")))
	h.until("the end of it", func(s demo.Snapshot) bool {
		return s.State == dialer.AgentWrapUp && s.Call.Reason != "" || s.State == dialer.AgentPaused && s.Refusal != nil
	})
	if now, _ := h.now(); now.State == dialer.AgentWrapUp {
		h.dispose("N", "pause")
	}
	if n := len(c.invites(t)); n != 1 {
		t.Errorf("%d INVITEs", n)
	}
	h.logout()
}
