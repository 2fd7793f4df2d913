package mariadb

import (
	"context"
	"strings"

	"trunkline/sql/queries"
)

// Meter counts what the server did for one piece of work, by the server's own
// count.
type Meter struct {
	db    *DB
	begin map[string]int64
}

var meterStatus = queries.Get("meter-status")

// Concurrent lets the DB have so many connections; it has 16.
func (db *DB) Concurrent(connections int) { db.x.SetMaxOpenConns(connections) }

// NewMeter starts to count. From now on the DB has one connection: the counts are
// a connection's.
func NewMeter(ctx context.Context, db *DB) (*Meter, error) {
	db.x.SetMaxOpenConns(1)
	m := &Meter{db: db}
	var err error
	m.begin, err = m.read(ctx)
	return m, err
}

// Count gives the statements since then, and the rows that the server read for
// them from tables and indexes.
func (m *Meter) Count(ctx context.Context) (statements, rowsRead int64, err error) {
	end, err := m.read(ctx)
	if err != nil {
		return 0, 0, err
	}
	for name, n := range end {
		switch {
		case strings.EqualFold(name, "Questions"):
			statements = n - m.begin[name] - 1 // but the one that asks
		default:
			rowsRead += n - m.begin[name]
		}
	}
	return statements, rowsRead, nil
}

func (m *Meter) read(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		Name  string `db:"Variable_name"`
		Value int64  `db:"Value"`
	}
	if err := m.db.x.SelectContext(ctx, &rows, meterStatus); err != nil {
		return nil, kind(err)
	}
	counts := make(map[string]int64, len(rows))
	for _, r := range rows {
		counts[r.Name] = r.Value
	}
	return counts, nil
}
