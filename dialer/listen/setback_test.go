package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// TestClockSetBack: the database's clock is set back by an hour. A call that waits
// is dropped when it would have been, the agent who has waited longest is still
// the first, and nothing has lasted for less than no time.
func TestClockSetBack(t *testing.T) {
	run(t, nil, func(f *floor) {
		set := func(by time.Duration) {
			now := time.Now()
			f.l.Clock.Set(now.Add(by), now)
			f.settle(time.Second / 10)
		}
		set(0)
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		set(-time.Hour)
		f.settle(1500 * time.Millisecond)
		c := f.last(100)
		if c.DroppedAt == nil || c.WantedAt == nil {
			t.Fatalf("a call that no agent was free for: %+v", c)
		}
		if waited := c.DroppedAt.Sub(*c.WantedAt); waited < 1800*time.Millisecond || waited > 2200*time.Millisecond {
			t.Errorf("dropped after %v", waited)
		}
	})
	run(t, nil, func(f *floor) {
		now := time.Now()
		f.l.Clock.Set(now, now)
		f.login(1)
		f.settle(time.Minute)
		now = time.Now()
		f.l.Clock.Set(now.Add(-time.Hour), now)
		f.login(2)
		f.settle(time.Second)
		f.dial(100)
		f.answer(100)
		f.agent(1, dialer.AgentInCall)
		f.agent(2, dialer.AgentReady)
		for _, ch := range f.find(func(ch Change) bool { return ch.Period != nil }) {
			if p := ch.Period; p.To.Before(p.From) {
				t.Errorf("a period ends %v before it begins: %+v", p.From.Sub(p.To), p)
			}
		}
	})
}
