package mariadb

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing/ledger"
	"trunkline/sql/queries"
)

// Pacing keeps what pacing has learnt and decided.
type Pacing struct{ db *DB }

// NewPacing is the store on a database.
func NewPacing(db *DB) *Pacing { return &Pacing{db} }

var (
	qPacingModel  = queries.Get("pacing-model")
	qPacingSay    = queries.Get("pacing-say")
	qPacingKeep   = queries.Get("pacing-keep")
	qPacingLog    = queries.Get("pacing-log")
	qPacingForget = queries.Get("pacing-log-forget")
	qPacingLedger = queries.Get("pacing-ledger")
	qPacingHumans = queries.Get("pacing-human-statuses")
	qPacingCalls  = queries.Get("pacing-day-calls")
	qPacingAgents = queries.Get("pacing-day-agents")
)

// keepDecisions is how long sampled decisions are kept.
const keepDecisions = 7 * 24 * time.Hour

// Model is what was last kept of a campaign's model; dialer.ErrNotFound when
// nothing was.
func (s *Pacing) Model(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID) ([]byte, error) {
	var model []byte
	err := s.db.x.GetContext(ctx, &model, qPacingModel, campaign, server)
	return model, kind(err)
}

type paceRow struct {
	CampaignID dialer.CampaignID `db:"campaign_id"`
	ServerID   dialer.ServerID   `db:"server_id"`
	At         time.Time         `db:"decided_at"`
	Place      int               `db:"place"`
	Bound      string            `db:"bound"`
	Reason     string            `db:"reason"`
	Input      []byte            `db:"input"`
	Model      []byte            `db:"model"`
}

// Keep writes a decision's sentence for the live page, the model where the
// record has one, and a sample for replay where it has an input.
func (s *Pacing) Keep(ctx context.Context, r autodial.Record) error {
	row := paceRow{r.Campaign, r.Server, r.At, r.Decision.Place, string(r.Decision.Bound), r.Decision.Reason, r.Input, r.Model}
	if len(row.Reason) > 500 {
		row.Reason = row.Reason[:500]
	}
	query := qPacingSay
	if r.Model != nil {
		query = qPacingKeep
	}
	_, err := s.db.x.NamedExecContext(ctx, query, row)
	if err != nil || r.Input == nil {
		return kind(err)
	}
	if row.Model == nil {
		row.Model = []byte{}
	}
	_, err = s.db.x.NamedExecContext(ctx, qPacingLog, row)
	if err != nil {
		return kind(err)
	}
	_, err = s.db.x.ExecContext(ctx, qPacingForget, r.Campaign, r.At.Add(-keepDecisions))
	return kind(err)
}

// Ledger is a campaign's calls from one moment to another, as the laws count
// them.
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
	var day lab.Record
	var calls []struct {
		Placed   time.Time  `db:"placed_at"`
		Ringing  *time.Time `db:"ringing_at"`
		Answered *time.Time `db:"answered_at"`
		Wanted   *time.Time `db:"wanted_at"`
		Bridged  *time.Time `db:"bridged_at"`
		Ended    time.Time  `db:"ended_at"`
		Human    bool       `db:"human"`
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
		if c.Bridged != nil {
			r.Talk = max(0.1, c.Ended.Sub(*c.Bridged).Seconds())
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
			a.Pauses = append(a.Pauses, [2]float64{start, end - start})
		}
	}
	return day, kind(err)
}
