package listen

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

func (f *floor) refusal(id dialer.IntentID) string {
	for _, c := range f.find(func(c Change) bool { return c.Intent != nil && c.Intent.ID == id }) {
		return c.Intent.Refusal
	}
	return "not closed"
}

func TestRecordingModes(t *testing.T) {
	for mode, want := range map[dialer.RecordMode]struct {
		atOnce             bool
		onDemand, pausable bool
	}{
		dialer.RecordNever:  {false, false, false},
		dialer.RecordDemand: {false, true, true},
		dialer.RecordAll:    {true, true, true},
		dialer.RecordForced: {true, true, false},
	} {
		t.Run(string(mode), func(t *testing.T) {
			run(t, func(f *floor) { f.campaign.Record = mode }, func(f *floor) {
				f.login(7)
				f.dial(100)
				f.answer(100)
				f.agent(7, dialer.AgentInCall)
				if got := f.last(100).Recording == dialer.RecOn; got != want.atOnce || len(f.records) == 1 != want.atOnce {
					t.Errorf("recorded at once: %v, files %v", got, f.records)
				}
				id := f.want(7, dialer.IntentRecord, dialer.IntentArgs{CallID: 100})
				if got := f.refusal(id) == ""; got != want.onDemand || len(f.records) == 1 != want.onDemand {
					t.Errorf("recorded on demand: %v, files %v", got, f.records)
				}
				id = f.want(7, dialer.IntentRecHold, dialer.IntentArgs{CallID: 100})
				if got := f.last(100).Recording == dialer.RecPaused; got != want.pausable {
					t.Errorf("paused: %v, told %q", got, f.refusal(id))
				}
				if !want.pausable {
					return
				}
				f.want(7, dialer.IntentRecord, dialer.IntentArgs{CallID: 100})
				if got := f.last(100).Recording; got != dialer.RecOn || !slices.Equal(f.silenced, []string{"tl-c-100 true", "tl-c-100 false"}) {
					t.Errorf("resumed: %s, %v", got, f.silenced)
				}
				if n := len(f.find(func(c Change) bool { return c.Recording != nil && c.Recording.File == f.records[0] })); n != 1 || len(f.records) != 1 {
					t.Errorf("%d rows, files %v", n, f.records)
				}
			})
		})
	}
}

// TestPauseThatFails: the agent must not take a card number believing that
// nothing is kept.
func TestPauseThatFails(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.mu.Lock()
		f.silenceErr = errors.New("no such channel")
		f.mu.Unlock()
		id := f.want(7, dialer.IntentRecHold, dialer.IntentArgs{CallID: 100})
		if got := f.last(100).Recording; got != dialer.RecOn || !strings.Contains(f.refusal(id), "could not be paused") {
			t.Errorf("%s, told %q", got, f.refusal(id))
		}
		id = f.want(7, dialer.IntentMute, dialer.IntentArgs{CallID: 100})
		if !strings.Contains(f.refusal(id), "could not be muted") || f.row(7).Muted {
			t.Errorf("a phone that could not be muted: told %q, muted %t", f.refusal(id), f.row(7).Muted)
		}
	})
}

// TestRecordingIsAdopted: listen died between the bridge and the recording, in
// a pause, and in a recording that ran.
func TestRecordingIsAdopted(t *testing.T) {
	run(t, func(f *floor) {
		ago := time.Now().Add(-10 * time.Second)
		for i, rec := range []dialer.RecState{dialer.RecOff, dialer.RecPaused, dialer.RecOn} {
			id, s := dialer.CallID(100+i), dialer.SessionID(7+i)
			f.calls = append(f.calls, dialer.Call{ID: id, State: dialer.CallTalking, CampaignID: "C1", SessionID: s, ServerID: 1, PlacedAt: ago, AnsweredAt: &ago, BridgedAt: &ago, Recording: rec})
			f.sessions = append(f.sessions, dialer.Session{ID: s, CampaignID: "C1", State: dialer.AgentInCall, CallID: id, Leg: s.Channel(1), SeenAt: time.Now().Add(time.Hour), Since: ago})
			f.channels[id.Channel()], f.channels[s.Channel(1)], f.bridges[s.Bridge()] = s.Bridge(), s.Bridge(), true
			f.recorded[id.Channel()] = rec != dialer.RecOff
		}
	}, func(f *floor) {
		f.settle(3 * time.Minute) // several surveys
		if len(f.records) != 1 || f.last(100).Recording != dialer.RecOn {
			t.Errorf("files begun: %v; %+v", f.records, f.last(100))
		}
		// The row says since when there must be sound: from the join on.
		for _, c := range f.find(func(c Change) bool { return c.Recording != nil }) {
			if b := f.last(c.Recording.Call).BridgedAt; !c.Recording.At.Equal(*b) {
				t.Errorf("call %d is recorded from %v on, and was joined at %v", c.Recording.Call, c.Recording.At, b)
			}
		}
		slices.Sort(f.silenced)
		if !slices.Equal(f.silenced, []string{"tl-c-101 true", "tl-c-102 false"}) {
			t.Errorf("silenced: %v", f.silenced)
		}
	})
}

func TestCarriersOwnWord(t *testing.T) {
	run(t, nil, func(f *floor) {
		for i, carrier := range []dialer.CarrierID{1, 9} {
			id := dialer.CallID(100 + i)
			f.l.Place([]dialer.Call{{ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1, CarrierID: carrier, PlacedAt: time.Now()}}, campaign)
			f.tell(dialer.LegCreated, id.Channel())
			f.tell(dialer.LegRefused, id.Channel())
			f.gone(id.Channel(), 34, 503)
		}
		if a, b := f.last(100).Status, f.last(101).Status; a != dialer.StatusCongestion || b != dialer.StatusDisconnected {
			t.Errorf("503 is %s, and %s at the carrier that means something else by it", a, b)
		}
	})
}
