package lab

import (
	"math"
	"time"

	"trunkline/dialer/pacing"
)

// call is a dial on its way.
type call struct {
	lead             lead
	fate             fate
	stage            pacing.Stage
	seat             int     // its place in the list of calls without an agent; -1: it has one, or is gone
	placed, rang, up float64 // when it was placed, rang, was answered
	clock            float64 // when the law's clock started
	rung, answered   bool
	dropped          bool
	agent            int32
}

// duty is what an agent does.
type duty uint8

const (
	away duty = iota
	ready
	joining // reserved, the bridge is being joined: still waiting for a call
	talking
	wrapping
	paused
)

type agent struct {
	shift  shift
	duty   duty
	since  float64
	talked float64 // length of the last call
	call   int32
	leaves bool    // goes home after the call
	rests  float64 // pauses that long after the call; 0: not
}

// floor is the world at one moment.
type floor struct {
	s       *Scenario
	o       Options
	dice    *dice
	moods   []float64
	agenda  agenda
	now     float64
	end     float64
	calls   []call
	free    []int32 // ids of calls that may be used again
	flights []int32 // calls without an agent
	waiting []int32 // those that want one, longest first
	agents  []agent
	idle    []int32 // ready agents, longest waiting first
	next    int     // lead
	counts  [paused + 1]int

	model    *pacing.Model
	adapt    pacing.Adapt
	decided  float64
	tokens   float64
	tokensAt float64
	input    pacing.Input
	nextAt   float64 // when the next decision is due; others on the agenda are stale

	tally
}

var opening = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// time is the wall clock t seconds after the start.
func (f *floor) time(t float64) time.Time {
	if r := f.s.record; r != nil && !r.From.IsZero() {
		return r.From.Add(duration(t))
	}
	return opening.Add(duration(t))
}

// zone is the server's.
func (f *floor) zone() *time.Location {
	if f.o.Zone == nil {
		return time.UTC
	}
	return f.o.Zone
}

func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Options are how a run is driven.
type Options struct {
	Method   string
	Seed     uint64
	Settings pacing.Settings // of the VICIdial methods; the zero value is VICIdial's defaults
	Before   []pacing.Budget // ledgers as they stood before the shift, which goes on them; none: today's alone, from nothing
	Model    *pacing.Model   // what PREDICTIVE has learnt before, and learns from the shift; nil: nothing
	Zone     *time.Location  // of the server, in which the day has a latest time; nil: UTC
	Log      func(at float64, in pacing.Input, d pacing.Decision)
}

func (f *floor) open() {
	f.end = f.s.Hours * 3600
	f.quarters = make([]Quarter, int(math.Ceil(f.end/quarter)))
	f.agents = make([]agent, f.s.Seats)
	for i := range f.agents {
		sh := f.dice.shift(f.s, i)
		f.agents[i].shift = sh
		f.agenda.put(sh.from, comes, int32(i), 0)
		if f.s.record == nil || sh.to < f.end { // who was there to the end of a real day saw its calls through
			f.agenda.put(sh.to, goes, int32(i), 0)
		}
		for _, p := range sh.pauses {
			when := pauses
			if p.AfterCall {
				when = breaks
			}
			f.agenda.put(p.At, when, int32(i), p.Long)
		}
	}
	f.counts[away] = len(f.agents)
	f.agenda.put(0, decides, 0, 0)
}

// run lets the shift happen: what was under way at its end is seen through.
func (f *floor) run() {
	for len(f.agenda.heap) > 0 {
		h := f.agenda.take()
		if h.what == decides && (h.at != f.nextAt || h.at >= f.end) {
			continue
		}
		f.now = h.at
		if h.what == decides {
			f.decide()
			f.nextAt = f.now + 1
			f.agenda.put(f.nextAt, decides, 0, 0)
			continue
		}
		f.happen(h)
		if f.s.Leads > 0 && f.next >= f.s.Leads && len(f.flights) == 0 && f.counts[talking]+f.counts[joining] == 0 {
			f.end = min(f.end, f.now) // the list has run out
		}
		// A decision follows any change, a quarter of a second after the last
		// one, and a second later at the latest.
		if soon := max(f.now, f.decided+0.25); soon < f.nextAt && f.now < f.end {
			f.nextAt = soon
			f.agenda.put(soon, decides, 0, 0)
		}
	}
}

func (f *floor) happen(h happening) {
	switch h.what {
	case rings:
		c := &f.calls[h.id]
		c.stage, c.rang, c.rung = pacing.StageRinging, f.now, true
		f.ring(h.id, c)
	case fails:
		f.lost(h.id)
	case answers:
		c := &f.calls[h.id]
		c.stage, c.up, c.answered = pacing.StageScreening, f.now, true
		f.screen(h.id, c)
	case verdict:
		if h.arg > 0 {
			f.ask(h.id, f.now-h.arg)
		} else {
			f.lost(h.id)
		}
	case leaves:
		if c := &f.calls[h.id]; c.stage == pacing.StageWaiting && c.seat >= 0 && c.placed == h.arg {
			f.abandon(h.id)
		}
	case joins:
		f.join(h.id)
	case hangsUp:
		f.hangUp(h.id)
	case wrapped:
		f.wrapped(h.id)
	case comes:
		f.turn(h.id, ready)
	case goes:
		f.agents[h.id].leaves = true
		if d := f.agents[h.id].duty; d == ready || d == paused {
			f.turn(h.id, away)
		}
	case breaks:
		f.agents[h.id].rests = h.arg
	case pauses:
		f.agents[h.id].rests = h.arg
		if f.agents[h.id].duty == ready {
			f.rest(h.id)
		}
	case resumes:
		if f.agents[h.id].duty == paused {
			f.turn(h.id, ready)
		}
	}
}

// turn changes what an agent does. A ready one takes the call that has waited
// longest.
func (f *floor) turn(id int32, to duty) {
	a := &f.agents[id]
	f.spend(a.duty, a.since, f.now)
	if a.duty == ready {
		for i, x := range f.idle {
			if x == id {
				f.idle = append(f.idle[:i], f.idle[i+1:]...)
				break
			}
		}
	}
	f.counts[a.duty]--
	f.counts[to]++
	a.duty, a.since = to, f.now
	if to != ready {
		return
	}
	f.idle = append(f.idle, id)
	if len(f.waiting) > 0 {
		f.reserve(f.waiting[0], f.idle[0])
	}
}

// spend books an agent's time, as far as it lies in the shift.
func (f *floor) spend(d duty, from, to float64) {
	to = min(to, f.end)
	if to <= from || d == away || d == paused {
		return
	}
	f.spent[d] += to - from
	for from < to {
		until := min(to, (math.Floor(from/quarter)+1)*quarter)
		q := f.quarter(from)
		if d == talking || d == wrapping {
			q.Work += until - from
		} else {
			q.Idle += until - from
		}
		from = until
	}
}

func (f *floor) rest(id int32) {
	f.agenda.put(f.now+f.agents[id].rests, resumes, id, 0)
	f.agents[id].rests = 0
	f.turn(id, paused)
}
