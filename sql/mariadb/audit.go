package mariadb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	auditAdd    = queries.Get("audit-add")
	auditSeen   = queries.Get("audit-seen")
	auditSince  = queries.Get("audit-since")
	auditLatest = queries.Get("audit-latest")
)

// note writes the audit row of a change in the change's own transaction, which
// holds the object's row: without a difference there is none. before is nil for
// a new object, after for one that is deleted.
func note(ctx context.Context, tx *sqlx.Tx, by audit.By, action, object string, before, after any) error {
	was, err := fields(before)
	if err != nil {
		return err
	}
	is, err := fields(after)
	if err != nil {
		return err
	}
	was, is = audit.Diff(was, is)
	if len(was) == 0 && len(is) == 0 && before != nil && after != nil {
		return nil
	}
	b, err := json.Marshal(was)
	if err != nil {
		return err
	}
	a, err := json.Marshal(is)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, auditAdd, by.At, by.User, by.IP, action, b, a, object)
	return kind(err)
}

func fields(record any) (audit.Fields, error) {
	if record == nil {
		return nil, nil
	}
	return audit.FieldsOf(record)
}

// seen is how many changes an object has seen. It is asked before the object is
// read: what changes in between counts as not seen.
func (db *DB) seen(ctx context.Context, object string) (int, error) {
	var n int
	err := db.x.GetContext(ctx, &n, auditSeen, object)
	return n, kind(err)
}

// readRecord reads a record for a form that edits it.
func readRecord[T any](ctx context.Context, db *DB, object string, read func() (T, error)) (audit.Record[T], error) {
	var r audit.Record[T]
	var err error
	r.Seen, err = db.seen(ctx, object)
	if err == nil {
		r.Value, err = read()
	}
	return r, err
}

// edit brings a record to what somebody typed, together with what others saved
// since the form was drawn: see audit.Merge. lock reads the record and locks its
// row; write writes what has come together. Where both changed one field the
// error is an *audit.Conflict and nothing is written.
func edit[T any](ctx context.Context, db *DB, e audit.Edit[T], action, object string, lock func(*sqlx.Tx) (T, error), write func(tx *sqlx.Tx, was, is T) error) error {
	return db.Tx(ctx, func(tx *sqlx.Tx) error {
		was, err := lock(tx)
		if err != nil {
			return kind(err)
		}
		var since []audit.Entry
		if err := tx.SelectContext(ctx, &since, auditSince, object, e.Seen); err != nil {
			return kind(err)
		}
		is, clashes, err := audit.Merge(was, since, e.Shown, e.Record)
		if err != nil {
			return fmt.Errorf("editing %s: %w", object, err)
		}
		if len(clashes) > 0 {
			seen := e.Seen
			if len(since) > 0 {
				seen = since[len(since)-1].N
			}
			return &audit.Conflict{Seen: seen, Clashes: clashes}
		}
		if err := write(tx, was, is); err != nil {
			return kind(err)
		}
		return note(ctx, tx, e.By, action, object, was, is)
	})
}

// Audit shows the audit log.
type Audit struct{ db *DB }

// NewAudit is the log on a database.
func NewAudit(db *DB) *Audit { return &Audit{db} }

// Latest lists the latest changes of one object, the newest first.
func (a *Audit) Latest(ctx context.Context, object string) ([]audit.Entry, error) {
	return a.db.latest(ctx, object)
}

func (db *DB) latest(ctx context.Context, object string) ([]audit.Entry, error) {
	var entries []audit.Entry
	err := db.x.SelectContext(ctx, &entries, auditLatest, object)
	return entries, kind(err)
}

// object names a thing in the audit log, such as carrier/12.
func object[ID dialer.CampaignID | dialer.UserID | dialer.CarrierID | dialer.PhoneID | dialer.ServerID | dialer.ListID | string | int64](kind string, id ID) string {
	return fmt.Sprintf("%s/%v", kind, id)
}

var auditPage = queries.Get("audit-page")

// Page is a page of the log, the newest first.
func (a *Audit) Page(ctx context.Context, q facts.AuditQuery) ([]audit.Entry, error) {
	query, args, err := a.db.x.BindNamed(auditPage, map[string]any{
		"from_at": q.From, "to_at": q.To, "before_at": q.BeforeAt, "before_id": q.BeforeID,
		"user_id": q.User, "object": q.Object, "most": q.Limit,
	})
	if err != nil {
		return nil, err
	}
	var entries []audit.Entry
	err = a.db.x.SelectContext(ctx, &entries, query, args...)
	return entries, kind(err)
}
