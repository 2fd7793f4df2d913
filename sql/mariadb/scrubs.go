package mariadb

import (
	"context"
	"time"

	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Scrubs keeps when lists were compared with the do-not-call registers.
type Scrubs struct{ db *DB }

// NewScrubs is the store on a database.
func NewScrubs(db *DB) *Scrubs { return &Scrubs{db} }

var (
	scrubAdd   = queries.Get("scrub-add")
	scrubsLast = queries.Get("scrubs-last")
)

// Add notes a comparison.
func (s *Scrubs) Add(ctx context.Context, sc facts.Scrub) error {
	_, err := s.db.x.NamedExecContext(ctx, scrubAdd, sc)
	return kind(err)
}

// Last is when lists were last compared with each register, by its name.
func (s *Scrubs) Last(ctx context.Context) (map[string]time.Time, error) {
	var rows []struct {
		Register string    `db:"register"`
		At       time.Time `db:"at"`
	}
	if err := s.db.x.SelectContext(ctx, &rows, scrubsLast); err != nil {
		return nil, kind(err)
	}
	last := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		last[r.Register] = r.At
	}
	return last, nil
}
