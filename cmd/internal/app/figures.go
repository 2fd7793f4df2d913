package app

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/capacity"
	"trunkline/dialer/listen"
	"trunkline/dialer/pacing"
)

// floorFigures is what listen tells: its calls and agents as they stand, and
// what became of calls.
type floorFigures struct {
	standing func(context.Context) (listen.Standing, error)
	up       func() bool

	calls, agents, unwritten, asterisk *prometheus.Desc

	placed, answered, connected, abandoned prometheus.Counter
	wait                                   prometheus.Histogram
	written                                *prometheus.CounterVec
	batch                                  prometheus.Histogram
	dial                                   *prometheus.HistogramVec
}

// begin begins the series of a figure at nought: one that comes with its first count
// hides that count from what asks for the growth, an alarm above all.
func begin[M any](figure interface{ WithLabelValues(...string) M }, labels ...string) {
	for _, l := range labels {
		figure.WithLabelValues(l)
	}
}

func newFloorFigures() *floorFigures {
	c := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	f := &floorFigures{
		calls:     prometheus.NewDesc("trunkline_calls", "Calls that are up, by state.", []string{"state"}, nil),
		agents:    prometheus.NewDesc("trunkline_agents", "Agents on shift, by state.", []string{"state"}, nil),
		unwritten: prometheus.NewDesc("trunkline_calls_unwritten", "Calls that have ended, whose end is not in the database yet.", nil, nil),
		asterisk:  prometheus.NewDesc("trunkline_asterisk_up", "1 while Asterisk takes commands and tells its events.", nil, nil),
		placed:    c("trunkline_calls_placed_total", "Calls whose outcome is known: they were answered, or ended without."),
		answered:  c("trunkline_calls_answered_total", "Of those, answered."),
		connected: c("trunkline_calls_connected_total", "Calls that got their agent."),
		abandoned: c("trunkline_calls_abandoned_total", "Calls that had no agent in time."),
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trunkline_answer_to_agent_seconds", Help: "From the moment a call wants an agent to the moment it has one.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5},
		}),
		written: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "trunkline_journal_writes_total", Help: "Transactions of the journal, by outcome."}, []string{"outcome"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trunkline_journal_write_seconds", Help: "How long a transaction of the journal took.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}),
		dial: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "trunkline_dial_seconds", Help: "How long the database took to claim a batch of leads, and to commit their calls.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"step"}),
	}
	begin(f.written, "written", "failed")
	begin(f.dial, "claim", "commit")
	return f
}

// Describe names the figures.
func (f *floorFigures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.calls, f.agents, f.unwritten, f.asterisk} {
		to <- d
	}
	for _, c := range f.counted() {
		c.Describe(to)
	}
}

func (f *floorFigures) counted() []prometheus.Collector {
	return []prometheus.Collector{f.placed, f.answered, f.connected, f.abandoned, f.wait, f.written, f.batch, f.dial}
}

// Collect asks the floor how it stands. A floor that does not answer in time
// leaves its gauges out, which an alarm on their absence tells.
func (f *floorFigures) Collect(to chan<- prometheus.Metric) {
	for _, c := range f.counted() {
		c.Collect(to)
	}
	value := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	up := 0.0
	if f.up() {
		up = 1
	}
	value(f.asterisk, up)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s, err := f.standing(ctx)
	if err != nil {
		return
	}
	for _, state := range []dialer.CallState{
		dialer.CallPlaced, dialer.CallRinging, dialer.CallAnswered, dialer.CallWaiting, dialer.CallTalking, dialer.CallHeld, dialer.CallDropping,
		dialer.CallMessage, dialer.CallParked, dialer.CallPassed,
	} {
		value(f.calls, float64(s.Calls[state]), string(state))
	}
	for _, state := range []dialer.AgentState{dialer.AgentConnecting, dialer.AgentPaused, dialer.AgentReady, dialer.AgentInCall, dialer.AgentWrapUp} {
		value(f.agents, float64(s.Agents[state]), string(state))
	}
	value(f.unwritten, float64(s.Unwritten))
}

// watching counts what pacing is told, and passes it on.
func (f *floorFigures) watching(next func(dialer.CampaignID, pacing.Event, dialer.Status)) func(dialer.CampaignID, pacing.Event, dialer.Status) {
	return func(id dialer.CampaignID, e pacing.Event, status dialer.Status) {
		switch e.Kind {
		case pacing.Asked:
			f.placed.Inc()
			f.answered.Inc()
		case pacing.Lost:
			f.placed.Inc()
			if e.Answered {
				f.answered.Inc()
			}
		case pacing.Connected:
			f.connected.Inc()
		case pacing.Abandoned:
			f.abandoned.Inc()
		}
		next(id, e, status)
	}
}

// timing is a journal that also measures.
type timing struct {
	listen.Journal
	*floorFigures
}

// Write writes, and counts how that went and how long calls waited that have
// just got their agent.
func (j timing) Write(ctx context.Context, server dialer.ServerID, changes []listen.Change) error {
	began := time.Now()
	err := j.Journal.Write(ctx, server, changes)
	if err != nil {
		j.written.WithLabelValues("failed").Inc()
		return err
	}
	j.written.WithLabelValues("written").Inc()
	j.batch.Observe(time.Since(began).Seconds())
	for _, c := range changes {
		if c.Call != nil && c.Call.BridgedAt != nil && c.Call.WantedAt != nil && !c.Call.Manual && c.At.Equal(*c.Call.BridgedAt) {
			j.wait.Observe(max(c.Call.BridgedAt.Sub(*c.Call.WantedAt).Seconds(), 0))
		}
	}
	return nil
}

// timedHopper is a hopper that also measures.
type timedHopper struct {
	autodial.Hopper
	*floorFigures
}

// Claim claims, and tells how long that took.
func (h timedHopper) Claim(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, n int, now time.Time) ([]dialer.Lead, error) {
	began := time.Now()
	leads, err := h.Hopper.Claim(ctx, campaign, server, n, now)
	h.dial.WithLabelValues("claim").Observe(time.Since(began).Seconds())
	return leads, err
}

// timedBooks are books that also measure.
type timedBooks struct {
	autodial.Books
	*floorFigures
}

// Commit commits, and tells how long that took.
func (b timedBooks) Commit(ctx context.Context, calls []dialer.Call) ([]dialer.LeadID, error) {
	began := time.Now()
	overtaken, err := b.Books.Commit(ctx, calls)
	b.dial.WithLabelValues("commit").Observe(time.Since(began).Seconds())
	return overtaken, err
}

// hostFigures are a host's own: what its sampler sees, and its clock.
type hostFigures struct {
	mu   sync.Mutex
	last capacity.Sample
}

func (f *hostFigures) looked(s capacity.Sample) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = s
}

func (f *hostFigures) collectors() []prometheus.Collector {
	read := func(of func(capacity.Sample) float64) func() float64 {
		return func() float64 {
			f.mu.Lock()
			defer f.mu.Unlock()
			return of(f.last)
		}
	}
	return []prometheus.Collector{
		gauge("trunkline_host_cpu_ratio", "Share of all cores that was busy in this minute.", read(func(s capacity.Sample) float64 { return s.CPU })),
		gauge("trunkline_host_memory_ratio", "Share of the memory that programs cannot have.", read(func(s capacity.Sample) float64 { return s.Memory })),
		gauge("trunkline_disk_free_bytes", "Free where recordings are; on a web server without telephony, where uploads are.", read(func(s capacity.Sample) float64 { return float64(s.DiskFree) })),
		gauge("trunkline_disk_size_bytes", "Size of that disk.", read(func(s capacity.Sample) float64 { return float64(s.DiskSize) })),
		gauge("trunkline_lines", "Most calls up at once on this server in this minute, by the books.", read(func(s capacity.Sample) float64 { return float64(s.Lines) })),
		gauge("trunkline_calls_per_second", "Calls placed a second in this minute's busiest 5 s.", read(func(s capacity.Sample) float64 { return s.CPS })),
		gauge("trunkline_database_statements_per_second", "Statements of all clients of the database.", read(func(s capacity.Sample) float64 { return s.DBQuestions })),
		gauge("trunkline_database_running", "Statements at work at once.", read(func(s capacity.Sample) float64 { return float64(s.DBRunning) })),
		gauge("trunkline_database_clients", "Connections of all clients.", read(func(s capacity.Sample) float64 { return float64(s.DBConnections) })),
		gauge("trunkline_database_clients_limit", "Connections that the database takes.", read(func(s capacity.Sample) float64 { return float64(s.DBBound) })),
		gauge("trunkline_database_size_bytes", "Tables and indexes.", read(func(s capacity.Sample) float64 { return float64(s.DBBytes) })),
	}
}

// newSkew is the gauge of a host's clock: keepalive's, or web's where there is none.
func newSkew() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: "trunkline_clock_skew_seconds", Help: "How far this host's clock is ahead of the database's; over 5 a telephony server does not dial."})
}

// keeperFigures are keepalive's about its own work.
type keeperFigures struct {
	skew   prometheus.Gauge
	deaths *prometheus.CounterVec
}

func newKeeperFigures() *keeperFigures {
	f := &keeperFigures{
		skew:   newSkew(),
		deaths: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "trunkline_daemon_deaths_total", Help: "Daemons that died or were killed for making no progress."}, []string{"daemon"}),
	}
	begin(f.deaths, RoleListen, RoleHopperFill)
	return f
}

func (f *keeperFigures) collectors() []prometheus.Collector {
	return []prometheus.Collector{f.skew, f.deaths}
}

func (f *keeperFigures) died(daemon string) { f.deaths.WithLabelValues(daemon).Inc() }

// fillerFigures are hopper-fill's.
type fillerFigures struct {
	rounds prometheus.Counter
	last   prometheus.Gauge
}

func newFillerFigures() *fillerFigures {
	return &fillerFigures{
		rounds: prometheus.NewCounter(prometheus.CounterOpts{Name: "trunkline_hopper_rounds_total", Help: "Rounds of filling that did not fail, also those in which another process held the lease."}),
		last:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "trunkline_hopper_round_time_seconds", Help: "When the last such round was, Unix time."}),
	}
}

func (f *fillerFigures) collectors() []prometheus.Collector {
	return []prometheus.Collector{f.rounds, f.last}
}

func (f *fillerFigures) stepped() {
	f.rounds.Inc()
	f.last.SetToCurrentTime()
}

// pageFigures are the web role's.
type pageFigures struct {
	requests *prometheus.CounterVec
	took     prometheus.Histogram
	streams  prometheus.Gauge
}

func newPageFigures() *pageFigures {
	return &pageFigures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "trunkline_http_requests_total", Help: "Requests answered, by method and class of the answer."}, []string{"method", "class"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trunkline_http_request_seconds", Help: "How long answers took, streams left out.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "trunkline_http_streams", Help: "Pages that are open and wait for events."}),
	}
}

func (f *pageFigures) collectors() []prometheus.Collector {
	return []prometheus.Collector{f.requests, f.took, f.streams}
}

// around measures a handler.
func (f *pageFigures) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &witness{ResponseWriter: w, code: http.StatusOK}
		stream := r.Header.Get("Accept") == "text/event-stream"
		if stream {
			f.streams.Inc()
			defer f.streams.Dec()
		}
		next.ServeHTTP(seen, r)
		f.requests.WithLabelValues(method(r.Method), strconv.Itoa(seen.code/100)+"xx").Inc()
		if !stream {
			f.took.Observe(time.Since(began).Seconds())
		}
	})
}

// method keeps what strangers send from becoming labels.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodHead:
		return m
	}
	return "other"
}

// witness sees the status code of an answer.
type witness struct {
	http.ResponseWriter
	code int
}

// WriteHeader notes the code.
func (w *witness) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController, by which streams flush.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
