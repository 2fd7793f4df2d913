// Package mariadb keeps the nouns in MariaDB (or MySQL 8): one small store per
// aggregate, each filling the interfaces that its users declare. The SQL stands
// in sql/queries and stays inside what Galera, Vitess and TiDB take: no
// GET_LOCK, no SKIP LOCKED, no RETURNING, no reliance on the order of ids.
package mariadb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"trunkline/dialer"
	"trunkline/sql/migrations"
)

// DB is the database. Its stores share it.
type DB struct {
	x       *sqlx.DB
	patient driver.Connector // whose connections wait for an answer as long as it takes
	plain   driver.Connector // the same, and give values as the server writes them
	log     *driverLog

	verdicts keptVerdicts
}

// driverLog takes what the driver says. It repeats what the caller gets as an
// error, so nobody hears it but a process that asks for it by LogTo, and there
// it is for debugging.
type driverLog struct{ to atomic.Pointer[slog.Logger] }

// Print is one message of the driver.
func (l *driverLog) Print(v ...any) {
	if log := l.to.Load(); log != nil {
		log.Debug("MariaDB's driver", "says", strings.TrimSpace(fmt.Sprint(v...)))
	}
}

// LogTo has the driver's own messages logged.
func (db *DB) LogTo(log *slog.Logger) { db.log.to.Store(log) }

// Open prepares connections to the database that the DSN names (the form of
// go-sql-driver/mysql); it does not wait for the server: see Wait. Whatever
// the DSN says, times are UTC, isolation is READ COMMITTED, the SQL mode is
// strict and an update counts the rows it found, so that every store can rely
// on them.
func Open(dsn string) (*DB, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("database.dsn: %w", err)
	}
	said := new(driverLog)
	cfg.Logger = said
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.ClientFoundRows = true
	cfg.InterpolateParams = true // one round trip a statement
	cfg.Collation = "utf8mb4_general_ci"
	cfg.Timeout = 3 * time.Second
	cfg.ReadTimeout = 30 * time.Second
	cfg.WriteTimeout = 30 * time.Second
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
	strict := cfg.Params["sql_mode"]
	cfg.Params["sql_mode"] = strict + abandoned
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("database.dsn: %w", err)
	}
	cfg = cfg.Clone()
	cfg.Params["sql_mode"] = strict
	cfg.ReadTimeout = 0
	patient, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("database.dsn: %w", err)
	}
	cfg = cfg.Clone()
	cfg.ParseTime = false
	plain, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("database.dsn: %w", err)
	}
	connector, patient, plain = committed{connector}, committed{patient}, committed{plain}
	x := sqlx.NewDb(sql.OpenDB(connector), "mysql")
	x.SetMaxOpenConns(16)
	x.SetMaxIdleConns(16)
	// What only a rush needed is given back: a cluster's daemons share one
	// server's max_connections, and each costs both sides memory.
	x.SetConnMaxIdleTime(20 * time.Second)
	x.SetConnMaxLifetime(30 * time.Minute) // a proxy in front may drop old connections silently
	return &DB{x: x, patient: patient, plain: plain, log: said}, nil
}

// abandoned has MariaDB roll a transaction back whose process has said nothing for
// so many seconds. A host that loses power does not close its connections, and its
// locks would stand in everybody's way until TCP gives it up, after hours. What
// follows a session variable's value goes out in the same statement; MySQL, which
// has no such variable, takes it for a comment.
const abandoned = " /*M!100300 , idle_transaction_timeout = 5 */"

// committed makes connections whose transactions are READ COMMITTED without
// being told one by one: that would be a round trip for each. It is a statement,
// since the variable's name differs between MariaDB and MySQL.
type committed struct{ driver.Connector }

// Connect opens a connection.
func (c committed) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// Close ends all connections.
func (db *DB) Close() error { return db.x.Close() }

// Ping asks whether the server answers.
func (db *DB) Ping(ctx context.Context) error {
	return kind(db.x.PingContext(ctx))
}

// Wait returns once the server answers, saying every few seconds what it waits
// for, or with ctx's error.
func (db *DB) Wait(ctx context.Context, log *slog.Logger) error {
	pause := 100 * time.Millisecond
	started, said := time.Now(), time.Time{}
	for {
		err := db.pingSoon(ctx)
		if err == nil {
			return nil
		}
		if time.Since(said) > 5*time.Second && time.Since(started) > time.Second {
			log.Warn("waiting for MariaDB", "for", time.Since(started).Round(time.Second), "err", err)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for MariaDB: %w (last: %v)", ctx.Err(), err)
		case <-time.After(pause):
			pause = min(2*pause, 2*time.Second)
		}
	}
}

// pingSoon asks once and does not wait for a server that hangs.
func (db *DB) pingSoon(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return db.Ping(ctx)
}

// Migrate brings the schema to the version of this binary. Any number of
// processes may call it at once: a lease row lets one in at a time.
func (db *DB) Migrate(ctx context.Context, log *slog.Logger) (applied int, err error) {
	locker, err := lock.NewMySQLTableLocker(
		lock.WithTableLockTimeout(time.Second, 120), // its default asks every 5 s only
	)
	if err != nil {
		return 0, err
	}
	// An index of ten million leads is not made in the time that a call may take.
	patient := sql.OpenDB(db.patient)
	defer patient.Close()
	// A later version may bring a step with a lower number: each part of the program
	// has numbers of its own. No step needs one of another part's that is higher.
	p, err := goose.NewProvider(goose.DialectMySQL, patient, migrations.FS, goose.WithLocker(locker), goose.WithAllowOutofOrder(true))
	if err != nil {
		return 0, err
	}
	results, err := p.Up(ctx)
	if err != nil {
		return len(results), fmt.Errorf("migrating the schema: %w", err)
	}
	for _, r := range results {
		log.Debug("migrated", "step", r.Source.Path, "in", r.Duration)
	}
	return len(results), nil
}

// Now is the database's clock, the only one that orders things between hosts.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := db.x.GetContext(ctx, &now, "SELECT UTC_TIMESTAMP(6)")
	return now, kind(err)
}

// Tx runs fn in a transaction and commits. Any commit may fail by deadlock
// (1213; on Galera at COMMIT), lock wait (1205) or a changed snapshot (1020):
// then fn runs again, so it must only change what it reads within.
func (db *DB) Tx(ctx context.Context, fn func(*sqlx.Tx) error) error {
	return again(ctx, func() error { return db.once(ctx, fn) })
}

// again runs do until it does not collide with another transaction.
func again(ctx context.Context, do func() error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := do()
		if err == nil || !retryable(err) || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)): // jitter: two that collided must not again
		}
	}
}

// atOnce runs one statement, whose slices become IN lists, as a transaction of
// its own, in one round trip; again where the database chose it as a deadlock's
// victim. It says how many rows were changed.
func (db *DB) atOnce(ctx context.Context, query string, args ...any) (int64, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return 0, err
	}
	var rows int64
	err = again(ctx, func() error {
		result, err := db.x.ExecContext(ctx, query, args...)
		if err != nil {
			return kind(err)
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

func (db *DB) once(ctx context.Context, fn func(*sqlx.Tx) error) error {
	tx, err := db.x.BeginTxx(ctx, nil)
	if err != nil {
		return kind(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it is a no-op, after an error the error counts
	err = fn(tx)
	if err != nil {
		return err
	}
	return kind(tx.Commit())
}

func retryable(err error) bool {
	var m *mysql.MySQLError
	return errors.As(err, &m) && (m.Number == 1213 || m.Number == 1205 || m.Number == 1020)
}

// duplicate tells whether err is a unique key's refusal.
func duplicate(err error) bool {
	var m *mysql.MySQLError
	return errors.As(err, &m) && m.Number == 1062
}

// kind marks an error with its kind: no row is ErrNotFound, a duplicate key is
// ErrConflict, and a server that is not there is ErrUnavailable.
func kind(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return dialer.ErrNotFound
	case duplicate(err):
		return fmt.Errorf("%w: %w", dialer.ErrConflict, err)
	case invalid(err):
		return fmt.Errorf("%w: %w", dialer.ErrInvalid, err)
	case away(err):
		return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	return err
}

// invalid tells whether err is about the row itself: out of range, too long, not
// a character of the column's set, NULL where there must be a value, or without
// the row it refers to.
func invalid(err error) bool {
	var m *mysql.MySQLError
	return errors.As(err, &m) && slices.Contains([]uint16{1048, 1264, 1265, 1292, 1366, 1406, 1452, 3819, 4025}, m.Number)
}

// away tells whether err is the network's, or a server's that is going, full
// or read-only for the moment.
func away(err error) bool {
	var m *mysql.MySQLError
	var n net.Error
	switch {
	case errors.As(err, &m):
		return slices.Contains([]uint16{1040, 1053, 1077, 1079, 1203, 1290, 1927, 2006, 2013, 3169}, m.Number)
	case errors.As(err, &n), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		return !errors.Is(err, context.Canceled)
	}
	return false
}
