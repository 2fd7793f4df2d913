package mariadb

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

// Calls keeps calls for autodial: the books.
type Calls struct{ db *DB }

// NewCalls is the store on a database.
func NewCalls(db *DB) *Calls { return &Calls{db} }

var (
	qCallPlace       = queries.Get("call-place")
	qCallsCountLeads = queries.Get("calls-count-leads")
	qCallsTakeHopper = queries.Get("calls-take-hopper")
	qNumbersTurn     = queries.Get("numbers-turn")
	qCallsOfNumbers  = queries.Get("calls-of-numbers")
	qCampaignsActive = queries.Get("campaigns-active")
	qCampaignByID    = queries.Get("campaign-by-id")
	qCarriersAll     = queries.Get("carriers-all")
	qServerLimits    = queries.Get("server-limits")
)

// Commit writes calls that are about to be placed, counts them on their leads
// and takes the leads out of the hopper: all or nothing. A lead whose claim is
// not the server's any more makes it fail with dialer.ErrConflict. Left out, and
// named, are the calls whose number somebody has called since their verdict: it
// may be another server, or an agent by hand, and a limit to the calls of a number
// counts them all.
func (s *Calls) Commit(ctx context.Context, calls []dialer.Call) (late []dialer.LeadID, err error) {
	if len(calls) == 0 {
		return nil, nil
	}
	if err := s.db.keepVerdicts(ctx, calls); err != nil {
		return nil, err
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		late, err = overtaken(ctx, tx, calls)
		if err != nil {
			return err
		}
		calls := slices.DeleteFunc(slices.Clone(calls), func(c dialer.Call) bool { return slices.Contains(late, c.LeadID) })
		if len(calls) == 0 {
			return nil
		}
		leads := make([]dialer.LeadID, len(calls))
		for i, c := range calls {
			leads[i] = c.LeadID
		}
		taken, err := execIn(ctx, tx, qCallsTakeHopper, leads, calls[0].ServerID)
		if err != nil {
			return err
		}
		if taken != int64(len(calls)) {
			return fmt.Errorf("%w: %d of %d leads are still claimed by this server", dialer.ErrConflict, taken, len(calls))
		}
		_, err = tx.NamedExecContext(ctx, qCallPlace, calls)
		if err != nil {
			return kind(err)
		}
		_, err = execIn(ctx, tx, qCallsCountLeads, calls[0].PlacedAt, leads)
		return err
	})
	return late, err
}

// overtaken takes this transaction's turn at the numbers of the calls and gives
// the leads of those whose number has more calls by now than their verdict knew
// of. Until the transaction ends nobody else commits a call to these numbers.
func overtaken(ctx context.Context, tx *sqlx.Tx, calls []dialer.Call) ([]dialer.LeadID, error) {
	type turn struct {
		Place uint16 `db:"place"`
	}
	turns := make([]turn, len(calls))
	numbers := make([]string, len(calls))
	for i, c := range calls {
		turns[i], numbers[i] = turn{uint16(crc32.ChecksumIEEE([]byte(c.E164)))}, c.E164
	}
	// In one order, so that two who want the same places do not wait for each other.
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Compare(a.Place, b.Place) })
	if _, err := tx.NamedExecContext(ctx, qNumbersTurn, slices.Compact(turns)); err != nil {
		return nil, kind(err)
	}
	query, args, err := sqlx.In(qCallsOfNumbers, numbers, calls[0].PlacedAt.AddDate(0, 0, -compliance.HistoryDays))
	if err != nil {
		return nil, err
	}
	var rows []struct {
		E164  string `db:"e164"`
		Calls int    `db:"calls"`
	}
	if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, kind(err)
	}
	placed := make(map[string]int, len(rows))
	for _, r := range rows {
		placed[r.E164] = min(r.Calls, compliance.HistoryMost) // nobody knows of more
	}
	var late []dialer.LeadID
	for _, c := range calls {
		if placed[c.E164] > c.Known {
			late = append(late, c.LeadID)
		}
	}
	return late, nil
}

// execIn runs a statement that has a list among its arguments, and tells how many
// rows it found.
func execIn(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (found int64, err error) {
	r, err := resultIn(ctx, tx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// resultIn runs a statement that has a list among its arguments.
func resultIn(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (sql.Result, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	r, err := tx.ExecContext(ctx, query, args...)
	return r, kind(err)
}

// ActiveCampaigns are the campaigns that dial.
func (s *Calls) ActiveCampaigns(ctx context.Context) ([]dialer.Campaign, error) {
	var all []dialer.Campaign
	err := s.db.x.SelectContext(ctx, &all, qCampaignsActive)
	return all, kind(err)
}

// Carriers are all carriers, whether active or not.
func (s *Calls) Carriers(ctx context.Context) ([]dialer.Carrier, error) {
	var all []dialer.Carrier
	err := s.db.x.SelectContext(ctx, &all, qCarriersAll)
	return all, kind(err)
}

// maxSkew is the clock skew over which a server must not dial: the calling
// hours would be judged by a wrong clock.
const maxSkew = 5 * time.Second

// Limits are what a server may do now, and over which carriers.
func (s *Calls) Limits(ctx context.Context, server dialer.ServerID) (autodial.Limits, error) {
	var rows []struct {
		MaxTrunks int            `db:"max_trunks"`
		CPS       float64        `db:"cps"`
		Dials     bool           `db:"dials"`
		SkewMS    int64          `db:"skew_ms"`
		Carrier   dialer.Carrier `db:"carrier"`
	}
	err := kind(s.db.x.SelectContext(ctx, &rows, qServerLimits, server))
	if err == nil && len(rows) == 0 {
		err = dialer.ErrNotFound
	}
	if err != nil {
		return autodial.Limits{}, err
	}
	row := rows[0]
	l := autodial.Limits{MaxTrunks: row.MaxTrunks, CPS: row.CPS, Carriers: map[dialer.CarrierID]dialer.Carrier{}}
	for _, r := range rows {
		if r.Carrier.ID != 0 {
			l.Carriers[r.Carrier.ID] = r.Carrier
		}
	}
	skew := time.Duration(row.SkewMS) * time.Millisecond
	switch {
	case !row.Dials:
		l.Stopped = "it is switched off on its page"
	case skew.Abs() > maxSkew:
		l.Stopped = fmt.Sprintf("its clock is %s off the database's", skew.Round(time.Second)) // not to be said anew with every millisecond
	}
	return l, nil
}
