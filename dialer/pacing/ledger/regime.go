package ledger

import "time"

// Regime is one way to count: whose, over which window, up to which share.
type Regime struct {
	Key    string
	Name   string
	Source string
	Limit  float64 // largest lawful share, 0 to 1; 0: the regime sets none
	Legal  bool    // a law or a regulator's policy; else a product's figure

	formula func(Counts) (numerator, denominator float64)
	window  func(now time.Time, loc *time.Location, begins time.Time) time.Time // its start
}

// Regimes are all that are known, the strictest windows first.
var Regimes = []Regime{
	{"uk", "UK, 24 hours, without AMD", "Ofcom statement of 2010: abandoned to machines may be estimated and taken off", 0.03, true, ukPlain, day},
	{"uk-amd", "UK, 24 hours, with AMD", "Ofcom statement of 2010: AMD's false positives are added", 0.03, true, ukAMD, day},
	{"us-fcc", "US FCC, 30 days", "47 CFR 64.1200(a)(7)", 0.03, true, live, rolling(30 * 24 * time.Hour)},
	{"us-tsr", "US TSR, successive 30 days", "16 CFR 310.4(b)(4)(i)", 0.03, true, live, successive(30 * 24 * time.Hour)},
	{"ca", "Canada, calendar month", "CRTC Unsolicited Telecommunications Rules, part IV [unverified]", 0.05, true, answered, month},
	{"vicidial", "VICIdial's daily figure", "drops over calls answered by a person, today", 0, false, live, day},
	{"queue", "share of calls that asked for an agent", "some products' abandon rate; no legal measure", 0, false, asked, day},
	{"attempts", "share of all dials", "some products' abandon rate; no legal measure", 0, false, attempts, day},
}

// live is the US measure: calls answered live. A drop that is not known to be a
// machine counts as live.
func live(c Counts) (float64, float64) { return c.Dropped, c.Dropped + c.Humans }

// ukPlain takes the machines' share among the connected off the drops, as
// VICIdial's implementation of Ofcom's formula does.
func ukPlain(c Counts) (float64, float64) {
	d := c.Dropped
	if c.Humans+c.Machines > 0 {
		d -= d * c.Machines / (c.Humans + c.Machines)
	}
	return d, d + c.Humans
}

// ukAMD adds the persons whom AMD hung up on.
func ukAMD(c Counts) (float64, float64) {
	d := c.Dropped + c.Mistaken
	return d, d + c.Humans
}

func answered(c Counts) (float64, float64) {
	return c.Dropped, max(c.Answered, c.Dropped+c.Humans+c.Machines)
}
func asked(c Counts) (float64, float64)    { return c.Dropped, c.Dropped + c.Humans + c.Machines }
func attempts(c Counts) (float64, float64) { return c.Dropped, max(c.Attempts, c.Dropped) }

func rolling(d time.Duration) func(time.Time, *time.Location, time.Time) time.Time {
	return func(now time.Time, _ *time.Location, _ time.Time) time.Time { return now.Add(-d) }
}

func successive(d time.Duration) func(time.Time, *time.Location, time.Time) time.Time {
	return func(now time.Time, _ *time.Location, begins time.Time) time.Time {
		if begins.IsZero() || now.Before(begins) {
			return now
		}
		return begins.Add(now.Sub(begins) / d * d)
	}
}

func day(now time.Time, loc *time.Location, _ time.Time) time.Time {
	y, m, d := now.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

func month(now time.Time, loc *time.Location, _ time.Time) time.Time {
	y, m, _ := now.In(loc).Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, loc)
}
