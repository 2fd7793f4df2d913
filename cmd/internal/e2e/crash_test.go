package e2e

import (
	"syscall"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
)

// TestListenIsKilled kills the listen daemon under one call that talks and one
// that rings. keepalive starts the next, which takes over both.
func TestListenIsKilled(t *testing.T) {
	s := onStage(t) // not parallel: the others' calls would be under the same daemon
	c := s.campaign(t, []string{"10", "08"}, nil)
	h, other := c.hand(t), c.hand(t)
	h.ready()
	other.ready()
	c.start(t)
	c.row(t, "10", "with its agent", func(r callRow) bool { return r.state == dialer.CallTalking })
	s.until(t, "the call at one of the desks", func() (bool, error) {
		if got, err := h.now(); got.State == dialer.AgentInCall || err != nil {
			return true, err
		}
		h, other = other, h
		return false, nil
	})
	s.until(t, "the second INVITE at the carrier", func() (bool, error) { return len(c.invites(t)) == 2, nil })

	pid := app.PidFile(s.cfg, app.RoleListen)
	old, ok := proc.Find(pid)
	if !ok {
		t.Fatal("no listen runs")
	}
	if err := old.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-old.Done()
	s.until(t, "another listen", func() (bool, error) {
		next, ok := proc.Find(pid)
		return ok && next.Pid != old.Pid, nil
	})
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
	for _, one := range []*hand{h, other} {
		one.onCall("hangup")
		one.untilState(dialer.AgentWrapUp)
		one.dispose("SALE", "pause")
		one.logout()
	}
	for suffix, r := range c.settledRows(t, 2) {
		if r.status != "SALE" || r.lead != "SALE" || !r.bridged || r.endedBy != dialer.ByAgent || r.called != 1 {
			t.Errorf("the call to suffix %s: %+v", suffix, r)
		}
		if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
			t.Errorf("the agent log has %q with the call to suffix %s", got, suffix)
		}
	}
	c.audit(t)
}
