package pacing

import "math"

// hist is a forgetting histogram of durations: bin i holds what was seen from
// i×width to (i+1)×width seconds, the last bin all above.
type hist struct {
	counts []float64
	width  float64 // seconds
}

func newHist(bins int, width float64) hist { return hist{make([]float64, bins), width} }

// bin is where x seconds belong.
func (h hist) bin(x float64) int {
	if !(x > 0) {
		return 0
	}
	return min(int(min(x, 1e6)/h.width), len(h.counts)-1)
}

// decay makes all that was seen count less.
func (h hist) decay(keep float64) {
	for i := range h.counts {
		h.counts[i] *= keep
	}
}

func (h hist) total() (t float64) {
	for _, c := range h.counts {
		t += c
	}
	return t
}

// density is the share of each bin, the prior counting as weight observations.
func (h hist) density(prior []float64, weight float64) []float64 {
	d := make([]float64, len(h.counts))
	all := h.total() + weight
	for i, c := range h.counts {
		d[i] = (c + weight*prior[i]) / all
	}
	return d
}

// lognormal is a prior's shape: shares of bins of width seconds.
func lognormal(bins int, width, median, sigma float64) []float64 {
	d := make([]float64, bins)
	below := 0.0
	for i := range d {
		upTo := 1.0
		if i < bins-1 {
			upTo = phi(math.Log(float64(i+1)*width/median) / sigma)
		}
		d[i], below = upTo-below, upTo
	}
	return d
}

// phi is the standard normal distribution function.
func phi(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// left is the share of a density at or after each bin, half of the bin itself
// counting as passed.
func left(d []float64) []float64 {
	s := make([]float64, len(d))
	above := 0.0
	for i := len(d) - 1; i >= 0; i-- {
		s[i] = above + d[i]/2
		above += d[i]
	}
	return s
}

// hazard is a forgetting estimate of how likely a duration is to end, by how
// long it has lasted: ends seen and seconds spent in each bin of edges.
type hazard struct {
	ends, time []float64
}

// edges are the bins of hazards, s: one second each at first, wider by a
// quarter from 10 s on, up to an hour.
var edges = func() []float64 {
	e := []float64{0}
	for x := 1.0; x < 3600; x = max(x+1, x*1.25) {
		e = append(e, x)
	}
	return e
}()

func newHazard() hazard { return hazard{make([]float64, len(edges)), make([]float64, len(edges))} }

// see learns one whole duration, s.
func (h hazard) see(x, keep float64) {
	x = number(x, 0, 1e5)
	for i, from := range edges {
		h.ends[i] *= keep
		h.time[i] *= keep
		if x < from {
			continue
		}
		if i == len(edges)-1 || x < edges[i+1] {
			h.ends[i]++
			h.time[i] += x - from
		} else {
			h.time[i] += edges[i+1] - from
		}
	}
}

// priorHazard is the hazard in each bin of a lognormal duration and the
// seconds that n such durations spend there.
func priorHazard(median, sigma, n float64) (rate, time []float64) {
	rate, time = make([]float64, len(edges)), make([]float64, len(edges))
	for i, from := range edges {
		to := from * 1.25
		if i < len(edges)-1 {
			to = edges[i+1]
		}
		here, there := survive(from, median, sigma), survive(to, median, sigma)
		rate[i] = math.Log(max(here, 1e-12)/max(there, 1e-13)) / (to - from)
		time[i] = n * (here + there) / 2 * (to - from)
	}
	return rate, time
}

func survive(x, median, sigma float64) float64 {
	if x <= 0 {
		return 1
	}
	return phi(-math.Log(x/median) / sigma)
}

// rates are the hazards, 1/s, the prior counting as so many seconds seen.
func (h hazard) rates(prior, weight []float64) []float64 {
	r := make([]float64, len(edges))
	for i := range r {
		// A sliver of the prior everywhere keeps a bin nobody reached defined.
		w := weight[i] + 1
		r[i] = (h.ends[i] + prior[i]*w) / (h.time[i] + w)
	}
	return r
}

// cumulate is the cumulative hazard at each full second from 0 to n.
func cumulate(rates []float64, n int) []float64 {
	c := make([]float64, n+1)
	b := 0
	for t := range n {
		for b+1 < len(edges) && float64(t) >= edges[b+1] {
			b++
		}
		c[t+1] = c[t] + rates[b]
	}
	return c
}
