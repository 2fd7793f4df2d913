package listen

import (
	"context"
	"errors"

	"trunkline/dialer"
)

// brought are the calls of shifts that are new to us and have one: they come from
// a server that is down, and what became of the call is said here.
func (q question) brought(ctx context.Context, rows []dialer.Session) (calls []dialer.Call, err error) {
	for _, row := range rows {
		if row.State != dialer.AgentWrapUp || row.CallID == 0 || q.shifts[row.ID] {
			continue
		}
		c, err := q.store.CallByID(ctx, row.CallID)
		if errors.Is(err, dialer.ErrNotFound) {
			continue // the wrap-up of nothing
		}
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// broughtBy is that of brought's calls which a shift came with, or nil.
func broughtBy(row dialer.Session, brought []dialer.Call) *liveCall {
	for _, c := range brought {
		if c.ID == row.CallID {
			return &liveCall{Call: c, created: true}
		}
	}
	return nil
}

// endMoved lets go of the shifts that have ended in the database, by another
// hand than ours: the server was away, and the agent went on on another one. The
// row is not ours to write any more, and a call that is up has lost its agent.
func (l *Listen) endMoved(rows []dialer.Session) {
	live := make(map[dialer.SessionID]bool, len(rows))
	for _, row := range rows {
		live[row.ID] = true
	}
	now := l.Clock.Now()
	for id, s := range l.shifts {
		s.unlisted++
		if live[id] {
			s.unlisted = 0
		}
		if s.unlisted < 2 { // the first may have been read from a database that was behind
			continue
		}
		l.Log.Warn("an agent has gone on on another server: the shift here is over", "session", id, "state", s.State)
		delete(l.shifts, id)
		l.left[id] = now
		l.giveBack(s)
		if c := l.calls[s.offered]; c != nil && c.offered == id {
			c.offered = 0
			if next := l.agentFor(c); next != nil {
				l.offer(c, next)
			}
		}
		if c := l.calls[s.CallID]; c != nil && c.SessionID == id && c.State != dialer.CallPassed && c.State != dialer.CallParked {
			l.hangup(c, dialer.ByDialer)
		}
		bridge, legs := s.ID.Bridge(), []string{s.Leg, s.joining}
		l.command(bridge, "leave", func(ctx context.Context) error {
			for _, channel := range legs {
				if channel != "" {
					_ = l.Legs.Hangup(ctx, channel, 16) // gone already, maybe
				}
			}
			return l.Mixer.Destroy(ctx, bridge)
		}, nil)
	}
}
