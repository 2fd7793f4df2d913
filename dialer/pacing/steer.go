package pacing

import (
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
}

const (
	thetaStart, thetaMin, thetaMax = 0.06, 0.002, 0.7
	gainStart, gainFloor           = 0.6, 0.12
)

func newSteer() steer { return steer{Log: math.Log(thetaStart)} }

func (s *steer) gain() float64 { return max(gainFloor, gainStart/(1+s.Drops/3)) }

func (s *steer) live() { s.move(s.gain() * s.Aim) }

func (s *steer) abandoned() {
	s.move(-s.gain() * (1 - s.Aim))
	s.Drops = min(s.Drops+1, 1e6)
}

func (s *steer) move(by float64) {
	s.Log = number(s.Log+by, math.Log(thetaMin), math.Log(thetaMax))
}

// reserve is what the ledger should always have in hand, drops; payback is over
// how many live calls a surplus is spent or a debt paid back.
const reserve, payback = 2.5, 400

// aim says what share of drops the ledgers bear from now on, and how many
// drops the shortest of them can take at once. No ledger bears nothing.
func aim(budgets []Budget) (share, credit float64) {
	share, credit = math.Inf(1), math.Inf(1)
	for _, b := range budgets {
		limit := number(b.Limit, 0, 1)
		live := number(b.Live, 0, 1e12)
		c := limit*live - number(b.Drops, 0, 1e12)
		if math.IsNaN(b.Drops) || math.IsNaN(b.Live) {
			c = 0
		}
		credit = min(credit, c)
		share = min(share, number(limit+(c-reserve)/payback, limit/5, limit*1.7))
	}
	if len(budgets) == 0 {
		return 0, 0
	}
	return share, credit
}

// clockAt is the model's clock, for tests and replays.
func (m *Model) clockAt() time.Time { return m.at }
