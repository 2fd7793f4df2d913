package listen

import (
	"errors"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

// asks places and answers a call to somebody whom a rule has told of recordings.
func (f *floor) asks(id dialer.CallID) {
	f.l.Place([]dialer.Call{{
		ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1001, E164: "+12135550100", ServerID: 1, CarrierID: 1,
		PlacedAt: time.Now(), Grounds: dialer.Grounds{Notice: "US-CA-REC"},
	}}, f.campaign)
	f.tell(dialer.LegCreated, id.Channel())
	f.tell(dialer.LegRinging, id.Channel())
	f.answer(id)
}

func (f *floor) heard() []string {
	f.settle(100 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.played)
}

var notice = "tl-b-7 tl-c-100 recorded after recordings 0"

func TestRecordingIsAnnounced(t *testing.T) {
	for name, test := range map[string]struct {
		mode   dialer.RecordMode
		sound  string
		asked  bool // by a rule
		demand bool // the agent presses the key
		want   []string
	}{
		"from the start":       {dialer.RecordAll, "recorded", true, false, []string{notice}},
		"whole":                {dialer.RecordForced, "recorded", true, false, []string{notice}},
		"not pressed":          {dialer.RecordDemand, "recorded", true, false, nil},
		"pressed":              {dialer.RecordDemand, "recorded", true, true, []string{notice}},
		"once":                 {dialer.RecordAll, "recorded", true, true, []string{notice}},
		"no recording":         {dialer.RecordNever, "recorded", true, true, nil},
		"the agent says it":    {dialer.RecordAll, "", true, false, nil},
		"a state without rule": {dialer.RecordAll, "recorded", false, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) { f.campaign.Record, f.campaign.RecordNotice = test.mode, test.sound }, func(f *floor) {
				f.login(7)
				if test.asked {
					f.asks(100)
				} else {
					f.dial(100)
					f.answer(100)
				}
				f.agent(7, dialer.AgentInCall)
				if test.demand {
					f.want(7, dialer.IntentRecord, dialer.IntentArgs{CallID: 100})
				}
				if got := f.heard(); !slices.Equal(got, test.want) {
					t.Errorf("played %q, want %q", got, test.want)
				}
				if told := f.last(100).ToldAt != nil; told != (test.want != nil) {
					t.Errorf("the books say told: %v", told)
				}
			})
		})
	}
}

// TestAnnouncementThatFails: the call is recorded all the same, since the agent
// can say it, and the books do not claim that it was heard.
func TestAnnouncementThatFails(t *testing.T) {
	t.Run("at once", func(t *testing.T) {
		run(t, func(f *floor) { f.campaign.RecordNotice, f.noticeErr = "recorded", errors.New("no such sound") }, func(f *floor) {
			f.login(7)
			f.asks(100)
			if c := f.last(100); c.ToldAt != nil || c.Recording != dialer.RecOn || len(f.records) != 1 {
				t.Errorf("told %v, recording %q, files %v", c.ToldAt, c.Recording, f.records)
			}
		})
	})
	failed := dialer.LegEvent{Kind: dialer.LegPlayed, Channel: dialer.CallID(100).Channel(), Args: []string{dialer.PlayFailed}}
	// The event of a sound that is not there overtakes the answer to the request.
	t.Run("before the answer", func(t *testing.T) {
		run(t, func(f *floor) {
			f.campaign.RecordNotice, f.onNotice = "recorded", func() { f.l.Leg(failed) }
		}, func(f *floor) {
			f.login(7)
			f.asks(100)
			if c := f.last(100); c.ToldAt != nil || c.Recording != dialer.RecOn {
				t.Errorf("told %v, recording %q", c.ToldAt, c.Recording)
			}
		})
	})
	t.Run("later", func(t *testing.T) {
		run(t, func(f *floor) { f.campaign.RecordNotice = "recorded" }, func(f *floor) {
			f.login(7)
			f.asks(100)
			if f.last(100).ToldAt == nil {
				t.Error("not told")
			}
			f.l.Leg(failed)
			if c := f.last(100); c.ToldAt != nil || c.Recording != dialer.RecOn {
				t.Errorf("told %v, recording %q", c.ToldAt, c.Recording)
			}
		})
	})
}

// TestNoRecordingOfWhoCannotBeTold: on hold the customer would not hear it.
func TestNoRecordingOfWhoCannotBeTold(t *testing.T) {
	run(t, func(f *floor) { f.campaign.Record, f.campaign.RecordNotice = dialer.RecordDemand, "recorded" }, func(f *floor) {
		f.login(7)
		f.asks(100)
		f.agent(7, dialer.AgentInCall)
		f.want(7, dialer.IntentHold, dialer.IntentArgs{CallID: 100})
		id := f.want(7, dialer.IntentRecord, dialer.IntentArgs{CallID: 100})
		if f.refusal(id) == "" || len(f.heard()) != 0 || len(f.records) != 0 {
			t.Errorf("told %q, played %v, files %v", f.refusal(id), f.heard(), f.records)
		}
	})
}
