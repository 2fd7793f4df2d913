package lab

import (
	"math"
	"math/rand/v2"
)

// fate is what becomes of a dial.
type fate uint8

const (
	noAnswer fate = iota
	sit
	busy
	machine
	human
)

// lead is all that chance will do to one dial, drawn before it is made.
type lead struct {
	chance   float64 // decides the fate, given the hour's weights
	setup    float64 // s to the ringing, or to the failure
	ring     float64 // s of a human's ring
	machine  float64 // s of a machine's ring
	greeting float64 // s
	verdict  float64 // s from a machine's answer to AMD's verdict
	mistaken float64 // decides whether AMD errs
	patience float64 // s
	talk     float64 // s, of a human
	onTape   float64 // s, of an agent on a machine
	wrap     float64 // s, after a human
	tapeWrap float64 // s, after a machine
	recorded *RecordedCall
}

// dice draws from one seed for many purposes: each purpose and number has a
// stream of its own, so that no draw depends on how many came before.
type dice struct {
	seed uint64
	pcg  *rand.PCG
	rng  *rand.Rand
}

func newDice(seed uint64) *dice {
	pcg := rand.NewPCG(seed, 0)
	return &dice{seed, pcg, rand.New(pcg)}
}

// The purposes.
const (
	forLeads = iota + 1
	forAgents
	forHours
)

// at turns to the stream of a purpose and number.
func (d *dice) at(purpose, n int) *rand.Rand {
	d.pcg.Seed(mix(d.seed^mix(uint64(purpose))), mix(uint64(n)+0x51ed2701))
	return d.rng
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// lognormal draws from the lognormal distribution of a mean.
func lognormal(r *rand.Rand, mean, sigma float64) float64 {
	return mean * math.Exp(sigma*r.NormFloat64()-sigma*sigma/2)
}

// lead draws the n-th lead of the list.
func (d *dice) lead(s *Scenario, n int) lead {
	r := d.at(forLeads, n)
	l := lead{
		chance: r.Float64(), setup: s.Setup * math.Exp(0.4*r.NormFloat64()), ring: lognormal(r, s.Ring, 0.55),
		machine: max(0.2, 20+2.5*r.NormFloat64()), greeting: lognormal(r, s.Greeting, 0.35),
		verdict: lognormal(r, s.MachineAMD, 0.25), mistaken: r.Float64(),
		patience: max(0.4, s.Patience*math.Pow(r.ExpFloat64(), 1/1.3)),
	}
	if r.Float64() < 0.2 { // its phone is off: it answers at once
		l.machine = 0.2 + 0.8*r.Float64()
	}
	refusal, long := lognormal(r, s.Refusal, 0.6), lognormal(r, s.Long, 0.8)
	l.talk = long
	if r.Float64() < s.Refusals {
		l.talk = refusal
	}
	l.onTape = lognormal(r, s.MachineTalk, 0.4)
	l.wrap = 3 + lognormal(r, s.Wrap, 0.7)
	l.tapeWrap = 1 + lognormal(r, s.MachineWrap, 0.4)
	return l
}

// fate is what becomes of the lead when the human weight has a factor.
func (l lead) fate(s *Scenario, factor float64) fate {
	if l.recorded != nil {
		return l.recorded.fate()
	}
	h := s.Human * factor
	rest := max(0, 1-s.SIT-s.Busy-s.Machine-s.Human)
	x := l.chance * (s.SIT + s.Busy + s.Machine + h + rest)
	for _, w := range []struct {
		weight float64
		f      fate
	}{{h, human}, {s.Machine, machine}, {s.Busy, busy}, {s.SIT, sit}} {
		if x < w.weight {
			return w.f
		}
		x -= w.weight
	}
	return noAnswer
}

// moods is the factor on the human weight for each ten seconds of the shift.
func (d *dice) moods(s *Scenario) []float64 {
	const step = 10
	r := d.at(forHours, 0)
	keep := math.Exp(-step / s.NoiseTime)
	noise := s.Noise * r.NormFloat64()
	f := make([]float64, int(s.Hours*3600/step)+1)
	for i := range f {
		t := float64(i * step)
		log := s.Sine*math.Sin(2*math.Pi*t/60/s.SineMinutes) + noise
		noise = keep*noise + s.Noise*math.Sqrt(1-keep*keep)*r.NormFloat64()
		f[i] = math.Exp(log)
		jump := 1.0
		for _, j := range s.Jumps {
			if t >= j.At*3600 {
				jump = j.Human
			}
		}
		f[i] *= jump
	}
	return f
}

// shift is when an agent is there and when they pause.
type shift struct {
	from, to float64
	pauses   []Pause
}

func (d *dice) shift(s *Scenario, n int) shift {
	if s.record != nil {
		a := s.record.Agents[n]
		return shift{a.From, a.To, a.Pauses}
	}
	r := d.at(forAgents, n)
	end := s.Hours * 3600
	a := shift{from: s.Login * r.Float64(), to: end}
	late, early := end/2*r.Float64(), end/2+end/2*r.Float64()
	if r.Float64() < s.OddShifts {
		a.from, a.to = late, early
	}
	if s.Pauses <= 0 {
		return a
	}
	for t := a.from; ; {
		t += r.ExpFloat64() * 3600 / s.Pauses
		if t >= a.to {
			return a
		}
		length := lognormal(r, s.Pause, 0.6)
		a.pauses = append(a.pauses, Pause{At: t, Long: length})
		t += length
	}
}
