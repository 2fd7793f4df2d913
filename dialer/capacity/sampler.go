package capacity

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"trunkline/dialer"
)

// Books is what a sampler asks of the database.
type Books interface {
	// Floor is how the server's floor stands, with the calls that it placed
	// between two moments.
	Floor(ctx context.Context, server dialer.ServerID, from, to time.Time) (Floor, error)
	Database(ctx context.Context) (Database, error)
	Now(ctx context.Context) (time.Time, error)
	// Put keeps a sample; one of the same server and minute is replaced.
	Put(ctx context.Context, s Sample) error
}

// Sampler looks at a host every few seconds and writes one sample a minute.
type Sampler struct {
	Server dialer.ServerID
	Host   *Host
	Books  Books
	Log    *slog.Logger
	Looked func(Sample) // gets how the running minute stands, after each look; may be nil

	sample  Sample // the minute that runs
	looks   int    // in it
	asked   Database
	at      time.Time // of asked, the database's clock
	failing bool
}

const (
	lookEvery = 5 * time.Second
	lookLimit = 3 * time.Second
)

// Run looks until ctx ends.
func (s *Sampler) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		step, cancel := context.WithTimeout(ctx, lookLimit)
		err := s.Step(step)
		cancel()
		if err != nil && ctx.Err() == nil && !s.failing {
			s.Log.Warn("how full this server is cannot be written; trying again", "err", err)
		}
		s.failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Step looks once. With the first look of a new minute the one before is
// written: shares as the mean of its looks, counts as their highest.
func (s *Sampler) Step(ctx context.Context) error {
	use := s.Host.Look()
	now, err := s.Books.Now(ctx)
	if err != nil {
		return fmt.Errorf("the database's time: %w", err)
	}
	since := s.at
	if since.IsZero() {
		since = now.Add(-lookEvery)
	}
	floor, err := s.Books.Floor(ctx, s.Server, since, now)
	if err != nil {
		return fmt.Errorf("counting this server's calls: %w", err)
	}
	db, err := s.Books.Database(ctx)
	if err != nil {
		return fmt.Errorf("asking the database how it is: %w", err)
	}
	minute := now.Truncate(time.Minute)
	if s.looks > 0 && !minute.Equal(s.sample.At) {
		err = s.Books.Put(ctx, s.sample)
		if err != nil {
			return fmt.Errorf("writing how full this server is: %w", err)
		}
		s.sample, s.looks = Sample{}, 0
	}
	m := &s.sample
	n := float64(s.looks)
	m.Server, m.At = s.Server, minute
	m.CPU, m.Memory = (m.CPU*n+use.CPU)/(n+1), (m.Memory*n+use.Memory)/(n+1)
	m.DiskFree, m.DiskSize = use.DiskFree, use.DiskSize
	m.Lines, m.Agents = max(m.Lines, floor.Lines), max(m.Agents, floor.Agents)
	m.Calls += floor.Placed
	if passed := now.Sub(since).Seconds(); passed > 0 {
		m.CPS = max(m.CPS, float64(floor.Placed)/passed)
		if !s.at.IsZero() && db.Questions >= s.asked.Questions { // less: it was started again
			m.DBQuestions = (m.DBQuestions*n + float64(db.Questions-s.asked.Questions)/passed) / (n + 1)
		}
	}
	s.asked, s.at = db, now
	m.DBRunning, m.DBConnections = max(m.DBRunning, db.Running), max(m.DBConnections, db.Connections)
	m.DBBound, m.DBBytes = db.Bound, db.Bytes
	s.looks++
	if s.Looked != nil {
		s.Looked(*m)
	}
	return nil
}
