package e2e

import (
	"syscall"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
)

// killListen kills the listen daemon, and gives what waits for the next.
func (s *stage) killListen(t *testing.T) (next func()) {
	t.Helper()
	pid := app.PidFile(s.cfg, app.RoleListen)
	old, ok := proc.Find(pid)
	if !ok {
		t.Fatal("no listen runs")
	}
	if err := old.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-old.Done()
	return func() {
		t.Helper()
		s.until(t, "another listen", func() (bool, error) {
			next, ok := proc.Find(pid)
			return ok && next.Pid != old.Pid, nil
		})
	}
}

// TestListenIsKilled kills the listen daemon under one call that talks and one
// that rings. keepalive starts the next, which takes over both, and the outcome
// that the agent who talks has chosen already.
func TestListenIsKilled(t *testing.T) {
	s := onStage(t) // not parallel: the others' calls would be under the same daemon
	c := s.campaign(t, []string{"10", "08"}, nil)
	h, other := c.hand(t), c.hand(t)
	h.ready()
	other.ready()
	c.start(t)
	talk := c.row(t, "10", "with its agent", func(r callRow) bool { return r.state == dialer.CallTalking })
	s.until(t, "the call at one of the desks", func() (bool, error) {
		if got, err := h.now(); got.State == dialer.AgentInCall || err != nil {
			return true, err
		}
		h, other = other, h
		return false, nil
	})
	s.until(t, "the second INVITE at the carrier", func() (bool, error) { return len(c.invites(t)) == 2, nil })

	// What is chosen while the call is up counts at its end, for the next listen, too.
	due := time.Now().AddDate(0, 0, 1).UTC().Truncate(24 * time.Hour).Add(17 * time.Hour)
	h.onCall("dispose", "status", "CALLBK", "comments", "after lunch", "then", "pause",
		"callback_at", due.Format("2006-01-02T15:04"), "callback_zone", "UTC", "callback_kind", "USERONLY")
	s.until(t, "the outcome in listen's hands", func() (bool, error) {
		var open int
		err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM intents WHERE kind = 'dispose' AND open IS NULL AND JSON_VALUE(args, '$.call') = ?", talk.id).Scan(&open)
		return open == 1, err
	})

	s.killListen(t)()
	// The call that rang was answered, by now or while nobody listened.
	if got := suffix(other.untilState(dialer.AgentInCall)); got != "08" {
		t.Errorf("the second agent talks to %s", got)
	}
	for _, e := range c.invites(t) {
		if !e.Ended.IsZero() {
			t.Errorf("the call to %s did not survive", e.Number)
		}
	}
	// It is in the new one's hands.
	h.onCall("hold")
	h.until("the hold", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallHeld })
	h.onCall("resume")
	h.until("the talk after the hold", func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == dialer.CallTalking })
	h.onCall("hangup")
	h.untilState(dialer.AgentPaused) // nobody is asked again
	other.onCall("hangup")
	other.untilState(dialer.AgentWrapUp)
	other.dispose("SALE", "pause")
	for _, one := range []*hand{h, other} {
		one.logout()
	}
	var note string
	var promised time.Time
	err := s.sql.QueryRowContext(t.Context(), `SELECT n.note, b.due_at FROM call_notes n JOIN calls c ON c.id = n.call_id
		JOIN callbacks b ON b.lead_id = c.lead_id AND b.kind = 'USERONLY' AND b.state = 'ACTIVE' WHERE c.id = ?`, talk.id).Scan(&note, &promised)
	if err != nil || note != "after lunch" || !promised.Equal(due) {
		t.Errorf("the note %q, the callback at %s, want %s: %v", note, promised, due, err)
	}
	for suffix, r := range c.settledRows(t, 2) {
		want := map[string]dialer.Status{"10": "CALLBK", "08": "SALE"}[suffix]
		if r.status != want || r.lead != want || !r.bridged || r.endedBy != dialer.ByAgent || r.called != 1 {
			t.Errorf("the call to suffix %s: %+v", suffix, r)
		}
		if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
			t.Errorf("the agent log has %q with the call to suffix %s", got, suffix)
		}
	}
	c.audit(t)
}

// TestListenIsKilledOverAQueue kills the listen daemon while a caller waits in an
// in-group. The caller hears music all the while, and is given to the agent who
// has become free meanwhile: neither lost, nor called again, nor still listening to
// music while the agent speaks.
func TestListenIsKilledOverAQueue(t *testing.T) {
	s := onStage(t) // not parallel: the others' calls would be under the same daemon
	_, err := s.sql.ExecContext(t.Context(), `INSERT INTO in_groups (id, name, wait_s, campaigns, changed_at)
		VALUES ('QUEUE', 'Waiting line', 120, '', UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE id = id`)
	if err != nil {
		t.Fatal(err)
	}
	c := s.campaign(t, []string{"30", "32"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis = 2, 1000
		c.DropAction, c.InGroup.ID = dialer.DropInGroup, "QUEUE"
	})
	h, other := c.hand(t), c.toneHand(t, "31")
	kept, left := c.twoForOne(t, h)
	r := c.row(t, left, "waiting", func(r callRow) bool { return r.live && r.answered })
	s.until(t, "the call in the in-group", func() (bool, error) {
		var group string
		err := s.sql.QueryRowContext(t.Context(), "SELECT in_group FROM calls WHERE id = ?", r.id).Scan(&group)
		return group == "QUEUE", err
	})
	customer := s.far().HeardFile(c.e164(left)[1:])
	s.hears(t, customer, "music", 2, loud)
	s.noted(t, r.id, "sent")

	next := s.killListen(t)
	other.click("ready", nil) // nobody is there to see it
	s.hears(t, customer, "music while nobody is there", 1, loud)
	next()
	got := other.untilState(dialer.AgentInCall)
	if got.Call.ID != r.id || got.Call.InGroup != "Waiting line" {
		t.Errorf("the agent has call %s of in-group %q, want %s of the waiting line", got.Call.ID, got.Call.InGroup, r.id)
	}
	s.hears(t, customer, "the agent, and no music", 3, mostly(1000))
	s.hears(t, other.ear, "the customer", 3, has(map[string]float64{"30": 500, "32": 2000}[left]))
	if got, err := h.now(); err != nil || suffix(got) != kept {
		t.Errorf("the first agent talks to %q, want %s (%v)", suffix(got), kept, err)
	}
	for _, one := range []*hand{h, other.hand} {
		one.onCall("hangup")
		one.untilState(dialer.AgentWrapUp)
		one.dispose("SALE", "pause")
		one.logout()
	}
	for suffix, r := range c.settledRows(t, 2) {
		if r.status != "SALE" || r.lead != "SALE" || !r.bridged || r.called != 1 {
			t.Errorf("the call to suffix %s: %+v", suffix, r)
		}
		if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
			t.Errorf("the agent log has %q with the call to suffix %s", got, suffix)
		}
	}
	if d := s.dropped(t, r.id); d.action != "ingroup" {
		t.Errorf("%+v", d)
	}
	c.audit(t)
}
