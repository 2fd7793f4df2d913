package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/tally"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// DeskOptions are what can be asked of a measurement of desks.
type DeskOptions struct {
	Dir      string // where everything lies; what an earlier run left there is removed
	Desks    []int  // how many are connected, in turns
	Leads    int    // of the campaign's lists
	Rate     int    // changes a second over all desks
	For      time.Duration
	Idle     time.Duration // how long nothing happens while the database's load is taken
	Out      io.Writer
	Progress io.Writer
}

// deskCampaign is where everybody works.
const deskCampaign = "BENCH"

// deskFigures are what was measured.
type deskFigures struct {
	Version string     `json:"version"`
	Rate    int        `json:"changes_per_s"`
	Leads   int        `json:"leads"`
	Calls   int        `json:"calls_of_the_day"`
	Desks   []deskLoad `json:"desks"`
	Pages   []pageCost `json:"pages"`
	Claims  []claim    `json:"claims"`
}

// deskLoad is what a number of desks costs.
type deskLoad struct {
	Desks    int          `json:"desks"`
	IdleSQL  float64      `json:"idle_sql_per_s"`
	IdleRows float64      `json:"idle_rows_written_per_s"`
	IdleWeb  float64      `json:"idle_web_cpu_percent"`
	IdleDB   float64      `json:"idle_mariadb_cpu_percent"`
	Changes  int          `json:"changes"`
	Late     distribution `json:"event_to_browser_ms"`
	Whole    distribution `json:"transaction_to_browser_ms"`
	BusySQL  float64      `json:"busy_sql_per_s"`
	BusyWeb  float64      `json:"busy_web_cpu_percent"`
	Troubles int64        `json:"snapshots_not_to_be_had"`
}

// distribution is of milliseconds.
type distribution struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// RunDesks measures agents' desks: a real web process that may use one core, a
// real MariaDB, and as many simulated browsers as asked, which follow their
// streams and answer their pings. It prints a table and ends with one line of
// JSON. A claim that does not hold is an error, once the table has said it.
func RunDesks(ctx context.Context, o DeskOptions) error {
	b := &deskBench{DeskOptions: o}
	defer b.stop(context.WithoutCancel(ctx))
	if err := b.start(ctx); err != nil {
		return err
	}
	defer func() {
		if b.said.Len() > 0 {
			fmt.Fprintf(o.Progress, "the web process said:\n%s\n", b.said.String()[max(0, b.said.Len()-2000):])
		}
	}()
	f := deskFigures{Version: app.Version(), Rate: o.Rate, Leads: o.Leads, Calls: slices.Max(o.Desks) * 61}
	for _, n := range o.Desks {
		fmt.Fprintf(o.Progress, "%d desks …\n", n)
		load, err := b.measure(ctx, n)
		if err != nil {
			return fmt.Errorf("%d desks: %w", n, err)
		}
		f.Desks = append(f.Desks, load)
	}
	fmt.Fprintln(o.Progress, "pages …")
	var err error
	if f.Pages, err = b.pages(ctx); err != nil {
		return fmt.Errorf("the pages: %w", err)
	}
	if err := f.print(o.Out); err != nil {
		return err
	}
	return broken(f.judge())
}

// deskBench is the system that is measured.
type deskBench struct {
	DeskOptions
	maria *private.Server
	db    *mariadb.DB
	store *mariadb.BenchDesks
	web   *exec.Cmd
	said  bytes.Buffer // what the web process says
	base  string
	// cookies are the browsers' own, that of the admin first.
	cookies []*http.Cookie
	http    *http.Client
}

func (b *deskBench) start(ctx context.Context) error {
	most := slices.Max(b.Desks)
	dir, err := filepath.Abs(b.Dir)
	if err != nil {
		return err
	}
	b.Dir = dir
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	fmt.Fprintf(b.Progress, "Starting MariaDB and making %d leads, and %d agents, each with a day of calls …\n", b.Leads, most)
	b.maria, err = private.Start(ctx, private.Options{Dir: filepath.Join(dir, "mariadb"), PidFile: filepath.Join(dir, "mariadbd.pid"), DieWithParent: true, BufferPool: 512 + b.Leads/1000})
	if err != nil {
		return err
	}
	password := app.Secret()
	if err := b.maria.CreateDatabase(ctx, deskDatabase, deskDatabase, password); err != nil {
		return err
	}
	cfg := app.Default()
	cfg.Server, cfg.RunDir, cfg.Web.Uploads = "bench", dir, filepath.Join(dir, "uploads")
	cfg.Database.DSN = b.maria.DSNAs(deskDatabase, password, deskDatabase)
	if b.db, err = mariadb.Open(cfg.Database.DSN); err != nil {
		return err
	}
	if _, err := b.db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	b.store = mariadb.NewBenchDesks(b.db)
	tokens := make([][32]byte, most+1)
	for i := range tokens {
		var raw [32]byte
		rand.Read(raw[:]) //nolint:errcheck // never fails; it would end the process
		tokens[i] = sha256.Sum256(raw[:])
		b.cookies = append(b.cookies, &http.Cookie{Name: "trunkline", Value: base64.RawURLEncoding.EncodeToString(raw[:])})
	}
	now := time.Now().UTC()
	stock := mariadb.NewBench(b.db)
	if err := stock.Campaign(ctx, deskCampaign, 0, now); err != nil {
		return err
	}
	if err := stock.Leads(ctx, deskCampaign, max(b.Leads, most+1), deskLists, 100, []string{"212", "312", "602"}, now, func(int) {}); err != nil {
		return fmt.Errorf("making the leads: %w", err)
	}
	if err := b.store.Desks(ctx, deskCampaign, tokens, max(b.Leads, most+1), now); err != nil {
		return fmt.Errorf("making the agents: %w", err)
	}
	if err := b.sumUp(ctx, now); err != nil {
		return fmt.Errorf("summing up the calls: %w", err)
	}
	return b.startWeb(ctx, cfg)
}

// deskLists is how many lists the leads are in.
const deskLists = 4

// sumUp counts the calls for the reports, as hopper-fill's host does.
func (b *deskBench) sumUp(ctx context.Context, now time.Time) error {
	k := tally.Keeper{Holder: "measurement", Store: mariadb.NewTally(b.db), Lease: mariadb.NewLeases(b.db), Log: slog.New(slog.DiscardHandler)}
	for left := true; left; {
		var err error
		if left, err = k.Step(ctx, now, time.Minute); err != nil {
			return err
		}
	}
	return nil
}

const deskDatabase = "trunkline"

// startWeb starts the web role as a process that runs on one core at a time.
func (b *deskBench) startWeb(ctx context.Context, cfg app.Config) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg.Web.Listen = l.Addr().String()
	cfg.Web.PublicURL = "http://" + cfg.Web.Listen
	b.base = cfg.Web.PublicURL
	_ = l.Close()
	file := filepath.Join(b.Dir, "trunkline.toml")
	if err := cfg.Save(file); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	b.web = exec.Command(exe, "web", "--config", file, "--log-level", "warn")
	b.web.Env = append(os.Environ(), "GOMAXPROCS=1")
	b.web.Stdout, b.web.Stderr = &b.said, &b.said
	if err := b.web.Start(); err != nil {
		return err
	}
	b.http = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		resp, err := b.http.Get(b.base + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the web process does not get ready: %w\n%s", ctx.Err(), b.said.String())
		case <-look.C:
		}
	}
}

func (b *deskBench) stop(ctx context.Context) {
	if b.web != nil && b.web.Process != nil {
		_ = b.web.Process.Kill()
		_ = b.web.Wait()
	}
	if b.db != nil {
		_ = b.db.Close()
	}
	if b.maria != nil {
		_ = b.maria.Stop(ctx)
	}
}

// meter is what the counters say at a moment.
type meter struct {
	at       time.Time
	sql      int64
	rows     int64
	web, dbs time.Duration
}

func (b *deskBench) meter(ctx context.Context) (meter, error) {
	names := []string{"Com_select", "Com_insert", "Com_update", "Com_delete"}
	counters, err := mariadb.NewRig(b.db).Counters(ctx, append(names, "Handler_update", "Handler_write")...)
	if err != nil {
		return meter{}, err
	}
	m := meter{at: time.Now(), rows: counters["Handler_update"] + counters["Handler_write"]}
	for _, n := range names {
		m.sql += counters[n]
	}
	var errs [2]error
	m.web, errs[0] = cpuOf(b.web.Process.Pid)
	m.dbs, errs[1] = cpuOf(b.maria.Pid())
	return m, errors.Join(errs[:]...)
}

func (m meter) perSecond(before meter, count func(meter) int64) float64 {
	return float64(count(m)-count(before)) / m.at.Sub(before.at).Seconds()
}

func (m meter) percent(before meter, cpu func(meter) time.Duration) float64 {
	return 100 * (cpu(m) - cpu(before)).Seconds() / m.at.Sub(before.at).Seconds()
}

func statements(m meter) int64       { return m.sql }
func rowsWritten(m meter) int64      { return m.rows }
func webCPU(m meter) time.Duration   { return m.web }
func mariaCPU(m meter) time.Duration { return m.dbs }

func (f deskFigures) print(w io.Writer) error {
	fmt.Fprintf(w, "agents' desks on one web process with one core; %d changes a second; event to browser is from the commit of a change and its event to the arrival of the snapshot, without a hint by AMI; \"all\" counts the transaction in\n", f.Rate)
	fmt.Fprintln(w, "  desks | idle: SQL/s  rows written/s  web CPU %  MariaDB CPU % | changes  event to browser ms: p50   p99   max  all: p99 | busy: SQL/s  web CPU %")
	for _, d := range f.Desks {
		fmt.Fprintf(w, "%7d | %11.1f %15.1f %10.1f %14.1f | %7d %26.0f %5.0f %5.0f %9.0f | %11.1f %10.1f\n",
			d.Desks, d.IdleSQL, d.IdleRows, d.IdleWeb, d.IdleDB, d.Changes, d.Late.P50, d.Late.P99, d.Late.Max, d.Whole.P99, d.BusySQL, d.BusyWeb)
	}
	fmt.Fprintf(w, "\npages, one of each kind that links lead to, with %d leads and %d calls of the day: what travels, compressed, with style sheet and script; time is the request's on loopback, the median of five\n", f.Leads, f.Calls)
	for _, p := range f.Pages {
		miss := ""
		if p.MS > p.limit() {
			miss = fmt.Sprintf("  over %.0f ms", p.limit())
		}
		if p.AllKB > mostKB {
			miss += fmt.Sprintf("  over %.0f kB", mostKB)
		}
		fmt.Fprintf(w, "%-52s page %6.1f kB, with style and script %6.1f kB, %6.1f ms, first %6.1f ms%s\n", p.Path, p.KB, p.AllKB, p.MS, p.First, miss)
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
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

func (f deskFigures) judge() []claim {
	var all []claim
	least, highest := f.Desks[0].IdleSQL, f.Desks[0].IdleSQL
	for _, d := range f.Desks {
		if d.Desks > 0 {
			all = append(all, most(fmt.Sprintf("event to browser, 99th percentile, ms, %d desks", d.Desks), d.Late.P99, 250))
		}
		least, highest = min(least, d.IdleSQL), max(highest, d.IdleSQL)
	}
	all = append(all, most("idle SQL statements a second, the most desks beside the fewest", highest/max(least, 1), 1.25))
	heavy, slow, report := 0.0, 0.0, 0.0
	for _, p := range f.Pages {
		heavy = max(heavy, p.AllKB)
		if p.limit() == mostMS {
			slow = max(slow, p.MS)
		} else {
			report = max(report, p.MS)
		}
	}
	troubles := 0.0
	for _, d := range f.Desks {
		troubles += float64(d.Troubles)
	}
	return append(all, most("snapshots that could not be had", troubles, 0), most("the heaviest page, kB compressed, style and script with it", heavy, mostKB),
		most("the slowest page, ms", slow, mostMS), most("the slowest report's page, ms", report, mostReportMS))
}
