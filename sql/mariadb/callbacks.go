package mariadb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
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
		w.exec(callbackEndOpen, dialer.CallbackDone, c.ChangedAt, c.LeadID)
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

// Seen is how many audited changes a callback has seen.
func (s *Callbacks) Seen(ctx context.Context, id dialer.CallbackID) (int, error) {
	return s.db.seen(ctx, object("callback", int64(id)))
}

// lock reads a callback that stands and holds its row; one that has ended is
// errEnded.
func (s *Callbacks) lock(ctx context.Context, tx *sqlx.Tx, id dialer.CallbackID) (dialer.Callback, error) {
	var c dialer.Callback
	if err := tx.GetContext(ctx, &c, callbackLock, id); err != nil {
		return c, kind(err)
	}
	if !c.Open() {
		return c, errEnded
	}
	return c, nil
}

var errEnded = dialer.Explain(dialer.ErrConflict, "The callback has ended meanwhile: the customer was reached, or it was cancelled.")

// Save brings a callback that stands to what was typed: from then on it is as one
// that was never tried. It may return *audit.Conflict.
func (s *Callbacks) Save(ctx context.Context, id dialer.CallbackID, e audit.Edit[facts.SetCallback]) error {
	var c dialer.Callback
	return edit(ctx, s.db, e, "callback.save", object("callback", int64(id)),
		func(tx *sqlx.Tx) (facts.SetCallback, error) {
			var err error
			c, err = s.lock(ctx, tx, id)
			return facts.CallbackOf(c), err
		},
		func(tx *sqlx.Tx, was, is facts.SetCallback) error {
			if is.Due != was.Due {
				due, err := is.Time(c.Zone)
				if err != nil {
					return dialer.ErrInvalid
				}
				c.DueAt = due
			}
			c.Kind, c.UserID, c.Comments, c.ChangedAt = is.Kind, is.User, is.Comments, e.By.At
			c.State, c.Tries = dialer.CallbackActive, 0
			_, err := tx.NamedExecContext(ctx, callbackWrite, c)
			return err
		})
}

// Cancel ends a callback that stands. Its lead would keep the status CALLBK, in
// which few campaigns dial: it gets that of a call that nobody answered.
func (s *Callbacks) Cancel(ctx context.Context, by audit.By, id dialer.CallbackID) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		was := map[string]any{"state": c.State}
		c.State, c.ChangedAt = dialer.CallbackDead, by.At
		if _, err := tx.NamedExecContext(ctx, callbackWrite, c); err != nil {
			return kind(err)
		}
		if _, err := tx.ExecContext(ctx, callbackLeadState, dialer.StatusNoAnswer, c.LeadID); err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "callback.cancel", object("callback", int64(id)), was, map[string]any{"state": c.State})
	})
}

// Add takes down a promise; the lead's open one, if there is any, gives way. Nobody
// kept that one.
func (s *Callbacks) Add(ctx context.Context, c dialer.Callback) (dialer.CallbackID, error) {
	var id int64
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, callbackEndOpen, dialer.CallbackDead, c.ChangedAt, c.LeadID); err != nil {
			return kind(err)
		}
		res, err := tx.NamedExecContext(ctx, callbackInsert, c)
		if err != nil {
			return kind(err)
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, qCallsLeads, dialer.StatusCallback, c.ChangedAt, c.LeadID)
		return kind(err)
	})
	return dialer.CallbackID(id), err
}
