package mariadb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing"
	"trunkline/dialer/pacing/ledger"
	"trunkline/sql/queries"
)

// Pacing keeps what pacing has learnt and decided, and is how the servers of a
// campaign agree (autodial.Pool).
type Pacing struct {
	*Leases
	db *DB
}

// NewPacing is the store on a database.
func NewPacing(db *DB) *Pacing { return &Pacing{NewLeases(db), db} }

var (
	qPacingModel   = queries.Get("pacing-model")
	qPacingKeep    = queries.Get("pacing-keep")
	qPacingShare   = queries.Get("pacing-share")
	qPacingShares  = queries.Get("pacing-shares")
	qPacingShareOf = queries.Get("pacing-share-of")
	qPacingReport  = queries.Get("pacing-report")
	qPacingReports = queries.Get("pacing-reports")
	qPacingInAir   = queries.Get("pacing-in-air")
	qPacingLog     = queries.Get("pacing-log")
	qPacingLogged  = queries.Get("pacing-logged")
	qPacingTold    = queries.Get("pacing-told")
	qPacingOne     = queries.Get("pacing-logged-one")
	qPacingForget  = queries.Get("pacing-log-forget")
	qPacingLedger  = queries.Get("pacing-ledger")
	qPacingBegins  = queries.Get("pacing-begins")
	qPacingHumans  = queries.Get("pacing-human-statuses")
	qPacingCalls   = queries.Get("pacing-day-calls")
	qPacingAgents  = queries.Get("pacing-day-agents")
)

// keepDecisions is how long sampled decisions are kept.
const keepDecisions = 7 * 24 * time.Hour

// Model is what was last kept of a campaign's pacing; dialer.ErrNotFound when
// nothing was.
func (s *Pacing) Model(ctx context.Context, campaign dialer.CampaignID) (autodial.Learnt, error) {
	var row struct {
		Model []byte `db:"model"`
		Adapt []byte `db:"adapt"`
	}
	err := s.db.x.GetContext(ctx, &row, qPacingModel, campaign)
	return autodial.Learnt{Model: row.Model, Adapt: row.Adapt}, kind(err)
}

// paceRow is a row of pacing_states or pacing_decisions, or what is written of
// them.
type paceRow struct {
	ID         int64             `db:"id"`
	Lease      string            `db:"lease"`
	CampaignID dialer.CampaignID `db:"campaign_id"`
	ServerID   dialer.ServerID   `db:"server_id"`
	Epoch      int64             `db:"epoch"`
	Seq        int64             `db:"seq"`
	Heard      int64             `db:"heard"`
	At         time.Time         `db:"decided_at"`
	Place      int               `db:"place"`
	Bound      pacing.Bound      `db:"bound"`
	Reason     string            `db:"reason"`
	Input      []byte            `db:"input"`
	Model      []byte            `db:"model"`
	Adapt      []byte            `db:"adapt"`
	Ledgers    []byte            `db:"ledgers"`
}

func rowOf(lease string, s autodial.Share) paceRow {
	r := paceRow{
		Lease: lease, CampaignID: s.Campaign, ServerID: s.Server, Epoch: s.Epoch, Seq: s.Seq, Heard: s.Heard,
		At: s.At, Place: s.Place, Bound: s.Bound, Reason: s.Reason, Model: []byte{}, Adapt: []byte{},
	}
	if len(r.Reason) > 500 {
		r.Reason = strings.ToValidUTF8(r.Reason[:500], "")
	}
	return r
}

func (r paceRow) share() autodial.Share {
	return autodial.Share{Campaign: r.CampaignID, Server: r.ServerID, Mark: autodial.Mark{Epoch: r.Epoch, Seq: r.Seq},
		At: r.At, Place: r.Place, Bound: r.Bound, Reason: r.Reason, Heard: r.Heard}
}

// Keep writes a decision's sentence for the live page, what was learnt where the
// record has it, and a sample for replay where it has an input.
func (s *Pacing) Keep(ctx context.Context, r autodial.Record) error {
	err := s.Allot(ctx, r.Lease, r.Share)
	if err != nil || r.Learnt == nil {
		return err
	}
	row := rowOf(r.Lease, r.Share)
	row.Model, row.Adapt, row.Ledgers = r.Learnt.Model, r.Learnt.Adapt, r.Learnt.Ledgers
	_, err = s.db.x.NamedExecContext(ctx, qPacingKeep, row)
	if err != nil || r.Input == nil {
		return kind(err)
	}
	row.Input = r.Input
	_, err = s.db.x.NamedExecContext(ctx, qPacingLog, row)
	if err != nil {
		return kind(err)
	}
	_, err = s.db.x.ExecContext(ctx, qPacingForget, r.Campaign, r.At.Add(-keepDecisions))
	return kind(err)
}

// Allot writes a server's share; dialer.ErrConflict when the lease has another
// holder by now. No lease: nobody else decides.
func (s *Pacing) Allot(ctx context.Context, lease string, share autodial.Share) error {
	result, err := s.db.x.NamedExecContext(ctx, qPacingShare, rowOf(lease, share))
	if err != nil {
		return kind(err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return fmt.Errorf("lease %s: %w", lease, dialer.ErrConflict)
	}
	return err
}

// Shares are the last ones of a campaign's servers.
func (s *Pacing) Shares(ctx context.Context, campaign dialer.CampaignID) ([]autodial.Share, error) {
	var rows []paceRow
	err := s.db.x.SelectContext(ctx, &rows, qPacingShares, campaign)
	all := make([]autodial.Share, len(rows))
	for i, r := range rows {
		all[i] = r.share()
	}
	return all, kind(err)
}

// ShareOf is the last one of a server.
func (s *Pacing) ShareOf(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID) (autodial.Share, error) {
	var r paceRow
	err := s.db.x.GetContext(ctx, &r, qPacingShareOf, campaign, server)
	return r.share(), kind(err)
}

// Report writes what a server has of a campaign.
func (s *Pacing) Report(ctx context.Context, r autodial.Report) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.db.x.ExecContext(ctx, qPacingReport, r.Campaign, r.Server, r.At, text)
	return kind(err)
}

// Reports are those of a campaign's servers that are not older than since.
func (s *Pacing) Reports(ctx context.Context, campaign dialer.CampaignID, since time.Time) ([]autodial.Report, error) {
	var rows []struct {
		Server dialer.ServerID `db:"server_id"`
		At     time.Time       `db:"at"`
		Report []byte          `db:"report"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qPacingReports, campaign, since)
	if err != nil {
		return nil, kind(err)
	}
	all := make([]autodial.Report, len(rows))
	for i, row := range rows {
		err = json.Unmarshal(row.Report, &all[i])
		if err != nil {
			return nil, fmt.Errorf("the report of server %d: %w", row.Server, err)
		}
		all[i].Campaign, all[i].Server, all[i].At = campaign, row.Server, row.At
	}
	return all, nil
}

// InAir tells how many of a campaign's calls are on their way to an agent, by the
// server that has them.
func (s *Pacing) InAir(ctx context.Context, campaign dialer.CampaignID) (map[dialer.ServerID]int, error) {
	var rows []struct {
		Server dialer.ServerID `db:"server_id"`
		Calls  int             `db:"calls"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qPacingInAir, campaign)
	air := make(map[dialer.ServerID]int, len(rows))
	for _, r := range rows {
		air[r.Server] = r.Calls
	}
	return air, kind(err)
}

// LoggedDecision is a decision of the log. Input and Model are there when one
// is asked for.
type LoggedDecision struct {
	ID    int64
	Share autodial.Share
	Input []byte
	Model []byte
}

// Logged are the latest decisions of the log between two moments, at most n.
func (s *Pacing) Logged(ctx context.Context, campaign dialer.CampaignID, from, to time.Time, n int) ([]LoggedDecision, error) {
	var rows []paceRow
	err := s.db.x.SelectContext(ctx, &rows, qPacingLogged, campaign, from, to, n)
	all := make([]LoggedDecision, len(rows))
	for i, r := range rows {
		all[i] = LoggedDecision{ID: r.ID, Share: r.share()}
	}
	return all, kind(err)
}

// LoggedByID is one decision of the log with all that it rested on.
func (s *Pacing) LoggedByID(ctx context.Context, id int64) (LoggedDecision, error) {
	var r paceRow
	err := s.db.x.GetContext(ctx, &r, qPacingOne, id)
	return LoggedDecision{r.ID, r.share(), r.Input, r.Model}, kind(err)
}

// Ledger is a campaign's calls from one moment to another, as the laws count
// them, and when it began, which may be long before.
func (s *Pacing) Ledger(ctx context.Context, campaign dialer.CampaignID, from, to time.Time) (*ledger.Ledger, error) {
	var rows []struct {
		Minute   int64   `db:"minute"`
		Attempts float64 `db:"attempts"`
		Answered float64 `db:"answered"`
		Dropped  float64 `db:"dropped"`
		Humans   float64 `db:"humans"`
		Machines float64 `db:"machines"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qPacingLedger, campaign, from, to)
	l := new(ledger.Ledger)
	for _, r := range rows {
		l.Add(time.Unix(60*r.Minute, 0), ledger.Counts{Attempts: r.Attempts, Answered: r.Answered, Dropped: r.Dropped, Humans: r.Humans, Machines: r.Machines})
	}
	if err != nil {
		return nil, kind(err)
	}
	var begins *time.Time
	err = s.db.x.GetContext(ctx, &begins, qPacingBegins, campaign)
	if begins != nil {
		l.Begins = *begins
	}
	return l, kind(err)
}

// HumanStatuses are the dispositions that say that a person answered.
func (s *Pacing) HumanStatuses(ctx context.Context) (map[dialer.Status]bool, error) {
	var all []dialer.Status
	err := s.db.x.SelectContext(ctx, &all, qPacingHumans)
	set := make(map[dialer.Status]bool, len(all))
	for _, st := range all {
		set[st] = true
	}
	return set, kind(err)
}

// Day is what happened in a campaign from one moment to another, for a replay.
// An agent's time on the phone's way and in pause is a pause.
func (s *Pacing) Day(ctx context.Context, campaign dialer.CampaignID, from, to time.Time) (lab.Record, error) {
	day := lab.Record{From: from}
	var calls []struct {
		Placed   time.Time  `db:"placed_at"`
		Ringing  *time.Time `db:"ringing_at"`
		Answered *time.Time `db:"answered_at"`
		Wanted   *time.Time `db:"wanted_at"`
		Bridged  *time.Time `db:"bridged_at"`
		Dropped  *time.Time `db:"dropped_at"`
		Ended    time.Time  `db:"ended_at"`
		Human    bool       `db:"human"`
		WaitedUS int64      `db:"waited_us"`
		WrapUS   int64      `db:"wrap_us"`
	}
	err := s.db.x.SelectContext(ctx, &calls, qPacingCalls, campaign, from, to)
	if err != nil {
		return day, kind(err)
	}
	for _, c := range calls {
		r := lab.RecordedCall{
			At: c.Placed.Sub(from).Seconds(), Rung: c.Ringing != nil || c.Answered != nil, Answered: c.Answered != nil,
			Asked: c.Wanted != nil, Human: c.Human, Wrap: float64(c.WrapUS) / 1e6,
		}
		rings, up := c.Placed, c.Ended
		if c.Ringing != nil {
			rings = *c.Ringing
		}
		if c.Answered != nil {
			up = *c.Answered
		}
		r.Setup, r.Ring = rings.Sub(c.Placed).Seconds(), up.Sub(rings).Seconds()
		if !r.Rung {
			r.Setup, r.Ring = c.Ended.Sub(c.Placed).Seconds(), 0
		}
		switch {
		case c.Wanted != nil:
			r.Screen = c.Wanted.Sub(up).Seconds()
		case c.Answered != nil:
			r.Screen = c.Ended.Sub(up).Seconds()
		}
		if c.Bridged == nil && c.Wanted != nil {
			r.HungUp = c.Dropped == nil
			gone := c.Ended
			if c.Dropped != nil {
				gone = *c.Dropped
			}
			r.Waited = max(0, gone.Sub(*c.Wanted).Seconds())
		}
		if c.Bridged != nil && c.Wanted != nil {
			r.Talk = max(0.1, c.Ended.Sub(*c.Bridged).Seconds())
			r.Waited = max(0, float64(c.WaitedUS)/1e6)
		}
		day.Calls = append(day.Calls, r)
	}
	var log []struct {
		Session dialer.SessionID  `db:"session_id"`
		State   dialer.AgentState `db:"state"`
		From    time.Time         `db:"from_at"`
		To      time.Time         `db:"to_at"`
	}
	err = s.db.x.SelectContext(ctx, &log, qPacingAgents, campaign, from, to)
	for i, p := range log {
		start, end := p.From.Sub(from).Seconds(), p.To.Sub(from).Seconds()
		if i == 0 || log[i-1].Session != p.Session {
			day.Agents = append(day.Agents, lab.RecordedAgent{From: start})
		}
		a := &day.Agents[len(day.Agents)-1]
		a.To = max(a.To, end)
		if p.State == dialer.AgentPaused || p.State == dialer.AgentConnecting {
			pause := lab.Pause{At: start, Long: end - start}
			if i > 0 && log[i-1].Session == p.Session {
				before := log[i-1]
				pause.AfterCall = before.State == dialer.AgentWrapUp || before.State == dialer.AgentReady && before.To.Sub(before.From) < 2*time.Second
			}
			a.Pauses = append(a.Pauses, pause)
		}
	}
	if err != nil {
		return day, kind(err)
	}
	day.Told, err = s.told(ctx, campaign, from, to)
	return day, err
}

// told is what the log's decisions rested on beside calls and agents.
func (s *Pacing) told(ctx context.Context, campaign dialer.CampaignID, from, to time.Time) ([]lab.Told, error) {
	var rows []struct {
		At    time.Time `db:"decided_at"`
		End   *string   `db:"dial_end"`
		Leads *int      `db:"leads"`
	}
	err := s.db.x.SelectContext(ctx, &rows, qPacingTold, campaign, from, to)
	told := make([]lab.Told, len(rows))
	for i, r := range rows {
		told[i] = lab.Told{At: r.At.Sub(from).Seconds(), Leads: -1}
		if r.End != nil {
			end, err := time.Parse(time.RFC3339Nano, *r.End)
			if err != nil {
				return nil, fmt.Errorf("the decision of %s: %w", r.At.Format(time.RFC3339), err)
			}
			told[i].End = max(0, end.Sub(from).Seconds()) // its zero value is long ago
		}
		if r.Leads != nil {
			told[i].Leads = *r.Leads
		}
	}
	return told, kind(err)
}
