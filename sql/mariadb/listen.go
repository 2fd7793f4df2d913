package mariadb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/compliance"
	"trunkline/dialer/listen"
	"trunkline/sql/queries"
)

// Listen is what a listen reads, and its journal.
type Listen struct {
	db     *DB
	hopper *HopperStore // knows the claims of leads that agents look at
}

// NewListen is the store on a database.
func NewListen(db *DB) *Listen { return &Listen{db, NewHopperStore(db)} }

var (
	qCallsOfServer    = queries.Get("calls-of-server")
	qSessionsOfServer = queries.Get("sessions-of-server")
	qCallByID         = queries.Get("call-by-id")
	qFreeElsewhere    = queries.Get("sessions-free-elsewhere")
	qIntentsOpen      = queries.Get("intents-open")
	qIntentsChosen    = queries.Get("intents-chosen")
	qListenNews       = queries.Get("listen-news")
	qDNCStatuses      = queries.Get("dnc-statuses")
	qCarrierOutcomes  = queries.Get("carrier-outcomes")

	qCallsWrite       = queries.Get("calls-write")
	qCallUnsent       = queries.Get("call-unsent")
	qCallsLeads       = queries.Get("calls-leads")
	qCallLeadComments = queries.Get("call-lead-comments")
	qCallNote         = queries.Get("call-note")
	qCallLeadUnsent   = queries.Get("call-lead-unsent")
	qCallLeadAgain    = queries.Get("call-lead-again")
	qSessionsWrite    = queries.Get("sessions-write")
	qAgentLogAdd      = queries.Get("agent-log-add")
	qIntentsClose     = queries.Get("intents-close")
	qIntentRefuse     = queries.Get("intent-refuse")
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

// CallByID is one call.
func (s *Listen) CallByID(ctx context.Context, id dialer.CallID) (dialer.Call, error) {
	var c dialer.Call
	err := s.db.x.GetContext(ctx, &c, qCallByID, id)
	return c, kind(err)
}

// FreeElsewhere are agents of other servers who wait for a call of these
// campaigns, the longest first.
func (s *Listen) FreeElsewhere(ctx context.Context, server dialer.ServerID, campaigns []dialer.CampaignID) ([]dialer.FreeAgent, error) {
	query, args, err := sqlx.In(qFreeElsewhere, campaigns, server)
	if err != nil {
		return nil, err
	}
	var all []dialer.FreeAgent
	err = s.db.x.SelectContext(ctx, &all, query, args...)
	return all, kind(err)
}

// OpenIntents are the clicks that wait for a server, oldest first.
func (s *Listen) OpenIntents(ctx context.Context, server dialer.ServerID) ([]dialer.Intent, error) {
	return s.intents(ctx, qIntentsOpen, server)
}

// Chosen are the outcomes that a server's agents chose while their call was up,
// and what may have made them void since, oldest first.
func (s *Listen) Chosen(ctx context.Context, server dialer.ServerID) ([]dialer.Intent, error) {
	return s.intents(ctx, qIntentsChosen, server)
}

func (s *Listen) intents(ctx context.Context, query string, server dialer.ServerID) ([]dialer.Intent, error) {
	var rows []struct {
		ID        dialer.IntentID   `db:"id"`
		ServerID  dialer.ServerID   `db:"server_id"`
		SessionID dialer.SessionID  `db:"session_id"`
		Kind      dialer.IntentKind `db:"kind"`
		Args      []byte            `db:"args"`
	}
	err := s.db.x.SelectContext(ctx, &rows, query, server)
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

// News are the clicks and watches that there are for a server.
func (s *Listen) News(ctx context.Context, server dialer.ServerID) (n listen.News, err error) {
	var row struct {
		Intents string `db:"intents"`
		Watches string `db:"watches"`
	}
	err = s.db.x.GetContext(ctx, &row, qListenNews, server, server)
	if err == nil {
		n.Intents, err = idsOf[dialer.IntentID](row.Intents)
	}
	if err == nil {
		n.Watches, err = idsOf[dialer.WatchID](row.Watches)
	}
	return n, kind(err)
}

// idsOf are the ids in a list with commas between them.
func idsOf[T ~int64](list string) (ids []T, err error) {
	for id := range strings.SplitSeq(list, ",") {
		if id == "" {
			continue // none at all, or cut off behind a comma
		}
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading the id %q: %w", id, err)
		}
		ids = append(ids, T(n))
	}
	return ids, nil
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
	recordingRow struct {
		Call   dialer.CallID   `db:"call_id"`
		Server dialer.ServerID `db:"server_id"`
		File   string          `db:"file"`
		At     time.Time       `db:"started_at"`
	}
)

// Write writes changes and their events in one transaction. Rows that change
// more than once in a batch are written once, as they were last, and all rows of
// a kind by one statement: the more there is to write the less it costs.
func (s *Listen) Write(ctx context.Context, server dialer.ServerID, changes []listen.Change) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		w := journal{
			ctx: ctx, tx: tx, server: server, calls: map[dialer.CallID]callRow{}, sessions: map[dialer.SessionID]sessionRow{},
			leads: map[dialer.LeadID]listen.LeadChange{},
		}
		reclaimed := w.reclaimed(changes)
		for _, c := range changes {
			if c.Call != nil && reclaimed[c.Call.ID] {
				c.Call, c.Lead, c.Third = nil, nil, nil
			}
			w.at = c.At
			w.take(c)
			w.event(c)
		}
		return w.finish()
	})
}

// noteRow is what an agent noted of a call.
type noteRow struct {
	Call dialer.CallID `db:"call_id"`
	Lead dialer.LeadID `db:"lead_id"`
	User dialer.UserID `db:"user_id"`
	At   time.Time     `db:"at"`
	Note string        `db:"note"`
}

// journal is one transaction of Write; after an error it does nothing more.
type journal struct {
	ctx      context.Context
	tx       *sqlx.Tx
	server   dialer.ServerID
	err      error
	calls    map[dialer.CallID]callRow
	sessions map[dialer.SessionID]sessionRow
	leads    map[dialer.LeadID]listen.LeadChange
	closed   []dialer.IntentID
	closedAt time.Time
	logs     []logRow
	events   []dialer.Event
	revoked  []compliance.ConsentRow
	notes    []noteRow

	recordings []recordingRow

	callbacks []dialer.Callback
	at        time.Time // of the last change
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

// in is exec of a statement that has a list among its arguments.
func (w *journal) in(query string, args ...any) (r sql.Result) {
	if w.err == nil {
		r, w.err = resultIn(w.ctx, w.tx, query, args...)
	}
	return r
}

// take writes what stands alone, and keeps what is written with its like.
func (w *journal) take(c listen.Change) {
	w.lead(c)
	if c.Call != nil {
		row := callRow{Call: *c.Call, Live: new(1)}
		if c.Call.State == dialer.CallEnded {
			row.Live = nil
		}
		w.calls[row.ID] = row
	}
	if c.Session != nil {
		row := sessionRow{Session: *c.Session, Live: new(1)}
		if c.Session.State == dialer.AgentOut {
			row.Live, row.LoggedOutAt, row.LogoutReason = nil, &c.At, c.Out
		}
		w.sessions[row.ID] = row
	}
	if p := c.Period; p != nil {
		w.logs = append(w.logs, logRow{p.Session, p.User, p.Campaign, p.State, p.PauseCode, p.Call, p.From, p.To})
	}
	if r := c.Recording; r != nil {
		w.recordings = append(w.recordings, recordingRow{r.Call, r.Server, r.File, r.At})
	}
	if t := c.Third; t != nil {
		w.named(qThirdWrite, t)
	}
	if c.Watch != nil {
		w.named(qWatchWrite, c.Watch)
	}
	if d := c.DNC; d != nil {
		by := dialer.UserID(0)
		if c.Call != nil {
			by = c.Call.UserID
		}
		w.exec(qDNCAdd, d.E164, d.Source, by, c.At)
		w.exec(dncLogAdd, c.At, "add", "", d.E164, d.Source, by, "")
		said := "an agent's disposition"
		if d.Source == "key" {
			said = "a key in the safe-harbour message"
		}
		if c.Call != nil {
			said += ", call " + c.Call.ID.String()
		}
		w.revoked = append(w.revoked, compliance.ConsentRow{At: c.At, E164: d.E164, Kind: compliance.SaidRevoke, Source: d.Source, User: by, Evidence: said})
	}
	if c.Callback != nil {
		w.callbacks = append(w.callbacks, *c.Callback)
	}
	switch in := c.Intent; {
	case in == nil:
	case in.Refusal != "":
		w.exec(qIntentRefuse, c.At, in.Refusal, in.ID)
	default:
		w.closed, w.closedAt = append(w.closed, in.ID), c.At
	}
}

// lead takes in what a call did to its lead. What counts back is written before
// the call's own row, which tells whether it was done already.
func (w *journal) lead(c listen.Change) {
	l := c.Lead
	if l == nil {
		return
	}
	if l.Comments != "" && c.Call != nil {
		w.notes = append(w.notes, noteRow{c.Call.ID, l.ID, c.Call.UserID, c.At, l.Comments})
	}
	if !l.Unsent && !l.Again {
		next := *l
		if next.Comments == "" {
			next.Comments = w.leads[l.ID].Comments
		}
		w.leads[l.ID] = next
		return
	}
	if before, ok := w.leads[l.ID]; ok {
		w.writeLeads([]listen.LeadChange{before})
		delete(w.leads, l.ID)
	}
	query := qCallLeadAgain
	if l.Unsent {
		query = qCallLeadUnsent
	}
	w.exec(query, l.Status, l.ID, c.Call.ID)
}

// writeLeads writes what became of leads and settles the promises to those whose
// calls have ended. The same statement tells whether there are any, which of most
// leads there are not.
func (w *journal) writeLeads(all []listen.LeadChange) {
	same := map[dialer.Status][]dialer.LeadID{}
	ended := map[dialer.LeadID]dialer.Status{}
	for _, l := range all {
		same[l.Status] = append(same[l.Status], l.ID)
		if l.Comments != "" {
			w.exec(qCallLeadComments, l.Comments, l.ID)
		}
	}
	for status, leads := range same {
		slices.Sort(leads)
		if w.promised(qCallsLeads, status, w.at, leads) && status != dialer.StatusInCall && status != dialer.StatusQueue {
			for _, id := range leads {
				ended[id] = status
			}
		}
	}
	if w.err == nil && len(ended) > 0 {
		w.err = settleCallbacks(w.ctx, w.tx, ended, w.at)
	}
}

// promised runs a statement that answers with the id of a promise it has met, and
// tells whether there was one.
func (w *journal) promised(query string, args ...any) bool {
	r := w.in(query, args...)
	if w.err != nil {
		return false
	}
	var id int64
	id, w.err = r.LastInsertId()
	return id != 0
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
	w.writeLeads(slices.Collect(maps.Values(w.leads)))
	w.writeCallbacks()
	var sent []callRow
	for _, c := range w.calls {
		if c.Sent {
			sent = append(sent, c)
		} else {
			w.named(qCallUnsent, c)
		}
	}
	// In the order of their keys, as any other writer's: two transactions that
	// take the same rows in different orders end in a deadlock.
	slices.SortFunc(sent, func(a, b callRow) int { return cmp.Compare(a.ID, b.ID) })
	shifts := slices.SortedFunc(maps.Values(w.sessions), func(a, b sessionRow) int { return cmp.Compare(a.ID, b.ID) })
	if len(sent) > 0 {
		w.named(qCallsWrite, sent)
	}
	if len(shifts) > 0 {
		w.named(qSessionsWrite, shifts)
	}
	if len(w.logs) > 0 {
		w.named(qAgentLogAdd, w.logs)
	}
	if len(w.recordings) > 0 {
		w.named(qRecordingAdd, w.recordings)
	}
	if changed := w.changed(); len(changed) > 0 {
		w.named(qReportChanged, changed)
	}
	if len(w.events) > 0 {
		w.named(qEventAdd, w.events)
	}
	if len(w.notes) > 0 {
		w.named(qCallNote, w.notes)
	}
	if len(w.closed) > 0 {
		w.in(qIntentsClose, w.closedAt, w.closed)
	}
	if w.err == nil {
		w.err = appendConsents(w.ctx, w.tx, w.revoked) // the last: it holds the end of the ledger
	}
	if w.err != nil {
		return fmt.Errorf("writing the journal: %w", kind(w.err))
	}
	return nil
}
