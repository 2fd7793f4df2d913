package e2e

import (
	"testing"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
)

// pageAsksEvery is how often a page asks for its phone to be called while it is not
// (desk.ts).
const pageAsksEvery = 6 * time.Second

// TestAsteriskIsRestarted restarts Asterisk under one call that talks and one
// that rings. Both end in the books with a cause, the agents see that their
// phones are off the line, and once those are back the one whom nobody had
// reached is dialed again, and nobody else.
func TestAsteriskIsRestarted(t *testing.T) {
	s := onStage(t) // not parallel: the others' calls would go down as well
	c := s.campaign(t, []string{"10", "03"}, nil)
	h, other := c.hand(t), c.hand(t)
	h.ready()
	other.ready()
	c.start(t)
	talk := c.row(t, "10", "with its agent", func(r callRow) bool { return r.state == dialer.CallTalking })
	ring := c.row(t, "03", "on its way", func(r callRow) bool { return r.live })
	s.until(t, "the second INVITE at the carrier", func() (bool, error) { return len(c.invites(t)) == 2, nil })
	s.until(t, "the call at one of the desks", func() (bool, error) {
		if got, err := h.now(); got.State == dialer.AgentInCall || err != nil {
			return true, err
		}
		h, other = other, h
		return false, nil
	})

	if err := rig.Command(t.Context(), s.pbx(), "core restart now"); err != nil {
		t.Fatal(err)
	}
	offLine := func(s demo.Snapshot) bool { return !s.Phone.Connected }
	h.until("the phone off the line", offLine)
	other.until("the phone off the line", offLine)
	h.untilState(dialer.AgentWrapUp)
	for id, status := range map[string]dialer.Status{talk.id: "", ring.id: dialer.StatusError} {
		var got dialer.Status
		var cause int
		var live bool
		s.until(t, "the end of call "+id+" in the books", func() (bool, error) {
			err := s.sql.QueryRowContext(t.Context(), "SELECT status, cause, COALESCE(live, 0) FROM calls WHERE id = ?", id).Scan(&got, &cause, &live)
			return !live, err
		})
		if got != status || cause == 0 {
			t.Errorf("call %s: status %q, want %q; cause %d", id, got, status, cause)
		}
	}

	h.dispose("SALE", "pause")
	for _, one := range []*hand{h, other} {
		// As the page does, until it works: Asterisk may still be on its way up. Not at each
		// look: every click calls the phone, and the one before is hung up as it answers.
		var asked time.Time
		s.until(t, "the phone of "+one.user+" on the line again", func() (bool, error) {
			got, err := one.now()
			if err == nil && !got.Phone.Connected && time.Since(asked) > pageAsksEvery {
				asked = time.Now()
				_ = one.desk.Do(t.Context(), "connect", nil)
			}
			return got.Phone.Connected, err
		})
	}
	// Who waited for calls does so again, unless Asterisk took longer than a page may be unseen.
	back := other.until("the state that was before", func(s demo.Snapshot) bool {
		return s.State == dialer.AgentReady || s.State == dialer.AgentPaused && s.PauseCode == "PHONE"
	})
	if back.State == dialer.AgentPaused {
		other.ready()
	}
	s.until(t, "another INVITE at the carrier", func() (bool, error) { return len(c.invites(t)) >= 3, nil })
	again := c.invites(t)
	if len(again) != 3 || again[2].Suffix != "03" || again[2].Call == ring.id {
		t.Errorf("dialed again: %+v", again[2:])
	}
	s.until(t, "the end of the second attempt", func() (bool, error) {
		var live int
		err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM calls WHERE campaign_id = ? AND live = 1", c.id).Scan(&live)
		return live == 0, err
	})
	h.logout()
	other.logout()
}
