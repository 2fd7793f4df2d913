package lab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Record is a real day: its calls and its agents, to be worked again by any
// method. A method that dials more than was dialed meets calls like those of
// the same time of day.
type Record struct {
	From   time.Time // when the day begins, from which its times count; zero: nine in the morning, UTC
	Calls  []RecordedCall
	Agents []RecordedAgent
	Told   []Told // in order of time

	talks    []RecordedCall
	patience float64 // mean of a waiting callee's, s; 0: nobody has hung up
}

// RecordedCall is what became of one dial. Times are seconds.
type RecordedCall struct {
	At     float64 // placed, since the day's start
	Setup  float64 // to the ringing, or to the end of a call that never rang
	Ring   float64 // to the answer, or to the end
	Screen float64 // from the answer to AMD's verdict
	Waited float64 // from when it wanted an agent to when it had one, hung up or was given up
	HungUp bool    // it hung up while it waited
	Talk   float64 // 0: it had no agent
	Wrap   float64 // 0: not known

	Rung, Answered bool
	Asked          bool // it wanted an agent
	Human          bool // by the agent's disposition; of a call without one, taken as a person
}

// RecordedAgent is one shift: seconds since the day's start.
type RecordedAgent struct {
	From, To float64
	Pauses   []Pause
}

// Pause is a pause of an agent: when and how long, s.
type Pause struct {
	At, Long  float64
	AfterCall bool // it followed a call: nobody was waiting for a call who then was not there
}

// Told is what pacing was told at one moment and neither calls nor agents show:
// it risks less where no later call would make up for a drop.
type Told struct {
	At    float64 // s since the day's start
	End   float64 // when dialing was to end, s since the day's start; 0: not known
	Leads int     // that could be claimed; -1: not counted
}

// told is what pacing was told about now: the end of the next moment known, the
// leads of the fuller of the two around now, since a hopper found empty for once
// has been filled within seconds. ok is false where nobody has noted it.
func (r *Record) told(now float64) (told Told, ok bool) {
	if len(r.Told) == 0 {
		return told, false
	}
	next, _ := slices.BinarySearchFunc(r.Told, now, func(t Told, at float64) int { return cmp.Compare(t.At, at) })
	told = r.Told[min(next, len(r.Told)-1)]
	if next > 0 {
		told.Leads = max(told.Leads, r.Told[next-1].Leads)
	}
	return told, true
}

// pool are calls to draw from.
const pool = 60

// Replay is the scenario of a recorded day. Limits and the calls' way are the
// base's unless they are set afterwards.
func Replay(key string, r Record) (Scenario, error) {
	s := base()
	s.Key, s.Name = key, "the recorded day "+key
	r.Calls = slices.DeleteFunc(slices.Clone(r.Calls), func(c RecordedCall) bool {
		return !(c.At >= 0 && c.Setup >= 0 && c.Ring >= 0 && c.Screen >= 0 && c.Waited >= 0 && c.Talk >= 0 && c.Wrap >= 0)
	})
	r.Agents = slices.DeleteFunc(slices.Clone(r.Agents), func(a RecordedAgent) bool { return !(a.From >= 0 && a.To > a.From) })
	if len(r.Calls) == 0 || len(r.Agents) == 0 {
		return s, fmt.Errorf("%s has %d calls and %d agents' shifts: nothing to replay", key, len(r.Calls), len(r.Agents))
	}
	slices.SortStableFunc(r.Calls, func(a, b RecordedCall) int { return cmp.Compare(a.At, b.At) })
	s.record = &r
	s.Seats = len(r.Agents)
	end := 0.0
	for _, a := range r.Agents {
		end = max(end, a.To)
	}
	s.Hours = min(max(end/3600, 0.01), 24)
	var waits []float64
	waited, hung := 0.0, 0.0
	for _, c := range r.Calls {
		waited += c.Waited
		if c.HungUp {
			hung++
		}
		if c.Talk > 0 {
			s.record.talks = append(s.record.talks, c)
			waits = append(waits, c.Waited)
		}
	}
	if hung > 0 { // of an exponential one, by all the time in which they could have
		s.record.patience = waited / hung
	}
	if len(waits) > 0 { // the usual call has waited for nothing but its bridge
		slices.Sort(waits)
		s.Bridging = min(waits[len(waits)/2], s.Bridging)
	}
	return s, s.check()
}

// Until is the day up to a moment, s since its start.
func (r Record) Until(end float64) Record {
	r.Calls = slices.DeleteFunc(slices.Clone(r.Calls), func(c RecordedCall) bool { return c.At >= end })
	r.Agents = slices.DeleteFunc(slices.Clone(r.Agents), func(a RecordedAgent) bool { return a.From >= end })
	for i := range r.Agents {
		r.Agents[i].To = min(r.Agents[i].To, end)
	}
	return r
}

// AsItWas is the method's name of a day's own figures.
const AsItWas = "AS IT WAS"

// Figures are a day's own: what its agents and calls were, as Run counts them.
// Calls that wanted an agent for longer than late seconds are abandoned in law.
func (r Record) Figures(key string, late float64) Result {
	f := Result{Scenario: key, Method: AsItWas, Agents: len(r.Agents)}
	there, work, end := 0.0, 0.0, 0.0
	for _, a := range r.Agents {
		end = max(end, a.To)
		there += a.To - a.From
		for _, p := range a.Pauses {
			there -= max(0, min(p.At+p.Long, a.To)-max(p.At, a.From))
		}
	}
	var marks []mark
	for _, c := range r.Calls {
		f.Dials++
		if c.Talk > 0 {
			f.Connects++
			began := c.At + c.Setup + c.Ring + c.Screen + c.Waited
			work += max(0, min(c.Talk+c.Wrap, end-began)) // what is after the day's end is no part of it
		}
		dropped := c.Asked && (c.Talk <= 0 || c.Waited > late)
		if dropped {
			f.Abandoned++
		}
		if dropped || c.Asked && c.Human {
			f.Live++
			marks = append(marks, mark{c.At + c.Setup + c.Ring + c.Screen, dropped})
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	f.WorstHour = worstHour(marks)
	f.Utilisation = min(share(work, there), 1)
	f.Wait = share(max(0, there-work), float64(f.Connects))
	f.Abandonment = share(float64(f.Abandoned), float64(f.Live))
	f.DialsPerConnect = share(float64(f.Dials), float64(f.Connects))
	return f
}

// recorded draws the n-th dial of now: a call of about this time of day. What
// a call without an agent would have talked is another's talk.
func (d *dice) recorded(r *Record, n int, now float64) lead {
	i, _ := slices.BinarySearchFunc(r.Calls, now, func(c RecordedCall, t float64) int { return cmp.Compare(c.At, t) })
	from := max(0, min(i-pool/2, len(r.Calls)-pool))
	near := r.Calls[from:min(from+pool, len(r.Calls))]
	rng := d.at(forLeads, n)
	c := near[rng.IntN(len(near))]
	other := c
	if c.Talk <= 0 && len(r.talks) > 0 {
		other = r.talks[rng.IntN(len(r.talks))]
	}
	l := lead{recorded: &c, setup: c.Setup, patience: math.Inf(1), talk: other.Talk, wrap: other.Wrap}
	l.onTape, l.tapeWrap = l.talk, l.wrap
	if r.patience > 0 {
		l.patience = r.patience * rng.ExpFloat64()
	}
	return l
}

// fate is what became of a recorded call.
func (c *RecordedCall) fate() fate {
	switch {
	case c.Asked && (c.Human || c.Talk <= 0):
		return human
	case c.Answered:
		return machine
	case !c.Rung:
		return sit
	}
	return noAnswer
}
