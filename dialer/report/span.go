package report

import "time"

// Span is a length of time for which sums are kept.
type Span int

// The spans. Each begins at a multiple of its length in UTC. All offsets of
// zones in use are multiples of a quarter of an hour, so that any office's days
// are made of whole quarters.
const (
	Quarter Span = iota // of an hour
	Hour
	Day // of UTC
)

// Length is how long a span is.
func (s Span) Length() time.Duration {
	switch s {
	case Hour:
		return time.Hour
	case Day:
		return 24 * time.Hour
	}
	return 15 * time.Minute
}

// Start is when the span began that holds a moment.
func (s Span) Start(at time.Time) time.Time { return at.UTC().Truncate(s.Length()) }

// ceil is the first start that is not before a moment.
func (s Span) ceil(at time.Time) time.Time {
	if start := s.Start(at); start.Before(at) {
		return start.Add(s.Length())
	} else {
		return start
	}
}

// Rolled is up to when hours and days have their sums; after it there are only
// quarters.
type Rolled struct {
	Hours time.Time `db:"hours_to"`
	Days  time.Time `db:"days_to"`
}

// Range is the spans of one length that begin from From on and before To.
type Range struct {
	Span     Span
	From, To time.Time
}

// Cover takes a stretch of time apart into five ranges that together are
// exactly it: quarters, hours, days, hours, quarters. Those that are not needed
// are empty (From = To). No span is longer than coarsest, and from and to are
// starts of quarters.
func Cover(from, to time.Time, coarsest Span, rolled Rolled) [5]Range {
	from, to = Quarter.Start(from), Quarter.Start(to)
	if to.Before(from) {
		to = from
	}
	h0, h1 := inner(from, to, Hour, rolled.Hours, coarsest)
	d0, d1 := inner(h0, h1, Day, rolled.Days, coarsest)
	return [5]Range{{Quarter, from, h0}, {Hour, h0, d0}, {Day, d0, d1}, {Hour, d1, h1}, {Quarter, h1, to}}
}

// inner is the largest stretch within from and to that whole spans with sums
// make up. It begins and ends at from's end when there is none.
func inner(from, to time.Time, span Span, until time.Time, coarsest Span) (time.Time, time.Time) {
	last := to
	if until.Before(last) {
		last = until
	}
	first, last := span.ceil(from), span.Start(last)
	if span > coarsest || !first.Before(last) {
		return from, from
	}
	return first, last
}
