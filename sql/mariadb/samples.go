package mariadb

import (
	"context"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/capacity"
	"trunkline/sql/queries"
)

// Samples keeps how full each server was.
type Samples struct {
	db *DB

	mu      sync.Mutex
	bytes   int64     // of the database when it was last weighed
	weighed time.Time // by this process's clock
}

// NewSamples is the store on a database.
func NewSamples(db *DB) *Samples { return &Samples{db: db} }

var (
	samplePut      = queries.Get("sample-put")
	sampleFloor    = queries.Get("sample-floor")
	sampleDatabase = queries.Get("sample-database")
	sampleBytes    = queries.Get("sample-bytes")
	samplesBetween = queries.Get("samples-between")
)

// Now is the database's clock.
func (s *Samples) Now(ctx context.Context) (time.Time, error) { return s.db.Now(ctx) }

// Put keeps a sample; one of the same server and minute is replaced.
func (s *Samples) Put(ctx context.Context, m capacity.Sample) error {
	_, err := s.db.x.NamedExecContext(ctx, samplePut, m)
	return kind(err)
}

// Floor is how a server's floor stands, with the calls that it placed between
// two moments.
func (s *Samples) Floor(ctx context.Context, server dialer.ServerID, from, to time.Time) (f capacity.Floor, err error) {
	err = s.db.x.GetContext(ctx, &f, sampleFloor, server, server, dialer.FirstCallAt(from), dialer.FirstCallAt(to), server)
	return f, kind(err)
}

// weighEvery is how often the database's size is asked for: the server opens
// every table for the answer.
const weighEvery = 10 * time.Minute

// Database is how the database server stands.
func (s *Samples) Database(ctx context.Context) (d capacity.Database, err error) {
	var rows []struct {
		Name  string `db:"Variable_name"`
		Value int64  `db:"Value"`
	}
	err = s.db.x.SelectContext(ctx, &rows, sampleDatabase)
	if err != nil {
		return d, kind(err)
	}
	for _, r := range rows {
		switch strings.ToLower(r.Name) {
		case "questions":
			d.Questions = r.Value
		case "threads_running":
			d.Running = int(r.Value)
		case "threads_connected":
			d.Connections = int(r.Value)
		}
	}
	var room Room
	err = s.db.x.GetContext(ctx, &room, databaseRoom)
	if err != nil {
		return d, kind(err)
	}
	d.Bound = room.MaxConnections
	d.Bytes, err = s.weigh(ctx)
	return d, err
}

func (s *Samples) weigh(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.weighed.IsZero() && time.Since(s.weighed) < weighEvery {
		return s.bytes, nil
	}
	err := s.db.x.GetContext(ctx, &s.bytes, sampleBytes)
	if err != nil {
		return 0, kind(err)
	}
	s.weighed = time.Now()
	return s.bytes, nil
}

// Between are all servers' samples from one moment to before another.
func (s *Samples) Between(ctx context.Context, from, to time.Time) (all []capacity.Sample, err error) {
	err = s.db.x.SelectContext(ctx, &all, samplesBetween, from, to)
	return all, kind(err)
}

// Pool is how a process stands with its connections to the database.
type Pool struct {
	Open, Busy int
	Waited     int64         // times that something waited for a free one
	WaitedFor  time.Duration // all those together
}

// Pool is how this process stands with its connections.
func (db *DB) Pool() Pool {
	s := db.x.Stats()
	return Pool{s.OpenConnections, s.InUse, s.WaitCount, s.WaitDuration}
}
