package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebWatches keeps supervisors' watches as the web role sees them.
type WebWatches struct{ db *DB }

// NewWebWatches is the store on a database.
func NewWebWatches(db *DB) *WebWatches { return &WebWatches{db} }

var (
	webWatchAgent  = queries.Get("web-watch-agent")
	webWatchAdd    = queries.Get("web-watch-add")
	webWatch       = queries.Get("web-watch")
	webWatchAnswer = queries.Get("web-watch-answer")
	webWatchable   = queries.Get("web-watchable")
)

// WatchPlace is a live shift with the supervisor's phone on its server.
func (w *WebWatches) WatchPlace(ctx context.Context, supervisor dialer.UserID, session dialer.SessionID) (facts.WatchPlace, error) {
	var p facts.WatchPlace
	err := w.db.x.GetContext(ctx, &p, webWatchAgent, supervisor, session)
	return p, kind(err)
}

// BeginWatch writes a watch and its line in the audit.
func (w *WebWatches) BeginWatch(ctx context.Context, ear dialer.Watch) error {
	return w.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, webWatchAdd, ear.ID, ear.ServerID, ear.UserID, ear.SessionID, ear.Mode, ear.StartedAt)
		if err != nil {
			return kind(err)
		}
		by := audit.By{User: ear.UserID, At: ear.StartedAt}
		return note(ctx, tx, by, "watch", object("session", int64(ear.SessionID)), nil, map[string]dialer.WatchMode{"mode": ear.Mode})
	})
}

// Watch is a live watch of the supervisor's.
func (w *WebWatches) Watch(ctx context.Context, supervisor dialer.UserID, id dialer.WatchID) (dialer.Watch, error) {
	var ear dialer.Watch
	err := w.db.x.GetContext(ctx, &ear, webWatch, id, supervisor)
	return ear, kind(err)
}

// AddIntent writes what a supervisor asks for.
func (w *WebWatches) AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error {
	return NewWebDesk(w.db).AddIntent(ctx, intent, now)
}

// Answer tells what became of a click.
func (w *WebWatches) Answer(ctx context.Context, id dialer.IntentID) (done bool, refusal string, err error) {
	var row struct {
		Done    bool   `db:"done"`
		Refusal string `db:"refusal"`
	}
	err = w.db.x.GetContext(ctx, &row, webWatchAnswer, id)
	return row.Done, row.Refusal, kind(err)
}

// WatchedAgents lists who is on shift.
func (w *WebWatches) WatchedAgents(ctx context.Context) ([]facts.WatchedAgent, error) {
	var all []facts.WatchedAgent
	err := w.db.x.SelectContext(ctx, &all, webWatchable)
	return all, kind(err)
}
