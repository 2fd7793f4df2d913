package pacing

import "math"

// exactUpTo is the team size up to which the sum's distribution is worked out
// term by term; above it the normal approximation with its third-moment
// correction is closer than what is known of the terms.
const exactUpTo = 24

// workspace is the memory of a decision, kept to spare the allocator.
type workspace struct {
	sums  [2][ahead]sum
	views views
}

// sum is the number of agents needed at one moment: a sum of independent
// yes-or-no terms (a Poisson-binomial), its chance to reach the team's size.
type sum struct {
	team  int
	terms int // added, as far as below reaches
	exact bool
	below [exactUpTo]float64 // chance of each number below team
	mean  float64
	vary  float64 // variance
	skew  float64 // third central moment
}

func (s *sum) reset(team int) {
	*s = sum{team: team, exact: team <= exactUpTo}
	s.below[0] = 1
}

// add adds a term that is needed with chance q.
func (s *sum) add(q float64) {
	if !(q > 1e-6) {
		return
	}
	q = min(q, 1)
	s.mean += q
	s.vary += q * (1 - q)
	s.skew += q * (1 - q) * (1 - 2*q)
	if !s.exact || s.team <= 0 {
		return
	}
	s.terms = min(s.terms+1, s.team-1)
	below := 0.0
	for k, here := range s.below[:s.terms+1] {
		s.below[k] = here + q*(below-here)
		below = here
	}
}

// reach is the chance that the sum reaches the team's size: that the next call
// to ask finds nobody.
func (s *sum) reach() float64 {
	if s.team <= 0 {
		return 1
	}
	if s.exact {
		left := 1.0
		for _, p := range s.below[:s.team] {
			left -= p
		}
		return min(max(left, 0), 1)
	}
	if s.vary < 1e-9 {
		if s.mean >= float64(s.team)-0.5 {
			return 1
		}
		return 0
	}
	sd := math.Sqrt(s.vary)
	x := (float64(s.team) - 0.5 - s.mean) / sd
	// Edgeworth's first correction of the normal; its inverse is Cornish-Fisher.
	tail := phi(-x) + s.skew/(sd*s.vary)*(x*x-1)/6*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	return min(max(tail, 0), 1)
}
