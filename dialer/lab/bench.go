package lab

import "fmt"

// Target is what PREDICTIVE is to reach on a scenario.
type Target struct {
	Scenario    string
	Utilisation float64 // at least, 0 to 1; 0: none of its own
	WorstHour   float64 // at most
	Over        float64 // points over ADAPT_TAPERED, as a share
}

// Targets of the scenarios that measure the dial methods. Abandonment is at
// most 3.00 % in every one, pooled and on each day of 600 live calls.
var Targets = []Target{
	{"P1", 0.83, 0.07, 0.07},
	{"P2", 0.67, 0.09, 0.07},
	{"P3", 0.90, 0.07, 0.07},
	{"P4", 0.83, 0.07, 0.07},
	{"P5", 0.745, 0.09, 0.07},
	{"P6", 0.92, 0.07, 0.07},
	{"base10", 0.75, 0.09, 0.07},
	{"base50", 0.90, 0.07, 0.07},
	{"base300", 0.955, 0.07, 0.07},
}

// Seeds is how many seeds a scenario is measured on: twice as many days for
// small teams, whose days differ more.
func (s Scenario) Seeds(n uint64) uint64 {
	if s.Seats < 20 {
		return 2 * n
	}
	return n
}

// Misses says which targets the runs of a scenario miss; tapered is the pooled
// result of ADAPT_TAPERED on the same seeds.
func (t Target) Misses(runs []Result, tapered Result) (missed []string) {
	p := Pool(runs)
	miss := func(format string, args ...any) { missed = append(missed, fmt.Sprintf(format, args...)) }
	if p.Utilisation < t.Utilisation {
		miss("utilisation %.1f under %.1f", 100*p.Utilisation, 100*t.Utilisation)
	}
	if p.Abandonment > 0.03 {
		miss("abandonment %.2f over 3.00", 100*p.Abandonment)
	}
	for _, r := range runs {
		if r.Live >= 600 && r.Abandonment > 0.03 {
			miss("day %d: abandonment %.2f", r.Seed, 100*r.Abandonment)
		}
		if r.WorstHour > t.WorstHour {
			miss("day %d: worst hour %.1f over %.0f", r.Seed, 100*r.WorstHour, 100*t.WorstHour)
		}
	}
	if d := p.Utilisation - tapered.Utilisation; d < t.Over {
		miss("%.1f points over ADAPT_TAPERED, not %.0f", 100*d, 100*t.Over)
	}
	return missed
}

// Gains are the mean points over ADAPT_TAPERED by size of team, and what they
// are to be.
var Gains = []struct {
	Name     string
	From, To int // agents
	Over     float64
}{{"5 to 10 agents", 5, 10, 0.12}, {"20 agents", 20, 20, 0.22}, {"50 agents and more", 50, 1000, 0.33}}
