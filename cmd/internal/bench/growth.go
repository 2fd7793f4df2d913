package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// GrowthOptions are what can be asked of a measurement of growth.
type GrowthOptions struct {
	Dir      string // where everything lies; what an earlier run left there is removed
	Asterisk string // folder with an Asterisk root, for hosts without Asterisk
	Parts    []Part // in any order; none: all
	Servers  []int  // how many telephony servers, in turns
	Agents   int    // on each server
	Rate     float64
	For      time.Duration // at each number of servers
	Out      io.Writer     // the table, and one JSON line at its end
	Progress io.Writer
}

// The parts of a measurement of growth.
const (
	PartFake Part = "fake" // 1, 2, 4, 8 … servers whose Asterisk is scripted at the wire
	PartReal Part = "real" // one real Asterisk, and a pair
	PartFull Part = "full" // the load at which MariaDB is full
)

func (o GrowthOptions) wants(p Part) bool { return Options{Parts: o.Parts}.wants(p) }

// growthFigures are what was measured.
type growthFigures struct {
	Version string   `json:"version"`
	Cores   int      `json:"cores"`
	Agents  int      `json:"agents_per_server"`
	Rate    float64  `json:"calls_per_s_per_server"`
	Fake    []growth `json:"fake"`
	Real    []growth `json:"real"`
	Full    *full    `json:"full,omitempty"`
	Claims  []claim  `json:"claims"`
}

// growth is what a number of servers does and asks of the database, each with
// the same load.
type growth struct {
	Servers  int     `json:"servers"`
	Agents   int     `json:"agents"`
	Calls    int     `json:"calls"`
	CPS      float64 `json:"calls_per_s"`
	Answered int     `json:"answered"`
	Dropped  int     `json:"dropped"`
	Crossed  int     `json:"crossed"` // to another server's agent
	Wait     latency `json:"answer_to_agent_ms"`
	Events   float64 `json:"event_rows_per_s"`
	PBX      float64 `json:"asterisk_events_per_s,omitempty"` // of the scripted ones
	Strange  int64   `json:"calls_not_in_the_books"`          // placed at a scripted Asterisk, more or less than the books have
	// Of the database, by its own count, over all its clients.
	RestSQL  float64            `json:"rest_sql_per_s"` // the same servers and agents, nobody dialed
	RestRows float64            `json:"rest_rows_read_per_s"`
	IdleSQL  float64            `json:"ready_sql_per_s"` // the campaign is active and every line taken: what agreeing on its pace takes, without the filling
	IdleRows float64            `json:"ready_rows_read_per_s"`
	SQL      float64            `json:"sql_per_s"`
	Rows     float64            `json:"rows_read_per_s"`
	FillSQL  float64            `json:"fill_sql_per_s"` // of those: to fill the campaign's hopper, and to ask again who is in it
	FillRows float64            `json:"fill_rows_read_per_s"`
	Tables   map[string]float64 `json:"tables_rows_read_per_s,omitempty"` // the filling's among them
	CallSQL  float64            `json:"sql_per_call"`                     // placed: beyond filling, and what the same servers ask for an active campaign that places none
	CallRows float64            `json:"rows_read_per_call"`
	DBCPU    float64            `json:"mariadb_ms_per_call"` // processor time, what is done once with it
	Machine  float64            `json:"machine_busy"`        // share of all cores, everything on this machine
}

// line is the work of the database against calls a second, but for the filling of
// the hopper, which is counted by itself: Once is what is done a second however
// many servers there are (the web role's look at the events), PerCall what each
// call adds, with its share of what a server does at rest.
type line struct {
	Once    float64
	PerCall float64
}

// fit is the line whose points are off by the least share of themselves. It takes
// three points to say anything: there is always one through two.
func fit(rows []growth, of func(growth) float64) line {
	var w, x, y, xx, xy float64
	for _, g := range rows {
		weight := 1 / (of(g) * of(g))
		w, x, y = w+weight, x+weight*g.CPS, y+weight*of(g)
		xx, xy = xx+weight*g.CPS*g.CPS, xy+weight*g.CPS*of(g)
	}
	slope := (w*xy - x*y) / (w*xx - x*x)
	return line{Once: (y - slope*x) / w, PerCall: slope}
}

// off is by how much of what its calls take a point is at most off the line.
func (l line) off(rows []growth, of func(growth) float64) (off float64) {
	for _, g := range rows {
		off = max(off, math.Abs((of(g)-l.Once)/(l.PerCall*g.CPS)-1))
	}
	return off
}

// share of its calls that was answered: those cost more than the others.
func (g growth) share() float64 { return float64(g.Answered) / max(float64(g.Calls), 1) }

func sqlOf(g growth) float64  { return g.SQL - g.FillSQL }
func rowsOf(g growth) float64 { return g.Rows - g.FillRows }

// growthCampaign is what everybody works: one campaign on all servers is the
// hardest case, since they have to agree on its pace.
const growthCampaign dialer.CampaignID = "GROW"

// How long the servers are watched at rest, for how long nothing is counted after
// something has begun, and how many calls of each server are counted at least: of fewer,
// a few that are answered more or less would be taken for what a server adds.
const (
	growthRest  = 20 * time.Second
	growthWarm  = 5 * time.Second
	growthCalls = 240
)

// RunGrowth measures how the work of one database grows with the telephony
// servers: each number of them in turns, on a database of its own, with the real
// roles as processes. It prints a table and ends with a line of JSON. An error
// wraps ErrClaim when what was measured breaks what is claimed.
func RunGrowth(ctx context.Context, o GrowthOptions) error {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	o.Dir = dir
	clearFleets(ctx, dir)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	logs, err := logFile(dir)
	if err != nil {
		return err
	}
	defer logs.Close()
	log := app.NewLog(logs, slog.LevelInfo, "text")
	fmt.Fprintln(o.Progress, "Starting MariaDB …")
	maria, err := private.Start(ctx, private.Options{Dir: filepath.Join(dir, "mariadb"), PidFile: filepath.Join(dir, "mariadbd.pid"), DieWithParent: true, BufferPool: 512})
	if err != nil {
		return err
	}
	defer func() { _ = maria.Stop(context.WithoutCancel(ctx)) }()
	// Eight telephony servers and a web server are 25 processes with up to 16
	// connections each.
	if err := maria.Run(ctx, []string{"SET GLOBAL max_connections = 500"}); err != nil {
		return err
	}
	f := growthFigures{Version: app.Version(), Cores: runtime.NumCPU(), Agents: o.Agents, Rate: o.Rate}
	for _, part := range []struct {
		part    Part
		servers []int
		to      *[]growth
	}{{PartFake, o.Servers, &f.Fake}, {PartReal, []int{1, 2}, &f.Real}} {
		if !o.wants(part.part) {
			continue
		}
		for _, n := range part.servers {
			g, err := measureGrowth(ctx, o, maria, part.part, n, log)
			if err != nil {
				return fmt.Errorf("%d servers (%s): %w", n, part.part, err)
			}
			*part.to = append(*part.to, g)
		}
	}
	if o.wants(PartFull) {
		f.Full, err = measureFull(ctx, o, maria, log)
		if err != nil {
			return fmt.Errorf("how much the database carries: %w", err)
		}
	}
	return f.print(o.Out)
}

// measureGrowth takes one number of servers.
func measureGrowth(ctx context.Context, o GrowthOptions, maria *private.Server, part Part, n int, log *slog.Logger) (g growth, err error) {
	fmt.Fprintf(o.Progress, "%d telephony servers (%s), %d agents, %g calls a second …\n", n, part, n*o.Agents, float64(n)*o.Rate)
	e, err := startFleet(ctx, fleetOptions{
		Dir: filepath.Join(o.Dir, fmt.Sprintf("%s-%d", part, n)), Asterisk: o.Asterisk, Maria: maria, Database: fmt.Sprintf("growth_%s_%d", part, n),
		Real: part == PartReal, Servers: n, Agents: n * o.Agents, Rate: o.Rate, Log: log,
	})
	if e != nil {
		defer func() { err = errors.Join(err, e.stop(context.WithoutCancel(ctx))) }()
	}
	if err == nil {
		err = e.fillApart(ctx)
	}
	if err != nil {
		return g, err
	}
	floor, err := e.staff(ctx, talk)
	if floor != nil {
		defer floor.home()
	}
	if err != nil {
		return g, err
	}
	g = growth{Servers: n, Agents: n * o.Agents}
	idle, rested, err := e.over(ctx, growthRest)
	if err != nil {
		return g, err
	}
	g.RestSQL, g.RestRows = rested.sqlPerSecond(idle), rested.rowsPerSecond(idle)
	// Servers that share a campaign tell each other of it four times a second, be
	// there a call or none: that is no call's.
	if err := e.limits(ctx, 0); err != nil {
		return g, err
	}
	if err := e.store.SetActive(ctx, growthCampaign, true); err != nil {
		return g, err
	}
	ready, held, err := e.over(ctx, growthRest)
	if err != nil {
		return g, err
	}
	fillSQL, fillRows := held.fillPerSecond(ready)
	g.IdleSQL, g.IdleRows = held.sqlPerSecond(ready)-fillSQL, held.rowsPerSecond(ready)-fillRows
	if err := e.limits(ctx, fleetTrunks); err != nil {
		return g, err
	}
	// As long with any number of servers: each agent has had as many calls by the end,
	// and a desk reads its agent's day when a call begins and ends.
	before, after, err := e.over(ctx, max(o.For, time.Duration(growthCalls/o.Rate*float64(time.Second))))
	if err != nil {
		return g, err
	}
	if err := e.store.SetActive(ctx, growthCampaign, false); err != nil {
		return g, err
	}
	if err := e.quiet(ctx); err != nil {
		return g, err
	}
	return g, e.tell(ctx, &g, before, after)
}

// over counts at both ends of a time, once what went before has settled.
func (f *fleet) over(ctx context.Context, d time.Duration) (before, after fleetReading, err error) {
	err = pause(ctx, growthWarm)
	if err == nil {
		before, err = f.count(ctx)
	}
	if err == nil {
		err = pause(ctx, d)
	}
	if err == nil {
		after, err = f.count(ctx)
	}
	return before, after, err
}

// limits says how many lines each server may have, at the calls a second that are
// asked for.
func (f *fleet) limits(ctx context.Context, trunks int) error {
	for _, s := range f.servers {
		if err := mariadb.NewRig(f.db).SetLimits(ctx, s.ID, trunks, f.Rate); err != nil {
			return err
		}
	}
	return nil
}

// tell fills in what the books and the counters have of the measured time.
func (e *fleet) tell(ctx context.Context, g *growth, before, after fleetReading) error {
	calls, err := mariadb.NewRig(e.db).Calls(ctx)
	if err != nil {
		return err
	}
	all := int64(0)
	for _, c := range calls {
		all++
		if c.PlacedAt.Before(before.now) || !c.PlacedAt.Before(after.now) {
			continue
		}
		g.Calls++
		if c.AnsweredAt == nil {
			continue
		}
		g.Answered++
		if c.BridgedAt == nil {
			g.Dropped++
		}
		if c.LineServer != 0 && c.LineServer != c.ServerID {
			g.Crossed++
		}
	}
	waits, err := mariadb.NewRig(e.db).Waits(ctx, before.now)
	if err != nil {
		return err
	}
	var times []time.Duration
	for _, w := range waits {
		if w.Ready {
			times = append(times, time.Duration(w.Micros)*time.Microsecond)
		}
	}
	g.Wait = summarize(times)
	seconds := after.at.Sub(before.at).Seconds()
	n := math.Max(float64(g.Calls), 1)
	g.CPS = float64(g.Calls) / seconds
	g.Events = float64(after.events-before.events) / seconds
	if len(e.fakes) > 0 {
		g.PBX = float64(after.pbx.Events-before.pbx.Events) / seconds
		g.Strange = e.fakeCounts().Calls - all
	}
	g.SQL, g.Rows = after.sqlPerSecond(before), after.rowsPerSecond(before)
	g.FillSQL, g.FillRows = after.fillPerSecond(before)
	g.CallSQL, g.CallRows = (sqlOf(*g)-g.IdleSQL)/g.CPS, (rowsOf(*g)-g.IdleRows)/g.CPS
	g.Tables = more(before.tables, after.tables, seconds)
	g.DBCPU = 1000 * (after.cpu - before.cpu).Seconds() / n
	g.Machine = after.busy
	return nil
}

func (f growthFigures) print(w io.Writer) error {
	fmt.Fprintf(w, "growth of one campaign over telephony servers, each with %d agents and %g calls a second; SQL and rows read are the database's own counts (Questions, Rows_read) over all its clients; at rest: the same agents, nobody dialed; filling: the part of those who fill the hopper, one for all servers, by the count of their accounts (userstat); agreeing: an active campaign with no line free, without the filling, most of it the servers' words about its pace; per call placed: beyond both\n", f.Agents, f.Rate)
	for _, part := range []struct {
		name string
		rows []growth
	}{{"scripted Asterisk", f.Fake}, {"real Asterisk", f.Real}} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\nservers agents calls/s answered dropped crossed  answer→agent ms: p50   p99 | event rows/s  PBX events/s | at rest: SQL/s  rows/s | dialing: SQL/s  rows/s | filling: SQL/s  rows/s | agreeing: SQL/s  rows/s | per call: SQL   rows | MariaDB ms per call  machine busy\n", part.name)
		for _, g := range part.rows {
			fmt.Fprintf(w, "%7d %6d %7.1f %8d %7d %7d %21.0f %5.0f | %12.0f %13.0f | %14.0f %7.0f | %14.0f %7.0f | %14.0f %7.0f | %15.0f %7.0f | %13.1f %6.0f | %19.1f %11.0f %%\n",
				g.Servers, g.Agents, g.CPS, g.Answered, g.Dropped, g.Crossed, g.Wait.P50, g.Wait.P99, g.Events, g.PBX,
				g.RestSQL, g.RestRows, g.SQL, g.Rows, g.FillSQL, g.FillRows, g.IdleSQL, g.IdleRows, g.CallSQL, g.CallRows, g.DBCPU, 100*g.Machine)
		}
		if len(part.rows) > 2 {
			sql, read := fit(part.rows, sqlOf), fit(part.rows, rowsOf)
			fmt.Fprintf(w, "beside the filling, once for all servers: %.0f statements and %.0f rows read a second\n", sql.Once, read.Once)
		}
	}
	if f.Full != nil {
		f.Full.print(w, f.Cores)
	}
	f.Claims = f.judge()
	fmt.Fprintln(w)
	for _, c := range f.Claims {
		fmt.Fprintln(w, c)
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n", line)
	return broken(f.Claims)
}

// growthSpread is by how much the work of a call may be off with any number of
// servers.
const growthSpread = 0.1

// judge: the work of a call is the same with any number of servers, and so every
// further server does as much as the first.
func (f growthFigures) judge() []claim {
	var all []claim
	for _, part := range []struct {
		name string
		rows []growth
	}{{"scripted", f.Fake}, {"real", f.Real}} {
		if len(part.rows) < 2 {
			continue
		}
		first, last := part.rows[0], part.rows[len(part.rows)-1]
		rest, slow, strange := 0.0, math.Inf(1), 0.0
		for _, g := range part.rows {
			rest = max(rest, g.RestSQL/float64(g.Servers)/(first.RestSQL/float64(first.Servers)))
			slow = min(slow, g.CPS/float64(g.Servers)/f.Rate)
			strange = max(strange, math.Abs(float64(g.Strange)))
		}
		all = append(all,
			claim{"calls a second per server, beside what each may place, " + part.name, slow, 0.95, true, slow >= 0.95},
			most("statements at rest per server, beside the fewest servers, "+part.name, rest, 1+growthSpread),
			most("rows read a second to fill the hopper, beside as many times as there are more calls, "+part.name, last.FillRows/first.FillRows/(last.CPS/first.CPS), 1+growthSpread),
		)
		if len(part.rows) > 2 {
			all = append(all,
				most("statements a second, off a line, "+part.name, fit(part.rows, sqlOf).off(part.rows, sqlOf), growthSpread),
				most("rows read a second, off a line, "+part.name, fit(part.rows, rowsOf).off(part.rows, rowsOf), growthSpread))
		} else { // through two points goes a line
			all = append(all,
				most("share of calls answered, off that of one server, "+part.name, math.Abs(last.share()/first.share()-1), growthSpread), // the same kind of calls
				most("statements of a call, off those with one server, "+part.name, math.Abs(last.CallSQL/first.CallSQL-1), growthSpread),
				most("rows read for a call, off those with one server, "+part.name, math.Abs(last.CallRows/first.CallRows-1), growthSpread))
		}
		if part.name == "scripted" {
			all = append(all, most("calls that Asterisk and the books do not both have", strange, 0))
		}
	}
	return all
}

// credentials are those of the fleet's agents.
func credentials(n int, password string) []demo.Credentials {
	all := make([]demo.Credentials, n)
	for i := range all {
		all[i] = demo.Credentials{User: fmt.Sprintf("agent%d", i+1), Password: password}
	}
	return all
}
