package mariadb

import (
	"context"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	webDraft     = queries.Get("web-desk-draft")
	webDraftKeep = queries.Get("web-desk-draft-keep")
	webDraftDrop = queries.Get("web-desk-draft-drop")
)

// Draft is what was typed of a call and not saved, or nil.
func (d *WebDesk) Draft(ctx context.Context, call dialer.CallID) (*facts.Draft, error) {
	return maybe[facts.Draft](ctx, d.db, webDraft, call)
}

// KeepDraft keeps what an agent has typed of the call on the desk, for the page
// that has the desk; kept is false where the agent has another call, or another
// page the desk.
func (d *WebDesk) KeepDraft(ctx context.Context, user dialer.UserID, page int64, t facts.Draft) (kept bool, err error) {
	r, err := d.db.x.ExecContext(ctx, webDraftKeep, t.Version, t.Status, t.Note, t.CallbackAt, t.CallbackMine, user, t.Call, page)
	if err != nil {
		return false, kind(err)
	}
	n, err := r.RowsAffected()
	return n > 0, kind(err)
}

// DropDraft forgets it: it was saved.
func (d *WebDesk) DropDraft(ctx context.Context, call dialer.CallID) error {
	_, err := d.db.x.ExecContext(ctx, webDraftDrop, call)
	return kind(err)
}
