package mariadb

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

var (
	qHistories = queries.Get("histories")
	qHistory   = queries.Get("history")
)

const (
	// historyBatch is how many numbers one statement asks for: below the thousand
	// from which MariaDB turns an IN list into a join with a table of its own.
	historyBatch = 500
	// historyRows is how many calls of a batch are read together. Who has been
	// called far more often than anybody may be makes the batch be read number by
	// number, each its newest calls only.
	historyRows = 20 * historyBatch
)

type attemptRow struct {
	E164     string     `db:"e164"`
	PlacedAt time.Time  `db:"placed_at"`
	EndedAt  *time.Time `db:"ended_at"`
	Talked   bool       `db:"talked"`
	Dropped  bool       `db:"dropped"`
	Machine  bool       `db:"machine"`
}

// Histories fills hopper.Store.
func (s *HopperStore) Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error) {
	return s.db.histories(ctx, e164s, now)
}

// histories asks for the calls and for the consents at once.
func (db *DB) histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error) {
	known := make(map[string]*compliance.History, len(e164s))
	for _, e := range e164s {
		known[e] = &compliance.History{}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return db.attemptsInto(ctx, known, e164s, now) })
	g.Go(func() error { return db.consentsInto(ctx, known, e164s) })
	return known, g.Wait()
}

// attemptsInto adds to histories the calls to the numbers.
func (db *DB) attemptsInto(ctx context.Context, known map[string]*compliance.History, e164s []string, now time.Time) error {
	since := now.AddDate(0, 0, -compliance.HistoryDays)
	for batch := range slices.Chunk(e164s, historyBatch) {
		query, args, err := sqlx.In(qHistories, batch, since, historyRows+1)
		if err != nil {
			return err
		}
		var rows []attemptRow
		if err := db.x.SelectContext(ctx, &rows, query, args...); err != nil {
			return kind(err)
		}
		if len(rows) > historyRows {
			rows = rows[:0]
			for _, e := range batch {
				var newest []attemptRow
				if err := db.x.SelectContext(ctx, &newest, qHistory, e, since, compliance.HistoryMost); err != nil {
					return kind(err)
				}
				rows = append(rows, newest...)
			}
		}
		addAttempts(known, rows)
	}
	return nil
}

// addAttempts adds calls to the histories of their numbers, which have them
// newest first.
func addAttempts(known map[string]*compliance.History, rows []attemptRow) {
	for _, r := range rows {
		a := compliance.Attempt{At: r.PlacedAt, Talked: r.Talked, Dropped: r.Dropped, Machine: r.Machine}
		if r.EndedAt != nil {
			a.Ended = *r.EndedAt
		}
		h := known[r.E164]
		h.Attempts = append(h.Attempts, a)
	}
	for _, h := range known {
		slices.SortFunc(h.Attempts, func(a, b compliance.Attempt) int { return b.At.Compare(a.At) })
	}
}
