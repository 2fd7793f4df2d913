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
