package compliance

import (
	"fmt"
	"slices"
	"time"
)

// Span is a stretch of time that the hours let calls through, or do not.
type Span struct {
	From, To time.Time // To is excluded
	Why      string    // a sentence on why they do not; "": they do
}

// Spans are the hours of a lead from one moment to another, without gaps: those
// of the campaign and of the law in every zone that it may be in. Nothing but the
// hours is judged. Where nobody knows the zone no hours can be told: all is open,
// and Check refuses the call when it comes to that.
func (z ZoneSet) Spans(h Hours, from, to time.Time) []Span {
	limits, _, ok := current().limits(z.class(), h)
	if !ok {
		return []Span{{From: from, To: to}}
	}
	var all []Span
	for t := from; t.Before(to); {
		end, why := to, ""
		if l, shut := closed(limits, t); shut {
			why = l.shuts(t)
			for _, start := range starts(limits, t) {
				if start.Before(end) {
					end = start
				}
			}
		} else {
			for _, l := range limits {
				if _, until := l.at(t); !until.IsZero() && until.Before(end) {
					end = until
				}
			}
		}
		if n := len(all); n > 0 && all[n-1].Why == why {
			all[n-1].To = end
		} else {
			all = append(all, Span{t, end, why})
		}
		t = end
	}
	return all
}

// starts are the moments after t, on its day and the next where the callee is,
// at which one of the limits may begin to let calls through.
func starts(limits []limit, t time.Time) []time.Time {
	var all []time.Time
	for _, l := range limits {
		all = append(all, l.opens(t, 0)...)
		all = append(all, l.opens(t, 1)...)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// shuts is the sentence on why the limit lets no calls through at t, for whoever
// plans one. It is the same for a whole stretch.
func (l limit) shuts(t time.Time) string {
	subject, clock, rest := l.shut(t)
	if clock {
		return fmt.Sprintf("No calls at that hour in %s; %s.", l.zone, rest)
	}
	return fmt.Sprintf("That is %s in %s; %s.", subject, l.zone, rest)
}
