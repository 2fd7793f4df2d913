package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"trunkline/dialer/lab"
)

// benchMethods are measured side by side; the first is what the gains are over.
var benchMethods = []string{"ADAPT_TAPERED", "ADAPT_HARD_LIMIT", "ADAPT_AVERAGE", "PROGRESSIVE", "PREDICTIVE"}

// bench measures every target of the dial methods and prints which are missed.
func (c *simulateCmd) bench(g *globals, from, to uint64) error {
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\tagents\tseeds\tmethod\tutilisation %\tabandonment %\tworst hour %\twait s\tdials/connect\tmissed targets\t")
	type gain struct{ sum, n float64 }
	gains := make([]gain, len(lab.Gains))
	missed := 0
	for _, target := range lab.Targets {
		s, ok := known(target.Scenario)
		if !ok {
			continue
		}
		last := from + s.Seeds(to-from+1) - 1
		var tapered lab.Result
		for _, m := range benchMethods {
			var runs []lab.Result
			for seed := from; seed <= last; seed++ {
				r, err := lab.Run(s, lab.Options{Method: m, Seed: seed})
				if err != nil {
					return err
				}
				runs = append(runs, r)
			}
			p := lab.Pool(runs)
			verdict := ""
			switch m {
			case "ADAPT_TAPERED":
				tapered = p
			case "PREDICTIVE":
				verdict = "none"
				if misses := target.Misses(runs, tapered); len(misses) > 0 {
					verdict, missed = strings.Join(misses, "; "), missed+len(misses)
				}
				for i, gr := range lab.Gains {
					if s.Seats >= gr.From && s.Seats <= gr.To {
						gains[i].sum += p.Utilisation - tapered.Utilisation
						gains[i].n++
					}
				}
			}
			fmt.Fprintf(w, "%s\t%d\t%d-%d\t%s\t%.1f\t%.2f\t%.1f\t%.1f\t%.2f\t%s\t\n", s.Key, s.Seats, from, last, m,
				100*p.Utilisation, 100*p.Abandonment, 100*p.WorstHour, p.Wait, p.DialsPerConnect, verdict)
		}
	}
	err := w.Flush()
	if err != nil {
		return err
	}
	for i, gr := range lab.Gains {
		got := 100 * gains[i].sum / max(gains[i].n, 1)
		verdict := "reached"
		if got < 100*gr.Over {
			verdict, missed = "MISSED", missed+1
		}
		fmt.Fprintf(g.stdout, "%s: %.1f points over ADAPT_TAPERED in the mean, %.0f wanted: %s\n", gr.Name, got, 100*gr.Over, verdict)
	}
	fmt.Fprintf(g.stdout, "%d targets missed.\n", missed)
	return nil
}

func known(key string) (lab.Scenario, bool) {
	for _, s := range lab.Scenarios() {
		if s.Key == key {
			return s, true
		}
	}
	return lab.Scenario{}, false
}
