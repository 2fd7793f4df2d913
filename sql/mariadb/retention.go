package mariadb

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/retention"
	"trunkline/sql/queries"
)

// OldRows deletes rows whose time is over.
type OldRows struct{ db *DB }

// NewOldRows is the store on a database.
func NewOldRows(db *DB) *OldRows { return &OldRows{db} }

// Rules are what is set.
func (s *OldRows) Rules(ctx context.Context) (all []retention.Rule, err error) {
	err = s.db.x.SelectContext(ctx, &all, retentionRules)
	return all, kind(err)
}

// Retention keeps for how long things are kept, and what is on hold.
type Retention struct{ db *DB }

// NewRetention is the store on a database.
func NewRetention(db *DB) *Retention { return &Retention{db} }

var (
	retentionRules          = queries.Get("retention-rules")
	retentionSet            = queries.Get("retention-set")
	retentionUnset          = queries.Get("retention-unset")
	recordingsWouldExpire   = queries.Get("recordings-would-expire")
	callsWouldExpire        = queries.Get("calls-would-expire")
	agentLogWouldExpire     = queries.Get("agent-log-would-expire")
	samplesWouldExpire      = queries.Get("samples-would-expire")
	recordingHold           = queries.Get("recording-hold")
	recordingRelease        = queries.Get("recording-release")
	recordingHolds          = queries.Get("recording-holds")
	retentionDeleteCalls    = queries.Get("retention-delete-calls")
	retentionOldestAgentLog = queries.Get("retention-oldest-agent-log")
	retentionDeleteAgentLog = queries.Get("retention-delete-agent-log")
	retentionDeleteSamples  = queries.Get("retention-delete-samples")
)

// Rules are what is set.
func (s *Retention) Rules(ctx context.Context) ([]retention.Rule, error) {
	return NewOldRows(s.db).Rules(ctx)
}

// Set keeps something for so many days from now on.
func (s *Retention) Set(ctx context.Context, by audit.By, r retention.Rule) error {
	err := r.Check()
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, retentionSet, r.What, r.Campaign, r.Days, by.At)
		if err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "retention.set", object("retention", string(r.What)), nil, map[string]any{"campaign": r.Campaign, "days": r.Days})
	})
}

// Unset takes a campaign's own rule away: that of all holds again.
func (s *Retention) Unset(ctx context.Context, by audit.By, what retention.What, campaign dialer.CampaignID) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, retentionUnset, what, campaign)
		if err != nil {
			return kind(err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return kindOr(err, dialer.ErrNotFound)
		}
		return note(ctx, tx, by, "retention.unset", object("retention", string(what)), nil, map[string]any{"campaign": campaign})
	})
}

func kindOr(err, otherwise error) error {
	if err != nil {
		return kind(err)
	}
	return otherwise
}

// WouldDelete counts what a rule would delete at once.
func (s *Retention) WouldDelete(ctx context.Context, r retention.Rule, now time.Time) (l retention.Loss, err error) {
	before := now.AddDate(0, 0, -r.Days)
	switch {
	case r.Days == 0:
	case r.What == retention.Recordings:
		err = s.db.x.GetContext(ctx, &l, recordingsWouldExpire, before, r.Campaign, r.Campaign)
	case r.What == retention.Calls:
		err = s.db.x.GetContext(ctx, &l, callsWouldExpire, dialer.FirstCallAt(before))
	case r.What == retention.AgentLog:
		err = s.db.x.GetContext(ctx, &l, agentLogWouldExpire, before)
	case r.What == retention.Samples:
		err = s.db.x.GetContext(ctx, &l, samplesWouldExpire, before)
	}
	return l, kind(err)
}

// Delete deletes rows of before a moment.
func (s *OldRows) Delete(ctx context.Context, what retention.What, before time.Time, limit int) (int, error) {
	switch what {
	case retention.Calls:
		return s.delete(ctx, retentionDeleteCalls, dialer.FirstCallAt(before), limit)
	case retention.AgentLog:
		// No index leads to the oldest by time; by id they are those that were
		// written first. Only those are looked at.
		var oldest []int64
		err := s.db.x.SelectContext(ctx, &oldest, retentionOldestAgentLog, limit)
		if err != nil || len(oldest) == 0 {
			return 0, kind(err)
		}
		query, args, err := sqlx.In(retentionDeleteAgentLog, before, oldest)
		if err != nil {
			return 0, err
		}
		return s.delete(ctx, query, args...)
	case retention.Samples:
		return s.delete(ctx, retentionDeleteSamples, before, limit)
	}
	return 0, fmt.Errorf("rows of %q are not deleted by their age", what)
}

func (s *OldRows) delete(ctx context.Context, query string, args ...any) (int, error) {
	var n int64
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return kind(err)
	})
	return int(n), err
}

// Hold keeps a call's recordings, and the call, until it is released.
func (s *Retention) Hold(ctx context.Context, by audit.By, h retention.Hold) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, recordingHold, h.Reason, h.By, by.At, h.Call)
		if err != nil {
			return kind(err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return kindOr(err, dialer.ErrNotFound)
		}
		return note(ctx, tx, by, "recording.hold", object("recording", h.Call.String()), nil, map[string]string{"reason": h.Reason})
	})
}

// Release ends a hold.
func (s *Retention) Release(ctx context.Context, by audit.By, call dialer.CallID) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, recordingRelease, call)
		if err != nil {
			return kind(err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return kindOr(err, dialer.ErrNotFound)
		}
		return note(ctx, tx, by, "recording.release", object("recording", call.String()), nil, map[string]string{})
	})
}

// Holds are all of them.
func (s *Retention) Holds(ctx context.Context) (all []retention.Hold, err error) {
	err = s.db.x.SelectContext(ctx, &all, recordingHolds)
	return all, kind(err)
}

// Shelf is where a server's recordings stand in the books, for the deletion of
// those whose time is over.
type Shelf struct{ db *DB }

// NewShelf is the store on a database.
func NewShelf(db *DB) *Shelf { return &Shelf{db} }

var (
	recordingsExpired = queries.Get("recordings-expired")
	recordingsHeld    = queries.Get("recordings-held")
	recordingGone     = queries.Get("recording-gone")
)

// Expired are recordings of a server whose time is over and that are not on
// hold, the oldest first.
func (s *Shelf) Expired(ctx context.Context, server dialer.ServerID, now time.Time, limit int) (all []retention.Expired, err error) {
	err = s.db.x.SelectContext(ctx, &all, recordingsExpired, server, now, now, limit)
	return all, kind(err)
}

// Held tells which of them are on hold now.
func (s *Shelf) Held(ctx context.Context, of []retention.Expired) (map[dialer.CallID]bool, error) {
	ids := make([]dialer.CallID, len(of))
	for i, e := range of {
		ids[i] = e.Call
	}
	query, args, err := sqlx.In(recordingsHeld, ids)
	if err != nil {
		return nil, err
	}
	var held []dialer.CallID
	err = s.db.x.SelectContext(ctx, &held, query, args...)
	m := map[dialer.CallID]bool{}
	for _, id := range held {
		m[id] = true
	}
	return m, kind(err)
}

// Gone notes that files have been deleted, in the audit log too.
func (s *Shelf) Gone(ctx context.Context, server dialer.ServerID, deleted []retention.Expired, now time.Time) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		for _, e := range deleted {
			_, err := tx.ExecContext(ctx, recordingGone, now, e.Call, e.File)
			if err != nil {
				return kind(err)
			}
		}
		return note(ctx, tx, audit.By{At: now}, "recordings.delete", object("server", int64(server)), nil, map[string]any{
			"files": len(deleted), "from": deleted[0].StartedAt, "to": deleted[len(deleted)-1].StartedAt,
		})
	})
}
