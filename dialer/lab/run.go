package lab

import (
	"fmt"
	"math"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
)

// Result is one run, one JSON object. The words mean what they mean in the
// reports: a call is abandoned that asked for an agent and had none within the
// lawful time, or hung up before; live calls are those an agent found to be a
// person, and the abandoned.
type Result struct {
	Scenario        string  `json:"scenario"`
	Method          string  `json:"method"`
	Seed            uint64  `json:"seed"`
	Agents          int     `json:"agents"`
	Utilisation     float64 `json:"utilisation"`       // (talk + wrap-up) / (ready + talk + wrap-up), 0 to 1
	Abandonment     float64 `json:"abandonment"`       // abandoned / live, 0 to 1
	WorstHour       float64 `json:"worst_hour"`        // the same in the worst hour after the first with 50 live calls
	Wait            float64 `json:"wait_s"`            // ready time per connect, s
	Live            int     `json:"live"`              //
	Abandoned       int     `json:"abandoned"`         //
	DialsPerConnect float64 `json:"dials_per_connect"` //
	Dials           int     `json:"-"`                 //
	Connects        int     `json:"-"`                 //

	Quarters []Quarter `json:"-"` // for the chart
	Target   float64   `json:"-"` // the scenario's lawful share of drops
}

// Quarter is a quarter of an hour of a run.
type Quarter struct {
	Work, Idle float64 // agents' time, s
	Live       int
	Abandoned  int
	Dials      int
	Connects   int
}

// tally is what a run counts.
type tally struct {
	dials, connects, lives, drops, mistaken int
	spent                                   [paused + 1]float64 // agents' time, s
	minute                                  minutes
	marks                                   []mark
	quarters                                []Quarter
}

// mark is one live call: when it was known to be one, and whether it was
// abandoned.
type mark struct {
	at      float64
	dropped bool
}

func (f *floor) live(dropped bool) {
	f.lives++
	if dropped {
		f.drops++
	}
	f.marks = append(f.marks, mark{f.now, dropped})
	q := f.quarter(f.now)
	q.Live++
	if dropped {
		q.Abandoned++
	}
}

const quarter = 900 // s

func (f *floor) quarter(at float64) *Quarter {
	return &f.quarters[min(int(at/quarter), len(f.quarters)-1)]
}

// Methods are the names Run knows.
var Methods = []dialer.DialMethod{dialer.DialProgressive, dialer.DialRatio, dialer.DialHardLimit, dialer.DialAverage, dialer.DialTapered, dialer.DialPredictive}

// Run works one shift of a scenario.
func Run(s Scenario, o Options) (Result, error) {
	err := s.check()
	if err != nil {
		return Result{}, fmt.Errorf("scenario %s: %w", s.Key, err)
	}
	d := newDice(mix(o.Seed))
	f := &floor{s: &s, o: o, dice: d, moods: d.moods(&s), decided: math.Inf(-1)}
	if dialer.DialMethod(o.Method) == dialer.DialPredictive {
		f.model = o.Model
		if f.model == nil {
			f.model = pacing.NewModel()
		}
	}
	if o.Settings.LatestTime == 0 {
		f.o.Settings.LatestTime = min(2400, clock(f.time(s.Hours*3600).In(f.zone())))
	}
	f.tokens = max(1, math.Floor(s.CPS/2))
	f.open()
	f.run()
	return f.result(), nil
}

func clock(t interface {
	Hour() int
	Minute() int
}) int {
	return t.Hour()*100 + t.Minute()
}

// decide asks pacing and does what it says.
func (f *floor) decide() {
	s := f.s
	f.decided = f.now
	// The carrier's limit is a bucket that holds half a second's worth, as the
	// dialer's own is.
	burst := max(1, math.Floor(s.CPS/2))
	f.tokens = min(burst, f.tokens+(f.now-f.tokensAt)*s.CPS)
	f.tokensAt = f.now

	in := &f.input
	in.Now, in.Method, in.Settings = f.time(f.now), dialer.DialMethod(f.o.Method), f.o.Settings
	_, in.Offset = in.Now.In(f.zone()).Zone()
	in.Ready, in.Talking, in.WrapUp, in.Paused = f.counts[ready], f.counts[talking]+f.counts[joining], f.counts[wrapping], f.counts[paused]
	in.Waiting = len(f.waiting)
	in.Dialing = len(f.flights) - len(f.waiting)
	grace := min(s.Drop, s.Late) - s.Bridging
	if s.AMD && s.record == nil {
		grace -= s.Decided // the law's clock started at the end of the greeting
	}
	in.Grace = duration(max(0, grace))
	in.Leads = -1
	if s.Leads > 0 {
		in.Leads = s.Leads - f.next
	}
	in.Channels = s.Channels - len(f.flights) - in.Talking
	in.CPSLeft = f.tokens
	if s.record == nil {
		in.DialEnd = f.time(s.Hours*3600 - s.Rest)
	} else {
		f.remind(in)
	}
	in.Day = pacing.Tally{Calls: f.dials, Answers: f.lives, Drops: f.drops}
	in.Minute = f.minute.last(f.now)
	in.Adapt, in.Model = f.adapt, f.model
	if f.model != nil {
		f.look(in)
	}
	d := pacing.Decide(*in)
	f.adapt = d.Adapt
	if f.o.Log != nil {
		f.o.Log(f.now, *in, d)
	}
	for range d.Place {
		f.place()
	}
	f.tokens -= float64(d.Place)
}

// remind tells what pacing was told on the real day: when dialing is to end, and
// how many leads there are.
func (f *floor) remind(in *pacing.Input) {
	in.DialEnd = time.Time{}
	told, ok := f.s.record.told(f.now)
	if !ok {
		return
	}
	in.Leads = told.Leads
	if told.End > f.now {
		in.DialEnd = f.time(told.End)
	}
}

// look tells the calls and agents one by one.
func (f *floor) look(in *pacing.Input) {
	in.Flights, in.Busy = in.Flights[:0], in.Busy[:0]
	for _, id := range f.flights {
		c := &f.calls[id]
		from := c.placed
		fl := pacing.Flight{Stage: c.stage}
		switch c.stage {
		case pacing.StageRinging:
			from = c.rang
		case pacing.StageScreening, pacing.StageWaiting:
			from = c.up
			fl.Rang = duration(c.up - c.rang)
		}
		fl.In = duration(f.now - from)
		in.Flights = append(in.Flights, fl)
	}
	for i := range f.agents {
		switch a := &f.agents[i]; a.duty {
		case joining, talking:
			c := &f.calls[a.call]
			in.Busy = append(in.Busy, pacing.Busy{In: duration(f.now - a.since), Rang: duration(c.up - c.rang)})
		case wrapping:
			in.Busy = append(in.Busy, pacing.Busy{WrapUp: true, In: duration(f.now - a.since), Talked: duration(a.talked)})
		}
	}
	in.Budgets = in.Budgets[:0]
	if len(f.o.Before) == 0 {
		in.Budgets = append(in.Budgets, pacing.Budget{Name: "today", Limit: f.s.Target, Live: float64(f.lives), Drops: float64(f.drops)})
	}
	for _, b := range f.o.Before {
		b.Live += float64(f.lives)
		b.Drops += float64(f.drops)
		in.Budgets = append(in.Budgets, b)
	}
}

func (f *floor) result() Result {
	r := Result{Scenario: f.s.Key, Method: f.o.Method, Seed: f.o.Seed, Agents: f.s.Seats,
		Live: f.lives, Abandoned: f.drops, Dials: f.dials, Connects: f.connects, WorstHour: worstHour(f.marks), Quarters: f.quarters, Target: f.s.Target}
	work, idle := f.spent[talking]+f.spent[wrapping], f.spent[ready]+f.spent[joining]
	r.Utilisation = share(work, work+idle)
	r.Abandonment = share(float64(f.drops), float64(f.lives))
	r.Wait = share(idle, float64(f.connects))
	r.DialsPerConnect = share(float64(f.dials), float64(f.connects))
	return r
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

// worstHour is the largest share of drops in any 60 minutes that begin after
// the first hour and have 50 live calls.
func worstHour(marks []mark) (worst float64) {
	first, drops := 0, 0
	for i, m := range marks {
		if m.dropped {
			drops++
		}
		for marks[first].at <= m.at-3600 {
			if marks[first].dropped {
				drops--
			}
			first++
		}
		if n := i - first + 1; m.at >= 7200 && n >= 50 {
			worst = max(worst, float64(drops)/float64(n))
		}
	}
	return worst
}

// Pool is many runs of a scenario and method as one: utilisation and wait are
// means of the runs, abandonment is pooled over all their calls, the worst hour
// is the worst of all. Counts are sums.
func Pool(all []Result) Result {
	if len(all) == 0 {
		return Result{}
	}
	p := all[0]
	n := float64(len(all))
	p.Utilisation, p.Wait, p.Live, p.Abandoned, p.Dials, p.Connects, p.WorstHour = 0, 0, 0, 0, 0, 0, 0
	for _, r := range all {
		p.Utilisation += r.Utilisation / n
		p.Wait += r.Wait / n
		p.Live += r.Live
		p.Abandoned += r.Abandoned
		p.Dials += r.Dials
		p.Connects += r.Connects
		p.WorstHour = max(p.WorstHour, r.WorstHour)
	}
	p.Abandonment = share(float64(p.Abandoned), float64(p.Live))
	p.DialsPerConnect = share(float64(p.Dials), float64(p.Connects))
	return p
}
