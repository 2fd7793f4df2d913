package mariadb

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebRecordings shows recordings, and notes who hears them.
type WebRecordings struct{ db *DB }

// NewWebRecordings is the store on a database.
func NewWebRecordings(db *DB) *WebRecordings { return &WebRecordings{db} }

var (
	webRecordings       = queries.Get("web-recordings")
	webRecordingsOfCall = queries.Get("web-recordings-of-call")
)

// Page is a page of recordings, the newest first.
func (w *WebRecordings) Page(ctx context.Context, q facts.RecordingQuery) ([]facts.Recording, error) {
	query, args, err := w.db.x.BindNamed(webRecordings, map[string]any{
		"scope": strings.Join(strings.Fields(string(q.Scope)), ","), "campaign": q.Campaign, "username": q.Username, "e164": q.E164, "list": q.List, "status": q.Status,
		"from_at": q.From, "to_at": q.To, "before_at": q.BeforeAt, "before_call": q.BeforeCall, "before_file": q.BeforeFile, "most": q.Limit,
	})
	if err != nil {
		return nil, err
	}
	var all []facts.Recording
	err = w.db.x.SelectContext(ctx, &all, query, args...)
	return all, kind(err)
}

// OfCall are the recordings of one call, the oldest first.
func (w *WebRecordings) OfCall(ctx context.Context, call dialer.CallID) ([]facts.Recording, error) {
	var all []facts.Recording
	err := w.db.x.SelectContext(ctx, &all, webRecordingsOfCall, call)
	return all, kind(err)
}

// auditLately says whether somebody has done something with an object of late.
var auditLately = queries.Get("audit-lately")

// oneListening is for how long the pieces of a file that a browser asks for are one
// listening.
const oneListening = time.Hour

// Heard writes into the audit log that somebody hears a recording. What goes on is a
// later piece of the file: it is noted, too, unless its hearer's listening is.
func (w *WebRecordings) Heard(ctx context.Context, by audit.By, r facts.Recording, goesOn bool) error {
	const action = "recording.listen"
	of := object("recording", r.Call.String())
	return w.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if goesOn {
			var noted bool
			err := tx.GetContext(ctx, &noted, auditLately, of, by.User, action, by.At.Add(-oneListening))
			if err != nil || noted {
				return kind(err)
			}
		}
		return note(ctx, tx, by, action, of, nil, map[string]string{"file": r.File, "number": r.E164})
	})
}
