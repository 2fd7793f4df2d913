package listen

import (
	"context"

	"trunkline/dialer"
)

// Standing is what a listen has in hand at one moment.
type Standing struct {
	Calls     map[dialer.CallState]int
	Agents    map[dialer.AgentState]int
	Unwritten int // calls that have ended, whose end is not in the database yet
}

// Standing asks the goroutine that owns all this. ctx bounds the wait for it: a
// loop that hangs does not answer.
func (l *Listen) Standing(ctx context.Context) (Standing, error) {
	told := make(chan Standing, 1)
	l.inbox.put(func() {
		s := Standing{Calls: map[dialer.CallState]int{}, Agents: map[dialer.AgentState]int{}}
		for _, c := range l.calls {
			s.Calls[c.State]++
		}
		for _, sh := range l.shifts {
			s.Agents[sh.State]++
		}
		s.Unwritten = len(l.unwritten)
		told <- s
	})
	select {
	case s := <-told:
		return s, nil
	case <-ctx.Done():
		return Standing{}, ctx.Err()
	}
}
