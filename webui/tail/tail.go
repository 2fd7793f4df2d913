// Package tail follows the table of events and the pages that are open: one
// reader for a whole web process, whatever the number of agents, and one beat a
// second that says which agents' pages are there.
package tail

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Source is the table of events.
type Source interface {
	// LastEventID is the highest id there is, or 0.
	LastEventID(ctx context.Context) (int64, error)
	// EventsAfter lists the events with a higher id, by id, at most limit.
	EventsAfter(ctx context.Context, id int64, limit int) ([]dialer.Event, error)
}

// Presence is told who is there, and tells which servers are.
type Presence interface {
	// Seen says that the pages of these sessions are open now.
	Seen(ctx context.Context, sessions []dialer.SessionID, now time.Time) error
	// ServerStates tells of every telephony server whether it is up.
	ServerStates(ctx context.Context) ([]facts.ServerState, error)
}

const (
	lookEvery = 100 * time.Millisecond
	// lookOften is while a live board is open: of the 250 ms that it may be behind,
	// waiting for a look may take no large part.
	lookOften = 50 * time.Millisecond
	// beatEvery is how often the servers are asked after, and pages that have just
	// come are said to be there. Of all others that is said every second time: a
	// page that is there has been seen within 2 s, where calls wait until 5 s
	// (listen), the live board until 6 s and the end of a shift until 60 s.
	beatEvery = time.Second
	// window is how many ids before the newest one are taken up at the start:
	// their transactions may not have committed yet.
	window = 1000
	page   = 1000
	// seenAtOnce is how many pages one statement says are there.
	seenAtOnce = 10_000
	// answerIn is how long the database may take before it counts as away.
	answerIn = 5 * time.Second
)

// Tail reads events and hands them to a hub.
type Tail struct {
	hub      *Hub
	source   Source
	presence Presence
	now      func() time.Time
	log      *slog.Logger

	wake    chan struct{}
	seen    progress
	started bool
	told    map[dialer.SessionID]bool // those that the last beat found; nil: all are to be told
	all     bool                      // the last beat told of all

	reading, beating atomic.Bool // what does not get through
}

// New makes a tail; now is the database's clock.
func New(hub *Hub, source Source, presence Presence, now func() time.Time, log *slog.Logger) *Tail {
	return &Tail{
		hub: hub, source: source, presence: presence, now: now, log: log,
		wake: make(chan struct{}, 1),
	}
}

// Wake makes the tail look at once, and never blocks.
func (t *Tail) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run follows the events and says who is there until ctx ends. They are two
// loops: saying that thousands of pages are there may wait for rows that others
// write, and no event is to wait for that.
func (t *Tail) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() {
		t.every(ctx, func() time.Duration { return beatEvery }, nil, &t.beating, t.Beat)
	})
	t.every(ctx, t.lookIn, t.wake, &t.reading, t.Step)
	both.Wait()
	return nil
}

// lookIn is how long the next look may wait.
func (t *Tail) lookIn() time.Duration {
	if t.hub.watched() {
		return lookOften
	}
	return lookEvery
}

// every does something regularly, and when it is woken, and tells the pages when
// the database does not answer to it any more.
func (t *Tail) every(ctx context.Context, period func() time.Duration, wake <-chan struct{}, failing *atomic.Bool, do func(context.Context) error) {
	next := time.Now()
	for {
		// By the clock, whatever the last look took.
		next = next.Add(period())
		if now := time.Now(); next.Before(now) {
			next = now
		}
		tick := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		case <-wake:
			tick.Stop()
			next = time.Now()
		}
		err := t.bounded(ctx, do)
		if ctx.Err() != nil {
			return
		}
		if failing.Swap(err != nil) != (err != nil) {
			if err != nil {
				t.log.Warn("the database does not answer: pages are told and wait", "err", err)
			} else {
				t.log.Info("the database answers again")
			}
		}
		t.hub.database(!t.reading.Load() && !t.beating.Load())
	}
}

func (t *Tail) bounded(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	return do(ctx)
}

// Step reads what is new and publishes it.
func (t *Tail) Step(ctx context.Context) error {
	if !t.started {
		last, err := t.source.LastEventID(ctx)
		if err != nil {
			return fmt.Errorf("the newest event: %w", err)
		}
		t.seen.high = max(0, last-window)
		t.started = true
	}
	// Holes age by the monotonic clock of this process.
	at := time.Now()
	t.seen.forget(at)
	for after := t.seen.from(); ; {
		events, err := t.source.EventsAfter(ctx, after, page)
		if err != nil {
			return fmt.Errorf("events after %d: %w", after, err)
		}
		var fresh []dialer.Event
		for _, e := range events {
			if t.seen.see(e.ID, at) {
				fresh = append(fresh, e)
			}
		}
		t.hub.Publish(fresh)
		if len(events) < page {
			return nil
		}
		after = events[len(events)-1].ID
	}
}

// Beat says which sessions' pages are open, and tells the desks when their
// server has come or gone.
func (t *Tail) Beat(ctx context.Context) error {
	if err := t.tell(ctx, t.hub.Seen()); err != nil {
		return fmt.Errorf("saying who is there: %w", err)
	}
	servers, err := t.presence.ServerStates(ctx)
	if err != nil {
		return fmt.Errorf("which servers are up: %w", err)
	}
	t.hub.Servers(servers)
	return nil
}

// tell says that pages are there: all of them every second time, between that
// those that have come since.
func (t *Tail) tell(ctx context.Context, seen []dialer.SessionID) error {
	due := seen
	t.all = !t.all || t.told == nil
	if !t.all {
		due = slices.DeleteFunc(slices.Clone(seen), func(id dialer.SessionID) bool { return t.told[id] })
	}
	t.told = nil // until all of it is written
	for some := range slices.Chunk(due, seenAtOnce) {
		if err := t.presence.Seen(ctx, some, t.now()); err != nil {
			return err
		}
	}
	t.told = make(map[dialer.SessionID]bool, len(seen))
	for _, id := range seen {
		t.told[id] = true
	}
	return nil
}
