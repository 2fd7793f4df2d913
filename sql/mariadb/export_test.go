package mariadb

import "context"

// Prepares has the server parse a statement.
func (db *DB) Prepares(ctx context.Context, statement string) error {
	s, err := db.x.PreparexContext(ctx, statement)
	if err != nil {
		return err
	}
	return s.Close()
}

// Exec lets a test arrange rows that no store writes.
func (db *DB) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := db.x.ExecContext(ctx, statement, args...)
	return err
}

// Get lets a test look at a column that no store reads.
func (db *DB) Get(ctx context.Context, into any, statement string, args ...any) error {
	return db.x.GetContext(ctx, into, statement, args...)
}

// Select lets a test read rows that no store reads so.
func (db *DB) Select(ctx context.Context, into any, statement string, args ...any) error {
	return db.x.SelectContext(ctx, into, statement, args...)
}

// ReadRuns has a census with a filter look at ids in blocks of eight, and read
// those through of which one in so many is asked of the filter; 0: none. Up to
// two it begins with the lists' own fields wherever it may, above never.
func (s *HopperStore) ReadRuns(share int) {
	s.census = censusRuns{few: 1, block: 8, blocks: 1 << 20, samples: 8, share: share}
	if share > 2 {
		s.census.own = 1000
	}
}

// WantsOwn tells whether only leads with own fields pass.
var WantsOwn = wantsOwn
