// Package hopperbench measures the hopper on a MariaDB of its own: what a fill
// costs at several sizes of a campaign's lists, claims, imports and the census of
// a campaign. The sizes are measured in turns within one run, so that their ratio
// says something on a machine that does other things besides.
package hopperbench

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// Options are what can be asked of a measurement.
type Options struct {
	Dir    string // where the database lies
	Sizes  []int  // leads of the campaign
	Rounds int    // fills of each order at each size
	Claims int    // in all
	Import int    // rows of the imported file
	Out    io.Writer
	Say    io.Writer
}

// Figures are what was measured. Maps are by the number of leads.
type Figures struct {
	Fill        map[string]float64            `json:"fill_ms"`    // the slowest of Orders
	Statements  int64                         `json:"statements"` // of such a fill
	ClaimsPerS  float64                       `json:"claims_per_s"`
	Double      int                           `json:"double_claims"`
	ImportRate  float64                       `json:"import_rows_per_s"`
	Explain     map[string]float64            `json:"explain_ms"`
	Filtered    map[string]float64            `json:"explain_filter_ms"`       // likewise, in a campaign with a filter that half of the leads pass
	Own         map[string]float64            `json:"explain_own_fields_ms"`   // likewise, by fields of the lists' own; up to a million leads
	Closed      map[string]float64            `json:"explain_closed_state_ms"` // where a call time closes the state of one lead in nine
	OwnFill     map[string]float64            `json:"fill_own_fields_ms"`      // a fill of such a campaign
	Campaigns20 float64                       `json:"campaigns20_ms"`
	Orders      map[string]map[string]float64 `json:"orders"`    // ms by order, then leads
	RowsRead    map[string]int64              `json:"rows_read"` // of the slowest
	Refill      map[string]float64            `json:"refill_10_rows_ms"`
	Claims      int                           `json:"claims"`
	Version     string                        `json:"version"`
}

// orders are those whose cost must not grow with the lists.
var orders = []string{"DOWN", "UP", "RANDOM", "UP RANK", "DOWN COUNT", "DOWN LAST CALL TIME", "DOWN 2nd NEW", recycled}

// recycled is the order DOWN in a campaign that recycles.
const recycled = "DOWN, recycling NA"

// The campaign that is measured.
const (
	campaign = "BENCH"
	level    = 1000
	lists    = 5
	dnc      = 50_000
)

// noon is the time that all is judged by: 12:30 in New York, a Monday.
var noon = time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)

// Run measures, prints a table and ends with one line of JSON.
func Run(ctx context.Context, o Options) error {
	slices.Sort(o.Sizes)
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	// What a database server for such lists has: all of it in memory.
	pool := 1500 + slices.Max(o.Sizes)/1000*6/10
	server, err := private.Start(ctx, private.Options{Dir: filepath.Join(o.Dir, "data"), BufferPool: pool, DieWithParent: true})
	if err != nil {
		return err
	}
	defer server.Stop(context.WithoutCancel(ctx)) //nolint:errcheck // a measurement's database
	b := &bench{Options: o, server: server}
	f, err := b.run(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f.print(o.Out), f.broken())
}

type bench struct {
	Options
	server *private.Server
}

// open makes a database with leads in it, or takes the one that an earlier run
// left.
func (b *bench) open(ctx context.Context, name string, leads, lists int) (*mariadb.DB, error) {
	password := rand.Text()
	if err := b.server.CreateDatabase(ctx, name, name, password); err != nil {
		return nil, err
	}
	db, err := mariadb.Open(b.server.DSNAs(name, password, name))
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	store := mariadb.NewBench(db)
	if _, err := mariadb.NewHopperStore(db).Campaign(ctx, campaign, noon); err == nil {
		// A run that was cut off may have left what it imported.
		return db, errors.Join(store.Unimport(ctx, leads), store.Clear(ctx))
	}
	began := time.Now()
	err = store.Leads(ctx, campaign, leads, lists, dnc, compliance.AreaCodes(), noon, func(n int) {
		if n%1_000_000 == 0 || n == leads {
			fmt.Fprintf(b.Say, "%s: %d of %d leads made in %.0f s\n", name, n, leads, time.Since(began).Seconds())
		}
	})
	if err != nil {
		return nil, err
	}
	return db, store.Campaign(ctx, campaign, level, noon)
}

func (b *bench) run(ctx context.Context) (Figures, error) {
	f := Figures{Fill: map[string]float64{}, Explain: map[string]float64{}, Filtered: map[string]float64{}, Closed: map[string]float64{},
		Own: map[string]float64{}, OwnFill: map[string]float64{}, Orders: map[string]map[string]float64{}, RowsRead: map[string]int64{},
		Refill: map[string]float64{}, Version: app.Version()}
	dbs := map[int]*mariadb.DB{}
	for _, n := range b.Sizes {
		db, err := b.open(ctx, fmt.Sprintf("leads_%d", n), n, lists)
		if err != nil {
			return f, fmt.Errorf("%d leads: %w", n, err)
		}
		defer db.Close()
		if err := mariadb.NewBench(db).Warm(ctx); err != nil {
			return f, err
		}
		dbs[n] = db
	}
	if err := b.fills(ctx, dbs, &f); err != nil {
		return f, err
	}
	for _, n := range b.Sizes {
		explained := map[*map[string]float64]string{&f.Explain: "", &f.Filtered: halfPass}
		if n <= claimLeads {
			if err := mariadb.NewBench(dbs[n]).OwnFields(ctx, n); err != nil {
				return f, err
			}
			explained[&f.Own] = halfByOwn
		}
		if err := b.closed(ctx, dbs[n], n, &f); err != nil {
			return f, err
		}
		for into, filter := range explained {
			ms, err := b.explain(ctx, dbs[n], n, filter)
			if err != nil {
				return f, err
			}
			(*into)[strconv.Itoa(n)] = ms
			if filter == halfByOwn {
				if f.OwnFill[strconv.Itoa(n)], err = b.fillFiltered(ctx, dbs[n], filter); err != nil {
					return f, err
				}
			}
		}
	}
	fmt.Fprintln(b.Say, "20 campaigns at once …")
	if err := b.campaigns20(ctx, &f); err != nil {
		return f, fmt.Errorf("20 campaigns: %w", err)
	}
	fmt.Fprintf(b.Say, "%d claims …\n", b.Claims)
	middle := dbs[b.Sizes[len(b.Sizes)/2]]
	if err := b.claims(ctx, middle, b.Sizes[len(b.Sizes)/2], &f); err != nil {
		return f, fmt.Errorf("claims: %w", err)
	}
	fmt.Fprintf(b.Say, "importing %d rows …\n", b.Import)
	return f, b.imports(ctx, middle, b.Sizes[len(b.Sizes)/2], &f)
}

// The filters that are measured, by their names.
const (
	halfPass  = "HALF" // 48 of 100 leads pass, by what stands in no index
	halfByOwn = "OWN"  // 40 of 100, by fields of the lists' own
)

var filters = map[string]hopper.Filter{
	halfPass: {Where: []hopper.Condition{
		{Field: "first_name", Op: hopper.OpIs, Values: []string{"Ann", "Bob", "Cid"}}, {Field: "lead_rank", Op: hopper.OpMore, Values: []string{"19"}},
	}},
	halfByOwn: {Where: []hopper.Condition{
		{Field: "custom.tariff", Op: hopper.OpIs, Values: []string{"FLEX", "FLAT"}}, {Field: "custom.score", Op: hopper.OpMore, Values: []string{"19"}},
	}},
}

// use has the campaign dial by a filter; "": by none.
func (b *bench) use(ctx context.Context, db *mariadb.DB, filter string) error {
	selection, by := mariadb.NewSelection(db), audit.By{At: noon}
	if filter != "" {
		if err := selection.SetFilter(ctx, by, filter, filters[filter]); err != nil {
			return err
		}
	}
	return selection.UseFilter(ctx, by, campaign, filter)
}

// fillFiltered fills the campaign's hopper by a filter three times.
func (b *bench) fillFiltered(ctx context.Context, db *mariadb.DB, filter string) (float64, error) {
	if err := b.use(ctx, db, filter); err != nil {
		return 0, err
	}
	var took []time.Duration
	for range 3 {
		r, err := b.fill(ctx, db, "DOWN")
		if err != nil || r.Inserted != level {
			return 0, fmt.Errorf("%d leads of %d that pass %s: %w", r.Inserted, level, filter, err)
		}
		took = append(took, time.Duration(r.MS*float64(time.Millisecond)))
	}
	return app.Millis(median(took)), b.use(ctx, db, "")
}

// connections are as many as the web role and the command have for a census.
const connections = 16

// explain takes the census of a campaign with that filter three times.
func (b *bench) explain(ctx context.Context, db *mariadb.DB, leads int, filter string) (ms float64, err error) {
	if err := b.use(ctx, db, filter); err != nil {
		return 0, err
	}
	db.Concurrent(connections) // a fill's meter has left it one
	var took []time.Duration
	for range 3 {
		c, d, err := app.Explain(ctx, db, campaign, noon)
		if err != nil {
			return 0, err
		}
		sum := c.Dialable
		for _, n := range c.Counts {
			sum += n.Leads
		}
		if c.Leads != leads || sum != leads {
			return 0, fmt.Errorf("the census counts %d of %d leads, and %d by their reasons", c.Leads, leads, sum)
		}
		took = append(took, d)
	}
	return app.Millis(median(took)), b.use(ctx, db, "")
}

// closed takes the census where a call time closes a state.
func (b *bench) closed(ctx context.Context, db *mariadb.DB, leads int, f *Figures) error {
	store := mariadb.NewBench(db)
	if err := store.CloseState(ctx, campaign, noon); err != nil {
		return err
	}
	c, _, err := app.Explain(ctx, db, campaign, noon)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Counts, func(n hopper.Count) bool { return n.Reason == hopper.Hours })
	if i < 0 || c.Counts[i].Leads < leads/20 {
		return fmt.Errorf("a closed state holds back too few of %d leads: %+v", leads, c.Counts)
	}
	f.Closed[strconv.Itoa(leads)], err = b.explain(ctx, db, leads, "")
	return errors.Join(err, store.CloseState(ctx, "", noon))
}

// fills measures each order at each size, in turns.
func (b *bench) fills(ctx context.Context, dbs map[int]*mariadb.DB, f *Figures) error {
	took := map[string]map[int][]time.Duration{}
	refill := map[int][]time.Duration{}
	for round := range b.Rounds + 1 {
		for _, order := range orders {
			for _, n := range b.Sizes {
				r, err := b.fill(ctx, dbs[n], order)
				if err != nil {
					return fmt.Errorf("%s of %d leads: %w", order, n, err)
				}
				if round == 0 {
					continue // brings the pages into memory
				}
				if took[order] == nil {
					took[order] = map[int][]time.Duration{}
				}
				took[order][n] = append(took[order][n], time.Duration(r.MS*float64(time.Millisecond)))
				f.Statements = max(f.Statements, r.Count)
				f.RowsRead[strconv.Itoa(n)] = max(f.RowsRead[strconv.Itoa(n)], r.RowsRead)
				if order == "DOWN" {
					leads, err := mariadb.NewHopperStore(dbs[n]).Claim(ctx, campaign, 1, 10, noon)
					if err != nil || len(leads) != 10 {
						return fmt.Errorf("claimed %d leads: %w", len(leads), err)
					}
					r, err := app.FillOnce(ctx, dbs[n], campaign, noon)
					if err != nil || r.Inserted != 10 {
						return fmt.Errorf("refilled %d rows: %w", r.Inserted, err)
					}
					refill[n] = append(refill[n], time.Duration(r.MS*float64(time.Millisecond)))
				}
			}
		}
		fmt.Fprintf(b.Say, "fills: round %d of %d\n", round, b.Rounds)
	}
	for _, order := range orders {
		f.Orders[order] = map[string]float64{}
		for _, n := range b.Sizes {
			ms, key := app.Millis(median(took[order][n])), strconv.Itoa(n)
			f.Orders[order][key] = ms
			f.Fill[key] = max(f.Fill[key], ms)
			f.Refill[key] = app.Millis(median(refill[n]))
		}
	}
	return nil
}

func (b *bench) fill(ctx context.Context, db *mariadb.DB, order string) (app.FillReport, error) {
	store := mariadb.NewBench(db)
	if err := store.Clear(ctx); err != nil {
		return app.FillReport{}, err
	}
	if err := store.Recycle(ctx, ""); err != nil {
		return app.FillReport{}, err
	}
	name := order
	if order == recycled {
		name = "DOWN"
		if err := store.Recycle(ctx, campaign); err != nil {
			return app.FillReport{}, err
		}
	}
	if err := store.Order(ctx, campaign, name); err != nil {
		return app.FillReport{}, err
	}
	r, err := app.FillOnce(ctx, db, campaign, noon)
	if err == nil && r.Inserted != level {
		err = fmt.Errorf("%d rows were inserted, not %d: %+v", r.Inserted, level, r)
	}
	return r, err
}

// campaigns20 has the daemon's own step fill 20 campaigns.
func (b *bench) campaigns20(ctx context.Context, f *Figures) error {
	db, err := b.open(ctx, "campaigns20", 1_000_000, 20)
	if err != nil {
		return err
	}
	defer db.Close()
	bench := mariadb.NewBench(db)
	if err := bench.ListEach(ctx); err != nil {
		return err
	}
	for i := range 20 {
		// An earlier run made them.
		_ = bench.Campaign(ctx, dialer.CampaignID(fmt.Sprintf("B%d", i+1)), level, noon)
	}
	store := mariadb.NewHopperStore(db)
	filler := hopper.New(hopper.Config{Holder: "measurement", Campaigns: store, Store: store, Sweeper: store, Old: store,
		Lease: mariadb.NewLeases(db), Clock: db, Log: slog.New(slog.DiscardHandler)})
	var took []time.Duration
	for range 4 {
		if err := bench.Clear(ctx); err != nil {
			return err
		}
		began := time.Now()
		if err := filler.Step(ctx, noon); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		for i := range 20 {
			id := dialer.CampaignID(fmt.Sprintf("B%d", i+1))
			if c, err := store.Campaign(ctx, id, noon); err != nil || c.Rows != level {
				return fmt.Errorf("campaign %s has %d rows: %w", id, c.Rows, err)
			}
		}
	}
	f.Campaigns20 = app.Millis(median(took[1:]))
	return nil
}

// The claimants, what each takes at once, and how much the hopper holds.
const (
	workers = 8
	atOnce  = 25
	stock   = 20_000
)

// claims lets 8 workers empty a hopper of 20,000 rows again and again.
func (b *bench) claims(ctx context.Context, db *mariadb.DB, leads int, f *Figures) error {
	db.Concurrent(2 * workers)
	store, bench := mariadb.NewHopperStore(db), mariadb.NewBench(db)
	var took time.Duration
	for f.Claims < b.Claims {
		if err := bench.Clear(ctx); err != nil {
			return err
		}
		after := dialer.LeadID(f.Claims % max(1, leads-stock))
		if err := bench.Stock(ctx, campaign, after, stock, noon); err != nil {
			return err
		}
		var mu sync.Mutex
		claimed := map[dialer.LeadID]int{}
		var failed error
		var wg sync.WaitGroup
		began := time.Now()
		for worker := range workers {
			wg.Go(func() {
				for {
					got, err := store.Claim(ctx, campaign, dialer.ServerID(worker+1), atOnce, noon)
					mu.Lock()
					failed = cmpErr(failed, err)
					for _, l := range got {
						claimed[l.ID]++
					}
					mu.Unlock()
					if len(got) == 0 || err != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		took += time.Since(began)
		if failed != nil {
			return failed
		}
		for _, n := range claimed {
			f.Claims += n
			f.Double += n - 1
		}
		if len(claimed) != min(stock, leads) {
			return fmt.Errorf("%d of %d rows were claimed", len(claimed), stock)
		}
	}
	f.ClaimsPerS = float64(int(float64(f.Claims) / took.Seconds()))
	return bench.Clear(ctx)
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// imports reads a file into the table of so many leads, and takes it out again.
func (b *bench) imports(ctx context.Context, db *mariadb.DB, leads int, f *Figures) error {
	path := filepath.Join(b.Dir, "leads.csv")
	if err := writeLeads(path, b.Import); err != nil {
		return err
	}
	defer os.Remove(path)
	report, err := app.ImportLeads(ctx, db, app.LeadImport{List: 101, Options: dialer.ImportOptions{Country: "US"}}, path)
	if err != nil {
		return err
	}
	if report.Accepted < b.Import*9/10 {
		return fmt.Errorf("%d of %d rows were taken: %v", report.Accepted, b.Import, report.Reasons)
	}
	f.ImportRate = float64(int(float64(report.Rows) / report.Seconds))
	return mariadb.NewBench(db).Unimport(ctx, leads)
}

func writeLeads(path string, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	codes := compliance.AreaCodes()
	fmt.Fprintln(w, "phone_number,first_name,last_name,address1,city,state,postal_code,vendor_lead_code,email")
	salt := mathrand.IntN(1000) // another run's numbers are other ones
	for i := range rows {
		fmt.Fprintf(w, "%s%07d,Ann,Smith%d,%d Main Street,Springfield,,%05d,W%d,ann%d@example.com\n",
			codes[i%len(codes)], 6_000_000+i/len(codes)*1000+salt, i%1000, i%9999, i%99999, i, i)
	}
	return w.Flush()
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func (f Figures) print(w io.Writer) error {
	fmt.Fprintf(w, "\nfilling %d rows, ms, median; VICIdial took 0.9 s of database CPU at 100 thousand leads, 5.9 s at a million and 34 s at 5 million\n", level)
	for _, order := range orders {
		fmt.Fprintf(w, "  %-24s", order)
		var first float64
		for _, n := range slices.SortedFunc(mapKeys(f.Fill), func(a, b string) int { return len(a) - len(b) }) {
			ms := f.Orders[order][n]
			if first == 0 {
				first = ms
			}
			fmt.Fprintf(w, "  %8s leads: %6.1f (x %.2f)", n, ms, ms/first)
		}
		fmt.Fprintln(w)
	}
	for _, n := range slices.SortedFunc(mapKeys(f.Explain), func(a, b string) int { return len(a) - len(b) }) {
		fmt.Fprintf(w, "why is nothing dialing, of %s leads: %.0f ms, with a filter %.0f ms, where a call time closes a large state %.0f ms\n", n, f.Explain[n], f.Filtered[n], f.Closed[n])
		if ms, ok := f.Own[n]; ok {
			fmt.Fprintf(w, "  by fields of the lists' own %.0f ms, and a fill %.0f ms\n", ms, f.OwnFill[n])
		}
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

func mapKeys(m map[string]float64) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
