package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// TestTrace: whether a call of which nothing was heard has left is known to the
// PBX alone: the end of one that has may have been lost with an earlier listen
// or on a connection that broke, and to dial its lead again would be twice.
func TestTrace(t *testing.T) {
	for name, c := range map[string]struct {
		trace   dialer.Trace
		err     error // of the first question
		restart bool  // of the PBX, since
		sent    bool
	}{
		"never made":                   {trace: dialer.TraceNone},
		"made":                         {trace: dialer.TraceSeen, sent: true},
		"forgotten":                    {trace: dialer.TraceUnknown, sent: true},
		"never made, asked twice":      {trace: dialer.TraceNone, err: dialer.ErrUnavailable},
		"never made, by a younger PBX": {trace: dialer.TraceNone, restart: true, sent: true},
	} {
		placed := func() []dialer.Call {
			return []dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: time.Now()}}
		}
		prepare := func(f *floor) {
			f.traces, f.traceErr = map[dialer.CallID]dialer.Trace{100: c.trace}, c.err
			if c.restart {
				f.started = time.Now().Add(time.Second)
			}
		}
		ended := func(f *floor) {
			f.settle(3 * time.Minute) // a survey, and another
			got := f.last(100)
			if got.State != dialer.CallEnded || got.Sent != c.sent {
				t.Errorf("%s, %+v", name, got)
			}
			if want := map[bool]dialer.Status{true: dialer.StatusError}[c.sent]; got.Status != want {
				t.Errorf("%s: its status is %q, want %q", name, got.Status, want)
			}
		}
		t.Run(name+": found in the books", func(t *testing.T) {
			run(t, func(f *floor) {
				prepare(f)
				f.calls = placed()
				f.calls[0].PlacedAt = time.Now().Add(-5 * time.Second)
				if c.restart {
					f.started = time.Now().Add(-time.Second)
				}
			}, ended)
		})
		t.Run(name+": in doubt", func(t *testing.T) {
			run(t, prepare, func(f *floor) {
				f.l.Place(placed(), campaign)
				f.l.Doubt(100)
				if c.trace == dialer.TraceNone && c.err == nil && !c.restart {
					f.settle(settle + time.Second)
					if got := f.last(100); got.Sent || got.State != dialer.CallEnded {
						t.Errorf("not told soon: %+v", got)
					}
				}
				ended(f)
			})
		})
	}
}

// TestDoubtThatSettlesItself: the channel was only late.
func TestDoubtThatSettlesItself(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.l.Place([]dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: time.Now()}}, campaign)
		f.l.Doubt(100)
		f.tell(dialer.LegCreated, "tl-c-100")
		f.answer(100)
		f.settle(time.Minute)
		f.agent(7, dialer.AgentInCall)
	})
}
