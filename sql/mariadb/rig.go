package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/recordings"
	"trunkline/sql/queries"
)

// Rig is what the tests of the whole under fire, and the measurements, ask of
// the books.
type Rig struct{ db *DB }

// NewRig is the store on a database.
func NewRig(db *DB) *Rig { return &Rig{db} }

var (
	rigLimits      = queries.Get("rig-limits")
	rigDuties      = queries.Get("rig-duties")
	rigShelve      = queries.Get("rig-shelve")
	rigEmptyHopper = queries.Get("rig-empty-hopper")
	rigCalls       = queries.Get("rig-calls")
	rigLeads       = queries.Get("rig-leads")
	rigListLeads   = queries.Get("rig-list-leads")
	rigDialable    = queries.Get("rig-dialable")
	rigSessions    = queries.Get("rig-sessions")
	rigRecordings  = queries.Get("rig-recordings")
	rigStatus      = queries.Get("rig-status")
	rigWork        = queries.Get("rig-work")
	rigTables      = queries.Get("rig-tables")
	rigLease       = queries.Get("rig-lease")
	rigRecording   = queries.Get("rig-recording")
	rigWaits       = queries.Get("rig-waits")
	rigPeriods     = queries.Get("rig-periods")
	rigEvents      = queries.Get("rig-events")
)

// SetLimits sets how many calls a server may have at once, and place a second.
func (s *Rig) SetLimits(ctx context.Context, server dialer.ServerID, trunks int, cps float64) error {
	_, err := s.db.x.ExecContext(ctx, rigLimits, trunks, cps, server)
	return kind(err)
}

// SetDuties says whether a server takes new agents, and whether it dials.
func (s *Rig) SetDuties(ctx context.Context, server dialer.ServerID, agents, dials bool) error {
	_, err := s.db.x.ExecContext(ctx, rigDuties, agents, dials, server)
	return kind(err)
}

// Shelve makes that no lead there is will be dialed.
func (s *Rig) Shelve(ctx context.Context) error {
	for _, query := range []string{rigShelve, rigEmptyHopper} {
		if _, err := s.db.x.ExecContext(ctx, query); err != nil {
			return kind(err)
		}
	}
	return nil
}

// RigCall is a call as the books have it.
type RigCall struct {
	ID         dialer.CallID    `db:"id"`
	State      dialer.CallState `db:"state"`
	ServerID   dialer.ServerID  `db:"server_id"`
	LineServer dialer.ServerID  `db:"line_server_id"`
	LeadID     dialer.LeadID    `db:"lead_id"`
	E164       string           `db:"e164"`
	Sent       bool             `db:"sent"`
	PlacedAt   time.Time        `db:"placed_at"`
	AnsweredAt *time.Time       `db:"answered_at"`
	WantedAt   *time.Time       `db:"wanted_at"`
	BridgedAt  *time.Time       `db:"bridged_at"`
	EndedAt    *time.Time       `db:"ended_at"`
	Status     dialer.Status    `db:"status"`
	Cause      int              `db:"cause"`
	SIPCode    int              `db:"sip_code"`
	EndedBy    dialer.Party     `db:"ended_by"`
	SessionID  dialer.SessionID `db:"session_id"`
}

// Calls are all there are.
func (s *Rig) Calls(ctx context.Context) ([]RigCall, error) {
	return s.CallsSince(ctx, time.Unix(0, 0))
}

// CallsSince are those placed at a moment or later.
func (s *Rig) CallsSince(ctx context.Context, at time.Time) ([]RigCall, error) {
	var all []RigCall
	err := s.db.x.SelectContext(ctx, &all, rigCalls, at)
	return all, kind(err)
}

// RigLead is a lead as the books have it.
type RigLead struct {
	ID     dialer.LeadID `db:"id"`
	Status dialer.Status `db:"status"`
	Called int           `db:"called"` // since the list's reset
}

// Stuck are the leads that can neither be dialed nor have an outcome.
func (s *Rig) Stuck(ctx context.Context) ([]RigLead, error) {
	var all []RigLead
	err := s.db.x.SelectContext(ctx, &all, rigLeads)
	return all, kind(err)
}

// Dialable are those of the leads that may be dialed again.
func (s *Rig) Dialable(ctx context.Context, leads []dialer.LeadID) ([]dialer.LeadID, error) {
	if len(leads) == 0 {
		return nil, nil
	}
	query, args, err := sqlx.In(rigDialable, leads)
	if err != nil {
		return nil, err
	}
	var all []dialer.LeadID
	err = s.db.x.SelectContext(ctx, &all, query, args...)
	return all, kind(err)
}

// RigSession is an agent's shift as the books have it.
type RigSession struct {
	ID     dialer.SessionID  `db:"id"`
	User   string            `db:"username"`
	State  dialer.AgentState `db:"state"`
	Leg    string            `db:"leg"`
	CallID dialer.CallID     `db:"call_id"`

	CallState dialer.CallState `db:"call_state"` // "": no call
}

// Sessions are the shifts that go on.
func (s *Rig) Sessions(ctx context.Context) ([]RigSession, error) {
	var all []RigSession
	err := s.db.x.SelectContext(ctx, &all, rigSessions)
	return all, kind(err)
}

// Leads counts a list's leads, and how many numbers they have.
func (s *Rig) Leads(ctx context.Context, list dialer.ListID) (leads, numbers int, err error) {
	var row struct {
		Leads   int `db:"leads"`
		Numbers int `db:"numbers"`
	}
	err = s.db.x.GetContext(ctx, &row, rigListLeads, list)
	return row.Leads, row.Numbers, kind(err)
}

// Unrecorded counts the calls that should have been recorded and that no
// recording tells of.
func (s *Rig) Unrecorded(ctx context.Context) (n int, err error) {
	err = s.db.x.GetContext(ctx, &n, rigRecordings)
	return n, kind(err)
}

// Epoch is that of a lease which somebody holds now. It grows with each holder.
func (s *Rig) Epoch(ctx context.Context, lease string) (epoch int64, err error) {
	err = s.db.x.GetContext(ctx, &epoch, rigLease, lease)
	return epoch, kind(err)
}

// Events is how many the listens have told the web role so far.
func (s *Rig) Events(ctx context.Context) (n int64, err error) {
	err = s.db.x.GetContext(ctx, &n, rigEvents)
	return n, kind(err)
}

// RigWait is how long a call waited for its agent.
type RigWait struct {
	Micros int64 `db:"micros"` // from the answer
	Ready  bool  `db:"ready"`  // the agent was free before the call asked for one
}

// Waits are those of the calls placed since a moment that have had their agent.
func (s *Rig) Waits(ctx context.Context, since time.Time) ([]RigWait, error) {
	var all []RigWait
	err := s.db.x.SelectContext(ctx, &all, rigWaits, since)
	return all, kind(err)
}

// Periods is how long agents were in each state on average since a moment, ms.
func (s *Rig) Periods(ctx context.Context, since time.Time) (map[dialer.AgentState]float64, error) {
	var rows []struct {
		State dialer.AgentState `db:"state"`
		MS    float64           `db:"ms"`
	}
	err := s.db.x.SelectContext(ctx, &rows, rigPeriods, since)
	m := map[dialer.AgentState]float64{}
	for _, r := range rows {
		m[r.State] = r.MS
	}
	return m, kind(err)
}

// RigRecording is a recording as the books have it.
type RigRecording struct {
	File     string           `db:"file"`
	State    recordings.State `db:"state"`
	Bytes    int64            `db:"bytes"`
	LengthMS int64            `db:"length_ms"`
	SHA256   string           `db:"sha256"`
}

// Recording is that of a call.
func (s *Rig) Recording(ctx context.Context, call string) (RigRecording, error) {
	var r RigRecording
	err := s.db.x.GetContext(ctx, &r, rigRecording, call)
	return r, kind(err)
}

// Recordings are all of a call.
func (s *Rig) Recordings(ctx context.Context, call dialer.CallID) (all []RigRecording, err error) {
	err = s.db.x.SelectContext(ctx, &all, rigRecording, call)
	return all, kind(err)
}

// Counters are the server's own, by name.
func (s *Rig) Counters(ctx context.Context, names ...string) (map[string]int64, error) {
	query, args, err := sqlx.In(rigStatus, names)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Name  string `db:"Variable_name"`
		Value int64  `db:"Value"`
	}
	err = s.db.x.SelectContext(ctx, &rows, query, args...)
	m := map[string]int64{}
	for _, r := range rows {
		m[r.Name] = r.Value
	}
	return m, kind(err)
}

// RigWork is what the server did for accounts, by its own count.
type RigWork struct {
	Statements int64 `db:"statements"`
	RowsRead   int64 `db:"rows_read"`
}

// Work is what the server did for accounts since it began to count by account
// (its setting userstat). It is asked as root.
func (s *Rig) Work(ctx context.Context, accounts []string) (w RigWork, err error) {
	if len(accounts) == 0 {
		return w, nil
	}
	query, args, err := sqlx.In(rigWork, accounts)
	if err != nil {
		return w, err
	}
	err = s.db.x.GetContext(ctx, &w, query, args...)
	return w, kind(err)
}

// RowsRead are the rows of each table that were read since the server counts by
// table (its setting userstat). It is asked as root.
func (s *Rig) RowsRead(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		Table string `db:"table_name"`
		Rows  int64  `db:"rows_read"`
	}
	err := s.db.x.SelectContext(ctx, &rows, rigTables)
	all := map[string]int64{}
	for _, r := range rows {
		all[r.Table] = r.Rows
	}
	return all, kind(err)
}
