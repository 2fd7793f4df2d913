// Package pacing decides how many calls to place now, and says why. Pure: no
// clock, no randomness, no I/O; the caller asks after any change, at least
// once a second.
//
//	Input (agents, calls in flight, limits, drop budgets) ─▶ Decide ─▶ Decision (number, bound, sentence)
//	Event (what became of a call, of an agent's talk and wrap) ─▶ Model.Observe ─▶ what PREDICTIVE knows
//
// MANUAL, RATIO and the ADAPT methods do what VICIdial's do; PROGRESSIVE places
// one call per waiting agent; PREDICTIVE is ours.
package pacing

import (
	"fmt"
	"math"
	"time"

	"trunkline/dialer"
)

// Input is all that a decision rests on.
type Input struct {
	Now      time.Time
	Offset   int // seconds by which the server's local time is ahead of UTC, for LatestTime
	Method   dialer.DialMethod
	Settings Settings

	Ready   int // agents waiting for a call
	Talking int // agents on a call
	WrapUp  int // agents in wrap-up
	Paused  int // agents paused or without their phone

	Dialing int // calls placed, ringing or listened to by AMD
	Waiting int // calls answered that have no agent yet

	Flights []Flight // the Dialing and Waiting calls one by one, for PREDICTIVE; those left out count as just placed
	Busy    []Busy   // the agents on a call or in wrap-up one by one; those left out count as not to be free soon

	Grace    time.Duration // how long a call that asks may wait for an agent in law, the way into the bridge taken off
	Leads    int           // leads that may be claimed now; negative: not known, the claim itself will tell
	Channels int           // outbound channels still free
	CPSLeft  float64       // originates that may still be sent in this second
	Closed   string        // why nothing may be dialed now (calling window, end of shift); "": it may
	DialEnd  time.Time     // no dials from then on; zero: not known

	Elsewhere float64 // drops expected of the campaign's calls on other servers, which the same ledgers bear

	Budgets []Budget // drop ledgers that must all hold, for PREDICTIVE; none: it stays progressive
	Day     Tally    // for the ADAPT methods
	Minute  Tally    // the last 60 s, for the ADAPT methods
	Adapt   Adapt    // what the last decision returned
	Model   *Model   `json:"-"` // what PREDICTIVE has learnt; nil: it stays progressive
}

// Stage is how far a call has come.
type Stage uint8

// The stages of a call that has no agent.
const (
	StageDialing   Stage = iota // placed, no ringing yet
	StageRinging                //
	StageScreening              // answered, AMD listens
	StageWaiting                // wants an agent
)

// Flight is one call that has no agent yet.
type Flight struct {
	Stage Stage
	In    time.Duration // time in that stage
	Rang  time.Duration // how long it rang, once answered
}

// Busy is one agent on a call or in wrap-up.
type Busy struct {
	WrapUp bool
	In     time.Duration // time on the call, or in wrap-up
	Rang   time.Duration // on a call: how long it rang
	Talked time.Duration // in wrap-up: how long the call was
}

// Budget is one drop ledger: a regime's count over its own window.
type Budget struct {
	Name  string
	Limit float64 // the largest lawful share, 0 to 1
	Live  float64 // calls that count in the denominator
	Drops float64 // abandoned calls, estimates included
}

// Tally counts calls over a period.
type Tally struct {
	Calls   int // placed
	Answers int // answered by a person
	Drops   int
}

// Bound names what decided a number.
type Bound string

// The bounds.
const (
	BoundMethod   Bound = "method"   // the method itself places none
	BoundAgents   Bound = "agents"   // as many as the agents can take
	BoundRisk     Bound = "risk"     // one more would be dropped too likely
	BoundBudget   Bound = "budget"   // the drop budget carries no risk now: one call per waiting agent
	BoundPeriod   Bound = "period"   // VICIdial's loop has not come round yet
	BoundLeads    Bound = "leads"    // no more leads
	BoundChannels Bound = "channels" // the trunks are full
	BoundCPS      Bound = "cps"      // the calls a second are spent
	BoundClosed   Bound = "closed"   // no dialing at this time
	BoundHolder   Bound = "holder"   // another server decides, and has given no share
)

// Decision is how many calls to place, and why.
type Decision struct {
	Place  int     // never negative
	Bound  Bound   // what kept it from being more
	Reason string  // a sentence for the supervisor
	Air    float64 // drops expected of what is in the air then; PREDICTIVE only
	Adapt  Adapt   // to be handed in with the next Input
}

// MaxLevel is the highest dial level that is obeyed; the pages refuse more.
const MaxLevel = 20

// maxPlace bounds one decision whatever the settings say: the next one comes a
// quarter of a second later.
const maxPlace = 500

// Decide says how many calls to place now. Estimates that are not numbers,
// negative counts and absurd levels are read as zero: they never make a call.
// Of in, only the Model changes: its clock moves to in.Now.
func Decide(in Input) Decision {
	in = in.sane()
	d := Decision{Adapt: in.Adapt}
	if in.Closed != "" || !in.DialEnd.IsZero() && !in.Now.Before(in.DialEnd) {
		if in.Closed == "" {
			in.Closed = "the time for dialing is over"
		}
		d.Bound, d.Reason = BoundClosed, "0 dials: "+in.Closed
		return d
	}
	switch in.Method {
	case dialer.DialRatio, dialer.DialHardLimit, dialer.DialTapered, dialer.DialAverage:
		d = limit(in, vicidial(in))
		d.Adapt.Owed -= d.Place
		return d
	case dialer.DialProgressive:
		d = progressive(in, BoundAgents, "")
	case dialer.DialPredictive:
		d = predictive(in)
	default:
		d.Bound, d.Reason = BoundMethod, fmt.Sprintf("%s places no calls by itself", in.Method)
	}
	return limit(in, d)
}

// progressive keeps one call under way per waiting agent.
func progressive(in Input, b Bound, why string) Decision {
	way := in.Dialing + in.Waiting
	place := max(0, in.Ready-way)
	reason := fmt.Sprintf("%s, %d ready, %s on the way", dials(place), in.Ready, calls(way))
	if why != "" {
		reason += ": " + why
	}
	return Decision{Place: place, Bound: b, Reason: reason, Adapt: in.Adapt}
}

// limit cuts a decision to what the trunks and the list can give.
func limit(in Input, d Decision) Decision {
	cut := func(most int, b Bound, why string) {
		if d.Place > most {
			d.Reason = fmt.Sprintf("%s of %d wanted: %s", dials(most), d.Place, why)
			d.Place, d.Bound = most, b
		}
	}
	cut(maxPlace, BoundAgents, "no more at once")
	if in.Leads >= 0 {
		cut(in.Leads, BoundLeads, "no more leads in the hopper")
	}
	cut(in.Channels, BoundChannels, "the server's trunks are full")
	cut(int(in.CPSLeft+1e-9), BoundCPS, "the server's calls a second are spent")
	return d
}

// most is what limit will leave at best.
func (in Input) most() int {
	n := min(maxPlace, in.Channels, int(in.CPSLeft+1e-9))
	if in.Leads >= 0 {
		n = min(n, in.Leads)
	}
	return n
}

func (in Input) sane() Input {
	for _, n := range []*int{&in.Ready, &in.Talking, &in.WrapUp, &in.Paused, &in.Dialing, &in.Waiting, &in.Channels,
		&in.Day.Calls, &in.Day.Answers, &in.Day.Drops, &in.Minute.Calls, &in.Minute.Answers, &in.Minute.Drops} {
		*n = min(max(0, *n), math.MaxInt32)
	}
	in.Settings = in.Settings.sane()
	in.CPSLeft = number(in.CPSLeft, 0, 10_000)
	in.Elsewhere = number(in.Elsewhere, 0, 1e6)
	return in
}

// number is v within its range, and the lowest value for what is no number.
func number(v, low, high float64) float64 {
	if math.IsNaN(v) {
		return low
	}
	return min(max(v, low), high)
}

func dials(n int) string { return count(n, "dial") }
func calls(n int) string { return count(n, "call") }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
