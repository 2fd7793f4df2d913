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

// TestClockSetBackWhileACallCrosses: whoever waits for another server, or holds an
// agent for a customer who has gone, waits no longer than without.
func TestClockSetBackWhileACallCrosses(t *testing.T) {
	back := func(f *floor) {
		now := time.Now()
		f.l.Clock.Set(now.Add(-time.Hour), now)
		f.settle(time.Second / 10)
	}
	set := func(f *floor) {
		now := time.Now()
		f.l.Clock.Set(now, now)
		f.settle(time.Second / 10)
	}
	two(t, func(w *world) {
		set(w.a)
		w.b.login(7)
		w.kill(w.b) // and its Asterisk is there: nobody answers
		w.a.dial(100)
		w.a.answer(100)
		w.a.settle(200 * time.Millisecond)
		crossing := false
		w.a.look(func() { crossing = w.a.l.calls[100].crossing != nil })
		if !crossing {
			t.Fatal("the call is not on its way")
		}
		back(w.a)
		w.a.settle(4 * time.Second)
		if c := w.a.last(100); c.DroppedAt == nil {
			t.Errorf("a customer waits for a server that does not answer: %+v", c)
		}
	})
	two(t, func(w *world) {
		set(w.b)
		w.b.login(7)
		w.a.dial(100)
		w.a.holdWrites(true)
		w.a.answer(100)
		w.b.settle(300 * time.Millisecond)
		w.kill(w.a) // its last word was never written
		w.b.gone(w.b.guest(), 16, 0)
		w.b.settle(time.Second / 10)
		back(w.b)
		w.b.settle(2 * orphanGuest)
		var offered dialer.CallID
		w.b.look(func() { offered = w.b.l.shifts[7].offered })
		if state, call := w.session(7); state != dialer.AgentReady || call != 0 || offered != 0 {
			t.Errorf("the agent is %s with call %d, and held for %d", state, call, offered)
		}
	})
}
