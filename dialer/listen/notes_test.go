package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

func placed(ago time.Duration) []dialer.Call {
	return []dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: time.Now().Add(-ago)}}
}

// TestNotes: what became of a call that began or ended while nobody listened is
// known to the PBX alone. Whoever finds it in the books, or is in doubt whether
// it left, comes to the same end.
func TestNotes(t *testing.T) {
	ended := func(n dialer.Note) *dialer.Note {
		n.Sent, n.Ended, n.EndedAt = true, true, time.Now()
		return &n
	}
	at := time.Now()
	for name, c := range map[string]struct {
		note    *dialer.Note
		none    bool // the PBX takes no notes
		errs    int  // surveys that fail
		restart bool // of the PBX, since
		unsent  bool
		again   bool // the lead may be dialed again
		status  dialer.Status
		by      dialer.Party
	}{
		"never made":                   {unsent: true},
		"never made, asked twice":      {unsent: true, errs: 2},
		"made and never dialed":        {note: &dialer.Note{Ended: true, EndedAt: at, Cause: 16}, unsent: true},
		"never made, by a younger PBX": {restart: true, again: true, status: dialer.StatusError, by: dialer.ByCarrier},
		"sent, and it went down":       {note: &dialer.Note{Sent: true}, restart: true, again: true, status: dialer.StatusError, by: dialer.ByCarrier},
		"went down in good order":      {note: ended(dialer.Note{}), restart: true, again: true, status: dialer.StatusError, by: dialer.ByCarrier},
		"over before it went down":     {note: ended(dialer.Note{FarEnd: true, SIPCode: 486, Cause: 17}), restart: true, status: dialer.StatusBusy, by: dialer.ByCarrier},
		"no word of its end":           {note: &dialer.Note{Sent: true}, status: dialer.StatusError, by: dialer.ByCarrier},
		"no notes":                     {none: true, status: dialer.StatusError, by: dialer.ByCarrier},
		"busy":                         {note: ended(dialer.Note{FarEnd: true, SIPCode: 486, Cause: 17}), status: dialer.StatusBusy, by: dialer.ByCarrier},
		"no such number":               {note: ended(dialer.Note{FarEnd: true, SIPCode: 404, Cause: 1}), status: dialer.StatusDisconnected, by: dialer.ByCarrier},
		"rang out":                     {note: ended(dialer.Note{Rang: true, Cause: 19}), status: dialer.StatusNoAnswer, by: dialer.ByCarrier},
		"a dead trunk":                 {note: ended(dialer.Note{Cause: 19}), status: dialer.StatusCongestion, by: dialer.ByCarrier},
		"hung up before it asked":      {note: ended(dialer.Note{Answered: true, UpAt: at, Cause: 16}), status: dialer.StatusPDrop, by: dialer.ByLead},
		"opted out of our message":     {note: ended(dialer.Note{Answered: true, UpAt: at, AskedAt: at, OptedOut: true, Cause: 16}), status: dialer.StatusDNC, by: dialer.ByLead},
		"waited for us in vain":        {note: ended(dialer.Note{Answered: true, UpAt: at, AskedAt: at, Cause: 16}), status: dialer.StatusDrop, by: dialer.ByLead},
	} {
		prepare := func(f *floor) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.noteErrs = c.errs
			if c.note != nil {
				f.notes[100] = *c.note
			}
			if c.none {
				f.notes = nil
			}
			if c.restart {
				f.started = time.Now().Add(time.Second)
			}
		}
		check := func(f *floor) {
			f.settle(3 * time.Minute) // a survey, and another
			got := f.last(100)
			if got.State != dialer.CallEnded || got.Sent == c.unsent || got.Status != c.status || !c.unsent && got.EndedBy != c.by {
				t.Errorf("%+v", got)
			}
			if lead := f.find(func(ch Change) bool { return ch.Lead != nil && ch.Lead.ID == 1100 }); len(lead) != 1 || lead[0].Lead.Again != c.again || lead[0].Lead.Unsent != c.unsent {
				t.Errorf("its lead: %+v", lead)
			}
			never := 0
			if c.note != nil && c.note.OptedOut {
				never = 1
			}
			if all := f.find(func(ch Change) bool { return ch.DNC != nil }); len(all) != never {
				t.Errorf("never to be called again: %+v", all)
			}
			if len(f.notes) > 0 {
				t.Errorf("notes that nobody needs any more: %v", f.notes)
			}
		}
		t.Run(name+": found in the books", func(t *testing.T) {
			run(t, func(f *floor) {
				prepare(f)
				f.calls = placed(5 * time.Second)
				if c.restart {
					f.started = time.Now().Add(-time.Second)
				}
			}, check)
		})
		t.Run(name+": in doubt", func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.l.Place(placed(0), campaign)
				f.settle(time.Millisecond)
				f.l.Doubt(100)
				prepare(f)
				check(f)
			})
		})
	}
}

// TestNoteOfATalk: the customer hung up on the agent while nobody listened. The
// agent wraps up at once, and the talk was as long as it was.
func TestNoteOfATalk(t *testing.T) {
	ago := time.Now().Add(-time.Minute)
	run(t, func(f *floor) {
		c := placed(2 * time.Minute)[0]
		c.State, c.SessionID, c.AnsweredAt, c.WantedAt, c.BridgedAt = dialer.CallTalking, 7, &ago, &ago, &ago
		f.calls = []dialer.Call{c}
		f.sessions = []dialer.Session{{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentInCall, CallID: 100, Leg: "tl-a-7-1", SeenAt: time.Now().Add(time.Hour), Since: ago}}
		f.bridges["tl-b-7"] = true
		f.channels = map[string]string{"tl-a-7-1": "tl-b-7"}
		f.notes[100] = dialer.Note{Sent: true, Ended: true, EndedAt: ago.Add(20 * time.Second), Answered: true, UpAt: ago, AskedAt: ago, Cause: 16}
	}, func(f *floor) {
		f.settle(100 * time.Millisecond)
		f.agent(7, dialer.AgentWrapUp)
		if c := f.last(100); c.Cause != 16 || !c.EndedAt.Equal(ago.Add(20*time.Second)) || c.EndedBy != dialer.ByLead {
			t.Errorf("%+v", c)
		}
	})
}

// TestNoteOfATalkThatNobodyWrote: listen died before it had written that the call
// had its agent, and the customer hung up before there was another. It is no drop.
func TestNoteOfATalkThatNobodyWrote(t *testing.T) {
	ago := time.Now().Add(-time.Minute)
	for name, c := range map[string]struct {
		state   dialer.CallState // in the books
		agent   dialer.AgentState
		session dialer.SessionID
		joined  time.Duration // since it wanted an agent
		status  dialer.Status
		then    dialer.AgentState
	}{
		"at once":            {dialer.CallPlaced, dialer.AgentReady, 7, 0, "", dialer.AgentWrapUp},
		"after it waited":    {dialer.CallWaiting, dialer.AgentReady, 7, 20 * time.Second, "", dialer.AgentWrapUp},
		"the agent is away":  {dialer.CallPlaced, dialer.AgentPaused, 7, 0, dialer.StatusError, dialer.AgentPaused},
		"whose phone it was": {dialer.CallPlaced, dialer.AgentReady, 0, 0, dialer.StatusError, dialer.AgentReady},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) {
				call := placed(2 * time.Minute)[0]
				call.State = c.state
				if c.state == dialer.CallWaiting {
					call.AnsweredAt, call.WantedAt = &ago, &ago
				}
				f.calls = []dialer.Call{call}
				f.sessions = []dialer.Session{{ID: 7, UserID: 70, CampaignID: "C1", ServerID: 1, State: c.agent, Leg: "tl-a-7-1", SeenAt: time.Now().Add(time.Hour), Since: ago}}
				f.bridges["tl-b-7"] = true
				f.channels = map[string]string{"tl-a-7-1": "tl-b-7"}
				f.notes[100] = dialer.Note{
					Sent: true, Ended: true, EndedAt: ago.Add(20 * time.Second), Answered: true, UpAt: ago, AskedAt: ago, Cause: 16,
					Joined: true, Session: c.session,
				}
			}, func(f *floor) {
				f.settle(100 * time.Millisecond)
				f.agent(7, c.then)
				got := f.last(100)
				if got.State != dialer.CallEnded || got.Status != c.status || got.SessionID != c.session || got.BridgedAt == nil || !got.BridgedAt.Equal(ago.Add(c.joined)) {
					t.Errorf("%+v", got)
				}
				if c.status == "" && (got.UserID != 70 || got.EndedBy != dialer.ByLead) {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// TestNoteIsKeptWhileTheDatabaseIsAway: should this listen die as well, the next
// one finds the call in the books as it was, and must learn its end.
func TestNoteIsKeptWhileTheDatabaseIsAway(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.dial(100)
		f.settle(time.Second)
		f.mu.Lock()
		f.dbAway = true
		f.mu.Unlock()
		f.gone("tl-c-100", 17, 486)
		f.settle(3 * time.Minute) // surveys
		if _, ok := f.notes[100]; !ok {
			t.Error("the note is gone before the end is in the books")
		}
		f.mu.Lock()
		f.dbAway = false
		f.mu.Unlock()
		f.settle(5 * time.Second)
		if len(f.notes) > 0 {
			t.Errorf("still there: %v", f.notes)
		}
	})
}

// TestMadeAndNotDialed: a call by hand whose listen died between making its leg
// and dialing it has not been sent.
func TestMadeAndNotDialed(t *testing.T) {
	ago := time.Now().Add(-time.Minute)
	run(t, func(f *floor) {
		c := placed(2 * time.Second)[0]
		c.Manual, c.SessionID = true, 7
		f.calls = []dialer.Call{c}
		f.sessions = []dialer.Session{{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentInCall, CallID: 100, Leg: "tl-a-7-1", SeenAt: time.Now().Add(time.Hour), Since: ago}}
		f.bridges["tl-b-7"] = true
		f.channels = map[string]string{"tl-a-7-1": "tl-b-7", "tl-c-100": "tl-b-7"}
		f.down = map[string]bool{"tl-c-100": true}
		f.notes[100] = dialer.Note{}
	}, func(f *floor) {
		f.settle(time.Second)
		if c := f.last(100); c.State != dialer.CallEnded || c.Sent {
			t.Errorf("%+v", c)
		}
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestRangBeforeListenDied: that the far end rang was told to the listen that
// died. The channel's state or the PBX's note tells the next one.
func TestRangBeforeListenDied(t *testing.T) {
	for name, note := range map[string]*dialer.Note{
		"by its state": nil,
		"by the note":  {Sent: true, Ended: true, Rang: true, Cause: 19},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) {
				f.calls = placed(2 * time.Second)
				f.channels["tl-c-100"] = ""
				f.down, f.early = map[string]bool{"tl-c-100": true}, note != nil
				f.notes[100] = dialer.Note{Sent: true}
				if note == nil {
					f.notes = nil
				}
			}, func(f *floor) {
				if note != nil {
					f.mu.Lock()
					f.notes[100] = *note // its time does not matter
					f.mu.Unlock()
				}
				f.gone("tl-c-100", 19, 480)
				f.settle(3 * time.Second)
				if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusNoAnswer {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

// TestSinceWhen: a call that was answered while nobody listened has waited since
// then, which the law counts.
func TestSinceWhen(t *testing.T) {
	var at time.Time
	run(t, func(f *floor) {
		at = time.Now().Add(-1500 * time.Millisecond)
		f.calls = placed(5 * time.Second)
		f.channels["tl-c-100"] = ""
		f.upAt = at
	}, func(f *floor) {
		if c := f.last(100); c.State != dialer.CallWaiting || !c.AnsweredAt.Equal(at) || !c.WantedAt.Equal(at) {
			t.Errorf("%+v", c)
		}
		f.settle(time.Second)
		if c := f.last(100); c.State != dialer.CallDropping {
			t.Errorf("with nobody there the call is %s", c.State)
		}
	})
}

// TestNoteLeftBehind: an earlier listen wrote a call's end and died before it
// could forget it.
func TestNoteLeftBehind(t *testing.T) {
	run(t, func(f *floor) {
		f.notes[99] = dialer.Note{Sent: true, Ended: true, EndedAt: time.Now(), Cause: 16}
	}, func(f *floor) {
		f.settle(time.Second)
		if len(f.notes) > 0 {
			t.Errorf("still there: %v", f.notes)
		}
	})
}

// TestDoubtThatSettlesItself: the channel was only late.
func TestDoubtThatSettlesItself(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.l.Place(placed(0), campaign)
		f.l.Doubt(100)
		f.tell(dialer.LegCreated, "tl-c-100")
		f.answer(100)
		f.settle(time.Minute)
		f.agent(7, dialer.AgentInCall)
	})
}
