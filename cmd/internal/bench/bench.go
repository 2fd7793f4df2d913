package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
)

// Options are what can be asked of a measurement.
type Options struct {
	Dir      string // where everything lies
	Asterisk string // folder with an Asterisk root, for hosts without Asterisk
	Parts    []Part // in any order; none: all
	Rates    []float64
	For      time.Duration // at each rate
	Out      io.Writer     // the table, and one JSON line at its end
	Progress io.Writer
}

// Part is one of the questions of a measurement.
type Part string

// The parts of a measurement.
const (
	PartAnswers   Part = "answers"   // how long answered calls wait for their agent, what a call costs listen and MariaDB
	PartCost      Part = "cost"      // Asterisk's CPU per call
	PartOriginate Part = "originate" // calls placed a second
)

func (o Options) wants(p Part) bool { return len(o.Parts) == 0 || slices.Contains(o.Parts, p) }

// Figures are what was measured.
type Figures struct {
	Version   string     `json:"version"`
	Calls     []answers  `json:"answers"`
	Costs     []cost     `json:"asterisk_cpu"`
	Originate originates `json:"originate"`
	Without   bool       `json:"answered_without_database"` // a call had its agent while the database was cut off
	Claims    []claim    `json:"claims"`
}

// Run measures, prints the table and ends with one line of JSON. It is ErrClaim,
// once the table has said so, if a claim does not hold.
func Run(ctx context.Context, o Options) error {
	logs, err := logFile(o.Dir)
	if err != nil {
		return err
	}
	defer logs.Close()
	log := app.NewLog(logs, slog.LevelInfo, "text")
	f := Figures{Version: app.Version()}
	if o.wants(PartAnswers) {
		err = f.answers(ctx, o, log)
	}
	if err == nil && (o.wants(PartCost) || o.wants(PartOriginate)) {
		err = o.on(ctx, rig.Options{Mix: asteriskconf.Mix{Human: 100}}, log, func(r *rig.Rig) error { return f.others(ctx, r, o) })
	}
	if err != nil {
		return err
	}
	return f.print(o.Out, o)
}

// answers measures the answer's way to the agent. No sound flows: what that takes
// of the machine is measured by itself, and here would only stand in the way of
// more calls a second.
func (f *Figures) answers(ctx context.Context, o Options, log *slog.Logger) error {
	who, err := startCallees()
	if err != nil {
		return err
	}
	running, over := context.WithCancel(ctx)
	var calling sync.WaitGroup
	defer calling.Wait()
	defer over()
	calling.Go(func() { who.run(running) })
	return o.on(ctx, rig.Options{Trunk: who.addr().String(), Mute: true}, log, func(r *rig.Rig) error {
		var err error
		f.Calls, err = measureAnswers(ctx, r, o)
		if err != nil {
			return err
		}
		fmt.Fprintln(o.Progress, "a call that is answered while the database is cut off …")
		err = withoutDatabase(ctx, r, who)
		f.Without = err == nil
		return err
	})
}

// on starts a system, has do measure it, and ends it.
func (o Options) on(ctx context.Context, ro rig.Options, log *slog.Logger, do func(*rig.Rig) error) error {
	most := 0.0
	for _, cps := range o.Rates {
		most = max(most, cps)
	}
	ro.Dir, ro.Asterisk, ro.Direct, ro.Log = filepath.Join(o.Dir, "rig"), o.Asterisk, true, log
	ro.Agents, ro.CPS, ro.Trunks = agentsFor(most)+agentsFor(bareCPS), most, 1000
	ro.Campaign = dialer.Campaign{
		ID: "BENCH", Name: "Measurement", DialMethod: dialer.DialRatio, DialLevel: 6,
		DialTimeout: 20, DropMillis: 2000, CallerID: "+12125550100", AMD: dialer.AMDOff,
		CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: 2 * burst,
	}
	ro.Say = func(line string) { fmt.Fprintln(o.Progress, line) }
	r, err := rig.Start(ctx, ro)
	if err != nil {
		return err
	}
	defer func() { _ = r.Stop(context.WithoutCancel(ctx)) }()
	return do(r)
}

// others measures what needs no agents.
func (f *Figures) others(ctx context.Context, r *rig.Rig, o Options) (err error) {
	if o.wants(PartCost) {
		fmt.Fprintf(o.Progress, "%d calls held up in %d ways, %d rounds …\n", costCalls, len(ways), costRounds)
		f.Costs, err = costs(ctx, r)
		if err != nil {
			return fmt.Errorf("the cost of a call: %w", err)
		}
	}
	if o.wants(PartOriginate) {
		fmt.Fprintf(o.Progress, "%d calls as fast as can be, by a bare loop and through autodial …\n", burst)
		f.Originate, err = originateRate(ctx, r)
		if err != nil {
			return fmt.Errorf("the rate of originates: %w", err)
		}
	}
	return nil
}

func measureAnswers(ctx context.Context, r *rig.Rig, o Options) ([]answers, error) {
	var all []answers
	for _, cps := range o.Rates {
		fmt.Fprintf(o.Progress, "%g calls a second for %s, through the whole system, and %d by the bare client …\n", cps, o.For, bareCPS)
		a, err := measureAt(ctx, r, cps, o.For)
		if err != nil {
			return nil, fmt.Errorf("%g calls a second: %w", cps, err)
		}
		if a.Bare.P99 > 0 {
			a.Ratio = a.Ours.P99 / a.Bare.P99
		}
		all = append(all, a)
	}
	return all, nil
}

func logFile(dir string) (*os.File, error) {
	err := os.MkdirAll(dir, 0o755)
	if err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(dir, "bench.log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
}

func (f Figures) print(w io.Writer, o Options) error {
	if o.wants(PartAnswers) {
		f.printAnswers(w)
	}
	if o.wants(PartOriginate) {
		o := f.Originate
		fmt.Fprintf(w, "\n%d originates: %.0f a second reach the carrier by autodial (claims, rules, commits and originates), %.0f by a bare AMI loop, ratio %.2f; AMI takes %.0f and %.0f\n",
			o.Calls, o.Ours, o.Bare, o.Ratio, o.Taken, o.BareTook)
	}
	if o.wants(PartCost) {
		fmt.Fprintf(w, "\nAsterisk's CPU, percent of a core per call, %d calls up\n", costCalls)
		for _, c := range f.Costs {
			fmt.Fprintf(w, "%-34s mean %.2f, rounds %.2f; %.1f of 50 packets a second arrived, at the least %.1f\n", c.Name, c.Mean, c.Rounds, c.Heard, c.Packet)
		}
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

func (f Figures) printAnswers(w io.Writer) {
	fmt.Fprintln(w, "answer → agent's bridge, ms by Asterisk's clock; the bare client is an AMI originate and an ARI join, and nothing else, and places a few calls among ours")
	fmt.Fprintln(w, " calls/s  reached  answered  dropped  no agent free   p50   p99   max | bare p50   p99   max | p99 ratio | SQL/answered: listen, all roles | SQL/s of listen: dialing, at rest")
	for _, a := range f.Calls {
		fmt.Fprintf(w, "%8g %8.1f %9d %8d %14d %5.0f %5.0f %5.0f | %8.0f %5.0f %5.0f | %9.2f | %21.1f %10.1f | %23.0f %7.0f\n",
			a.CPS, a.Reached, a.Answered, a.Dropped, a.Scarce, a.Ours.P50, a.Ours.P99, a.Ours.Max,
			a.Bare.P50, a.Bare.P99, a.Bare.Max, a.Ratio, a.SQL, a.SQLAll, a.Busy, a.Rest)
	}
	fmt.Fprintln(w, "of the statements those at rest, with the same agents waiting, are no call's; what happens within 150 ms, or is dialed within a second, is written together: the more calls, the fewer statements has each")
	fmt.Fprintln(w, "\nwho had the machine, percent of a core")
	for _, a := range f.Calls {
		fmt.Fprintf(w, "%8g calls/s: %s\n", a.CPS, shares(a.CPU))
	}
}
