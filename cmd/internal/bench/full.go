package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// full is how much the database of this machine carries. Load is raised until
// a bound breaks. Since the roles share the machine's cores with MariaDB here, the
// machine breaks first; what MariaDB would carry with the cores for itself follows
// from the processor time that it took.
type full struct {
	Servers int        `json:"servers"`
	Agents  int        `json:"agents"`
	RestMS  float64    `json:"mariadb_ms_per_s_and_agent"` // an agent who waits, and the servers' share
	Steps   []fullStep `json:"steps"`
	// Of the last step that held.
	CPS    float64 `json:"calls_per_s_held"`
	SQL    float64 `json:"sql_per_s_held"`
	CallMS float64 `json:"mariadb_ms_per_call"` // beyond agents who wait
	Broke  string  `json:"broke"`               // the bound that ended it; "": none did
	// With fullShare of the cores for MariaDB.
	FullCPS    float64 `json:"calls_per_s_full"`
	FullAgents int     `json:"agents_full"`
}

// fullStep is one load.
type fullStep struct {
	CPS       float64 `json:"calls_per_s"`
	Reached   float64 `json:"calls_per_s_reached"`
	SQL       float64 `json:"sql_per_s"`
	Claim     float64 `json:"claim_p99_ms"` // at most: the histogram's next bound
	Commit    float64 `json:"commit_p99_ms"`
	Journal   float64 `json:"journal_p99_ms"`
	MariaDB   float64 `json:"mariadb_percent_of_a_core"`
	Machine   float64 `json:"machine_busy"`
	WaitP99   float64 `json:"answer_to_agent_p99_ms"`
	callMS    float64
	Questions int64 `json:"-"`
}

// The bounds: a load holds while the database answers a claim and a commit in
// this time at the 99th percentile, and this share of the calls is placed.
const (
	fullP99     = 100.0 // ms
	fullReached = 0.95
	fullShare   = 0.7 // of the cores; beyond that a busy minute finds no room
)

// callEvery is how often a call is placed for an agent: one who talks and writes
// up for a minute, with two and a half calls placed for each conversation.
const callEvery = 24 * time.Second

// How the load is raised.
const (
	fullServers = 4
	fullAgents  = 64
	fullFirst   = 8.0 // calls a second over all servers
	fullGrows   = 1.5
	fullSteps   = 5
	fullFor     = 15 * time.Second
)

func measureFull(ctx context.Context, o GrowthOptions, maria *private.Server, log *slog.Logger) (r *full, err error) {
	fmt.Fprintf(o.Progress, "how much MariaDB carries: %d scripted servers, %d agents …\n", fullServers, fullAgents)
	f, err := startFleet(ctx, fleetOptions{
		Dir: filepath.Join(o.Dir, "full"), Maria: maria, Database: "growth_full", Servers: fullServers, Agents: fullAgents, Rate: fullFirst / fullServers, Log: log,
	})
	if f != nil {
		defer func() { err = errors.Join(err, f.stop(context.WithoutCancel(ctx))) }()
	}
	if err != nil {
		return nil, err
	}
	floor, err := f.staff(ctx, talk)
	if floor != nil {
		defer floor.home()
	}
	if err != nil {
		return nil, err
	}
	r = &full{Servers: fullServers, Agents: fullAgents}
	idle, err := f.count(ctx)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, growthRest); err != nil {
		return nil, err
	}
	rested, err := f.count(ctx)
	if err != nil {
		return nil, err
	}
	rest := 1000 * (rested.cpu - idle.cpu).Seconds() / rested.at.Sub(idle.at).Seconds()
	r.RestMS = rest / fullAgents
	if err := f.store.SetActive(ctx, growthCampaign, true); err != nil {
		return nil, err
	}
	for cps, n := fullFirst, 0; n < fullSteps && r.Broke == ""; cps, n = cps*fullGrows, n+1 {
		fmt.Fprintf(o.Progress, "%g calls a second …\n", cps)
		s, err := f.step(ctx, cps, rest)
		if err != nil {
			return nil, err
		}
		r.take(s)
	}
	cores := float64(runtime.NumCPU())
	room := 1000 * fullShare * cores
	perAgent := r.RestMS + r.CallMS/callEvery.Seconds()
	r.FullAgents = int(room / perAgent)
	r.FullCPS = float64(r.FullAgents) / callEvery.Seconds()
	return r, errors.Join(f.store.SetActive(ctx, growthCampaign, false), f.quiet(ctx))
}

// take adds a step and says whether it broke a bound.
func (r *full) take(s fullStep) {
	r.Steps = append(r.Steps, s)
	switch {
	case s.Claim > fullP99 || s.Commit > fullP99:
		r.Broke = fmt.Sprintf("at %g calls a second a claim took up to %g ms and a commit up to %g ms at the 99th percentile", s.CPS, s.Claim, s.Commit)
	case s.Reached < fullReached*s.CPS:
		r.Broke = fmt.Sprintf("at %g calls a second %.1f were placed", s.CPS, s.Reached)
	default:
		r.CPS, r.SQL, r.CallMS = s.Reached, s.SQL, s.callMS
	}
	if r.CallMS == 0 {
		r.CallMS = s.callMS // the first broke already: the best there is
	}
}

// step takes one load; rest is MariaDB's processor time without calls, in ms a
// second.
func (f *fleet) step(ctx context.Context, cps, rest float64) (fullStep, error) {
	s := fullStep{CPS: cps}
	rig := mariadb.NewRig(f.db)
	for _, server := range f.servers {
		if err := rig.SetLimits(ctx, server.ID, 1000, cps/float64(len(f.servers))); err != nil {
			return s, err
		}
	}
	if err := pause(ctx, growthWarm); err != nil {
		return s, err
	}
	before, err := f.count(ctx)
	if err != nil {
		return s, err
	}
	was, err := f.histograms(ctx)
	if err != nil {
		return s, err
	}
	if err := pause(ctx, fullFor); err != nil {
		return s, err
	}
	after, err := f.count(ctx)
	if err != nil {
		return s, err
	}
	is, err := f.histograms(ctx)
	if err != nil {
		return s, err
	}
	var g growth
	if err := f.tell(ctx, &g, before, after); err != nil {
		return s, err
	}
	seconds := after.at.Sub(before.at).Seconds()
	s.Reached, s.SQL, s.Machine, s.WaitP99 = g.CPS, after.sqlPerSecond(before), after.busy, g.Wait.P99
	s.MariaDB = 100 * (after.cpu - before.cpu).Seconds() / seconds
	s.callMS = g.DBCPU - rest*seconds/math.Max(float64(g.Calls), 1)
	s.Claim, s.Commit = is.p99(was, `trunkline_dial_seconds`, `step="claim"`), is.p99(was, `trunkline_dial_seconds`, `step="commit"`)
	s.Journal = is.p99(was, `trunkline_journal_write_seconds`, "")
	return s, nil
}

// buckets are the counts of histograms' buckets, by the whole name with its
// labels, over all listens.
type buckets map[string]float64

// histograms asks every listen for its metrics.
func (f *fleet) histograms(ctx context.Context) (buckets, error) {
	all := buckets{}
	for _, c := range f.configs[:f.Servers] {
		address, err := os.ReadFile(app.MetricsFile(c.RunDir, app.RoleListen))
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+strings.TrimSpace(string(address))+"/metrics", nil)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			name, value, ok := strings.Cut(lines.Text(), "} ")
			if n, err := strconv.ParseFloat(value, 64); ok && err == nil && strings.Contains(name, "_bucket{") {
				all[name] += n
			}
		}
		_ = resp.Body.Close()
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// p99 is the least bound, in ms, below which 99 of 100 were that came since
// before.
func (b buckets) p99(before buckets, name, label string) float64 {
	total, bounds := 0.0, map[float64]float64{}
	for key, n := range b {
		if !strings.HasPrefix(key, name+"_bucket{") || !strings.Contains(key, label) {
			continue
		}
		_, le, _ := strings.Cut(key, `le="`)
		n -= before[key]
		if le == `+Inf"` {
			total += n
			continue
		}
		if bound, err := strconv.ParseFloat(strings.TrimSuffix(le, `"`), 64); err == nil {
			bounds[bound] += n
		}
	}
	least := math.Inf(1)
	for bound, n := range bounds {
		if n >= 0.99*total {
			least = min(least, bound)
		}
	}
	if math.IsInf(least, 1) {
		return 60_000 // beyond the last bucket; JSON knows no infinity
	}
	return 1000 * least
}

func (r *full) print(w io.Writer, cores int) {
	fmt.Fprintf(w, "\nhow much MariaDB carries: %d scripted servers, %d agents; a load holds while claims and commits take %g ms at most (99th percentile) and %.0f %% of the calls are placed\n", r.Servers, r.Agents, fullP99, 100*fullReached)
	fmt.Fprintln(w, "calls/s  reached    SQL/s  claim p99 ≤  commit p99 ≤  journal p99 ≤ ms  answer→agent p99 | MariaDB, of a core  machine busy")
	for _, s := range r.Steps {
		fmt.Fprintf(w, "%7.1f %8.1f %8.0f %12g %13g %17g %17.0f | %17.0f %% %10.0f %%\n", s.CPS, s.Reached, s.SQL, s.Claim, s.Commit, s.Journal, s.WaitP99, s.MariaDB, 100*s.Machine)
	}
	broke := r.Broke
	if broke == "" {
		broke = "none of these loads broke a bound"
	}
	fmt.Fprintf(w, "%s; held: %.1f calls and %.0f statements a second, with all roles and agents' screens on the same %d cores\n", broke, r.CPS, r.SQL, cores)
	fmt.Fprintf(w, "MariaDB takes %.1f ms of a core for a call and %.2f ms a second for an agent who waits: with %.0f %% of %d cores for itself it is full at %d agents, for each of whom a call is placed every %.0f s (%.0f calls a second)\n",
		r.CallMS, r.RestMS, 100*fullShare, cores, r.FullAgents, callEvery.Seconds(), r.FullCPS)
}
