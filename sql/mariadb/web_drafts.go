package mariadb

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	webDraft     = queries.Get("web-desk-draft")
	webDraftKeep = queries.Get("web-desk-draft-keep")
	webDraftLate = queries.Get("web-desk-draft-late")
	webDraftTell = queries.Get("web-desk-draft-tell")
	webDraftDrop = queries.Get("web-desk-draft-drop")
)

// Draft is what was typed of a call and not saved, or nil.
func (d *WebDesk) Draft(ctx context.Context, call dialer.CallID) (*facts.Draft, error) {
	return maybe[facts.Draft](ctx, d.db, webDraft, call)
}

// KeepDraft keeps what an agent has typed of the call on the desk. A page that does
// not have the desk any more may add what was typed in its last second, as long as
// nobody has written anything since that it has not read (was is the version that it
// has): the page that has the desk is told of it then. kept is false otherwise, and
// where the agent has another call.
func (d *WebDesk) KeepDraft(ctx context.Context, user dialer.UserID, page, was int64, t facts.Draft, now time.Time) (kept bool, err error) {
	r, err := d.db.x.ExecContext(ctx, webDraftKeep, t.Version, page, t.Status, t.Note, t.CallbackAt, t.CallbackMine, t.Fields, user, t.Call, page)
	if err != nil {
		return false, kind(err)
	}
	if n, err := r.RowsAffected(); n > 0 || err != nil {
		return n > 0, kind(err)
	}
	err = d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		kept = false
		_, err := tx.ExecContext(ctx, webDraftLate, t.Version, page, t.Status, t.Note, t.CallbackAt, t.CallbackMine, t.Fields, user, t.Call, was, was, was, was, was, was)
		if err != nil {
			return kind(err)
		}
		var stands facts.Draft
		err = kind(tx.GetContext(ctx, &stands, webDraft, t.Call))
		if errors.Is(err, dialer.ErrNotFound) || err == nil && stands.Version != t.Version {
			return nil
		}
		if err != nil {
			return err
		}
		kept = true
		_, err = tx.ExecContext(ctx, webDraftTell, now, user)
		return kind(err)
	})
	return kept, err
}

// DropDraft forgets it: it was saved.
func (d *WebDesk) DropDraft(ctx context.Context, call dialer.CallID) error {
	_, err := d.db.x.ExecContext(ctx, webDraftDrop, call)
	return kind(err)
}
