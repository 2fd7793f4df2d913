// Package pacing decides how many calls to place now, and says why. Pure: no
// clock, no randomness, no I/O; the caller asks after any change, at least
// once a second.
package pacing

import (
	"fmt"
	"math"

	"trunkline/dialer"
)

// Input is all that a decision rests on.
type Input struct {
	Method dialer.DialMethod
	Level  float64 // calls per agent

	Ready   int // agents waiting for a call
	Talking int // agents on a call
	WrapUp  int // agents in wrap-up
	Paused  int // agents paused or without their phone

	Dialing int // calls placed or ringing
	Waiting int // calls answered that have no agent yet

	Leads    int     // leads that may be claimed now; negative: not known, the claim itself will tell
	Channels int     // outbound channels still free on the server
	CPSLeft  float64 // originates the server may still send in this second
}

// Bound names what decided a number.
type Bound string

// The bounds.
const (
	BoundMethod   Bound = "method"   // the method itself places none
	BoundAgents   Bound = "agents"   // as many as the agents can take
	BoundLeads    Bound = "leads"    // no more leads
	BoundChannels Bound = "channels" // the server's trunks are full
	BoundCPS      Bound = "cps"      // the server's calls a second are spent
)

// Decision is how many calls to place, and why.
type Decision struct {
	Place  int    // never negative
	Bound  Bound  // what kept it from being more
	Reason string // a sentence for the supervisor
}

// MaxLevel is the highest dial level that is obeyed; the pages refuse more.
const MaxLevel = 20

// Decide says how many calls to place now. Estimates that are not numbers,
// negative counts and absurd levels are read as zero: they never make a call.
func Decide(in Input) Decision {
	in = in.sane()
	switch in.Method {
	case dialer.DialRatio:
		return limit(in, ratio(in))
	}
	return Decision{0, BoundMethod, fmt.Sprintf("%s places no calls by itself", in.Method)}
}

// ratio keeps level calls under way per agent who is waiting for one: level ×
// ready, rounded up so that one ready agent at level 1.5 has two calls, less
// the calls already dialing, and less those that wait for an agent, who will
// take a ready agent at once. Agents who talk or wrap up are not counted
// (VICIdial's "available only" tally), since the ratio knows nothing of when
// they will be free.
func ratio(in Input) Decision {
	want := int(math.Ceil(in.Level*float64(in.Ready) - 1e-9))
	place := max(0, want-in.Dialing-in.Waiting)
	return Decision{place, BoundAgents, fmt.Sprintf("%s, %d ready × level %.4g, %s on the way",
		dials(place), in.Ready, in.Level, calls(in.Dialing+in.Waiting))}
}

// limit cuts a decision to what the server and the list can give.
func limit(in Input, d Decision) Decision {
	cut := func(most int, b Bound, why string) {
		if d.Place > most {
			d = Decision{most, b, fmt.Sprintf("%s of %d wanted: %s", dials(most), d.Place, why)}
		}
	}
	if in.Leads >= 0 {
		cut(in.Leads, BoundLeads, "no more leads in the hopper")
	}
	cut(in.Channels, BoundChannels, "the server's trunks are full")
	cut(int(in.CPSLeft+1e-9), BoundCPS, "the server's calls a second are spent")
	return d
}

func (in Input) sane() Input {
	for _, n := range []*int{&in.Ready, &in.Talking, &in.WrapUp, &in.Paused, &in.Dialing, &in.Waiting, &in.Channels} {
		*n = max(0, *n)
	}
	if math.IsNaN(in.Level) || in.Level < 0 {
		in.Level = 0
	}
	in.Level = min(in.Level, MaxLevel)
	if math.IsNaN(in.CPSLeft) || in.CPSLeft < 0 {
		in.CPSLeft = 0
	}
	in.CPSLeft = min(in.CPSLeft, 10_000)
	return in
}

func dials(n int) string { return count(n, "dial") }
func calls(n int) string { return count(n, "call") }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
