package lab

import (
	"cmp"
	"fmt"
	"slices"
)

// Record is a real day: its calls and its agents, to be worked again by any
// method. A method that dials more than was dialed meets calls like those of
// the same time of day.
type Record struct {
	Calls  []RecordedCall
	Agents []RecordedAgent

	talks []RecordedCall
}

// RecordedCall is what became of one dial. Times are seconds.
type RecordedCall struct {
	At     float64 // placed, since the day's start
	Setup  float64 // to the ringing, or to the end of a call that never rang
	Ring   float64 // to the answer, or to the end
	Screen float64 // from the answer to AMD's verdict
	Talk   float64 // 0: it had no agent
	Wrap   float64 // 0: not known

	Rung, Answered bool
	Asked          bool // it wanted an agent
	Human          bool // by the agent's disposition; of a call without one, taken as a person
}

// RecordedAgent is one shift: seconds since the day's start.
type RecordedAgent struct {
	From, To float64
	Pauses   [][2]float64 // start and length
}

// pool are calls to draw from.
const pool = 60

// Replay is the scenario of a recorded day. Limits and the calls' way are the
// base's unless they are set afterwards.
func Replay(key string, r Record) (Scenario, error) {
	s := base()
	s.Key, s.Name = key, "the recorded day "+key
	r.Calls = slices.DeleteFunc(slices.Clone(r.Calls), func(c RecordedCall) bool {
		return !(c.At >= 0 && c.Setup >= 0 && c.Ring >= 0 && c.Screen >= 0 && c.Talk >= 0 && c.Wrap >= 0)
	})
	r.Agents = slices.DeleteFunc(slices.Clone(r.Agents), func(a RecordedAgent) bool { return !(a.From >= 0 && a.To > a.From) })
	if len(r.Calls) == 0 || len(r.Agents) == 0 {
		return s, fmt.Errorf("the day has %d calls and %d agents' shifts: nothing to replay", len(r.Calls), len(r.Agents))
	}
	slices.SortStableFunc(r.Calls, func(a, b RecordedCall) int { return cmp.Compare(a.At, b.At) })
	s.record = &r
	s.Seats = len(r.Agents)
	end := 0.0
	for _, a := range r.Agents {
		end = max(end, a.To)
	}
	s.Hours = min(max(end/3600, 0.01), 24)
	for _, c := range r.Calls {
		if c.Talk > 0 {
			s.record.talks = append(s.record.talks, c)
		}
	}
	return s, s.check()
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
	l := lead{recorded: &c, setup: c.Setup, patience: max(0.4, 7*rng.ExpFloat64()), talk: other.Talk, wrap: other.Wrap}
	l.onTape, l.tapeWrap = l.talk, l.wrap
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
