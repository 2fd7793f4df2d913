package pacing

import "math"

// level is what is believed of the share of dials that will ask for an agent:
// a posterior over a grid of log-odds. The share drifts (a random walk) and now
// and then jumps anywhere, so that a change point shows within minutes while
// quiet hours are averaged over. Asks are a counting process; its intensity is
// known, for every share, from the ring ages of the calls that ring.
type level struct {
	weight []float64
	rate   [][levels]float64 // per ring bin and share: asks a second of one call of that age
	risk   []float64         // seconds at risk per ring bin since the last update
	since  float64           // seconds since the last update
}

// The grid, and how the share is believed to move. The walk's pace is about
// what lists and hours do (half as much again within the hour); the jumps,
// about one in two hours, are list changes and carriers' outages.
const (
	levelLow, levelStep, levels = -6.0, 0.125, 81
	levelWalk                   = 0.15 * 0.15 / 600 // variance of the log-odds per second
	levelJump                   = 1.0 / 7200        // jumps per second
	levelEvery                  = 1.0               // seconds between updates
)

var shares = func() (p [levels]float64) {
	for i := range p {
		p[i] = 1 / (1 + math.Exp(-(levelLow + levelStep*float64(i))))
	}
	return p
}()

// levelPrior: one dial in six, give or take a factor of three.
func levelPrior() []float64 {
	w := make([]float64, levels)
	for i := range w {
		x := (levelLow + levelStep*float64(i) + 1.6) / 1.1
		w[i] = math.Exp(-x * x / 2)
	}
	norm(w)
	return w
}

// jumpsTo is where the share goes when it jumps: anywhere that is believable
// of a campaign nothing is known of. Shares of nearly nothing are not, else a
// small team's few unlucky calls would pass for an outage.
var jumpsTo = levelPrior()

func norm(w []float64) {
	sum := 0.0
	for _, x := range w {
		sum += x
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		for i := range w {
			w[i] = 1 / float64(len(w))
		}
		return
	}
	for i := range w {
		w[i] /= sum
	}
}

// mean is the expected share.
func (l *level) mean() (m float64) {
	for i, w := range l.weight {
		m += w * shares[i]
	}
	return m
}

// high is a share that is hardly exceeded: two standard deviations above the
// mean.
func (l *level) high() float64 {
	mean, square := 0.0, 0.0
	for i, w := range l.weight {
		mean += w * shares[i]
		square += w * shares[i] * shares[i]
	}
	return min(mean+2*math.Sqrt(max(0, square-mean*mean)), 1)
}

// halves are the means of the belief below and above its own mean, and the
// weight of the upper one.
func (l *level) halves() (low, high, upper float64) {
	mean := l.mean()
	for i, w := range l.weight {
		if shares[i] > mean {
			high += w * shares[i]
			upper += w
		} else {
			low += w * shares[i]
		}
	}
	if upper < 1e-6 || upper > 1-1e-6 {
		return mean, mean, 0.5
	}
	return low / (1 - upper), high / upper, upper
}

// asked takes one ask of a call that rang into ring bin b.
func (l *level) asked(b int) {
	for i := range l.weight {
		l.weight[i] *= l.rate[b][i]
	}
	norm(l.weight)
}

// pass lets time go by; what was at risk in it stands in risk.
func (l *level) pass(seconds float64) {
	l.since += seconds
	if l.since < levelEvery {
		return
	}
	w := l.weight
	var expected [levels]float64
	for b, t := range l.risk {
		if t > 0 {
			for i, r := range &l.rate[b] {
				expected[i] += t * r
			}
		}
	}
	for i := range w {
		w[i] *= math.Exp(-expected[i])
	}
	norm(w)
	move := min(levelWalk*l.since/(2*levelStep*levelStep), 0.25)
	jump := min(levelJump*l.since, 0.5)
	before := w[0]
	for i := range w {
		here, next := w[i], w[min(i+1, levels-1)]
		w[i] = here + move*(before+next-2*here)
		before = here
		w[i] += jump * jumpsTo[i]
	}
	norm(w)
	clear(l.risk)
	l.since = 0
}

// idle lets time go by in which nothing was seen.
func (l *level) idle(seconds float64) {
	jump := 1 - math.Exp(-levelJump*seconds)
	for i, p := range jumpsTo {
		l.weight[i] += jump * (p - l.weight[i])
	}
	clear(l.risk)
	l.since = 0
}

// shape gives the asks a second of a call in each ring bin for every share:
// density of the ask's ring age over what is still ringing at that age.
func (l *level) shape(asks, asksLeft, othersLeft []float64, width float64) {
	if l.rate == nil {
		l.rate = make([][levels]float64, len(asks))
	}
	for b := range l.rate {
		for i, p := range shares {
			l.rate[b][i] = p * asks[b] / width / (p*asksLeft[b] + (1-p)*othersLeft[b] + 1e-9)
		}
	}
}
