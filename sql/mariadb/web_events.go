package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebEvents is the table of events as the web role follows it, and the beat that
// says which agents' pages are open.
type WebEvents struct{ db *DB }

// NewWebEvents is the store on a database.
func NewWebEvents(db *DB) *WebEvents { return &WebEvents{db} }

var (
	webEventsLast   = queries.Get("web-events-last")
	webEventsAfter  = queries.Get("web-events-after")
	webSeen         = queries.Get("web-seen")
	webServerStates = queries.Get("web-server-states")
)

// LastEventID is the highest id there is, or 0.
func (e *WebEvents) LastEventID(ctx context.Context) (int64, error) {
	var id int64
	err := e.db.x.GetContext(ctx, &id, webEventsLast)
	return id, kind(err)
}

// EventsAfter lists the events with a higher id, by id. A row may appear later
// than rows with a higher id: its transaction was longer.
func (e *WebEvents) EventsAfter(ctx context.Context, id int64, limit int) ([]dialer.Event, error) {
	var events []dialer.Event
	err := e.db.x.SelectContext(ctx, &events, webEventsAfter, id, limit)
	return events, kind(err)
}

// saidLately is how old a page's moment is before it is written anew.
const saidLately = 1500 * time.Millisecond

// Seen says that the pages of these sessions are open now.
func (e *WebEvents) Seen(ctx context.Context, sessions []dialer.SessionID, now time.Time) error {
	if len(sessions) == 0 {
		return nil
	}
	query, args, err := sqlx.In(webSeen, now, sessions, now.Add(-saidLately))
	if err != nil {
		return err
	}
	_, err = e.db.x.ExecContext(ctx, query, args...)
	return kind(err)
}

// ServerStates tells of every telephony server whether its listen has its
// Asterisk in hand, and its host beats.
func (e *WebEvents) ServerStates(ctx context.Context) ([]facts.ServerState, error) {
	var states []facts.ServerState
	err := e.db.x.SelectContext(ctx, &states, webServerStates)
	return states, kind(err)
}
