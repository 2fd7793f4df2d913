package autodial

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// limiter keeps a server to its calls a second.
type limiter struct{ *rate.Limiter }

// What is committed together where a limit of calls a second holds dialing back:
// a step asks the same of the database for one call as for several.
const (
	together = 8           // at most
	ahead    = time.Second // of whose worth are sent after one commit
	longest  = time.Second // between two steps
)

// smooth is how much faster than the server's limit originates may follow each
// other within a batch. Twelve at once would be answered at once, and wait for
// each other; and a carrier may count its limit by less than the second.
const smooth = 2

func newLimiter(cps float64) *limiter {
	return &limiter{rate.NewLimiter(rate.Limit(cps), burstOf(cps))}
}

// burstOf is what may go out at once: half a second's worth, since pacing works in
// batches, and a carrier's limit is counted by the second. Rounded up: what comes
// between two looks must have room, or three calls a second were two.
func burstOf(cps float64) int { return max(1, int(math.Ceil(cps/2))) }

func (l *limiter) set(now time.Time, cps float64) {
	l.SetLimitAt(now, rate.Limit(cps))
	l.SetBurstAt(now, burstOf(cps))
}

// room is how many calls a server may commit that may send left now and cps more
// each second: those, and, where one may be sent, the few that may follow it within
// ahead. They are in the books while they wait to be sent, as any call is between
// its commit and its originate: should this process die, the next finds that they
// were never sent, and their leads are dialable again.
func room(left, cps float64) float64 {
	if left < 1-1e-9 {
		return left
	}
	return max(left, min(math.Floor(ahead.Seconds()*cps), together))
}

// take books n calls, up to room, and says how long after now each may be sent:
// none before the limit has it, and each a little after the one before.
func (l *limiter) take(now time.Time, n int) []time.Duration {
	left, cps := l.TokensAt(now), max(float64(l.Limit()), 1e-3)
	due := make([]time.Duration, n)
	at := -l.gap()
	for i := range due {
		at = max(at+l.gap(), time.Duration((float64(i+1)-left-1e-9)/cps*float64(time.Second)))
		due[i] = at
	}
	for n > 0 { // a reservation is of a burst at most
		k := min(n, l.Burst())
		l.ReserveN(now, k)
		n -= k
	}
	return due
}

// gap is the least time from one originate to the next.
func (l *limiter) gap() time.Duration {
	gap := time.Duration(float64(time.Second) / (smooth * max(float64(l.Limit()), 1)))
	if gap < time.Millisecond {
		return 0 // nobody sleeps so short
	}
	return gap
}

// saving is how long the next step waits after one that the limit has bound: until
// a call may be sent again, and with it those that room gives. No fewer are sent
// in a second than the limit allows.
func (l *limiter) saving(now time.Time) time.Duration {
	wait := min((1-l.TokensAt(now))/float64(l.Limit()), longest.Seconds())
	return max(time.Duration(wait*float64(time.Second)), every)
}
