// Package agent is an agent's shift as one table of states and events. Pure:
// it decides, others act.
package agent

import (
	"fmt"
	"strings"

	"trunkline/dialer"
)

// Event is something that happens to an agent.
type Event string

// The events of an agent.
const (
	LegUp         Event = "phone connects"
	LegBack       Event = "phone is back in time" // of an agent who was ready
	LegLost       Event = "phone is lost"
	GoesReady     Event = "goes ready"
	Pauses        Event = "pauses"
	GetsCall      Event = "gets a call"
	TakesUp       Event = "takes up a call" // by hand: dials one, or takes a parked one back
	CallEnds      Event = "call ends"       // for the agent: the customer is gone, or with somebody else
	ParksCall     Event = "parks the call"
	DisposesReady Event = "disposes, ready"
	DisposesPause Event = "disposes, pauses"
	LogsOut       Event = "logs out"
)

// States in the order of a shift, for the diagram and the tests.
var States = []dialer.AgentState{
	dialer.AgentConnecting, dialer.AgentPaused, dialer.AgentReady, dialer.AgentInCall, dialer.AgentWrapUp, dialer.AgentOut,
}

// Events in the order of a shift.
var Events = []Event{LegUp, LegBack, LegLost, GoesReady, Pauses, GetsCall, TakesUp, CallEnds, ParksCall, DisposesReady, DisposesPause, LogsOut}

// table holds every legal change. An agent whose phone is lost in a call stays
// in it: the page reconnects and the customer is still there. One who was ready
// is ready again once it is back. Nobody leaves
// with a customer on the line or without having said what became of the call.
var table = map[dialer.AgentState]map[Event]dialer.AgentState{
	dialer.AgentConnecting: {
		LegUp: dialer.AgentPaused, LegBack: dialer.AgentReady, LegLost: dialer.AgentConnecting, LogsOut: dialer.AgentOut,
	},
	dialer.AgentPaused: {
		LegUp: dialer.AgentPaused, LegLost: dialer.AgentConnecting, GoesReady: dialer.AgentReady,
		Pauses: dialer.AgentPaused, TakesUp: dialer.AgentInCall, LogsOut: dialer.AgentOut,
	},
	dialer.AgentReady: {
		LegUp: dialer.AgentReady, LegLost: dialer.AgentConnecting, GoesReady: dialer.AgentReady,
		Pauses: dialer.AgentPaused, GetsCall: dialer.AgentInCall, TakesUp: dialer.AgentInCall, LogsOut: dialer.AgentOut,
	},
	dialer.AgentInCall: {
		LegUp: dialer.AgentInCall, LegLost: dialer.AgentInCall, Pauses: dialer.AgentInCall,
		GoesReady: dialer.AgentInCall, CallEnds: dialer.AgentWrapUp, ParksCall: dialer.AgentPaused,
	},
	dialer.AgentWrapUp: {
		LegUp: dialer.AgentWrapUp, LegLost: dialer.AgentWrapUp, Pauses: dialer.AgentWrapUp,
		GoesReady: dialer.AgentWrapUp, DisposesReady: dialer.AgentReady, DisposesPause: dialer.AgentPaused,
	},
	dialer.AgentOut: {},
}

// TransitionError says that an event has no place in a state.
type TransitionError struct {
	State dialer.AgentState
	Event Event
}

// Error names the state and the event.
func (e *TransitionError) Error() string {
	return fmt.Sprintf("an agent in state %s cannot take %q", e.State, string(e.Event))
}

// Next is the state after an event, or a *TransitionError.
func Next(s dialer.AgentState, e Event) (dialer.AgentState, error) {
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
	fmt.Fprintf(&b, "    %s --> [*]\n", dialer.AgentOut)
	return b.String()
}
