// Package boardbench measures the supervisors' live boards on a MariaDB of its
// own: how long after an agent's change of state the boards have it, and what so
// many boards ask of the database. The pages are served by this process, over
// loopback; the changes are written as listen writes them, at a steady rate, and
// no Asterisk wakes the reader early.
package boardbench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
	"trunkline/webui"
	"trunkline/webui/signin"
)

// Options are what can be asked of a measurement.
type Options struct {
	Dir    string // where the database lies; what is there is removed
	Boards []int  // open at a time
	Agents int
	Rate   float64       // changes of state a second
	For    time.Duration // for each number of boards
	Out    io.Writer
	Say    io.Writer
}

// Line is what was measured with so many boards.
type Line struct {
	Boards    int     `json:"boards"`
	Changes   int     `json:"changes"`
	Seen      int     `json:"seen"` // changes that boards were sent, over all boards
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Max       float64 `json:"max_ms"`
	SQL       float64 `json:"sql_per_s"`        // of the pages; the changes' own statements are not among them
	SQLBoards float64 `json:"sql_per_s_boards"` // beyond what they ask without a board
	KB        float64 `json:"kb_per_s_board"`   // what one board is sent
}

// Figures are the whole.
type Figures struct {
	Agents  int     `json:"agents"`
	Rate    float64 `json:"changes_per_s"`
	Lines   []Line  `json:"lines"`
	Version string  `json:"version"`
}

// behind is how far a board may be behind, by what we promise.
const behind = 250.0

var campaigns = []dialer.CampaignID{"NORTH", "EAST", "SOUTH", "WEST"}

const supervisor = "rosa"

// Run measures, prints a table and ends with one line of JSON.
func Run(ctx context.Context, o Options) error {
	if err := os.RemoveAll(o.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	server, err := private.Start(ctx, private.Options{Dir: filepath.Join(o.Dir, "data"), DieWithParent: true})
	if err != nil {
		return err
	}
	defer server.Stop(context.WithoutCancel(ctx)) //nolint:errcheck // a measurement's database
	b := &bench{Options: o, changed: map[int64]time.Time{}}
	if err := b.open(ctx, server); err != nil {
		return err
	}
	defer b.db.Close()
	defer b.writer.Close()
	f := Figures{Agents: o.Agents, Rate: o.Rate, Version: app.Version()}
	base, err := b.measure(ctx, 0)
	if err != nil {
		return err
	}
	for _, n := range o.Boards {
		line, err := b.measure(ctx, n)
		if err != nil {
			return fmt.Errorf("%d boards: %w", n, err)
		}
		line.SQLBoards = line.SQL - base.SQL
		f.Lines = append(f.Lines, line)
	}
	return f.print(o.Out, base)
}

type bench struct {
	Options
	db     *mariadb.DB // of the pages
	writer *mariadb.DB // of the changes, whose statements are counted apart
	store  *mariadb.BenchBoard
	agents []mariadb.BenchAgent
	base   string // address of the pages
	http   *http.Client
	ui     *webui.UI

	mu      sync.Mutex
	changed map[int64]time.Time // by the change's state_since, ms: when it was committed; zero: not yet
	last    int64
}

func (b *bench) open(ctx context.Context, server *private.Server) error {
	password := rand.Text()
	if err := server.CreateDatabase(ctx, "boards", "boards", password); err != nil {
		return err
	}
	db, err := mariadb.Open(server.DSNAs("boards", password, "boards"))
	if err != nil {
		return err
	}
	b.writer, err = mariadb.Open(server.DSNAs("boards", password, "boards"))
	if err != nil {
		return err
	}
	b.db, b.store = db, mariadb.NewBenchBoard(b.writer)
	if _, err := db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	word := rand.Text()
	hash, err := signin.HashPassword(word)
	if err != nil {
		return err
	}
	b.agents, err = b.store.Floor(ctx, campaigns, b.Agents, supervisor, hash)
	if err != nil {
		return err
	}
	ids := dialer.NewIDs(1)
	pages := app.WebConfig(db)
	pages.Now = func() time.Time { return time.Now().UTC() }
	pages.NextID = func() int64 { return ids.Next(pages.Now()) }
	pages.Zone, pages.Version, pages.Log = time.UTC, app.Version(), slog.New(slog.DiscardHandler)
	pages.Leads.Imports = app.NewImports(db, "tel-1", b.Dir, pages.Log)
	b.ui = webui.New(pages)
	go b.ui.Run(ctx) //nolint:errcheck // ends with ctx
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: b.ui, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go web.Serve(listener) //nolint:errcheck // ends with the process
	b.base = "http://" + listener.Addr().String()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	b.http = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := b.http.PostForm(b.base+"/login", url.Values{"user": {supervisor}, "password": {word}})
	if err != nil {
		return err
	}
	a.Body.Close()
	if a.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("signing in: status %d", a.StatusCode)
	}
	return nil
}

// streams are what boards look at in turn: one of all campaigns, then one of
// each.
func stream(i int) string {
	if n := i % (len(campaigns) + 1); n > 0 {
		return "/board/" + string(campaigns[n-1]) + "/events"
	}
	return "/board/events"
}

// measure opens so many boards, lets them settle, and measures.
func (b *bench) measure(ctx context.Context, boards int) (Line, error) {
	fmt.Fprintf(b.Say, "%d boards for %v …\n", boards, b.For)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := &viewing{bench: b, counting: new(atomic.Bool)}
	failed := make(chan error, boards+1)
	var all sync.WaitGroup
	for i := range boards {
		all.Go(func() {
			if err := v.view(ctx, stream(i)); err != nil && ctx.Err() == nil {
				failed <- err
			}
		})
	}
	changes := new(atomic.Int64)
	all.Go(func() {
		if err := b.change(ctx, changes); err != nil && ctx.Err() == nil {
			failed <- err
		}
	})
	meter, err := mariadb.NewMeter(ctx, b.writer)
	if err != nil {
		return Line{}, err
	}
	rest := func(d time.Duration) error {
		wait := time.NewTimer(d)
		defer wait.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-wait.C:
			return nil
		}
	}
	if err := rest(3 * time.Second); err != nil {
		return Line{}, err
	}
	before, err := b.pages(ctx, meter)
	if err != nil {
		return Line{}, err
	}
	from := changes.Load()
	began := time.Now()
	v.counting.Store(true)
	if err := rest(b.For); err != nil {
		return Line{}, err
	}
	v.counting.Store(false)
	took := time.Since(began).Seconds()
	after, err := b.pages(ctx, meter)
	if err != nil {
		return Line{}, err
	}
	line := Line{Boards: boards, Changes: int(changes.Load() - from), SQL: float64(after-before) / took}
	cancel()
	all.Wait()
	slices.Sort(v.delays)
	line.Seen = len(v.delays)
	if line.Seen > 0 {
		at := func(q float64) float64 { return app.Millis(v.delays[int(q*float64(len(v.delays)-1))]) }
		line.P50, line.P99, line.Max = at(0.5), at(0.99), at(1)
		line.KB = float64(v.bytes) / 1024 / took / float64(boards)
	}
	if boards > 0 && line.Seen == 0 {
		return line, errors.New("the boards were sent no change")
	}
	return line, nil
}

// pages is how many statements the server has been sent but by the writer, who
// has one connection.
func (b *bench) pages(ctx context.Context, writer *mariadb.Meter) (int64, error) {
	own, _, err := writer.Count(ctx)
	if err != nil {
		return 0, err
	}
	all, err := b.store.Statements(ctx)
	return all - own, err
}

// change moves agents at a steady rate; each change has a moment of its own, by
// which the boards' messages tell it.
func (b *bench) change(ctx context.Context, n *atomic.Int64) error {
	states := []dialer.AgentState{dialer.AgentReady, dialer.AgentWrapUp, dialer.AgentPaused}
	tick := time.NewTicker(time.Duration(float64(time.Second) / b.Rate))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		a := b.agents[mathrand.IntN(len(b.agents))]
		b.mu.Lock()
		b.last = max(b.last+1, time.Now().UnixMilli())
		since := b.last
		b.changed[since] = time.Time{}
		b.mu.Unlock()
		if err := b.store.Change(ctx, a, states[i%len(states)], time.UnixMilli(since).UTC()); err != nil {
			return err
		}
		b.mu.Lock()
		b.changed[since] = time.Now()
		b.mu.Unlock()
		n.Add(1)
	}
}

// viewing is what all boards together have been sent.
type viewing struct {
	*bench
	counting *atomic.Bool

	mu     sync.Mutex
	delays []time.Duration
	bytes  int
}

var mark = []byte(`data-since=\"`)

// view reads one board's stream until ctx ends.
func (v *viewing) view(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	a, err := v.http.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", path, a.StatusCode)
	}
	lines := bufio.NewReaderSize(a.Body, 1<<20)
	for first := true; ; {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(line, []byte("data: {\"")) {
			continue
		}
		if first { // everything, of whenever
			first = false
			continue
		}
		if v.counting.Load() {
			v.take(line, time.Now())
		}
	}
}

// take notes how late each change of a message is.
func (v *viewing) take(line []byte, now time.Time) {
	var late []time.Duration
	size := len(line)
	v.bench.mu.Lock()
	for {
		at := bytes.Index(line, mark)
		if at < 0 {
			break
		}
		line = line[at+len(mark):]
		end := bytes.IndexByte(line, '\\')
		if end < 0 {
			break
		}
		since, err := strconv.ParseInt(string(line[:end]), 10, 64)
		written, known := v.changed[since]
		switch {
		case err != nil || !known:
		case written.IsZero(): // the board was faster than the word of the commit
			late = append(late, 0)
		default:
			late = append(late, max(0, now.Sub(written)))
		}
	}
	v.bench.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.delays = append(v.delays, late...)
	v.bytes += size
}

func (f Figures) print(out io.Writer, base Line) error {
	fmt.Fprintf(out, "%d agents in %d campaigns, %.0f changes of state a second; without a board the pages send the database %.1f statements a second\n\n", f.Agents, len(campaigns), f.Rate, base.SQL)
	fmt.Fprintf(out, "%8s %12s %12s %12s %14s %16s %14s\n", "boards", "p50 ms", "p99 ms", "max ms", "SQL/s, pages", "SQL/s, boards", "kB/s a board")
	worst, least, most := 0.0, 0.0, 0.0
	for i, l := range f.Lines {
		fmt.Fprintf(out, "%8d %12.0f %12.0f %12.0f %14.1f %16.1f %14.1f\n", l.Boards, l.P50, l.P99, l.Max, l.SQL, l.SQLBoards, l.KB)
		worst, most = max(worst, l.P99), max(most, l.SQLBoards)
		if least = min(least, l.SQLBoards); i == 0 {
			least = l.SQLBoards
		}
	}
	says := map[bool]string{true: "holds", false: "does NOT hold"}
	fmt.Fprintf(out, "\nat most %.0f ms behind (p99): %s, %.0f ms\n", behind, says[worst <= behind], worst)
	fmt.Fprintf(out, "the database's load is flat (boards' statements within 15 %%): %s, %.1f to %.1f a second\n\n", says[most-least <= 0.15*most], least, most)
	return json.NewEncoder(out).Encode(f)
}
