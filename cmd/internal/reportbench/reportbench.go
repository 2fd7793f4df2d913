// Package reportbench measures the reports on a MariaDB of its own: how long each
// takes over millions of calls, what keeping the sums costs, and what the dialer
// notices of either.
package reportbench

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/dialer/report"
	"trunkline/dialer/tally"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// Options are what can be asked of a measurement.
type Options struct {
	Dir    string // where the database lies
	Calls  int    // of the log
	Rounds int    // of each report
	Out    io.Writer
	Say    io.Writer
}

// Figures are what was measured.
type Figures struct {
	Calls     int                           `json:"calls"`
	Days      int                           `json:"days"`
	SumRows   map[string]int                `json:"sum_rows"`
	SumUpS    float64                       `json:"sum_up_s"`    // all of the log, from nothing; 0: an earlier run had
	CatchUpMS float64                       `json:"catch_up_ms"` // 200 ended calls and 100 agents' stretches, from the change to the sum
	Reports   map[string]map[string]float64 `json:"reports_ms"`  // median by report, then days
	Narrowed  map[string]map[string]float64 `json:"narrowed_ms"` // the same of all days, by report, then other rows, or one campaign, list, agent
	SlowestMS float64                       `json:"slowest_ms"`
	Slowest   string                        `json:"slowest"`
	RecountMS float64                       `json:"recount_ms"` // two figures of all days, counted from the log
	RecountX  float64                       `json:"recount_x"`  // of the outbound report of all days
	Writes    map[string]Write              `json:"journal_ms"` // of listen's journal: alone, beside the keeper, beside three readers of reports
	Cold      float64                       `json:"cold_ms"`    // the slowest report's first run
	Version   string                        `json:"version"`
}

// Write is how long the journal's transactions took.
type Write struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// first is when the log begins: an ordinary Monday.
var first = time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC)

// Run measures, prints a table and ends with one line of JSON.
func Run(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	pool := 1000 + o.Calls/1000*3/10 // what a server for such a log has
	server, err := private.Start(ctx, private.Options{Dir: filepath.Join(o.Dir, "data"), BufferPool: pool, DieWithParent: true})
	if err != nil {
		return err
	}
	defer server.Stop(context.WithoutCancel(ctx)) //nolint:errcheck // a measurement's database
	password, name := rand.Text(), fmt.Sprintf("calls_%d", o.Calls)
	if err := server.CreateDatabase(ctx, name, name, password); err != nil {
		return err
	}
	db, err := mariadb.Open(server.DSNAs(name, password, name))
	if err != nil {
		return err
	}
	defer db.Close()
	b := &bench{Options: o, db: db, store: mariadb.NewBenchReports(db), reports: mariadb.NewReports(db), tally: mariadb.NewTally(db)}
	b.f = Figures{Calls: o.Calls, Days: (o.Calls + mariadb.CallsADay - 1) / mariadb.CallsADay, Reports: map[string]map[string]float64{}, Narrowed: map[string]map[string]float64{}, Writes: map[string]Write{}, Version: app.Version()}
	b.end = first.AddDate(0, 0, b.f.Days).Truncate(24 * time.Hour)
	if err := b.run(ctx); err != nil {
		return err
	}
	return b.print()
}

type bench struct {
	Options
	db      *mariadb.DB
	store   *mariadb.BenchReports
	reports *mariadb.Reports
	tally   *mariadb.Tally
	end     time.Time // of the log's last day
	f       Figures
	next    dialer.CallID
}

// A list and an agent of the log.
const (
	oneList  = 101
	oneAgent = 200
)

var campaigns = []dialer.CampaignID{"B1", "B2", "B3", "B4"}

func (b *bench) run(ctx context.Context) error {
	if _, err := b.db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	have, err := b.store.Calls(ctx)
	if err != nil {
		return err
	}
	if have == 0 {
		began := time.Now()
		err = b.store.Fill(ctx, b.Options.Calls, first, func(n int) {
			if n%1_000_000 == 0 || n == b.Options.Calls {
				fmt.Fprintf(b.Say, "%d of %d calls made in %.0f s\n", n, b.Options.Calls, time.Since(began).Seconds())
			}
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(b.Say, "the logs are there after %.0f s; summing up …\n", time.Since(began).Seconds())
	}
	b.next = dialer.CallID(max(have, b.Options.Calls) + 1)
	waiting, err := b.reports.Waiting(ctx)
	if err != nil {
		return err
	}
	if whole := have == 0 || waiting > 1000; whole { // an earlier run did not live to end it
		if have > 0 {
			if err := b.tally.Again(ctx, first.AddDate(0, 0, -1), b.end); err != nil {
				return err
			}
		}
		began := time.Now()
		if err := b.count(ctx); err != nil {
			return err
		}
		b.f.SumUpS = time.Since(began).Seconds()
	} else if err := b.count(ctx); err != nil {
		return err
	}
	if b.f.SumRows, err = b.store.SumRows(ctx); err != nil {
		return err
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.writes(ctx)
}

func (b *bench) keeper() *tally.Keeper {
	return &tally.Keeper{Holder: "measurement", Store: b.tally, Lease: mariadb.NewLeases(b.db), Now: func(context.Context) (time.Time, error) { return b.end, nil }, Log: slog.New(slog.DiscardHandler)}
}

// count counts until nothing waits.
func (b *bench) count(ctx context.Context) error {
	said := time.Now()
	for {
		left, err := b.keeper().Step(ctx, b.end, 5*time.Second)
		if err != nil {
			return err
		}
		waiting, err := b.reports.Waiting(ctx)
		if err != nil || waiting == 0 && !left {
			return err
		}
		if time.Since(said) > 20*time.Second {
			fmt.Fprintf(b.Say, "%d changes wait\n", waiting)
			said = time.Now()
		}
	}
}

func (b *bench) query(r report.Report, days int) report.Query {
	q := report.Query{From: b.end.AddDate(0, 0, -days), To: b.end, Zone: time.UTC, Now: b.end, Campaigns: campaigns}
	if len(r.Bys) > 0 {
		q.By = r.Bys[0]
	}
	return q
}

// measure times each report over a day, a week, a month and the whole log.
func (b *bench) measure(ctx context.Context) error {
	spans := []int{1, 7, 30, b.f.Days}
	slices.Sort(spans)
	spans = slices.Compact(spans)
	whole := 0.0
	for _, r := range report.All {
		b.f.Reports[r.Name] = map[string]float64{}
		for _, days := range spans {
			q := b.query(r, days)
			if days > b.f.Days || q.Check() != nil || r.Now && days != 1 {
				continue
			}
			ms, err := b.time(ctx, r, q)
			if err != nil {
				return fmt.Errorf("%s over %d days: %w", r.Name, days, err)
			}
			b.f.Reports[r.Name][fmt.Sprint(days)] = ms
			if ms > b.f.SlowestMS {
				b.f.SlowestMS, b.f.Slowest = ms, fmt.Sprintf("%s over %d days", r.Name, days)
			}
			if r.Name == "outbound" && days == b.f.Days {
				whole = ms
			}
		}
		if err := b.narrow(ctx, r); err != nil {
			return err
		}
	}
	began := time.Now()
	calls, _, err := b.store.Recount(ctx, campaigns, b.end.AddDate(0, 0, -b.f.Days), b.end)
	if err != nil {
		return err
	}
	b.f.RecountMS = app.Millis(time.Since(began))
	b.f.RecountX = float64(int(10*b.f.RecountMS/whole)) / 10
	out, _ := report.Find("outbound")
	made, err := out.Make(ctx, b.reports, b.query(out, b.f.Days))
	if err != nil {
		return err
	}
	if n := int64(made.Tables[0].Foot[1].N); n != calls {
		return fmt.Errorf("the report has %d calls, the log %d", n, calls)
	}
	return nil
}

// time is the median of the rounds, ms; the first counts as cold.
func (b *bench) time(ctx context.Context, r report.Report, q report.Query) (float64, error) {
	var took []time.Duration
	for round := range b.Rounds + 1 {
		began := time.Now()
		if _, err := r.Make(ctx, b.reports, q); err != nil {
			return 0, err
		}
		if round == 0 {
			b.f.Cold = max(b.f.Cold, app.Millis(time.Since(began)))
			continue
		}
		took = append(took, time.Since(began))
	}
	return app.Millis(percentile(took, 50)), nil
}

// narrow times a report over the whole log by each kind of row that it has, and
// for one campaign, list and agent.
func (b *bench) narrow(ctx context.Context, r report.Report) error {
	whole := b.query(r, b.f.Days)
	if r.Now {
		whole = b.query(r, 1)
	}
	ways := map[string]report.Query{}
	with := func(way string, change func(q *report.Query)) {
		q := whole
		change(&q)
		ways[way] = q
	}
	for _, by := range r.Bys[min(1, len(r.Bys)):] {
		with("by "+string(by), func(q *report.Query) { q.By = by })
	}
	with("1 campaign", func(q *report.Query) { q.Campaigns = campaigns[:1] })
	if r.Lists {
		with("1 list", func(q *report.Query) { q.Lists = []dialer.ListID{oneList} })
	}
	if r.Users {
		with("1 agent", func(q *report.Query) { q.Users = []dialer.UserID{oneAgent} })
	}
	b.f.Narrowed[r.Name] = map[string]float64{}
	for way, q := range ways {
		if q.Check() != nil {
			continue
		}
		ms, err := b.time(ctx, r, q)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", r.Name, way, err)
		}
		b.f.Narrowed[r.Name][way] = ms
		if ms > b.f.SlowestMS {
			b.f.SlowestMS, b.f.Slowest = ms, r.Name+", "+way
		}
	}
	return nil
}

// batch is what a busy floor writes at once: four calls that have ended and two
// agents' stretches, at the log's end.
func (b *bench) batch(n int) []listen.Change {
	var all []listen.Change
	for i := range 4 {
		b.next++
		at := b.end.Add(-30 * time.Minute).Add(time.Duration(n%1000) * time.Second)
		c := dialer.Call{ID: b.next, State: dialer.CallEnded, Sent: true, CampaignID: campaigns[i], ListID: 101, LeadID: 1, E164: "+12125550111", ServerID: 1, CarrierID: 1, PlacedAt: at, EndedAt: &at, Status: "NA"}
		all = append(all, listen.Change{At: at, Call: &c})
	}
	for i := range 2 {
		at := b.end.Add(time.Duration(n) * time.Millisecond)
		all = append(all, listen.Change{At: at, Period: &listen.Period{Session: 1, User: dialer.UserID(200 + i), Campaign: "B1", State: dialer.AgentReady, From: at, To: at.Add(time.Millisecond)}})
	}
	return all
}

// journalWrites is how many transactions are timed each time.
const journalWrites = 2000

// writes times listen's journal alone, beside the keeper, and beside three
// people who read the longest reports again and again.
func (b *bench) writes(ctx context.Context) error {
	journal := mariadb.NewListen(b.db)
	for _, with := range []string{"alone", "keeper", "readers"} {
		beside, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		for i := range map[string]int{"keeper": 1, "readers": 3}[with] {
			wg.Go(func() {
				r := report.All[i%4]
				for beside.Err() == nil {
					if with == "keeper" {
						_ = b.keeper().Run(beside) // at its own pace
						continue
					}
					_, _ = r.Make(beside, b.reports, b.query(r, min(30, b.f.Days)))
				}
			})
		}
		var took []time.Duration
		pace := time.NewTicker(5 * time.Millisecond) // 200 a second: 800 ended calls
		for n := range journalWrites {
			<-pace.C
			began := time.Now()
			if err := journal.Write(ctx, 1, b.batch(n)); err != nil {
				stop()
				return err
			}
			took = append(took, time.Since(began))
		}
		pace.Stop()
		stop()
		wg.Wait()
		b.f.Writes[with] = Write{app.Millis(percentile(took, 50)), app.Millis(percentile(took, 99))}
		began := time.Now()
		if err := b.count(ctx); err != nil {
			return err
		}
		if with == "alone" {
			b.f.CatchUpMS = app.Millis(time.Since(began))
		}
	}
	return nil
}

func percentile(all []time.Duration, p int) time.Duration {
	slices.Sort(all)
	return all[min(len(all)*p/100, len(all)-1)]
}

func (b *bench) print() error {
	fmt.Fprintf(b.Out, "\nreports of %d calls of %d days, ms, median of %d\n", b.f.Calls, b.f.Days, b.Rounds)
	for _, r := range report.All {
		fmt.Fprintf(b.Out, "  %-18s", r.Name)
		for _, days := range []int{1, 7, 30, b.f.Days} {
			if ms, ok := b.f.Reports[r.Name][fmt.Sprint(days)]; ok && (days != 30 || b.f.Days != 30) {
				fmt.Fprintf(b.Out, "  %3d days: %7.1f", days, ms)
			}
		}
		fmt.Fprintln(b.Out)
	}
	fmt.Fprintf(b.Out, "all days by other rows, and narrowed, ms\n")
	for _, r := range report.All {
		fmt.Fprintf(b.Out, "  %-18s", r.Name)
		for _, way := range slices.Sorted(maps.Keys(b.f.Narrowed[r.Name])) {
			fmt.Fprintf(b.Out, "  %s: %.1f", way, b.f.Narrowed[r.Name][way])
		}
		fmt.Fprintln(b.Out)
	}
	line, err := json.Marshal(b.f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(b.Out, "%s\n", line)
	return err
}
