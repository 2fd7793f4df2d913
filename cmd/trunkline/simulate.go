package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"trunkline/dialer"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing"
	"trunkline/webui/assets"
)

type simulateCmd struct {
	Scenario []string `default:"P1" placeholder:"KEY|FILE" help:"Scenarios: keys of those that come with the program, 'all', or TOML files."`
	Method   []string `default:"PREDICTIVE" help:"Dial methods: PROGRESSIVE, RATIO, ADAPT_HARD_LIMIT, ADAPT_AVERAGE, ADAPT_TAPERED, PREDICTIVE."`
	Seeds    string   `default:"100-103" placeholder:"A-B" help:"Seeds, one run each; every method meets the same day."`
	Level    float64  `placeholder:"N" help:"RATIO's level, and where the ADAPT methods start."`
	MaxLevel float64  `placeholder:"N" help:"The ADAPT methods' highest level; else 3."`

	DropPercent   float64 `placeholder:"PERCENT" help:"The ADAPT methods' drop target; else 3. PREDICTIVE has the scenario's."`
	Intensity     int     `placeholder:"PERCENT" help:"Their intensity, -100 to 100."`
	DiffTarget    int     `placeholder:"N" help:"Their difference target: -N keeps agents idle, N keeps calls waiting."`
	DiffPlaced    bool    `help:"It counts when calls are placed, too (CALLS_PLACED)."`
	AvailableOnly bool    `help:"Only waiting agents count (available-only tally)."`
	LatestTime    int     `placeholder:"HHMM" help:"When ADAPT_TAPERED is at its strictest; else the end of the shift, which begins at 9:00."`

	Bench  bool   `help:"Measure the dial methods' targets; --seeds says on which days."`
	Report string `placeholder:"FILE" help:"Write an HTML page with a chart as well."`
	JSON   bool   `name:"json" help:"Print one object per run."`
}

// Run simulates shifts and prints what came of them.
func (c *simulateCmd) Run(g *globals) error {
	from, to, err := seeds(c.Seeds)
	if err != nil {
		return err
	}
	if c.Bench {
		return c.bench(g, from, to)
	}
	scenarios, err := c.scenarios()
	if err != nil {
		return err
	}
	err = methods(c.Method)
	if err != nil {
		return err
	}
	var report *os.File
	if c.Report != "" { // before shifts are simulated in vain; an old one stands until the new one is written
		report, err = os.OpenFile(c.Report, os.O_WRONLY|os.O_CREATE, 0o644) //nolint:gosec // a page to be shown
		if err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		defer report.Close()
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	if !c.JSON {
		fmt.Fprintln(w, "scenario\tmethod\tagents\tutilisation %\tabandonment %\tworst hour %\twait s\tlive\tabandoned\tdials/connect\t")
	}
	enc := json.NewEncoder(g.stdout)
	var whole []lab.Result
	for _, s := range scenarios {
		for _, m := range c.Method {
			var all []lab.Result
			for seed := from; seed <= to; seed++ {
				o := lab.Options{Method: m, Seed: seed}
				o.Settings = c.settings()
				r, err := lab.Run(s, o)
				if err != nil {
					return err
				}
				all = append(all, r)
				if c.JSON {
					err = enc.Encode(r)
					if err != nil {
						return err
					}
				}
			}
			whole = append(whole, all...)
			if !c.JSON {
				p := lab.Pool(all)
				fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%.2f\t%.1f\t%.1f\t%d\t%d\t%.2f\t\n", p.Scenario, p.Method, p.Agents,
					100*p.Utilisation, 100*p.Abandonment, 100*p.WorstHour, p.Wait, p.Live, p.Abandoned, p.DialsPerConnect)
			}
		}
	}
	err = w.Flush()
	if err != nil || report == nil {
		return err
	}
	err = report.Truncate(0)
	if err != nil {
		return fmt.Errorf("writing %s: %w", c.Report, err)
	}
	script := assets.Script("report.js")
	if script == nil {
		fmt.Fprintln(g.stderr, "The report has its table but no charts: this trunkline was built without the pages' scripts (make build bundles them).")
	}
	err = lab.Report(report, fmt.Sprintf("Simulated shifts, seeds %s", c.Seeds), whole, script)
	if err != nil {
		return fmt.Errorf("writing %s: %w", c.Report, err)
	}
	return report.Close()
}

// settings are those of VICIdial's methods.
func (c *simulateCmd) settings() pacing.Settings {
	s := pacing.Settings{Level: c.Level, PacingSettings: dialer.PacingSettings{
		MaxLevel: c.MaxLevel, DropPercent: c.DropPercent, Intensity: c.Intensity, DiffTarget: c.DiffTarget,
		AvailableOnly: c.AvailableOnly, LatestTime: c.LatestTime,
	}}
	if c.DiffPlaced {
		s.DiffMethod = dialer.DiffPlaced
	}
	return s
}

// Validate refuses what cannot be meant.
func (c *simulateCmd) Validate() error {
	switch {
	case !within(c.Level, 0, pacing.MaxLevel) || !within(c.MaxLevel, 0, pacing.MaxLevel):
		return fmt.Errorf("a dial level is a number from 0 to %d", pacing.MaxLevel)
	case !within(c.DropPercent, 0, 100):
		return fmt.Errorf("--drop-percent is a number from 0 to 100, not %g", c.DropPercent)
	case c.Intensity < -100 || c.Intensity > 100:
		return fmt.Errorf("--intensity is a number from -100 to 100, not %d", c.Intensity)
	case c.DiffTarget < -1000 || c.DiffTarget > 1000:
		return fmt.Errorf("--diff-target is a number from -1000 to 1000, not %d", c.DiffTarget)
	case c.LatestTime < 0 || c.LatestTime > 2400 || c.LatestTime%100 > 59:
		return fmt.Errorf("--latest-time is a time of the day such as 1700, not %d", c.LatestTime)
	}
	return nil
}

// within says whether x is a number from low to high.
func within(x, low, high float64) bool { return x >= low && x <= high }

// methods refuses names of dial methods that the lab does not know, and those
// given twice.
func methods(names []string) error {
	for i, m := range names {
		if !slices.Contains(lab.Methods, dialer.DialMethod(m)) {
			all := make([]string, len(lab.Methods))
			for i, known := range lab.Methods {
				all[i] = string(known)
			}
			return fmt.Errorf("no method %q: there are %s", m, strings.Join(all, ", "))
		}
		if slices.Contains(names[:i], m) {
			return fmt.Errorf("--method %s is given twice", m)
		}
	}
	return nil
}

func (c *simulateCmd) scenarios() ([]lab.Scenario, error) {
	known := lab.Scenarios()
	var chosen []lab.Scenario
	for _, name := range c.Scenario {
		found := false
		for _, s := range known {
			if s.Key == name || name == "all" {
				chosen, found = append(chosen, s), true
			}
		}
		if found {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			var keys []string
			for _, s := range known {
				keys = append(keys, s.Key)
			}
			return nil, fmt.Errorf("no scenario %q comes with trunkline (%s do), and it is no file: %w", name, strings.Join(keys, ", "), err)
		}
		more, err := lab.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		chosen = append(chosen, more...)
	}
	seen := map[string]bool{}
	for _, s := range chosen {
		if seen[s.Key] {
			return nil, fmt.Errorf("scenario %s is given twice: its shifts would be counted together", s.Key)
		}
		seen[s.Key] = true
	}
	return chosen, nil
}

// seeds reads 100-107, or one number.
func seeds(text string) (from, to uint64, err error) {
	a, b, ok := strings.Cut(text, "-")
	if !ok {
		b = a
	}
	from, err = strconv.ParseUint(a, 10, 63)
	if err != nil {
		return 0, 0, fmt.Errorf("--seeds is a number such as 100, or two such as 100-107, not %q", text)
	}
	to, err = strconv.ParseUint(b, 10, 63)
	if err != nil {
		return 0, 0, fmt.Errorf("--seeds is a number such as 100, or two such as 100-107, not %q", text)
	}
	if to < from || to-from > 10_000 {
		return 0, 0, fmt.Errorf("--seeds %s: not from low to high, or more than 10000", text)
	}
	return from, to, nil
}
