package e2e

import (
	"testing"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// TestAgentTakesACall is a shift with one call in it, from login to logout. The
// customer is a tone, so that the recording can be judged.
func TestAgentTakesACall(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"31"}, nil)
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	talking := c.row(t, "31", "with its agent", func(r callRow) bool { return r.state == dialer.CallTalking })
	if talking.lead != dialer.StatusInCall && talking.lead != dialer.StatusQueue || !talking.live {
		t.Errorf("while they talk: %+v", talking)
	}
	file := s.recording(t, talking.id)
	// What the customer hears, the carrier keeps: nothing of this agent's phone.
	ear := s.far().HeardFile(c.e164("31")[1:])
	s.hears(t, file, "the customer's tone", 5, mostly(1000))
	s.hears(t, ear, "silence", 5, quiet)

	h.onCall("hold")
	h.until("the hold", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallHeld })
	c.row(t, "31", "on hold", func(r callRow) bool { return r.state == dialer.CallHeld && r.live })
	s.hears(t, ear, "music on hold", 5, loud)

	h.onCall("resume")
	h.until("the talk after the hold", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallTalking })
	s.hears(t, ear, "silence after the hold", 5, quiet)
	s.hears(t, file, "the customer's tone after the hold", 5, mostly(1000))

	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	wrapup := c.rows(t)["31"]
	if wrapup.live || wrapup.state != dialer.CallEnded || wrapup.status != "" || wrapup.cause != 16 {
		t.Errorf("in wrap-up: %+v", wrapup)
	}
	// The web role hangs up by itself as well: when that is faster than the
	// click's row, who ended the call is only known once the row is read.
	c.row(t, "31", "ended by its agent", func(r callRow) bool { return r.endedBy == dialer.ByAgent })
	h.dispose("SALE", "pause")
	h.untilState(dialer.AgentPaused)
	r := c.row(t, "31", "with its disposition", func(r callRow) bool { return r.status != "" })
	if r.status != "SALE" || r.lead != "SALE" || r.called != 1 {
		t.Errorf("at the end: %+v", r)
	}
	var comments string
	err := s.sql.QueryRowContext(t.Context(), "SELECT l.comments FROM leads l JOIN calls c ON c.lead_id = l.id WHERE c.id = ?", r.id).Scan(&comments)
	if err != nil || comments != "noted by "+h.user {
		t.Errorf("the lead's note is %q (%v)", comments, err)
	}
	if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
		t.Errorf("the agent log has %q with the call", got)
	}
	// One file from the join to the end: what was heard before and after the hold.
	done := s.finished(t, r.id)
	rec, err := readSound(file)
	if err != nil || rec.windows(mostly(1000)) < 10 || float64(done.length)/1000 != rec.seconds() {
		t.Errorf("the recording has %d windows of the customer's tone in %.1f s, and is said to last %d ms (%v)", rec.windows(mostly(1000)), rec.seconds(), done.length, err)
	}
	c.audit(t)

	h.click("pause", values(demo.Snapshot{}, "code", "LUNCH"))
	h.until("the pause", func(s demo.Snapshot) bool { return s.State == dialer.AgentPaused && s.PauseCode == "LUNCH" })
	h.logout()
	var out, coded int
	err = s.sql.QueryRowContext(t.Context(), `SELECT COUNT(s.logged_out_at), (SELECT COUNT(*) FROM agent_log g WHERE g.session_id = MIN(s.id) AND g.pause_code = 'LUNCH' AND g.state = 'PAUSED')
		FROM agent_sessions s WHERE s.campaign_id = ? AND s.state = 'OUT' AND s.live IS NULL`, c.id).Scan(&out, &coded)
	if err != nil || out != 1 || coded != 1 {
		t.Errorf("%d shifts have ended, with %d pauses for lunch (%v)", out, coded, err)
	}
}

// TestDoNotCall: an agent's DNC disposition is obeyed from then on, whatever
// list the number is in.
func TestDoNotCall(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"10"}, nil)
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose(dialer.StatusDNC, "ready")
	r := c.settledRows(t, 1)["10"]
	if r.status != dialer.StatusDNC || r.lead != dialer.StatusDNC {
		t.Errorf("the call is %s and the lead %s", r.status, r.lead)
	}
	var source string
	err := s.sql.QueryRowContext(t.Context(), "SELECT source FROM dnc WHERE e164 = ?", c.e164("10")).Scan(&source)
	if err != nil || source != "agent" {
		t.Errorf("the number is on the DNC by %q (%v)", source, err)
	}
	c.audit(t)

	// The same number once more, in the list of another campaign, beside a number
	// that may be called. The level would have both dialed at once.
	h.logout()
	again := s.campaign(t, []string{"10", "24"}, func(c *dialer.Campaign) { c.DialLevel = 2 })
	_, err = s.sql.ExecContext(t.Context(), "UPDATE leads SET e164 = ? WHERE list_id = ? AND e164 = ?", c.e164("10"), again.list, again.e164("10"))
	if err != nil {
		t.Fatal(err)
	}
	other := again.hand(t)
	other.ready()
	again.start(t)
	got := other.untilState(dialer.AgentInCall)
	if suffix(got) != "24" {
		t.Errorf("an agent talks to %s", got.Call.Number)
	}
	other.onCall("hangup")
	other.untilState(dialer.AgentWrapUp)
	other.dispose("NI", "pause")
	if rows := again.settledRows(t, 1); len(rows) != 1 {
		t.Errorf("%d calls", len(rows))
	}
	if n := len(c.invites(t)); n != 1 {
		t.Errorf("the number that asked not to be called was called %d times", n)
	}
	again.audit(t)
	other.logout()
}

// TestDrop: of two calls that are answered at once for one agent one finds
// nobody. It waits, hears the safe-harbour message, and is ended. Both are
// parties that keep what they hear: the agent's phone is silent.
func TestDrop(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	const dropAfter = 1500
	c := s.campaign(t, []string{"30", "32"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis, c.SafeHarbour = 2, dropAfter, "sorry&goodbye"
	})
	h := c.hand(t)
	h.ready()
	c.start(t)
	kept := suffix(h.untilState(dialer.AgentInCall))
	dropped := map[string]string{"30": "32", "32": "30"}[kept]
	r := c.row(t, dropped, "to be dropped", func(r callRow) bool { return !r.live })
	if r.status != dialer.StatusDrop || r.lead != dialer.StatusDrop || r.endedBy != dialer.ByDialer || !r.answered || r.bridged || r.user != 0 {
		t.Errorf("the dropped call: %+v", r)
	}
	// The wait, and then "sorry" and "goodbye", which last longer than half a
	// second. What the far end keeps tells what was heard and not when: nothing
	// is sent while the call waits, and its recorder may leave that out.
	if r.waitedMS < dropAfter+500 {
		t.Errorf("it was dropped after %d ms, message and all; it may wait %d for an agent", r.waitedMS, dropAfter)
	}
	message, err := readSound(s.far().HeardFile(c.e164(dropped)[1:]))
	if err != nil || message.windows(loud) < 3 {
		t.Errorf("the dropped party heard %d windows of a message in %.1f s (%v)", message.windows(loud), message.seconds(), err)
	}
	c.row(t, kept, "going on", func(r callRow) bool { return r.state == dialer.CallTalking })
	silence, err := readSound(s.far().HeardFile(c.e164(kept)[1:]))
	if err != nil || silence.windows(loud) > 0 {
		t.Errorf("the other party heard %d windows of something (%v)", silence.windows(loud), err)
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.settledRows(t, 2)
	c.audit(t)
	h.logout()
	n, err := mariadb.NewDemo(s.db).Status(t.Context(), c.id, c.first(t))
	if err != nil || n.Dropped != 1 || n.Connected != 1 {
		t.Errorf("the campaign counts %d drops and %d connected calls (%v)", n.Dropped, n.Connected, err)
	}
}
