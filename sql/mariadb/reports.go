package mariadb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/report"
	"trunkline/sql/queries"
)

// Reports reads what reports are made of.
type Reports struct {
	db     *DB
	places chan struct{} // for those who read sums at the same time
}

// readers is how many reports a process reads at the same time; others wait
// their turn, so that a rush for reports leaves the database to the dialing.
const readers = 2

// NewReports is the store on a database.
func NewReports(db *DB) *Reports { return &Reports{db, make(chan struct{}, readers)} }

var (
	qReportCalls     = queries.Get("report-calls")
	qReportCauses    = queries.Get("report-causes")
	qReportAgents    = queries.Get("report-agents")
	qReportTimes     = queries.Get("report-times")
	qReportNow       = queries.Get("report-now")
	qReportCampaigns = queries.Get("report-campaigns")
	qReportLists     = queries.Get("report-lists")
	qReportUsers     = queries.Get("report-users")
	qReportCarriers  = queries.Get("report-carriers")
	qReportServers   = queries.Get("report-servers")
	qReportOutcomes  = queries.Get("report-outcomes")
	qReportPauses    = queries.Get("report-pauses")
	qReportLeads     = queries.Get("report-leads")
	qReportHopper    = queries.Get("report-hopper")
	qReportCallbacks = queries.Get("report-callbacks")
	qReportCallRows  = queries.Get("report-call-rows")
	qReportCallsOf   = queries.Get("report-calls-of")
	qReportRowsOf    = queries.Get("report-call-rows-of")
	qReportBegins    = queries.Get("report-begins")
	qTallyWaiting    = queries.Get("tally-waiting")
)

// sums reads one of the tables of sums: group, the columns that are asked for,
// campaigns, spans, and what narrows them.
func sums[T any](ctx context.Context, r *Reports, query string, a report.Ask, flags []bool, narrow ...any) ([]T, error) {
	if len(a.Campaigns) == 0 {
		return nil, nil
	}
	leave, err := r.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var state tallyState
	if err := r.db.x.GetContext(ctx, &state, qTallyState); err != nil {
		return nil, kind(err)
	}
	args := []any{bounds(a)}
	for _, f := range flags {
		args = append(args, f)
	}
	args = append(args, a.Campaigns)
	for _, s := range report.Cover(a.From, a.To, a.Coarsest(), state.Rolled) {
		args = append(args, s.From, s.To)
	}
	return selectIn[T](ctx, r, query, append(args, narrow...)...)
}

// enter waits for a place among those who read.
func (r *Reports) enter(ctx context.Context) (leave func(), err error) {
	select {
	case r.places <- struct{}{}:
		return func() { <-r.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bounds are where the question's groups begin, in seconds since 1970.
func bounds(a report.Ask) []int64 {
	all := make([]int64, len(a.Bounds))
	for i, at := range a.Bounds {
		all[i] = at.Unix()
	}
	return all
}

// anyOf is a list for SQL, which knows no empty one.
func anyOf[T any](all []T) []T {
	if len(all) == 0 {
		return make([]T, 1)
	}
	return all
}

// Calls are sums of ended calls.
func (r *Reports) Calls(ctx context.Context, a report.Ask) ([]report.CallSum, error) {
	by := []bool{a.ByCampaign, a.ByList}
	if len(a.Users) > 0 {
		return sums[report.CallSum](ctx, r, qReportCallsOf, a, by, len(a.Lists) == 0, anyOf(a.Lists), a.Users)
	}
	return sums[report.CallSum](ctx, r, qReportCalls, a, by, len(a.Lists) == 0, anyOf(a.Lists))
}

// Causes are sums of ended calls by carrier and cause.
func (r *Reports) Causes(ctx context.Context, a report.Ask) ([]report.CauseSum, error) {
	return sums[report.CauseSum](ctx, r, qReportCauses, a, []bool{a.ByCampaign})
}

// Agents are sums of the calls that agents had.
func (r *Reports) Agents(ctx context.Context, a report.Ask) ([]report.AgentSum, error) {
	return sums[report.AgentSum](ctx, r, qReportAgents, a, []bool{a.ByCampaign, a.Together, a.Together, a.Together},
		len(a.Users) == 0, anyOf(a.Users), len(a.Lists) == 0, anyOf(a.Lists))
}

// Times are sums of agents' time.
func (r *Reports) Times(ctx context.Context, a report.Ask) ([]report.TimeSum, error) {
	return sums[report.TimeSum](ctx, r, qReportTimes, a, []bool{a.ByCampaign}, len(a.Users) == 0, anyOf(a.Users))
}

func selectIn[T any](ctx context.Context, r *Reports, query string, args ...any) ([]T, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	var rows []T
	err = r.db.x.SelectContext(ctx, &rows, query, args...)
	return rows, kind(err)
}

// Under are the stretches of agents' time that go on.
func (r *Reports) Under(ctx context.Context, q report.Query) ([]report.Period, error) {
	if len(q.Campaigns) == 0 {
		return nil, nil
	}
	return selectIn[report.Period](ctx, r, qReportNow, q.Campaigns, len(q.Users) == 0, anyOf(q.Users))
}

// Words are the names of what the sums know by number.
func (r *Reports) Words(ctx context.Context) (report.Words, error) {
	w := report.Words{
		Carriers: map[dialer.CarrierID]string{}, Servers: map[dialer.ServerID]string{},
		Outcomes: map[dialer.Status]report.Outcome{}, Pauses: map[string]string{},
	}
	var carriers []struct {
		ID   dialer.CarrierID `db:"id"`
		Name string           `db:"name"`
	}
	var servers []struct {
		ID   dialer.ServerID `db:"id"`
		Name string          `db:"name"`
	}
	var outcomes []report.Outcome
	var pauses []struct {
		Code string `db:"code"`
		Name string `db:"name"`
	}
	for _, part := range []struct {
		into  any
		query string
	}{
		{&w.Campaigns, qReportCampaigns}, {&w.Lists, qReportLists}, {&w.Users, qReportUsers}, {&carriers, qReportCarriers},
		{&servers, qReportServers}, {&outcomes, qReportOutcomes}, {&pauses, qReportPauses},
	} {
		if err := r.db.x.SelectContext(ctx, part.into, part.query); err != nil {
			return w, kind(err)
		}
	}
	for _, c := range carriers {
		w.Carriers[c.ID] = c.Name
	}
	for _, s := range servers {
		w.Servers[s.ID] = s.Name
	}
	for _, o := range outcomes {
		w.Outcomes[o.Status] = o
	}
	for _, p := range pauses {
		w.Pauses[p.Code] = p.Name
	}
	return w, nil
}

// Leads are the leads of lists as they are now.
func (r *Reports) Leads(ctx context.Context, lists []dialer.ListID) ([]report.LeadCount, error) {
	if len(lists) == 0 {
		return nil, nil
	}
	return selectIn[report.LeadCount](ctx, r, qReportLeads, lists)
}

// Hopper is what is in the hopper now.
func (r *Reports) Hopper(ctx context.Context, q report.Query) ([]report.HopperCount, error) {
	if len(q.Campaigns) == 0 {
		return nil, nil
	}
	return selectIn[report.HopperCount](ctx, r, qReportHopper, q.Campaigns)
}

// Callbacks are those that are due within the query's time.
func (r *Reports) Callbacks(ctx context.Context, q report.Query) ([]report.CallbackCount, error) {
	if len(q.Campaigns) == 0 {
		return nil, nil
	}
	return selectIn[report.CallbackCount](ctx, r, qReportCallbacks, q.Now, q.Campaigns, q.From, q.To, len(q.Users) == 0, anyOf(q.Users))
}

// Begins are when campaigns placed their first calls, to the quarter of an hour.
func (r *Reports) Begins(ctx context.Context, campaigns []dialer.CampaignID) (map[dialer.CampaignID]time.Time, error) {
	all := map[dialer.CampaignID]time.Time{}
	if len(campaigns) == 0 {
		return all, nil
	}
	type row struct {
		ID dialer.CampaignID `db:"id"`
		At *time.Time        `db:"at"`
	}
	rows, err := selectIn[row](ctx, r, qReportBegins, campaigns)
	for _, r := range rows {
		if r.At != nil {
			all[r.ID] = *r.At
		}
	}
	return all, err
}

// Waiting is how many changes of the logs have not been summed up yet; 100,000
// stands for more.
func (r *Reports) Waiting(ctx context.Context) (int, error) {
	var n int
	err := r.db.x.GetContext(ctx, &n, qTallyWaiting)
	return n, kind(err)
}

// CallRows are a campaign's ended calls after one, by the time they were placed;
// the first page is after the query's From and 0.
func (r *Reports) CallRows(ctx context.Context, q report.Query, campaign dialer.CampaignID, at time.Time, after dialer.CallID, limit int) ([]report.CallRow, error) {
	if len(q.Users) > 0 {
		return selectIn[report.CallRow](ctx, r, qReportRowsOf, q.Users, campaign, at, q.To, at, after, len(q.Lists) == 0, anyOf(q.Lists), limit)
	}
	return selectIn[report.CallRow](ctx, r, qReportCallRows, campaign, at, q.To, at, after, len(q.Lists) == 0, anyOf(q.Lists), limit)
}

// Exported writes into the audit log that somebody takes the call log away.
func (r *Reports) Exported(ctx context.Context, by audit.By, q report.Query, file string) error {
	return r.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var campaigns []string
		for _, c := range q.Campaigns {
			campaigns = append(campaigns, string(c))
		}
		of := map[string]string{
			"file": file, "from": q.From.Format(time.RFC3339), "to": q.To.Format(time.RFC3339), "campaigns": strings.Join(campaigns, " "),
		}
		// What was asked for beside: without it the export seems to hold more.
		if len(q.Lists) > 0 {
			of["lists"] = strings.Trim(fmt.Sprint(q.Lists), "[]")
		}
		if len(q.Users) > 0 {
			of["agents"] = strings.Trim(fmt.Sprint(q.Users), "[]")
		}
		return note(ctx, tx, by, "calls.export", object("report", "calls"), nil, of)
	})
}
