package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"trunkline/ami"
	"trunkline/dialer"
)

// notes are what the telephony server's Asterisk has noted in its own database, by
// what each note is about: a call's id.
func (s *stage) notes(ctx context.Context) (map[string]string, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	a := s.cfg.Asterisk
	c := ami.New(ami.Config{Addr: a.AMI, User: a.AMIUser, Secret: a.AMISecret, Log: slog.New(slog.DiscardHandler)})
	over := make(chan error, 1)
	go func() { over <- c.Run(ctx) }()
	defer func() { stop(); <-over }()
	if err := c.Wait(ctx); err != nil {
		return nil, err
	}
	return c.DBTree(ctx, "trunkline")
}

// noted asks that Asterisk has a call's note, by which the next listen would know
// what became of it.
func (s *stage) noted(t *testing.T, call, want string) {
	t.Helper()
	all, err := s.notes(t.Context())
	if err != nil || all[call] != want {
		t.Errorf("Asterisk has noted %q of call %s, want %q (%v)", all[call], call, want, err)
	}
}

// forgotten asks that no note is left of a campaign's calls that are over,
// whatever kind of call they were.
func (c *campaign) forgotten(t *testing.T) {
	t.Helper()
	ctx := context.Background() // the test's own is over
	c.until(t, "the end of the notes of calls that are over", func() (bool, error) {
		all, err := c.notes(ctx)
		if err != nil {
			return false, nil // Asterisk is on its way up, after a test of its restart
		}
		rows, err := c.sql.QueryContext(ctx, "SELECT id FROM calls WHERE campaign_id = ? AND live IS NULL", c.id)
		if err != nil {
			return false, err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return false, err
			}
			if _, there := all[id]; there {
				return false, nil
			}
		}
		return true, rows.Err()
	})
}

// leftNotes are notes of Asterisk's that are of no call that is up: other legs
// than a customer's have none.
func (s *stage) leftNotes() error {
	ctx := context.Background()
	var left string
	err := s.await(func() (bool, error) {
		all, err := s.notes(ctx)
		if err != nil {
			return false, err
		}
		for id := range all {
			var state dialer.CallState
			err := s.sql.QueryRowContext(ctx, "SELECT state FROM calls WHERE id = ? AND live = 1", id).Scan(&state)
			if err == nil {
				delete(all, id)
			}
		}
		left = strings.Join(slices.Sorted(maps.Keys(all)), " ")
		return left == "", nil
	})
	if err != nil {
		return fmt.Errorf("asterisk's notes of %s stay: %w", left, err)
	}
	return nil
}
