package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// TestShiftThatMovedIsOver: an agent has gone on on another server, ours having
// been taken for dead. Nothing of theirs is written any more.
func TestShiftThatMovedIsOver(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.login(8)
		f.mu.Lock()
		f.sessions = f.sessions[1:]
		writes := len(f.written)
		f.mu.Unlock()
		f.settle(listEvery)
		f.agent(7, dialer.AgentInCall) // one look may be behind
		f.settle(2 * listEvery)
		f.agent(7, "")
		f.agent(8, dialer.AgentReady)
		f.settle(time.Second)
		if f.in("tl-c-100") != "gone" || f.in("tl-a-7-1") != "gone" {
			t.Error("customer or phone are still there")
		}
		if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusError {
			t.Errorf("the call: %+v", c)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, ch := range f.written[writes:] {
			if ch.Session != nil && ch.Session.ID == 7 {
				t.Errorf("the shift is written: %+v", ch.Session)
			}
		}
	})
}
