package ledger

import (
	"time"
	_ "time/tzdata" // a law's day must not depend on what a host has installed
)

// Regime is one way to count: whose, over which window, up to which share.
type Regime struct {
	Key    string
	Name   string
	Brief  string // its window, for a sentence
	Source string
	Limit  float64 // largest lawful share, 0 to 1; 0: the regime sets none
	Law    string  // of which dialer.DropRule it is; "": a product's figure
	Zone   string  // IANA zone of its days; "": the server's

	formula func(Counts) (numerator, denominator float64)
	window  func(now time.Time, loc *time.Location, begins time.Time) time.Time // its start
}

// Day is the key of the daily figure.
const Day = "vicidial"

// Regimes are all that are known, the strictest windows first.
var Regimes = []Regime{
	{"uk", "UK, 24 hours, without AMD", "24 h, UK", "Ofcom statement of 2010: abandoned to machines may be estimated and taken off", 0.03, "uk", "Europe/London", ukPlain, day},
	{"uk-amd", "UK, 24 hours, with AMD", "24 h, UK with AMD", "Ofcom statement of 2010: AMD's false positives are added", 0.03, "uk", "Europe/London", ukAMD, day},
	{"us-fcc", "US FCC, 30 days", "30 days", "47 CFR 64.1200(a)(7)", 0.03, "us", "", live, rolling(30 * 24 * time.Hour)},
	{"us-tsr", "US TSR, successive 30 days", "30 days, TSR", "16 CFR 310.4(b)(4)(i)", 0.03, "us", "", live, successive(30 * 24 * time.Hour)},
	{"ca", "Canada, calendar month", "this month", "CRTC Unsolicited Telecommunications Rules, part IV [unverified]", 0.05, "ca", "", answered, month},
	{Day, "VICIdial's daily figure", "today", "drops over calls answered by a person, today", 0, "", "", live, day},
	{"queue", "Share of calls that asked for an agent", "today", "some products' abandon rate; no legal measure", 0, "", "", asked, day},
	{"attempts", "Share of all dials", "today", "some products' abandon rate; no legal measure", 0, "", "", attempts, day},
}

// zones are the regimes' own, read once: a ledger is looked at with each decision.
var zones = func() map[string]*time.Location {
	all := map[string]*time.Location{}
	for _, r := range Regimes {
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			panic("ledger: " + err.Error()) // the zones are in the program
		}
		all[r.Zone] = zone
	}
	return all
}()

// Binds says whether a campaign under a law must keep this regime's limit; amd
// says that AMD hangs up on machines, and on some people. A law that is not
// known counts as the US'.
func (r Regime) Binds(law string, amd bool) bool {
	if law != "uk" && law != "ca" {
		law = "us"
	}
	return r.Law == law && (law != "uk" || amd == (r.Key == "uk-amd"))
}

// From is where the regime's window begins at now; days and months are loc's
// unless the regime has a zone of its own, and begins is when the campaign began.
// Canada has six zones: its months are the server's.
func (r Regime) From(now time.Time, loc *time.Location, begins time.Time) time.Time {
	if r.Zone != "" {
		loc = zones[r.Zone]
	}
	return r.window(now, loc, begins)
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
