package pacing

import (
	"fmt"
	"math"
	"time"
)

// steer finds the risk a dial may run, theta, such that the drop ledger comes
// out at its limit: stochastic approximation (Robbins and Monro, 1951) on the
// logarithm of theta, up by gain × aim at each live answer, down by
// gain × (1 − aim) at each drop, so that it rests where drops are the aimed
// share of live calls. The gain falls with the drops seen, to a floor that
// keeps it following change.
type steer struct {
	Log   float64 // of theta
	Drops float64 // drops learnt from
	Aim   float64 // the share of drops to have from now on
	Rate  float64 // live answers a second, lately

	Hour         [12]spell // the last hour by five minutes
	Last         time.Time // drop
	Near, Bursts float64   // drops and bursts of drops, lately
}

const (
	thetaStart, thetaMin, thetaMax = 0.02, 0.002, 0.7
	gainStart, gainHigh, gainLow   = 0.6, 0.12, 0.015
	gainMemory                     = 2400 // s over which theta follows change, where enough happens in it
)

func newSteer() steer { return steer{Log: math.Log(thetaStart)} }

// gain is one part in the drops to be expected within the memory: drops of a
// large team come in bursts, and a gain that is right for five agents would
// swing with every burst of a hundred's.
func (s *steer) gain() float64 {
	floor := number(1/(s.Aim*s.Rate*gainMemory+1e-9), gainLow, gainHigh)
	return max(floor, gainStart/(1+s.Drops/3))
}

// spell is five minutes of live calls and drops.
type spell struct {
	N     int64 // which five minutes, since 1970
	Live  float64
	Drops float64
}

const spellTime = 300 // s

// book counts a live call, or a drop, for the last hour.
func (s *steer) book(at time.Time, drops float64) {
	n := at.Unix() / spellTime
	x := &s.Hour[(n%12+12)%12]
	if x.N != n {
		*x = spell{N: n}
	}
	x.Live++
	x.Drops += drops
}

// hour is how many drops more this hour bears: any hour is kept below 2.2
// times the limit, a slack one as if it had hourLive live calls.
func (s *steer) hour(now time.Time, limit float64) float64 {
	const most, hourLive = 2.2, 50
	live, drops := 0.0, 0.0
	for _, x := range s.Hour {
		if ago := now.Unix()/spellTime - x.N; ago >= 0 && ago < 12 {
			live, drops = live+x.Live, drops+x.Drops
		}
	}
	return most*limit*max(live, hourLive) - drops
}

func (s *steer) live(at time.Time) {
	s.book(at, 0)
	s.Rate += 1.0 / rateMemory
	s.move(s.gain() * s.Aim)
}

// burst is how many drops come together, as far as has been seen; one burst of
// two is what is believed before.
func (s *steer) burst() float64 { return (s.Near + 2) / (s.Bursts + 1) }

func (s *steer) abandoned(at time.Time) {
	const keep, together = 1 - 1.0/100, 5 * time.Second
	s.Near = s.Near*keep + 1
	if gap := at.Sub(s.Last); gap < 0 || gap > together {
		s.Bursts = s.Bursts*keep + 1
	} else {
		s.Bursts *= keep
	}
	s.Last = at
	s.book(at, 1)
	s.move(-s.gain() * (1 - s.Aim))
	s.Drops = min(s.Drops+1, 1e6)
}

func (s *steer) move(by float64) {
	s.Log = number(s.Log+by, math.Log(thetaMin), math.Log(thetaMax))
}

// rateMemory is over how many seconds the pace of live answers is averaged.
const rateMemory = 1200

// pass lets time go by.
func (s *steer) pass(seconds float64) { s.Rate *= math.Exp(-seconds / rateMemory) }

// A surplus is spent, or a debt paid back, over an hour, and over paybackLeast
// live calls at least: so that no single hour stands out.
const payback, paybackLeast = 3600, 400

// outlook is what the drop ledgers bear.
type outlook struct {
	aim    float64 // share of drops to have from now on
	credit float64 // drops that the shortest ledger bears at once
	push   float64 // what theta's logarithm is moved by for now
	said   string
}

// outlook weighs every ledger. A ledger may run a small debt against what the
// rest of the day will surely earn, never more than it has earned: a young
// ledger bears nothing. Share is that of dials that ask. A reserve of one standard deviation of what is to come
// is kept in hand, so that the window ends within its limit.
func (s *steer) outlook(in Input, share float64) outlook {
	if len(in.Budgets) == 0 {
		return outlook{said: "there is no drop ledger"}
	}
	future := 0.0
	if !in.DialEnd.IsZero() {
		future = number(s.Rate*in.DialEnd.Sub(in.Now).Seconds(), 0, 1e9)
		if in.Leads >= 0 {
			future = min(future, share*float64(in.Leads)) // the list may end before the day
		}
	}
	o := outlook{aim: math.Inf(1), credit: math.Inf(1), push: math.Inf(1)}
	for _, b := range in.Budgets {
		limit, live, drops := number(b.Limit, 0, 1), number(b.Live, 0, 1e12), number(b.Drops, 0, 1e12)
		if math.IsNaN(b.Drops) {
			live = 0
		}
		earned := limit * live
		hand := earned - drops
		over := max(paybackLeast, s.Rate*payback)
		horizon := over
		if !in.DialEnd.IsZero() {
			horizon = min(horizon, future)
			over = max(paybackLeast/8, horizon)
		}
		spread := math.Sqrt(limit * max(horizon, s.Rate*endSpell))
		reserve := min(3.5+spread, 0.5+earned/3)
		o.aim = min(o.aim, number(limit+(hand-reserve)/over, limit/5, limit*1.7))
		o.push = min(o.push, number((hand-reserve)/(1+spread)*pushGain, -pushMost, pushMost))
		credit := hand + debt*min(earned, limit*future)
		if earned < 1 {
			credit = min(credit, 0) // one drop would break the limit
		}
		if hour := s.hour(in.Now, limit); hour < min(credit, o.credit) {
			o.credit, o.said = hour, b.said(hand)+", and the last hour has had its share"
		}
		if credit < o.credit {
			o.credit, o.said = credit, b.said(hand)
		}
	}
	return o
}

// said tells what a ledger has left, of its limit, in percent.
func (b Budget) said(hand float64) string {
	live := max(number(b.Live, 0, 1e12), 1)
	left := fmt.Sprintf("drop budget %.1f %% left", 100*max(hand, 0)/live)
	if hand < 0 {
		left = fmt.Sprintf("drop budget exceeded by %.1f %%", 100*min(-hand/live, 1))
	}
	return fmt.Sprintf("%s (%s: %.0f of %.0f)", left, b.Name, number(b.Drops, 0, 1e12), number(b.Live, 0, 1e12))
}

// pushGain and pushMost are how theta leans on what is in hand, at once, while
// the aim moves it slowly; endSpell is the time before the end of the day whose
// drops the reserve must bear, s.
const pushGain, pushMost, endSpell = 0.35, 0.7, 120

// debt is the part of a ledger's certain income that may be spent before it
// comes in.
const debt = 1
