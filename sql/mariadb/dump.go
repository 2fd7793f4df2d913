package mariadb

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"

	"trunkline/sql/migrations"
	"trunkline/sql/queries"
)

var (
	dumpTables     = queries.Get("dump-tables")
	dumpColumns    = queries.Get("dump-columns")
	dumpVersions   = queries.Get("dump-versions")
	dumpRecordings = queries.Get("dump-recordings")
	dumpAlive      = queries.Get("dump-alive")
	dumpFilled     = queries.Get("dump-filled")
)

// Table is a table as a backup has it.
type Table struct {
	Name    string   `db:"name" json:"name"`
	NextID  int64    `db:"next_id" json:"next_id,omitempty"` // of its next row; 0: it gives none
	Columns []string `db:"-" json:"columns"`
}

// Snapshot is the database as it was at one moment. Whatever is written
// meanwhile is not in it, and nobody waits for it.
type Snapshot struct {
	At       time.Time
	Versions []int64 // of the schema, in the order in which they were applied
	Tables   []Table

	db   *sql.DB
	conn *sqlx.Conn
}

// Snapshot begins one. Close ends it.
func (db *DB) Snapshot(ctx context.Context) (*Snapshot, error) {
	s := &Snapshot{db: sql.OpenDB(db.plain)}
	err := s.open(ctx)
	if err != nil {
		s.Close()
		return nil, kind(err)
	}
	return s, nil
}

func (s *Snapshot) open(ctx context.Context) (err error) {
	s.conn, err = sqlx.NewDb(s.db, "mysql").Connx(ctx)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"SET SESSION net_write_timeout = 3600", // whoever takes the rows may be slow
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT",
	} {
		if _, err = s.conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	var at string
	err = s.conn.GetContext(ctx, &at, "SELECT UTC_TIMESTAMP(6)")
	if err == nil {
		s.At, err = time.Parse("2006-01-02 15:04:05.999999", at)
	}
	if err == nil {
		err = s.conn.SelectContext(ctx, &s.Versions, dumpVersions)
	}
	if err == nil {
		err = s.conn.SelectContext(ctx, &s.Tables, dumpTables)
	}
	var columns []struct {
		Name string `db:"name"`
		Col  string `db:"col"`
	}
	if err == nil {
		err = s.conn.SelectContext(ctx, &columns, dumpColumns)
	}
	for i := range s.Tables {
		for _, c := range columns {
			if c.Name == s.Tables[i].Name {
				s.Tables[i].Columns = append(s.Tables[i].Columns, c.Col)
			}
		}
	}
	return err
}

// Close ends the snapshot.
func (s *Snapshot) Close() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
	_ = s.db.Close()
}

// Rows gives each row of a table, its values as the server writes them; nil is
// NULL. A row's values are good until each returns.
func (s *Snapshot) Rows(ctx context.Context, t Table, each func(values []sql.RawBytes) error) error {
	rows, err := s.conn.QueryContext(ctx, "SELECT `"+strings.Join(t.Columns, "`, `")+"` FROM `"+t.Name+"`")
	if err != nil {
		return kind(err)
	}
	defer rows.Close()
	values := make([]sql.RawBytes, len(t.Columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		err = rows.Scan(into...)
		if err != nil {
			return kind(err)
		}
		err = each(values)
		if err != nil {
			return err
		}
	}
	return kind(rows.Err())
}

// RecordingFile is a recording's file as the books have it.
type RecordingFile struct {
	Server string `db:"server"`
	File   string `db:"file"`
	Bytes  int64  `db:"bytes"`
	SHA256 string `db:"sha256"`
}

// Recordings gives the recordings that are complete.
func (s *Snapshot) Recordings(ctx context.Context) (all []RecordingFile, err error) {
	err = s.conn.SelectContext(ctx, &all, dumpRecordings)
	return all, kind(err)
}

// Alive are the hosts that were seen within the last 15 s; none where there is no
// table of them.
func (db *DB) Alive(ctx context.Context) (names []string, err error) {
	have, _, err := db.Schema(ctx)
	if err != nil || have == 0 {
		return nil, err
	}
	err = db.x.SelectContext(ctx, &names, dumpAlive)
	return names, kind(err)
}

// Filled says what the database holds beyond what a new one has; "" for nothing.
func (db *DB) Filled(ctx context.Context) (string, error) {
	var tables []Table
	err := db.x.SelectContext(ctx, &tables, dumpTables)
	if err != nil || len(tables) == 0 {
		return "", kind(err)
	}
	var n struct {
		Users     int `db:"users"`
		Campaigns int `db:"campaigns"`
		Lists     int `db:"lists"`
		Work      int `db:"work"`
	}
	err = db.x.GetContext(ctx, &n, dumpFilled)
	if err != nil {
		return "tables that are not of this Trunkline", nil
	}
	if n.Users+n.Campaigns+n.Lists+n.Work == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d users, %d campaigns and %d lists", n.Users, n.Campaigns, n.Lists), nil
}

// Loader fills an empty database from a backup.
type Loader struct{ db *DB }

// Unknown is the first of a backup's schema versions that this binary does not
// have; 0 where it has all.
func Unknown(versions []int64) (int64, error) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return 0, err
	}
	known := map[int64]bool{}
	for _, f := range files {
		if v, err := goose.NumericComponent(f.Name()); err == nil {
			known[v] = true
		}
	}
	for _, v := range versions {
		if !known[v] {
			return v, nil
		}
	}
	return 0, nil
}

// Wipe drops every table.
func (db *DB) Wipe(ctx context.Context) error {
	var tables []string
	err := db.x.SelectContext(ctx, &tables, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'")
	for _, t := range tables {
		if err == nil {
			_, err = db.x.ExecContext(ctx, "DROP TABLE `"+strings.ReplaceAll(t, "`", "``")+"`")
		}
	}
	return kind(err)
}

// NewLoader makes the tables as a backup had them, in a database without any, and
// empty.
func NewLoader(ctx context.Context, db *DB, versions []int64) (*Loader, error) {
	patient := sql.OpenDB(db.patient)
	defer patient.Close()
	p, err := goose.NewProvider(goose.DialectMySQL, patient, migrations.FS)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if _, err := p.ApplyVersion(ctx, v, true); err != nil {
			return nil, fmt.Errorf("making the tables: %w", err)
		}
	}
	// What the migrations sowed is in the backup as it was.
	var tables []Table
	err = db.x.SelectContext(ctx, &tables, dumpTables)
	for _, t := range tables {
		if err == nil {
			_, err = db.x.ExecContext(ctx, "DELETE FROM `"+t.Name+"`")
		}
	}
	return &Loader{db: db}, kind(err)
}

// Put inserts rows of a table; a value is nil for NULL, []byte for what is no
// text, else a string.
func (l *Loader) Put(ctx context.Context, t Table, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ") + ")"
	query := "INSERT INTO `" + t.Name + "` (`" + strings.Join(t.Columns, "`, `") + "`) VALUES " + strings.TrimSuffix(strings.Repeat(one+", ", len(rows)), ", ")
	args := make([]any, 0, len(rows)*len(t.Columns))
	for _, r := range rows {
		if len(r) != len(t.Columns) {
			return fmt.Errorf("a row of %s has %d values, and the table %d columns", t.Name, len(r), len(t.Columns))
		}
		args = append(args, r...)
	}
	return l.db.Tx(ctx, func(tx *sqlx.Tx) error {
		// A row may have the number 0, which else asks for the next one.
		_, err := tx.ExecContext(ctx, "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
		if err == nil {
			_, err = tx.ExecContext(ctx, query, args...)
		}
		return kind(err)
	})
}

// Finish lets the tables go on counting where they were, and brings the schema to
// this binary's.
func (l *Loader) Finish(ctx context.Context, tables []Table, log *slog.Logger) error {
	for _, t := range tables {
		if t.NextID == 0 {
			continue
		}
		_, err := l.db.x.ExecContext(ctx, fmt.Sprintf("ALTER TABLE `%s` AUTO_INCREMENT = %d", t.Name, t.NextID))
		if err != nil {
			return kind(err)
		}
	}
	_, err := l.db.Migrate(ctx, log)
	return err
}

// Known tells whether a table and its columns are the schema's, so that a
// backup's own words never become SQL.
func (l *Loader) Known(ctx context.Context, t Table) (bool, error) {
	var columns []struct {
		Name string `db:"name"`
		Col  string `db:"col"`
	}
	err := l.db.x.SelectContext(ctx, &columns, dumpColumns)
	if err != nil {
		return false, kind(err)
	}
	var have []string
	for _, c := range columns {
		if c.Name == t.Name {
			have = append(have, c.Col)
		}
	}
	return len(have) > 0 && len(t.Columns) > 0 && !slices.ContainsFunc(t.Columns, func(c string) bool { return !slices.Contains(have, c) }), nil
}
