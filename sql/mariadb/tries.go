package mariadb

import (
	"context"
	"time"

	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Tries counts for all web servers how often something was tried, by the
// database's clock. What is kept of one thing is one row, until its tries have all
// come back.
type Tries struct{ db *DB }

// NewTries is the store on a database.
func NewTries(db *DB) *Tries { return &Tries{db} }

var (
	tryTake    = queries.Get("try-take")
	tryReturn  = queries.Get("try-return")
	tryForgive = queries.Get("try-forgive")
	triesPurge = queries.Get("tries-purge")
)

// Take takes one of the tries that a limit leaves to what; more than 0: there is
// none for so long.
func (t *Tries) Take(ctx context.Context, what [32]byte, l facts.Limit) (wait time.Duration, err error) {
	every, slack := l.Every.Microseconds(), time.Duration(l.Burst-1)*l.Every
	err = again(ctx, func() error {
		result, err := t.db.x.ExecContext(ctx, tryTake, what[:], every, slack.Microseconds(), every)
		if err != nil {
			return kind(err)
		}
		µs, err := result.LastInsertId()
		wait = time.Duration(µs) * time.Microsecond
		return err
	})
	return wait, err
}

// Return gives one try back.
func (t *Tries) Return(ctx context.Context, what [32]byte, l facts.Limit) error {
	_, err := t.db.atOnce(ctx, tryReturn, l.Every.Microseconds(), what[:])
	return err
}

// Forgive gives all tries back.
func (t *Tries) Forgive(ctx context.Context, what [32]byte) error {
	_, err := t.db.atOnce(ctx, tryForgive, what[:])
	return err
}

// Purge deletes what has all its tries back.
func (t *Tries) Purge(ctx context.Context) error {
	for {
		if rows, err := t.db.atOnce(ctx, triesPurge); err != nil || rows < 1000 {
			return err
		}
	}
}
