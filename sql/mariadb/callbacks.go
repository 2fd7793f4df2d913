package mariadb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

var (
	callbacksOpenOf   = queries.Get("callbacks-open-of")
	callbackStatuses  = queries.Get("callback-statuses")
	callbackWrite     = queries.Get("callback-write")
	callbackEndOpen   = queries.Get("callback-end-open")
	callbackInsert    = queries.Get("callback-insert")
	callbackLock      = queries.Get("callback-lock")
	callbacksOfUser   = queries.Get("callbacks-of-user")
	callbacksOpen     = queries.Get("callbacks-open")
	callbacksClosed   = queries.Get("callbacks-closed")
	callbacksOfLead   = queries.Get("callbacks-of-lead")
	callbacksCount    = queries.Get("callbacks-count")
	callbackLeadState = queries.Get("callback-lead-status")
)

// writeCallbacks takes down the new promises.
func (w *journal) writeCallbacks() {
	for _, c := range w.callbacks {
		w.exec(callbackEndOpen, c.ChangedAt, c.LeadID)
		w.named(callbackInsert, c)
	}
}

// settleCallbacks does to the open callbacks of leads what the end of a call
// does.
func settleCallbacks(ctx context.Context, tx *sqlx.Tx, ended map[dialer.LeadID]dialer.Status, now time.Time) error {
	query, args, err := sqlx.In(callbacksOpenOf, slices.Sorted(maps.Keys(ended)))
	if err != nil {
		return err
	}
	var open []dialer.Callback
	if err := tx.SelectContext(ctx, &open, query, args...); err != nil || len(open) == 0 {
		return kind(err)
	}
	query, args, err = sqlx.In(callbackStatuses, slices.Collect(maps.Values(ended)))
	if err != nil {
		return err
	}
	var statuses []struct {
		Status dialer.Status `db:"status"`
		Human  bool          `db:"human"`
		DNC    bool          `db:"dnc"`
	}
	if err := tx.SelectContext(ctx, &statuses, query, args...); err != nil {
		return kind(err)
	}
	for _, c := range open {
		human, never := false, false
		for _, s := range statuses {
			if s.Status == ended[c.LeadID] {
				// A drop had a person on the line, and nobody spoke to them.
				human, never = s.Human && s.Status != dialer.StatusDrop, s.DNC
			}
		}
		if _, err := tx.NamedExecContext(ctx, callbackWrite, c.AfterCall(human, never, now)); err != nil {
			return kind(err)
		}
	}
	return nil
}

// Callbacks keeps the calls that customers were promised.
type Callbacks struct{ db *DB }

// NewCallbacks is the store on a database.
func NewCallbacks(db *DB) *Callbacks { return &Callbacks{db} }

// OfUser are the open callbacks that an agent dials, the soonest first.
func (s *Callbacks) OfUser(ctx context.Context, user dialer.UserID, limit int) ([]dialer.CallbackLine, error) {
	var lines []dialer.CallbackLine
	err := s.db.x.SelectContext(ctx, &lines, callbacksOfUser, user, limit)
	return lines, kind(err)
}

// Open are the callbacks that stand, of one campaign or ("") of all, the soonest
// first, after a place in that order.
func (s *Callbacks) Open(ctx context.Context, campaign dialer.CampaignID, due time.Time, after dialer.CallbackID, limit int) ([]dialer.CallbackLine, error) {
	if due.IsZero() {
		due = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	var lines []dialer.CallbackLine
	err := s.db.x.SelectContext(ctx, &lines, callbacksOpen, campaign, campaign, due, due, after, limit)
	return lines, kind(err)
}

// Closed are those that ended, the newest first, before an id (0: all).
func (s *Callbacks) Closed(ctx context.Context, campaign dialer.CampaignID, before dialer.CallbackID, limit int) ([]dialer.CallbackLine, error) {
	if before == 0 {
		before = 1 << 62
	}
	var lines []dialer.CallbackLine
	err := s.db.x.SelectContext(ctx, &lines, callbacksClosed, campaign, campaign, before, limit)
	return lines, kind(err)
}

// OfLead are a lead's callbacks, the newest first.
func (s *Callbacks) OfLead(ctx context.Context, lead dialer.LeadID) ([]dialer.CallbackLine, error) {
	var lines []dialer.CallbackLine
	err := s.db.x.SelectContext(ctx, &lines, callbacksOfLead, lead)
	return lines, kind(err)
}

// Count tells how many callbacks stand and how many of them are due.
func (s *Callbacks) Count(ctx context.Context, now time.Time) (open, due int, err error) {
	var row struct {
		Open int `db:"open_n"`
		Due  int `db:"due_n"`
	}
	err = s.db.x.GetContext(ctx, &row, callbacksCount, now)
	return row.Open, row.Due, kind(err)
}

// One is the callback of that id, or dialer.ErrNotFound.
func (s *Callbacks) One(ctx context.Context, id dialer.CallbackID) (dialer.Callback, error) {
	var c dialer.Callback
	err := s.db.x.GetContext(ctx, &c, queries.Get("callback-by-id"), id)
	return c, kind(err)
}

// Change does to an open callback what change says; one that has ended meanwhile
// is dialer.ErrConflict. A lead whose callback is cancelled keeps the status
// CALLBK, in which it is not dialed unless the campaign dials that status;
// leadStatus, unless "", is put in its place.
func (s *Callbacks) Change(ctx context.Context, id dialer.CallbackID, leadStatus dialer.Status, change func(*dialer.Callback)) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var c dialer.Callback
		if err := tx.GetContext(ctx, &c, callbackLock, id); err != nil {
			return kind(err)
		}
		if !c.Open() {
			return dialer.ErrConflict
		}
		change(&c)
		if _, err := tx.NamedExecContext(ctx, callbackWrite, c); err != nil {
			return kind(err)
		}
		if leadStatus == "" {
			return nil
		}
		_, err := tx.ExecContext(ctx, callbackLeadState, leadStatus, c.LeadID)
		return kind(err)
	})
}

// Add takes down a promise; the lead's open one, if there is any, gives way.
func (s *Callbacks) Add(ctx context.Context, c dialer.Callback) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, callbackEndOpen, c.ChangedAt, c.LeadID); err != nil {
			return kind(err)
		}
		if _, err := tx.NamedExecContext(ctx, callbackInsert, c); err != nil {
			return kind(err)
		}
		_, err := tx.ExecContext(ctx, qCallsLeads, dialer.StatusCallback, c.ChangedAt, c.LeadID)
		return kind(err)
	})
}
