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
	Answers   []answers  `json:"answers"`
	Costs     []cost     `json:"asterisk_cpu"`
	Originate originates `json:"originate"`
	Without   bool       `json:"answered_without_database"` // a call had its agent while the database was cut off
	Claims    []claim    `json:"claims"`
}

// Run measures, prints the table and ends with one line of JSON.
func Run(ctx context.Context, o Options) error {
	logs, err := logFile(o.Dir)
	if err != nil {
		return err
	}
	defer logs.Close()
	most := 0.0
	for _, cps := range o.Rates {
		most = max(most, cps)
	}
	r, err := rig.Start(ctx, rig.Options{
		Dir: filepath.Join(o.Dir, "rig"), Asterisk: o.Asterisk, Agents: agentsFor(most) + agentsFor(bareCPS), CPS: most, Trunks: 1000, Direct: true,
		Campaign: dialer.Campaign{
			ID: "BENCH", Name: "Measurement", DialMethod: dialer.DialRatio, DialLevel: 6,
			DialTimeout: 20, DropMillis: 2000, CallerID: "+12125550100", AMD: dialer.AMDOff,
			CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: 2 * burst,
		},
		Mix: asteriskconf.Mix{Human: 100},
		Say: func(line string) { fmt.Fprintln(o.Progress, line) },
		Log: app.NewLog(logs, slog.LevelInfo, "text"),
	})
	if err != nil {
		return err
	}
	defer func() { _ = r.Stop(context.WithoutCancel(ctx)) }()
	f := Figures{Version: app.Version()}
	if o.wants(PartAnswers) {
		f.Answers, err = measureAnswers(ctx, r, o)
		if err == nil {
			fmt.Fprintln(o.Progress, "a call that is answered while the database is cut off …")
			err = withoutDatabase(ctx, r)
			f.Without = err == nil
		}
		if err != nil {
			return err
		}
	}
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
	return f.print(o.Out, o)
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
			fmt.Fprintf(w, "%-34s mean %.2f, rounds %.2f; at least %.1f of 50 packets a second arrived\n", c.Name, c.Mean, c.Rounds, c.Packet)
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
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

func (f Figures) printAnswers(w io.Writer) {
	fmt.Fprintln(w, "answer → agent's bridge, ms by Asterisk's clock; the bare client is an AMI originate and an ARI join, and nothing else, and places a few calls among ours")
	fmt.Fprintln(w, " calls/s  reached  answered  dropped  no agent free   p50   p99   max | bare p50   p99   max | p99 ratio | SQL/answered: listen, all roles; idle/s | listen % of a core")
	for _, a := range f.Answers {
		fmt.Fprintf(w, "%8g %8.1f %9d %8d %14d %5.0f %5.0f %5.0f | %8.0f %5.0f %5.0f | %9.2f | %21.1f %10.1f %7.0f | %18.1f\n",
			a.CPS, a.Reached, a.Answered, a.Dropped, a.Scarce, a.Ours.P50, a.Ours.P99, a.Ours.Max,
			a.Bare.P50, a.Bare.P99, a.Bare.Max, a.Ratio, a.SQL, a.SQLAll, a.Idle, a.ListenCPU)
	}
}
