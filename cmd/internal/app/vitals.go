package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"trunkline/sql/mariadb"
)

// vitals is what a running role tells of itself: /metrics for Prometheus, and
// /healthz for whoever asks whether it is well. No figure names a person, a
// number or a lead.
type vitals struct {
	*prometheus.Registry
	role  string
	db    *mariadb.DB
	pulse *Pulse
}

// stuckAfter is how old the last beat may be; keepalive kills what has not beaten
// for as long.
const stuckAfter = 10 * time.Second

func newVitals(role string, db *mariadb.DB, pulse *Pulse) *vitals {
	v := &vitals{Registry: prometheus.NewRegistry(), role: role, db: db, pulse: pulse}
	v.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "trunkline_build_info", Help: "Always 1; its labels say what runs.",
			ConstLabels: prometheus.Labels{"role": role, "version": Version(), "go": runtime.Version()},
		}, func() float64 { return 1 }),
		gauge("trunkline_beat_age_seconds", "How long ago the role's main loop last made progress.", func() float64 { return time.Since(pulse.lastBeat()).Seconds() }),
		gauge("trunkline_database_connections_open", "Connections that this process has to the database, of 16.", func() float64 { return float64(db.Pool().Open) }),
		gauge("trunkline_database_connections_busy", "Of those, at work.", func() float64 { return float64(db.Pool().Busy) }),
		counter("trunkline_database_waits_total", "Times that something waited for a free connection.", func() float64 { return float64(db.Pool().Waited) }),
		counter("trunkline_database_wait_seconds_total", "How long, all those together.", func() float64 { return db.Pool().WaitedFor.Seconds() }),
	)
	return v
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

func counter(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
}

// serve answers at the address until ctx ends. An address that cannot be had is
// said and tried again: no call waits for a monitor.
func (v *vitals) serve(ctx context.Context, address, runDir string, log *slog.Logger) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(v, promhttp.HandlerOpts{Timeout: 5 * time.Second, MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", v.healthz)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	said := false
	for {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			// Where the port was any, somebody has to find it.
			_ = os.WriteFile(MetricsFile(runDir, v.role), []byte(listener.Addr().String()+"\n"), 0o644)
			stop := context.AfterFunc(ctx, func() { _ = server.Close() })
			err = server.Serve(listener)
			stop()
			if errors.Is(err, http.ErrServerClosed) {
				return
			}
		}
		if !said {
			log.Warn("nobody can ask how this role is; trying again every 10 s", "address", address, "err", err)
			said = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Second):
		}
	}
}

// MetricsFile holds the address at which a role really answers.
func MetricsFile(runDir, role string) string { return filepath.Join(runDir, role+".metrics") }

// healthz says in a line each what is well and what is not; 503 when something
// is not. It is for alarms, not for restarts: a role without its database carries
// its calls.
func (v *vitals) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	code, database := http.StatusOK, "ok"
	if err := v.db.Ping(ctx); err != nil {
		code, database = http.StatusServiceUnavailable, "does not answer"
	}
	progress := "ok"
	if age := time.Since(v.pulse.lastBeat()); age > stuckAfter {
		code, progress = http.StatusServiceUnavailable, fmt.Sprintf("none for %s", age.Round(time.Second))
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	fmt.Fprintf(w, "role: %s\nversion: %s\nprogress: %s\ndatabase: %s\n", v.role, Version(), progress, database)
}
