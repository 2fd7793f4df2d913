package mariadb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
	webWatchAgent     = queries.Get("web-watch-agent")
	webWatchAgentName = queries.Get("web-watch-agent-name")
	webWatchAdd       = queries.Get("web-watch-add")
	webWatch          = queries.Get("web-watch")
	webWatchAnswer    = queries.Get("web-watch-answer")
	webWatchable      = queries.Get("web-watchable")
)

// WatchPlace is a live shift with the supervisor's phone on its server.
func (w *WebWatches) WatchPlace(ctx context.Context, supervisor dialer.UserID, session dialer.SessionID) (facts.WatchPlace, error) {
	var p facts.WatchPlace
	err := w.db.x.GetContext(ctx, &p, webWatchAgent, supervisor, session)
	return p, kind(err)
}

// BeginWatch writes a watch and its line in the audit.
func (w *WebWatches) BeginWatch(ctx context.Context, by audit.By, ear dialer.Watch) error {
	return w.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, webWatchAdd, ear.ID, ear.ServerID, ear.UserID, ear.SessionID, ear.Mode, ear.StartedAt)
		if err != nil {
			return kind(err)
		}
		return noteWatch(ctx, tx, by, "watch", ear, nil, map[string]string{"mode": string(ear.Mode)})
	})
}

// TurnWatch writes the intent to go on in another mode and its line in the audit,
// both or neither. A click on the mode that is on leaves no line.
func (w *WebWatches) TurnWatch(ctx context.Context, by audit.By, ear dialer.Watch, intent dialer.Intent) error {
	args, err := json.Marshal(intent.Args)
	if err != nil {
		return err
	}
	return w.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, webIntentAdd, intent.ID, intent.ServerID, intent.SessionID, intent.Kind, args, by.At); err != nil {
			return kind(err)
		}
		if intent.Args.Mode == ear.Mode {
			return nil
		}
		was, is := map[string]string{"mode": string(ear.Mode)}, map[string]string{"mode": string(intent.Args.Mode)}
		return noteWatch(ctx, tx, by, "watch", ear, was, is)
	})
}

// WatchRefused writes into the audit that listen did not do what TurnWatch had
// noted, and why.
func (w *WebWatches) WatchRefused(ctx context.Context, by audit.By, ear dialer.Watch, mode dialer.WatchMode, why string) error {
	return w.db.Tx(ctx, func(tx *sqlx.Tx) error {
		return noteWatch(ctx, tx, by, "watch.refused", ear, nil, map[string]string{"mode": string(mode), "why": why})
	})
}

// noteWatch writes a line of the audit about a watch; it names the agent.
func noteWatch(ctx context.Context, tx *sqlx.Tx, by audit.By, action string, ear dialer.Watch, was, is map[string]string) error {
	var agent string
	if err := tx.GetContext(ctx, &agent, webWatchAgentName, ear.SessionID); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return kind(err)
	}
	is["agent"] = agent
	var before any // nil for a watch that begins: a nil map would not be
	if was != nil {
		before = was
	}
	return note(ctx, tx, by, action, object("session", int64(ear.SessionID)), before, is)
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
