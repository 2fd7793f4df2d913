package agent

import (
	"errors"
	"os"
	"strings"
	"testing"

	"trunkline/dialer"
)

// TestEveryPair holds the whole table: what is not listed here is refused.
func TestEveryPair(t *testing.T) {
	const no = dialer.AgentState("")
	want := map[dialer.AgentState][12]dialer.AgentState{
		//      LegUp, LegBack, LegLost, GoesReady, Pauses, GetsCall, TakesUp, CallEnds, ParksCall, DisposesReady, DisposesPause, LogsOut
		"CONNECT": {"PAUSED", "READY", "CONNECT", no, no, no, no, no, no, no, no, "OUT"},
		"PAUSED":  {"PAUSED", no, "CONNECT", "READY", "PAUSED", no, "INCALL", no, no, no, no, "OUT"},
		"READY":   {"READY", no, "CONNECT", "READY", "PAUSED", "INCALL", "INCALL", no, no, no, no, "OUT"},
		"INCALL":  {"INCALL", no, "INCALL", "INCALL", "INCALL", no, no, "WRAPUP", "PAUSED", no, no, no},
		"WRAPUP":  {"WRAPUP", no, "WRAPUP", "WRAPUP", "WRAPUP", no, no, no, no, "READY", "PAUSED", no},
		"OUT":     {no, no, no, no, no, no, no, no, no, no, no, no},
	}
	if len(want) != len(States) {
		t.Fatalf("%d states in the table, %d named", len(want), len(States))
	}
	for _, s := range States {
		for i, e := range Events {
			got, err := Next(s, e)
			if w := want[s][i]; w != no {
				if err != nil || got != w {
					t.Errorf("%s %q: got %s, %v; want %s", s, e, got, err, w)
				}
				continue
			}
			var te *TransitionError
			if got != s || !errors.As(err, &te) || te.State != s || te.Event != e {
				t.Errorf("%s %q: got %s, %v; want a refusal that keeps the state", s, e, got, err)
			}
		}
	}
}

func TestDiagramIsInTheDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "```mermaid\n" + Diagram() + "```"; !strings.Contains(string(doc), want) {
		t.Errorf("docs/states.md does not hold the table's diagram:\n%s", want)
	}
}
