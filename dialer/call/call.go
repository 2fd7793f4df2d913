// Package call is the life of a call as one table of states and events, and the
// disposition that a call without an agent gets. Pure: it decides, others act.
package call

import (
	"fmt"
	"strings"

	"trunkline/dialer"
)

// Event is something that happens to a call.
type Event string

// The events of a call.
const (
	Rings       Event = "rings"            // 180/183 of the far end, early media included
	Answers     Event = "answers"          // 200 OK
	Arrives     Event = "arrives"          // in our hands after AMD, if any: wants an agent
	Connects    Event = "connects"         // with its agent
	Holds       Event = "holds"            //
	Resumes     Event = "resumes"          //
	FindsNone   Event = "finds none"       // the campaign's limit passed and no agent was free
	GetsMessage Event = "gets the message" // of the campaign, being a machine
	Parks       Event = "is parked"        //
	Passes      Event = "is passed on"     // to somebody who is no agent of the call any more
	Bereaved    Event = "loses its agent"  // whose server is gone; the customer is still there
	Ends        Event = "ends"             // the channel is gone
)

// States in the order of a call's life, for the diagram and the tests.
var States = []dialer.CallState{
	dialer.CallPlaced, dialer.CallRinging, dialer.CallAnswered, dialer.CallWaiting,
	dialer.CallTalking, dialer.CallHeld, dialer.CallParked, dialer.CallPassed, dialer.CallMessage, dialer.CallDropping, dialer.CallEnded,
}

// Events in the order of a call's life.
var Events = []Event{Rings, Answers, Arrives, Connects, Holds, Resumes, FindsNone, GetsMessage, Parks, Passes, Bereaved, Ends}

// table holds every legal change. Asterisk may tell of an answer without
// ringing, of an arrival before the answer, and of ringing and the answer
// twice (as a state of the channel and as a Dial event); a call may skip
// forward, and never goes back but from hold, and to wait for another agent
// after the first one was lost.
var table = map[dialer.CallState]map[Event]dialer.CallState{
	dialer.CallPlaced: {
		Rings: dialer.CallRinging, Answers: dialer.CallAnswered, Arrives: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallRinging: {
		Rings: dialer.CallRinging, Answers: dialer.CallAnswered, Arrives: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallAnswered: {
		Answers: dialer.CallAnswered, Arrives: dialer.CallWaiting, FindsNone: dialer.CallDropping, Ends: dialer.CallEnded,
		Connects:    dialer.CallTalking, // dialed by hand: its agent has heard it ring
		GetsMessage: dialer.CallMessage,
	},
	dialer.CallWaiting: {
		Answers: dialer.CallWaiting, Connects: dialer.CallTalking, FindsNone: dialer.CallDropping, Bereaved: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallTalking: {
		Holds: dialer.CallHeld, GetsMessage: dialer.CallMessage, Parks: dialer.CallParked, Passes: dialer.CallPassed, Bereaved: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallHeld: {
		Resumes: dialer.CallTalking, GetsMessage: dialer.CallMessage, Parks: dialer.CallParked, Passes: dialer.CallPassed, Bereaved: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallParked: {
		Connects: dialer.CallTalking, Bereaved: dialer.CallWaiting, Ends: dialer.CallEnded,
	},
	dialer.CallPassed: {
		Ends: dialer.CallEnded,
	},
	dialer.CallMessage: {
		Ends: dialer.CallEnded,
	},
	dialer.CallDropping: {
		Ends: dialer.CallEnded,
	},
	dialer.CallEnded: {},
}

// TransitionError says that an event has no place in a state. It is logged and
// counted, and changes nothing: a late or repeated event of the PBX must not
// bend a call's record.
type TransitionError struct {
	State dialer.CallState
	Event Event
}

// Error names the state and the event.
func (e *TransitionError) Error() string {
	return fmt.Sprintf("a call in state %s cannot take %q", e.State, string(e.Event))
}

// Next is the state after an event, or a *TransitionError.
func Next(s dialer.CallState, e Event) (dialer.CallState, error) {
	next, ok := table[s][e]
	if !ok {
		return s, &TransitionError{s, e}
	}
	return next, nil
}

// Diagram is the table as a mermaid state diagram, for docs/states.md.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> " + string(States[0]) + "\n")
	for _, s := range States {
		for _, e := range Events {
			if next, ok := table[s][e]; ok && next != s {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", s, next, e)
			}
		}
	}
	fmt.Fprintf(&b, "    %s --> [*]\n", dialer.CallEnded)
	return b.String()
}
