package app

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
)

// figures are all that roles tell.
func figures(t *testing.T) (*vitals, []prometheus.Collector) {
	t.Helper()
	db, err := mariadb.Open("u:p@unix(/nonexistent)/x")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	pulse := newPulse(filepath.Join(t.TempDir(), "beat"), func() int { return 0 })
	t.Cleanup(pulse.end)
	v := newVitals(RoleListen, db, pulse)
	floor := newFloorFigures()
	floor.up = func() bool { return true }
	floor.standing = func(context.Context) (listen.Standing, error) { return listen.Standing{}, nil }
	return v, slices.Concat([]prometheus.Collector{floor}, new(hostFigures).collectors(), newKeeperFigures().collectors(), newFillerFigures().collectors(), newPageFigures().collectors())
}

// known are the names of them.
func known(t *testing.T) map[string]bool {
	t.Helper()
	v, all := figures(t)
	form := regexp.MustCompile(`fqName: "([^"]+)"`)
	names := map[string]bool{}
	for _, c := range append(all, v) {
		to := make(chan *prometheus.Desc, 200)
		c.Describe(to)
		close(to)
		for d := range to {
			names[form.FindStringSubmatch(d.String())[1]] = true
		}
	}
	return names
}

var metricName = regexp.MustCompile(`\b(?:trunkline|go|process)_[a-z_]+\b`)

// The dashboard and the alarms ask for figures that there are, and the dashboard
// shows each of ours.
func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	names := known(t)
	shown := map[string]bool{}
	for _, file := range []string{"trunkline.json", "alerts.yml"} {
		text, err := os.ReadFile(filepath.Join("../../../docs/monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		exprs := []string{string(text)}
		if filepath.Ext(file) == ".json" {
			exprs = expressions(t, text)
		}
		for _, e := range exprs {
			for _, name := range metricName.FindAllString(e, -1) {
				base := name
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					if b, ok := strings.CutSuffix(name, suffix); ok && names[b] {
						base = b
					}
				}
				if !names[base] {
					t.Errorf("%s asks for %s, which nobody tells", file, name)
				}
				shown[base] = true
			}
		}
	}
	for name := range names {
		if strings.HasPrefix(name, "trunkline_") && !shown[name] {
			t.Errorf("%s is told and shown nowhere", name)
		}
	}
	if len(shown) < 20 {
		t.Errorf("only %d figures found: does this test read the files?", len(shown))
	}
}

// Each figure has a name, a unit and a word of help as Prometheus's own tool asks
// for.
func TestFiguresAreNamedAsPrometheusWants(t *testing.T) {
	v, all := figures(t)
	v.MustRegister(all...)
	told, err := v.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 40 {
		t.Errorf("only %d figures are told", len(told))
	}
	problems, err := promlint.NewWithMetricFamilies(told).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !strings.HasPrefix(p.Metric, "go_") { // Prometheus's own
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// expressions are the queries of a Grafana dashboard.
func expressions(t *testing.T, text []byte) (all []string) {
	t.Helper()
	var board struct {
		Title  string
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		if p.Type != "row" && (p.Title == "" || len(p.Targets) == 0) {
			t.Errorf("the panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	return all
}

// A running role answers for itself, and says when its database is gone.
func TestARoleTellsHowItIs(t *testing.T) {
	cfg := configured(t, migrated.Database(t))
	cfg.Metrics = AnyPorts()
	db, err := mariadb.Open(cfg.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := Role{name: RoleHopperFill, cfg: cfg, log: quiet(), run: func(ctx context.Context, d *Duty) error {
		d.Pulse.Beat()
		<-ctx.Done()
		return nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	address := ""
	for address == "" {
		text, err := os.ReadFile(MetricsFile(cfg.RunDir, RoleHopperFill))
		if err == nil && strings.HasSuffix(string(text), "\n") {
			address = strings.TrimSpace(string(text))
		}
		select {
		case <-t.Context().Done():
			t.Fatal("no address")
		case <-time.After(5 * time.Millisecond):
		}
	}
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if code, body := get("/healthz"); code != http.StatusOK || !strings.Contains(body, "database: ok") || !strings.Contains(body, "progress: ok") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := get("/metrics"); code != http.StatusOK || !strings.Contains(body, `trunkline_build_info{`) || !strings.Contains(body, "go_goroutines") {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := get("/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("the port tells more than it should: %d", code)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestHealthIsNotWellWithoutDatabaseOrProgress(t *testing.T) {
	db, err := mariadb.Open("u:p@unix(/nonexistent)/x")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	pulse := newPulse(filepath.Join(t.TempDir(), "beat"), func() int { return 0 })
	defer pulse.end()
	pulse.began = time.Now().Add(-time.Minute)
	w := newAnswer()
	newVitals(RoleListen, db, pulse).healthz(w, (&http.Request{}).WithContext(t.Context()))
	if w.code != http.StatusServiceUnavailable || !strings.Contains(w.String(), "database: does not answer") || !strings.Contains(w.String(), "progress: none for 1m0s") {
		t.Errorf("%d\n%s", w.code, w.String())
	}
}

// answer is a response that is kept.
type answer struct {
	strings.Builder
	code   int
	header http.Header
}

func newAnswer() *answer               { return &answer{header: http.Header{}} }
func (a *answer) Header() http.Header  { return a.header }
func (a *answer) WriteHeader(code int) { a.code = code }
