// Package migrated gives tests databases that have the schema already. Migrating
// takes some hundred steps; a test binary goes through them once, and each of its
// tests gets a copy of what they made. What tests the steps themselves begins with
// an empty database of sql/private.
package migrated

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// Database makes a database with the schema and an account of its own and returns
// its DSN; both are gone when the test has ended. Without MariaDB the test is
// skipped, or fails: see private.Missing.
func Database(tb private.TB) (dsn string) {
	tb.Helper()
	like, err := template(private.ForTest(tb))
	if err != nil {
		tb.Fatalf("no schema for this test: %v", err)
	}
	return private.DatabaseLike(tb, like)
}

// name is that of the database of which the others are copies.
const name = "test_original"

var (
	once     sync.Once
	original *private.Template
	failed   error
)

func template(s *private.Server) (*private.Template, error) {
	once.Do(func() { original, failed = migrate(s) })
	return original, failed
}

func migrate(s *private.Server) (*private.Template, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := s.Run(ctx, []string{"CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"})
	if err != nil {
		return nil, err
	}
	db, err := mariadb.Open(s.DSN(name))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	return s.Template(ctx, name)
}
