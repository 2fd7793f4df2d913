package mariadb

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// BenchDesks arranges the tables of a measurement of agents' desks.
type BenchDesks struct{ db *DB }

// NewBenchDesks is the store on a database of its own.
func NewBenchDesks(db *DB) *BenchDesks { return &BenchDesks{db} }

var (
	benchDeskServer   = queries.Get("bench-desk-server")
	benchDeskCarrier  = queries.Get("bench-desk-carrier")
	benchDeskZone     = queries.Get("bench-desk-zone")
	benchDeskUsers    = queries.Get("bench-desk-users")
	benchDeskPhones   = queries.Get("bench-desk-phones")
	benchDeskLeads    = queries.Get("bench-desk-leads")
	benchDeskCalls    = queries.Get("bench-desk-calls")
	benchDeskSessions = queries.Get("bench-desk-sessions")
	benchDeskToken    = queries.Get("bench-desk-token")
	benchDeskChange   = queries.Get("bench-desk-change")
	benchDeskEvent    = queries.Get("bench-desk-event")
)

// BenchUser and BenchSession are those of the n-th desk, from 1; user 0 is an
// admin without a desk.
func BenchUser(n int) dialer.UserID       { return dialer.UserID(1000 + n) }
func BenchSession(n int) dialer.SessionID { return dialer.SessionID(1000 + n) }

// Desks makes agents on a call each, with a day of calls behind them, to the
// leads of the campaign's lists, so many, that are there; tokens are the hashes of
// their browsers' cookies, that of the admin first.
func (b *BenchDesks) Desks(ctx context.Context, campaign dialer.CampaignID, tokens [][32]byte, leads int, now time.Time) error {
	n := len(tokens) - 1
	for _, step := range []struct {
		query string
		args  []any
	}{
		{benchDeskServer, nil}, {benchDeskCarrier, []any{now}}, {benchDeskZone, nil},
		{benchDeskUsers, []any{now, n}}, {benchDeskPhones, []any{now, n}}, {benchDeskLeads, []any{n}},
		{benchDeskCalls, []any{campaign, now, now, now, now, leads, n}}, {benchDeskSessions, []any{campaign, now, now, now, n}},
	} {
		if _, err := b.db.x.ExecContext(ctx, step.query, step.args...); err != nil {
			return kind(err)
		}
	}
	var rows []map[string]any
	for i, t := range tokens {
		rows = append(rows, map[string]any{"token": t[:], "user": BenchUser(i), "at": now, "until": now.Add(12 * time.Hour)})
	}
	for some := range slices.Chunk(rows, 500) {
		if _, err := b.db.x.NamedExecContext(ctx, benchDeskToken, some); err != nil {
			return kind(err)
		}
	}
	return nil
}

// Change has something happen at the n-th desk, as listen does: the change and
// its event in one transaction. It gives the event's id, and when the transaction
// was about to be committed.
func (b *BenchDesks) Change(ctx context.Context, campaign dialer.CampaignID, n int, now time.Time) (event int64, commits time.Time, err error) {
	err = b.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, benchDeskChange, now, BenchSession(n)); err != nil {
			return kind(err)
		}
		r, err := tx.ExecContext(ctx, benchDeskEvent, now, BenchSession(n), campaign)
		if err == nil {
			event, err = r.LastInsertId()
		}
		commits = time.Now()
		return kind(err)
	})
	return event, commits, err
}
