package lab

import (
	"slices"
	"time"

	"trunkline/dialer/pacing"
)

// place makes one dial.
func (f *floor) place() {
	var l lead
	if f.s.record != nil {
		l = f.dice.recorded(f.s.record, f.next, f.now)
	} else {
		l = f.dice.lead(f.s, f.next)
	}
	f.next++
	f.dials++
	f.quarter(f.now).Dials++
	f.minute.add(f.now, 1, 0)
	id := int32(len(f.calls))
	if n := len(f.free); n > 0 {
		id = f.free[n-1]
		f.free = f.free[:n-1]
	} else {
		f.calls = append(f.calls, call{})
	}
	c := &f.calls[id]
	*c = call{lead: l, fate: l.fate(f.s, f.moods[min(int(f.now/10), len(f.moods)-1)]), placed: f.now, seat: len(f.flights), agent: -1}
	f.flights = append(f.flights, id)
	if c.fate == sit || c.fate == busy {
		f.agenda.put(f.now+l.setup, fails, id, 0)
		return
	}
	f.agenda.put(f.now+l.setup, rings, id, 0)
}

// ring schedules how the ringing ends.
func (f *floor) ring(id int32, c *call) {
	at := f.s.RingLimit + 1
	if r := c.lead.recorded; r != nil {
		end := fails
		if r.Answered {
			end = answers
		}
		f.agenda.put(f.now+r.Ring, end, id, 0)
		return
	}
	switch c.fate {
	case human:
		at = c.lead.ring
	case machine:
		at = c.lead.machine
	}
	if at > f.s.RingLimit {
		f.agenda.put(f.now+f.s.RingLimit, fails, id, 0)
		return
	}
	f.agenda.put(f.now+at, answers, id, 0)
}

// screen lets AMD listen, if there is one. The argument of a verdict is how
// long ago the law's clock started; zero hangs the call up.
func (f *floor) screen(id int32, c *call) {
	switch r := c.lead.recorded; {
	case r != nil && r.Asked:
		f.agenda.put(f.now+r.Screen, verdict, id, 1e-9) // the books' clock starts when it asks
	case r != nil:
		f.agenda.put(f.now+r.Screen, verdict, id, 0)
	case !f.s.AMD:
		f.ask(id, f.now)
	case c.fate == human && c.lead.mistaken < f.s.FalsePos:
		f.mistaken++
		f.agenda.put(f.now+c.lead.greeting+f.s.Decided, verdict, id, 0)
	case c.fate == human:
		f.agenda.put(f.now+c.lead.greeting+f.s.Decided, verdict, id, max(f.s.Decided, 1e-9))
	case c.lead.mistaken < f.s.Missed:
		f.agenda.put(f.now+c.lead.verdict, verdict, id, min(max(f.s.Decided, 1e-9), c.lead.verdict))
	default:
		f.agenda.put(f.now+c.lead.verdict, verdict, id, 0)
	}
}

// ask is the moment a call wants an agent.
func (f *floor) ask(id int32, clock float64) {
	c := &f.calls[id]
	f.observe(pacing.Event{Kind: pacing.Asked, Setup: duration(c.rang - c.placed), Rang: duration(c.up - c.rang),
		Screened: duration(f.now - c.up), Rung: true, Answered: true})
	c.stage, c.clock = pacing.StageWaiting, clock
	if len(f.idle) > 0 {
		f.reserve(id, f.idle[0])
		return
	}
	f.waiting = append(f.waiting, id)
	gone := clock + f.s.Drop
	if c.fate == human {
		gone = min(gone, clock+c.lead.patience)
	}
	f.agenda.put(max(f.now, gone), leaves, id, c.placed)
}

// reserve gives a call an agent.
func (f *floor) reserve(id, seat int32) {
	f.land(id)
	f.calls[id].agent = seat
	f.agents[seat].call = id
	f.turn(seat, joining)
	f.agenda.put(f.now+f.s.Bridging, joins, id, 0)
}

// land takes a call out of those without an agent.
func (f *floor) land(id int32) {
	c := &f.calls[id]
	last := f.flights[len(f.flights)-1]
	f.flights[c.seat] = last
	f.calls[last].seat = c.seat
	f.flights = f.flights[:len(f.flights)-1]
	c.seat = -1
	f.waiting = slices.DeleteFunc(f.waiting, func(w int32) bool { return w == id })
}

func (f *floor) join(id int32) {
	c := &f.calls[id]
	f.connects++
	f.quarter(f.now).Connects++
	f.observe(pacing.Event{Kind: pacing.Connected})
	if f.now-c.clock > f.s.Late+1e-9 { // too late in law, and yet a call
		c.dropped = true
		f.drop()
	}
	f.turn(c.agent, talking)
	talk := c.lead.talk
	if c.fate == machine {
		talk = c.lead.onTape
	}
	f.agenda.put(f.now+talk, hangsUp, id, 0)
}

func (f *floor) hangUp(id int32) {
	c := &f.calls[id]
	a := &f.agents[c.agent]
	a.talked = f.now - a.since
	f.observe(pacing.Event{Kind: pacing.TalkEnd, Talked: duration(a.talked), Rang: duration(c.up - c.rang)})
	f.turn(c.agent, wrapping)
	wrap := c.lead.wrap
	if c.fate == machine {
		wrap = c.lead.tapeWrap
	}
	f.agenda.put(f.now+wrap, wrapped, c.agent, 0)
}

func (f *floor) wrapped(seat int32) {
	a := &f.agents[seat]
	c := &f.calls[a.call]
	if c.fate == human && !c.dropped {
		f.live(false)
	}
	f.observe(pacing.Event{Kind: pacing.WrapEnd, Talked: duration(a.talked), Wrapped: duration(f.now - a.since),
		Human: c.fate == human && !c.dropped, Paused: a.rests > 0 || a.leaves})
	f.free = append(f.free, a.call)
	switch {
	case a.leaves:
		f.turn(seat, away)
	case a.rests > 0 && (f.s.record == nil || len(f.waiting) == 0):
		f.rest(seat) // on a real day a waiting call comes first: who paused had none
	default:
		f.turn(seat, ready)
	}
}

// lost ends a call that never asked.
func (f *floor) lost(id int32) {
	c := &f.calls[id]
	e := pacing.Event{Kind: pacing.Lost, Setup: duration(f.now - c.placed), Rung: c.rung, Answered: c.answered}
	if c.rung {
		e.Setup, e.Rang = duration(c.rang-c.placed), duration(f.now-c.rang)
	}
	if c.answered {
		e.Rang, e.Screened = duration(c.up-c.rang), duration(f.now-c.up)
	}
	f.observe(e)
	f.land(id)
	f.free = append(f.free, id)
}

// abandon ends a call that waited in vain.
func (f *floor) abandon(id int32) {
	f.drop()
	f.land(id)
	f.free = append(f.free, id)
}

func (f *floor) drop() {
	f.observe(pacing.Event{Kind: pacing.Abandoned})
	f.live(true)
	f.minute.add(f.now, 0, 1)
}

func (f *floor) observe(e pacing.Event) {
	if f.model != nil {
		e.At = f.time(f.now)
		f.model.Observe(e)
	}
}

// minutes counts the dials and drops of the last 60 s.
type minutes struct {
	second [60]int64
	dials  [60]int
	drops  [60]int
}

func (m *minutes) add(now float64, dials, drops int) {
	s := int64(now)
	i := s % 60
	if m.second[i] != s {
		m.second[i], m.dials[i], m.drops[i] = s, 0, 0
	}
	m.dials[i] += dials
	m.drops[i] += drops
}

func (m *minutes) last(now float64) (t pacing.Tally) {
	for i, s := range m.second {
		if s > int64(now)-int64(time.Minute/time.Second) {
			t.Calls += m.dials[i]
			t.Drops += m.drops[i]
		}
	}
	return t
}
