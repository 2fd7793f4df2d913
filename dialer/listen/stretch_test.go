package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// Asterisk stamps in whole milliseconds, clicks are stamped finer: what follows a
// click may seem to come before it.
func TestNoStretchEndsBeforeItBegan(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		var since time.Time
		f.look(func() { since = f.l.shifts[7].Since })
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegEnded, Channel: dialer.CallID(100).Channel(), At: since.Add(-time.Millisecond), Cause: 16})
		f.agent(7, dialer.AgentWrapUp)
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{Status: "SALE"})
		f.agent(7, dialer.AgentReady)
		var last *Period
		for _, ch := range f.find(func(c Change) bool { return c.Period != nil }) {
			p := ch.Period
			if p.To.Before(p.From) || last != nil && !p.From.Equal(last.To) {
				t.Errorf("%s from %v to %v, after %+v", p.State, p.From, p.To, last)
			}
			last = p
		}
		if last == nil || last.State != dialer.AgentWrapUp {
			t.Errorf("the last stretch is %+v", last)
		}
	})
}
