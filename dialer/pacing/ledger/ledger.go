// Package ledger counts abandoned calls as the laws count them. The regimes
// agree neither on the formula nor on the window, so all of them are worked out
// from one log of calls, each with its numerator, denominator and window.
//
//	Add(at, Counts) ─▶ minutes ─▶ Report(now) ─▶ one Line per regime
//
// Pure: the caller brings the clock. Engineering input, not legal advice.
package ledger

import (
	"math"
	"slices"
	"time"
)

// Counts are calls of one period. What is estimated need not be whole.
type Counts struct {
	Attempts float64 // dials (T)
	Answered float64 // answered by anybody or anything (A)
	Dropped  float64 // asked for an agent and had none in time (D)
	Humans   float64 // connected in time, a person by the agent's disposition (H)
	Machines float64 // connected in time, a machine by the agent's disposition (M)
	Mistaken float64 // estimate of persons that AMD took for machines (F)
}

// plus adds counts, leaving out what is negative or no number.
func (c Counts) plus(d Counts) Counts {
	for _, x := range []struct {
		to *float64
		n  float64
	}{{&c.Attempts, d.Attempts}, {&c.Answered, d.Answered}, {&c.Dropped, d.Dropped}, {&c.Humans, d.Humans}, {&c.Machines, d.Machines}, {&c.Mistaken, d.Mistaken}} {
		if x.n > 0 && !math.IsInf(x.n, 0) {
			*x.to += x.n
		}
	}
	return c
}

// WithMistaken adds an estimate of the people whom AMD took for machines; f is
// their share among people, 0 to 1.
func (c Counts) WithMistaken(f float64) Counts {
	if f > 0 && f < 1 {
		c.Mistaken += (c.Dropped + c.Humans) * f / (1 - f)
	}
	return c
}

// Ledger is one campaign's log, by minutes. Its zero value is empty.
type Ledger struct {
	Begins   time.Time // of the campaign, for regimes of successive periods; zero: its first call
	Mistaken float64   // estimate of the share of people whom AMD takes for machines, 0 to 1: what is not counted of them is added

	minutes []minute // in order of time
}

type minute struct {
	at time.Time // UTC
	Counts
}

// Keeps is how long a log must be kept for every window.
const Keeps = 31 * 24 * time.Hour

// Add books counts at a moment. Moments may come out of order.
func (l *Ledger) Add(at time.Time, c Counts) {
	at = at.UTC().Truncate(time.Minute)
	i, found := slices.BinarySearchFunc(l.minutes, at, func(m minute, t time.Time) int { return m.at.Compare(t) })
	if !found {
		l.minutes = slices.Insert(l.minutes, i, minute{at: at})
	}
	l.minutes[i].Counts = l.minutes[i].plus(c)
}

// Replace takes what fresh has from a moment on in place of what was booked.
func (l *Ledger) Replace(from time.Time, fresh *Ledger) {
	from = from.UTC().Truncate(time.Minute)
	l.minutes = slices.DeleteFunc(l.minutes, func(m minute) bool { return !m.at.Before(from) })
	for _, m := range fresh.minutes {
		if !m.at.Before(from) {
			l.Add(m.at, m.Counts)
		}
	}
}

// Forget drops what no window at now can hold any more. It keeps the
// campaign's beginning.
func (l *Ledger) Forget(now time.Time) {
	if len(l.minutes) > 0 && l.Begins.IsZero() {
		l.Begins = l.minutes[0].at
	}
	l.minutes = slices.DeleteFunc(l.minutes, func(m minute) bool { return m.at.Before(now.Add(-Keeps)) })
}

// Sum is what was booked from one moment to another, the latter excluded.
func (l *Ledger) Sum(from, to time.Time) (c Counts) {
	i, _ := slices.BinarySearchFunc(l.minutes, from.UTC().Truncate(time.Minute), func(m minute, t time.Time) int { return m.at.Compare(t) })
	for ; i < len(l.minutes) && l.minutes[i].at.Before(to); i++ {
		c = c.plus(l.minutes[i].Counts)
	}
	return c
}

// begins is the start of the campaign.
func (l *Ledger) begins() time.Time {
	if l.Begins.IsZero() && len(l.minutes) > 0 {
		return l.minutes[0].at
	}
	return l.Begins
}

// Line is one regime's account.
type Line struct {
	Regime      Regime
	From, To    time.Time // the window, as far as it has come
	Numerator   float64
	Denominator float64
	Share       float64 // Numerator / Denominator, 0 to 1; 0 without calls
	Upper       float64 // upper 95 % bound of the underlying share; 1 without calls
	Spare       float64 // drops that may still come without breaking the limit now; negative: broken
}

// Holds says whether the limit is kept: "more than three percent" breaks it,
// three percent does not.
func (l Line) Holds() bool { return l.Numerator <= l.Regime.Limit*l.Denominator+1e-9 }

// Report works out every regime at now; days and months are loc's where the
// regime has no zone of its own.
func (l *Ledger) Report(now time.Time, loc *time.Location) []Line {
	lines := make([]Line, len(Regimes))
	for i, r := range Regimes {
		from := r.From(now, loc, l.begins())
		c := l.Sum(from, now.Add(time.Nanosecond))
		lines[i] = r.line(from, now, c.WithMistaken(l.Mistaken))
	}
	return lines
}

// Share is the regime's share of counts of any time, 0 to 1; ok is false where
// there is nothing to count.
func (r Regime) Share(c Counts) (share float64, ok bool) {
	l := r.line(time.Time{}, time.Time{}, c)
	return l.Share, l.Denominator > 0
}

func (r Regime) line(from, to time.Time, c Counts) Line {
	n, d := r.formula(c)
	n = max(n, 0) // an estimate that is taken off may leave less than nothing, by rounding
	line := Line{Regime: r, From: from, To: to, Numerator: n, Denominator: d, Upper: Wilson(n, d)}
	if d > 0 {
		line.Share = min(n/d, 1)
	}
	line.Spare = math.Floor(r.Limit*d+1e-9) - n
	return line
}

// Wilson is the upper bound of the one-sided 95 % score interval of a share of
// which n in d were seen (Wilson, 1927): 1 where nothing was.
func Wilson(n, d float64) float64 {
	const z = 1.6448536269514722
	// Less than a millionth of a call is what an estimate's rounding leaves, and
	// its square would be no number.
	if !(d > 1e-6) || n < 0 || math.IsNaN(n) {
		return 1
	}
	p := min(n/d, 1)
	return min((p+z*z/(2*d)+z*math.Sqrt(p*(1-p)/d+z*z/(4*d*d)))/(1+z*z/d), 1)
}
