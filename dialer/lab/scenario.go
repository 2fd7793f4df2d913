// Package lab is a contact center in a box: a seeded, discrete-event world of
// leads, carriers and agents, in which any dial method of dialer/pacing works a
// shift, and what came of it. Pure: the same scenario, method and seed give the
// same result to the last digit. The leads, the agents' pauses and the hours'
// moods are drawn from the seed alone, so that methods meet the same day.
package lab

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/BurntSushi/toml"
)

// Scenario is a world and a shift.
type Scenario struct {
	Key   string `toml:"-"`
	Name  string `toml:"name"`
	Seats int    `toml:"agents"` // agents, 1 to 1000

	Hours     float64 `toml:"hours"`      // the shift, at most 24
	Rest      float64 `toml:"rest"`       // s before its end without dials
	Login     float64 `toml:"login"`      // s over which agents log in
	OddShifts float64 `toml:"odd_shifts"` // share of agents who come late and leave early
	CPS       float64 `toml:"cps"`        // originates a second; 0: a quarter of the agents, 5 at least
	Channels  int     `toml:"channels"`   // 0: 8 an agent and 20
	Leads     int     `toml:"leads"`      // 0: more than the shift can use

	SIT     float64 `toml:"sit"`     // weights of what becomes of a dial; what they
	Busy    float64 `toml:"busy"`    // lack of 1 is the weight of no answer
	Machine float64 `toml:"machine"` //
	Human   float64 `toml:"human"`   //

	Sine        float64 `toml:"sine"`         // amplitude of the human weight's logarithm
	SineMinutes float64 `toml:"sine_minutes"` // its period
	Noise       float64 `toml:"noise"`        // its Ornstein-Uhlenbeck noise, standard deviation
	NoiseTime   float64 `toml:"noise_time"`   // and memory, s
	Jumps       []Jump  `toml:"jumps"`

	Setup      float64 `toml:"setup"`       // median of the setup, s (lognormal, sigma .4)
	Ring       float64 `toml:"ring"`        // mean of a human's ring, s (lognormal, sigma .55)
	RingLimit  float64 `toml:"ring_limit"`  // no answer after that, s
	AMD        bool    `toml:"amd"`         //
	Greeting   float64 `toml:"greeting"`    // mean of a human's greeting, s (lognormal, sigma .35)
	Decided    float64 `toml:"decided"`     // AMD's verdict on a human comes that long after it, s
	MachineAMD float64 `toml:"machine_amd"` // mean of AMD's verdict on a machine, s (lognormal, sigma .25)
	FalsePos   float64 `toml:"false_pos"`   // humans taken for machines
	Missed     float64 `toml:"missed"`      // machines taken for humans
	Drop       float64 `toml:"drop"`        // the campaign gives up on a waiting call, s
	Late       float64 `toml:"late"`        // a call connected later than that is abandoned in law, s
	Patience   float64 `toml:"patience"`    // scale of a callee's patience, s (Weibull, shape 1.3, .4 at least)
	Bridging   float64 `toml:"bridging"`    // s

	Refusals    float64 `toml:"refusals"`     // share of humans who refuse
	Refusal     float64 `toml:"refusal"`      // mean of such a talk, s (lognormal, sigma .6)
	Long        float64 `toml:"long"`         // mean of the others' talk, s (lognormal, sigma .8)
	MachineTalk float64 `toml:"machine_talk"` // mean of an agent's time on a machine, s (lognormal, sigma .4)
	Wrap        float64 `toml:"wrap"`         // mean of the wrap-up over 3 s (lognormal, sigma .7)
	MachineWrap float64 `toml:"machine_wrap"` // the same after a machine, over 1 s (sigma .4)
	Pauses      float64 `toml:"pauses"`       // unannounced pauses an hour and agent
	Pause       float64 `toml:"pause"`        // mean of a pause, s (lognormal, sigma .6)

	Target float64 `toml:"target"` // lawful share of drops

	record *Record // a real day in place of a drawn one
}

// Jump is a change of the human weight, from then on.
type Jump struct {
	At    float64 `toml:"at"`    // h
	Human float64 `toml:"human"` // factor on the base weight
}

// base is what a scenario is where it does not say otherwise.
func base() Scenario {
	return Scenario{
		Seats: 20, Hours: 8, Rest: 45, Login: 120,
		SIT: 0.06, Busy: 0.04, Machine: 0.30, Human: 0.22,
		Sine: 0.15, SineMinutes: 90, Noise: 0.10, NoiseTime: 600,
		Setup: 2.2, Ring: 10, RingLimit: 26, AMD: true, Greeting: 1.1, Decided: 0.7, MachineAMD: 2.8,
		FalsePos: 0.02, Missed: 0.08, Drop: 2, Late: 2, Patience: 7, Bridging: 0.15,
		Refusals: 0.45, Refusal: 18, Long: 150, MachineTalk: 7, Wrap: 16, MachineWrap: 3, Pauses: 0.5, Pause: 420,
		Target: 0.03,
	}
}

//go:embed scenarios.toml
var builtin []byte

// Scenarios are those that come with the program, by key, in order.
func Scenarios() []Scenario {
	all, err := Parse(builtin)
	if err != nil {
		panic("lab: " + err.Error())
	}
	return all
}

// Parse reads scenarios from TOML, tables named scenario.KEY; see Scenario for
// their keys. They come in the order of their keys.
func Parse(text []byte) ([]Scenario, error) {
	var file struct {
		Scenario map[string]toml.Primitive `toml:"scenario"`
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, key := range slices.Sorted(maps.Keys(file.Scenario)) {
		s := base()
		err := meta.PrimitiveDecode(file.Scenario[key], &s)
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", key, err)
		}
		s.Key = key
		if s.Name == "" {
			s.Name = key
		}
		err = s.check()
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", key, err)
		}
		all = append(all, s)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("no such setting: %s", unknown[0])
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no table scenario.KEY")
	}
	return all, nil
}

func (s *Scenario) check() error {
	if s.Seats < 1 || s.Seats > 1000 {
		return fmt.Errorf("agents = %d is not from 1 to 1000", s.Seats)
	}
	in := func(name string, v, low, high float64) error {
		if math.IsNaN(v) || v < low || v > high {
			return fmt.Errorf("%s = %g is not from %g to %g", name, v, low, high)
		}
		return nil
	}
	for _, c := range []struct {
		name         string
		v, low, high float64
	}{
		{"hours", s.Hours, 0.01, 24}, {"rest", s.Rest, 0, 3600}, {"login", s.Login, 0, 7200}, {"odd_shifts", s.OddShifts, 0, 1},
		{"cps", s.CPS, 0, 1000}, {"sit", s.SIT, 0, 1}, {"busy", s.Busy, 0, 1}, {"machine", s.Machine, 0, 1}, {"human", s.Human, 0, 1},
		{"sine", s.Sine, 0, 3}, {"sine_minutes", s.SineMinutes, 1, 1e5}, {"noise", s.Noise, 0, 3}, {"noise_time", s.NoiseTime, 1, 1e5},
		{"setup", s.Setup, 0.01, 60}, {"ring", s.Ring, 0.1, 120}, {"ring_limit", s.RingLimit, 1, 120},
		{"greeting", s.Greeting, 0.01, 30}, {"decided", s.Decided, 0, 30}, {"machine_amd", s.MachineAMD, 0.01, 30},
		{"false_pos", s.FalsePos, 0, 1}, {"missed", s.Missed, 0, 1}, {"drop", s.Drop, 0.1, 60}, {"late", s.Late, 0.1, 60},
		{"patience", s.Patience, 0.01, 600}, {"bridging", s.Bridging, 0, 10}, {"refusals", s.Refusals, 0, 1},
		{"refusal", s.Refusal, 0.1, 3600}, {"long", s.Long, 0.1, 3600}, {"machine_talk", s.MachineTalk, 0.1, 3600},
		{"wrap", s.Wrap, 0.1, 3600}, {"machine_wrap", s.MachineWrap, 0.1, 3600}, {"pauses", s.Pauses, 0, 60}, {"pause", s.Pause, 1, 36000},
		{"target", s.Target, 0.0001, 1},
	} {
		err := in(c.name, c.v, c.low, c.high)
		if err != nil {
			return err
		}
	}
	last := 0.0
	for i, j := range s.Jumps {
		err := in(fmt.Sprintf("jumps, number %d: at", i+1), j.At, last, 24)
		if err == nil {
			err = in(fmt.Sprintf("jumps, number %d: human", i+1), j.Human, 0, 100)
		}
		if err != nil {
			return err
		}
		last = j.At // a later one replaces those before
	}
	if s.Channels < 0 || s.Leads < 0 {
		return fmt.Errorf("a limit is negative")
	}
	if s.SIT+s.Busy+s.Machine+s.Human > 1 {
		return fmt.Errorf("sit, busy, machine and human are more than 1 together")
	}
	if s.CPS == 0 {
		s.CPS = max(5, float64(s.Seats)/4)
	}
	if s.Channels == 0 {
		s.Channels = 8*s.Seats + 20
	}
	return nil
}
