package mariadb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/listen"
	"trunkline/sql/queries"
)

// Listen is what a listen reads, and its journal.
type Listen struct{ db *DB }

// NewListen is the store on a database.
func NewListen(db *DB) *Listen { return &Listen{db} }

var (
	qCallsOfServer    = queries.Get("calls-of-server")
	qSessionsOfServer = queries.Get("sessions-of-server")
	qIntentsOpen      = queries.Get("intents-open")
	qDNCStatuses      = queries.Get("dnc-statuses")
	qCarrierOutcomes  = queries.Get("carrier-outcomes")

	qCallWrite        = queries.Get("call-write")
	qCallLead         = queries.Get("call-lead")
	qCallLeadComments = queries.Get("call-lead-comments")
	qCallLeadUnsent   = queries.Get("call-lead-unsent")
	qCallLeadAgain    = queries.Get("call-lead-again")
	qSessionWrite     = queries.Get("session-write")
	qAgentLogAdd      = queries.Get("agent-log-add")
	qIntentClose      = queries.Get("intent-close")
	qRecordingAdd     = queries.Get("recording-add")
	qDNCAdd           = queries.Get("dnc-add")
	qEventAdd         = queries.Get("event-add")
)

// LiveSessions are the shifts on a server.
func (s *Listen) LiveSessions(ctx context.Context, server dialer.ServerID) ([]dialer.Session, error) {
	var all []dialer.Session
	err := s.db.x.SelectContext(ctx, &all, qSessionsOfServer, server)
	return all, kind(err)
}

// LiveCalls are a server's calls that have not ended, and those in wrap-up.
func (s *Listen) LiveCalls(ctx context.Context, server dialer.ServerID) ([]dialer.Call, error) {
	var all []dialer.Call
	err := s.db.x.SelectContext(ctx, &all, qCallsOfServer, server, server)
	return all, kind(err)
}

// OpenIntents are the clicks that wait for a server, oldest first.
func (s *Listen) OpenIntents(ctx context.Context, server dialer.ServerID) ([]dialer.Intent, error) {
	var rows []struct {
		ID        dialer.IntentID   `db:"id"`
		ServerID  dialer.ServerID   `db:"server_id"`
		SessionID dialer.SessionID  `db:"session_id"`
		Kind      dialer.IntentKind `db:"kind"`
		Args      []byte            `db:"args"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qIntentsOpen, server)
	if err != nil {
		return nil, kind(err)
	}
	all := make([]dialer.Intent, len(rows))
	for i, r := range rows {
		all[i] = dialer.Intent{ID: r.ID, ServerID: r.ServerID, SessionID: r.SessionID, Kind: r.Kind}
		err := json.Unmarshal(r.Args, &all[i].Args)
		if err != nil {
			all[i].Kind = "" // refused with a sentence: an intent that cannot be read must not block the others
		}
	}
	return all, nil
}

// Campaign is one campaign.
func (s *Listen) Campaign(ctx context.Context, id dialer.CampaignID) (dialer.Campaign, error) {
	var c dialer.Campaign
	err := s.db.x.GetContext(ctx, &c, qCampaignByID, id)
	return c, kind(err)
}

// DNCStatuses are the dispositions that put a number on the DNC.
func (s *Listen) DNCStatuses(ctx context.Context) (map[dialer.Status]bool, error) {
	var all []dialer.Status
	err := s.db.x.SelectContext(ctx, &all, qDNCStatuses)
	set := make(map[dialer.Status]bool, len(all))
	for _, st := range all {
		set[st] = true
	}
	return set, kind(err)
}

// Outcomes are the carriers' own tables of what a failed call becomes.
func (s *Listen) Outcomes(ctx context.Context) (map[dialer.CarrierID]call.Table, error) {
	var rows []struct {
		Carrier dialer.CarrierID `db:"carrier_id"`
		Kind    string           `db:"kind"`
		Code    int              `db:"code"`
		Status  dialer.Status    `db:"status"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qCarrierOutcomes)
	all := map[dialer.CarrierID]call.Table{}
	for _, r := range rows {
		t, ok := all[r.Carrier]
		if !ok {
			t = call.Table{SIP: map[int]dialer.Status{}, Cause: map[int]dialer.Status{}}
			all[r.Carrier] = t
		}
		if r.Kind == "sip" {
			t.SIP[r.Code] = r.Status
		} else {
			t.Cause[r.Code] = r.Status
		}
	}
	return all, kind(err)
}

// writeLimit bounds one transaction of the journal; what it writes again after
// that does no harm.
const writeLimit = 10 * time.Second

type (
	callRow struct {
		dialer.Call
		Live *int `db:"live"`
	}
	sessionRow struct {
		dialer.Session
		Live         *int       `db:"live"`
		LoggedOutAt  *time.Time `db:"logged_out_at"`
		LogoutReason string     `db:"logout_reason"`
	}
	logRow struct {
		SessionID  dialer.SessionID  `db:"session_id"`
		UserID     dialer.UserID     `db:"user_id"`
		CampaignID dialer.CampaignID `db:"campaign_id"`
		State      dialer.AgentState `db:"state"`
		PauseCode  string            `db:"pause_code"`
		CallID     dialer.CallID     `db:"call_id"`
		From       time.Time         `db:"from_at"`
		To         time.Time         `db:"to_at"`
	}
)

// Write writes changes and their events in one transaction. Rows that change
// more than once in a batch are written once, as they were last.
func (s *Listen) Write(ctx context.Context, server dialer.ServerID, changes []listen.Change) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	calls := map[dialer.CallID]int{}
	sessions := map[dialer.SessionID]int{}
	for i, c := range changes {
		if c.Call != nil {
			calls[c.Call.ID] = i
		}
		if c.Session != nil {
			sessions[c.Session.ID] = i
		}
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		w := journal{ctx: ctx, tx: tx, server: server}
		for i, c := range changes {
			w.rest(c)
			if c.Call != nil && calls[c.Call.ID] == i {
				w.call(*c.Call)
			}
			if c.Session != nil && sessions[c.Session.ID] == i {
				w.session(c)
			}
			w.event(c)
		}
		return w.finish()
	})
}

// journal is one transaction of Write; after an error it does nothing more.
type journal struct {
	ctx    context.Context
	tx     *sqlx.Tx
	server dialer.ServerID
	err    error
	logs   []logRow
	events []dialer.Event
}

func (w *journal) named(query string, row any) {
	if w.err == nil {
		_, w.err = w.tx.NamedExecContext(w.ctx, query, row)
	}
}

func (w *journal) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *journal) call(c dialer.Call) {
	row := callRow{Call: c, Live: new(1)}
	if c.State == dialer.CallEnded {
		row.Live = nil
	}
	w.named(qCallWrite, row)
}

func (w *journal) session(c listen.Change) {
	row := sessionRow{Session: *c.Session, Live: new(1)}
	if c.Session.State == dialer.AgentOut {
		row.Live, row.LoggedOutAt, row.LogoutReason = nil, &c.At, c.Out
	}
	w.named(qSessionWrite, row)
}

func (w *journal) rest(c listen.Change) {
	if l := c.Lead; l != nil {
		switch {
		case l.Unsent:
			w.exec(qCallLeadUnsent, l.Status, l.ID, c.Call.ID)
		case l.Again:
			w.exec(qCallLeadAgain, l.Status, l.ID, c.Call.ID)
		case l.Comments != "":
			w.exec(qCallLeadComments, l.Status, l.Comments, l.ID)
		default:
			w.exec(qCallLead, l.Status, l.ID)
		}
	}
	if p := c.Period; p != nil {
		w.logs = append(w.logs, logRow{p.Session, p.User, p.Campaign, p.State, p.PauseCode, p.Call, p.From, p.To})
	}
	if r := c.Recording; r != nil {
		w.exec(qRecordingAdd, r.Call, r.Server, r.File, r.At)
	}
	if t := c.Third; t != nil {
		w.named(qThirdWrite, t)
	}
	if c.Watch != nil {
		w.named(qWatchWrite, c.Watch)
	}
	if d := c.DNC; d != nil {
		w.exec(qDNCAdd, d.E164, d.Source, c.At)
	}
	if in := c.Intent; in != nil {
		w.exec(qIntentClose, c.At, in.Refusal, in.ID)
	}
}

func (w *journal) event(c listen.Change) {
	e := dialer.Event{At: c.At, ServerID: w.server, Kind: dialer.EventAgent}
	switch {
	case c.Session != nil:
		e.SessionID, e.CallID, e.CampaignID = c.Session.ID, c.Session.CallID, c.Session.CampaignID
	case c.Call != nil:
		e.Kind, e.CallID, e.SessionID, e.CampaignID = dialer.EventCall, c.Call.ID, c.Call.SessionID, c.Call.CampaignID
	case c.Intent != nil && c.Intent.Refusal != "":
		e.SessionID = c.Intent.Session
	default:
		return
	}
	w.events = append(w.events, e)
}

func (w *journal) finish() error {
	if len(w.logs) > 0 {
		w.named(qAgentLogAdd, w.logs)
	}
	if len(w.events) > 0 {
		w.named(qEventAdd, w.events)
	}
	if w.err != nil {
		return fmt.Errorf("writing the journal: %w", kind(w.err))
	}
	return nil
}
