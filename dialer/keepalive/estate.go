package keepalive

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"trunkline/dialer"
)

// Sign is when a telephony server last gave signs of life.
type Sign struct {
	Server   dialer.ServerID `db:"id"`
	Name     string          `db:"name"`
	BeatAt   *time.Time      `db:"beat_at"`   // its keepalive
	ListenAt *time.Time      `db:"listen_at"` // its listen
}

// Closed is what was closed in a dead server's books.
type Closed struct{ Calls, Leads, Shifts int }

// Books are those of all servers.
type Books interface {
	Signs(ctx context.Context) ([]Sign, error)
	// CloseBooks ends what a dead server had, as far as it can be over by now; it
	// may be asked again, and by several at once. A lead whom nobody had on the
	// line is dialable again.
	CloseBooks(ctx context.Context, server dialer.ServerID) (Closed, error)
}

// Estate closes the books of servers that have died, for whoever reads them and
// for the leads in them. Each telephony server looks after all others.
type Estate struct {
	Server dialer.ServerID // our own is never dead to us
	Books  Books
	Log    *slog.Logger

	signs map[dialer.ServerID]sign
	read  time.Time // this host's clock, as all here: it only has to run, not to be right
}

type sign struct {
	beat, listen time.Time
	since        time.Time // when they were first seen like this
	said         bool
	next         time.Time // its books are not looked into before
}

// Timing of death. What a server was doing when it was last seen may be going on
// for a while: see CloseBooks.
const (
	lookEvery = 2 * time.Second
	deadAfter = 25 * time.Second // without a sign that could have been seen
	fresh     = 5 * time.Minute  // after that there is hardly anything left
	blind     = 6 * time.Second  // longer without a look, and nobody's silence is known
)

// Run looks every 2 s until ctx ends.
func (e *Estate) Run(ctx context.Context) error {
	every(ctx, lookEvery, func(now time.Time) {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err := e.Step(step, now)
		if err != nil && ctx.Err() == nil {
			e.Log.Debug("the other servers' signs of life were not read", "err", err)
		}
	})
	return nil
}

// Step looks once. A database that was away has shown nobody's signs: silence
// counts only while it can be read.
func (e *Estate) Step(ctx context.Context, now time.Time) error {
	all, err := e.Books.Signs(ctx)
	if err != nil {
		return err
	}
	if e.signs == nil || now.Sub(e.read) > blind {
		e.signs = map[dialer.ServerID]sign{}
	}
	e.read = now
	var failed error
	for _, s := range all {
		seen := sign{beat: at(s.BeatAt), listen: at(s.ListenAt), since: now}
		before, known := e.signs[s.Server]
		if known && before.beat.Equal(seen.beat) && before.listen.Equal(seen.listen) {
			seen.since, seen.said, seen.next = before.since, before.said, before.next
		}
		if s.Server != e.Server && s.BeatAt != nil && now.Sub(seen.since) >= deadAfter && !now.Before(seen.next) {
			failed = errors.Join(failed, e.bury(ctx, s, &seen, now))
		}
		e.signs[s.Server] = seen
	}
	return failed
}

func (e *Estate) bury(ctx context.Context, s Sign, seen *sign, now time.Time) error {
	if !seen.said {
		seen.said = true
		e.Log.Warn("a telephony server is dead: its books are closed, and its leads are dialed by others", "server", s.Name, "last_seen", s.BeatAt)
	}
	closed, err := e.Books.CloseBooks(ctx, s.Server)
	if now.Sub(seen.since) > fresh {
		seen.next = now.Add(time.Minute) // all that could be open is closed
	}
	if err == nil && closed != (Closed{}) {
		e.Log.Info("closed in a dead server's books", "server", s.Name, "calls", closed.Calls, "leads_dialable", closed.Leads, "shifts", closed.Shifts)
	}
	return err
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
