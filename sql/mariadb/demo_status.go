package mariadb

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

var (
	demoAgents    = queries.Get("demo-agents")
	demoLiveCalls = queries.Get("demo-live-calls")
	demoToday     = queries.Get("demo-today")
	demoAnswers   = queries.Get("demo-answers")
	demoHopper    = queries.Get("demo-hopper")
	demoServer    = queries.Get("demo-server")
)

// DemoStatus is how the demo's campaign stands at one moment.
type DemoStatus struct {
	Agents    map[dialer.AgentState]int
	Calls     map[dialer.CallState]int
	Placed    int             `db:"placed"`
	Answered  int             `db:"answered"`
	Connected int             `db:"connected"`
	Dropped   int             `db:"dropped"`
	Waits     []time.Duration // from answer to agent, of the last connected calls
	Hopper    int
}

// Status counts the campaign's agents and calls; finished calls count since a
// moment.
func (d *Demo) Status(ctx context.Context, campaign dialer.CampaignID, since time.Time) (DemoStatus, error) {
	s := DemoStatus{Agents: map[dialer.AgentState]int{}, Calls: map[dialer.CallState]int{}}
	var rows []struct {
		State string `db:"state"`
		N     int    `db:"n"`
	}
	err := d.db.x.SelectContext(ctx, &rows, demoAgents, campaign)
	if err != nil {
		return s, kind(err)
	}
	for _, r := range rows {
		s.Agents[dialer.AgentState(r.State)] = r.N
	}
	rows = nil
	err = d.db.x.SelectContext(ctx, &rows, demoLiveCalls, campaign)
	if err != nil {
		return s, kind(err)
	}
	for _, r := range rows {
		s.Calls[dialer.CallState(r.State)] = r.N
	}
	err = d.db.x.GetContext(ctx, &s, demoToday, campaign, since)
	if err != nil {
		return s, kind(err)
	}
	var micros []int64
	err = d.db.x.SelectContext(ctx, &micros, demoAnswers, campaign, since)
	if err != nil {
		return s, kind(err)
	}
	for _, us := range micros {
		s.Waits = append(s.Waits, time.Duration(us)*time.Microsecond)
	}
	err = d.db.x.GetContext(ctx, &s.Hopper, demoHopper, campaign)
	return s, kind(err)
}

// DemoServer is what a server's row says of its daemons.
type DemoServer struct {
	BeatAt     *time.Time `db:"beat_at"`
	SkewMillis int        `db:"skew_ms"`
	Listening  bool       `db:"listening"`
	ConfAt     *time.Time `db:"conf_at"`
}

// Server tells how far a telephony server's daemons have come.
func (d *Demo) Server(ctx context.Context, id dialer.ServerID) (DemoServer, error) {
	var s DemoServer
	err := d.db.x.GetContext(ctx, &s, demoServer, id)
	return s, kind(err)
}
