package listen

import (
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
)

func TestDropByHangUp(t *testing.T) {
	run(t, func(f *floor) { f.campaign.DropAction = dialer.DropHangup }, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(3 * time.Second)
		c := f.last(100)
		if c.State != dialer.CallEnded || c.Status != dialer.StatusDrop || c.EndedBy != dialer.ByDialer || c.DropAction != dialer.DropHangup || f.messages() != 0 {
			t.Errorf("%+v, played %v", c, f.messages())
		}
		if got := c.DroppedAt.Sub(*c.WantedAt); got < 2*time.Second || got > 2*time.Second+2*tickEvery {
			t.Errorf("dropped after %s", got)
		}
	})
}

// inGroup is a campaign whose calls wait for C2's agents when C1 has none.
func inGroup(f *floor) {
	f.campaign.DropAction = dialer.DropInGroup
	f.campaign.InGroup.InGroup = dialer.InGroup{ID: "SALES", Name: "Sales line", Music: "jazz", Wait: 10, After: dialer.DropMessage, Campaigns: "C2 C4"}
}

// loginTo is login to another campaign.
func (f *floor) loginTo(campaign dialer.CampaignID, id dialer.SessionID) {
	f.t.Helper()
	f.mu.Lock()
	f.sessions = append(f.sessions, dialer.Session{
		ID: id, UserID: dialer.UserID(id), CampaignID: campaign, ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour),
	})
	f.mu.Unlock()
	f.arrive(id.Channel(1))
	f.settle(time.Second)
	f.want(id, dialer.IntentReady, dialer.IntentArgs{})
}

// TestDropToInGroup: for two seconds the call is its own campaign's, then the
// other's free agent has it at once. The law's count is told of it once.
func TestDropToInGroup(t *testing.T) {
	var told []pacing.Kind
	run(t, func(f *floor) {
		inGroup(f)
		f.l.Watch = func(id dialer.CampaignID, e pacing.Event, _ dialer.Status) {
			if id != "C1" {
				t.Errorf("%s was told of a call of C1", id)
			}
			told = append(told, e.Kind)
		}
	}, func(f *floor) {
		f.loginTo("C2", 8)
		f.agent(8, dialer.AgentReady)
		f.dial(100)
		f.answer(100)
		f.settle(1800 * time.Millisecond)
		f.agent(8, dialer.AgentReady)
		f.settle(300 * time.Millisecond)
		f.agent(8, dialer.AgentInCall)
		c := f.last(100)
		if c.State != dialer.CallTalking || c.SessionID != 8 || c.DropAction != dialer.DropInGroup || c.DroppedAt == nil || c.CampaignID != "C1" || c.InGroup != "SALES" {
			t.Errorf("%+v", c)
		}
		f.want(8, dialer.IntentPark, dialer.IntentArgs{CallID: 100})
		f.agent(8, dialer.AgentPaused)
		f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 100})
		f.agent(8, dialer.AgentInCall)
		if n := len(slices.DeleteFunc(slices.Clone(told), func(k pacing.Kind) bool { return k != pacing.Abandoned })); n != 1 {
			t.Errorf("told of %d drops: %v", n, told)
		}
	})
}

// TestDropToInGroupThatIsBusy: the call hears music, goes to whoever is free
// first, of either campaign, and after the wait hears the message.
func TestDropToInGroupThatIsBusy(t *testing.T) {
	for name, c := range map[string]struct {
		free func(*floor)
		want dialer.SessionID
	}{
		"the other campaign's agent": {func(f *floor) { f.loginTo("C2", 8) }, 8},
		"its own campaign's":         {func(f *floor) { f.login(7); f.settle(0) }, 7},
		"a third campaign's":         {func(f *floor) { f.loginTo("C3", 9) }, 0},
		"nobody":                     {func(*floor) {}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var drops int
			run(t, func(f *floor) {
				inGroup(f)
				f.l.Watch = func(_ dialer.CampaignID, e pacing.Event, _ dialer.Status) {
					if e.Kind == pacing.Abandoned {
						drops++
					}
				}
			}, func(f *floor) {
				defer func() {
					f.settle(0)
					if drops != 1 {
						t.Errorf("told of %d drops", drops)
					}
				}()
				f.dial(100)
				f.answer(100)
				f.settle(3 * time.Second)
				if got := f.last(100); got.State != dialer.CallWaiting || got.InGroup != "SALES" || !f.hears("tl-c-100") || f.class != "jazz" || f.messages() != 0 {
					t.Fatalf("while it waits: %+v, music %v, played %v", got, f.hears("tl-c-100"), f.messages())
				}
				look := func(id dialer.CampaignID) int {
					floor, err := f.l.Look(f.t.Context(), id)
					if err != nil {
						t.Fatal(err)
					}
					return floor.Waiting
				}
				if look("C1") != 0 || look("C2") != 1 || look("C4") != 1 {
					t.Errorf("%d wait for C1 and %d for C2", look("C1"), look("C2"))
				}
				f.loginQuietly(c.free)
				f.settle(100 * time.Millisecond)
				got := f.last(100)
				if c.want != 0 {
					if got.State != dialer.CallTalking || got.SessionID != c.want || f.hears("tl-c-100") {
						t.Errorf("%+v, music %v", got, f.hears("tl-c-100"))
					}
					return
				}
				f.settle(10 * time.Second)
				if got := f.last(100); got.State != dialer.CallDropping || f.messages() != 1 || f.hears("tl-c-100") {
					t.Errorf("after its wait: %+v, played %v, music %v", got, f.messages(), f.hears("tl-c-100"))
				}
				f.tell(dialer.LegPlayed, "tl-c-100")
				if got := f.last(100); got.Status != dialer.StatusDrop {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// loginQuietly has agents come without asking where they end: a call may take
// them at once.
func (f *floor) loginQuietly(free func(*floor)) {
	f.lax = true
	free(f)
	f.lax = false
}

// TestWaitInGroupIsAdopted: the next listen goes on with the wait where it
// stood.
func TestWaitInGroupIsAdopted(t *testing.T) {
	run(t, func(f *floor) {
		inGroup(f)
		f.campaign.InGroup.Announcement = "hold-on"
		now := time.Now()
		f.channels["tl-c-100"] = ""
		f.calls = []dialer.Call{{
			ID: 100, State: dialer.CallWaiting, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: now.Add(-20 * time.Second),
			AnsweredAt: new(now.Add(-8 * time.Second)), WantedAt: new(now.Add(-8 * time.Second)), DroppedAt: new(now.Add(-6 * time.Second)), DropAction: dialer.DropInGroup, InGroup: "SALES",
		}}
	}, func(f *floor) {
		f.settle(3 * time.Second)
		if !f.hears("tl-c-100") || f.messages() != 0 || len(f.greets) != 0 {
			t.Fatalf("music %v, played %v, announced again %v", f.hears("tl-c-100"), f.messages(), f.greets)
		}
		f.settle(2 * time.Second)
		if got := f.last(100); got.State != dialer.CallDropping || f.messages() != 1 {
			t.Errorf("%+v, played %v", got, f.messages())
		}
	})
}

// TestWaitInGroupIsAdoptedForAnAgent: who became free while nobody listened gets
// the caller at once, without the music that an earlier listen left playing, or
// the rest of the announcement: until they are over nobody hears the agent.
func TestWaitInGroupIsAdoptedForAnAgent(t *testing.T) {
	for name, campaign := range map[string]dialer.CampaignID{"the campaign's own": "C1", "the in-group's": "C4"} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) {
				inGroup(f)
				now := time.Now()
				f.channels["tl-c-100"], f.music["tl-c-100"], f.greeting["tl-c-100"] = "", true, true
				f.calls = []dialer.Call{{
					ID: 100, State: dialer.CallWaiting, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: now.Add(-20 * time.Second),
					AnsweredAt: new(now.Add(-6 * time.Second)), WantedAt: new(now.Add(-6 * time.Second)), DroppedAt: new(now.Add(-4 * time.Second)), DropAction: dialer.DropInGroup, InGroup: "SALES",
				}}
				f.sessions = []dialer.Session{{ID: 7, UserID: 7, CampaignID: campaign, ServerID: 1, State: dialer.AgentReady, Leg: "tl-a-7-1", SeenAt: now.Add(time.Hour), Since: now}}
				f.bridges["tl-b-7"], f.channels["tl-a-7-1"] = true, "tl-b-7"
				f.beforeJoin = func() {
					if f.hears("tl-c-100") {
						f.t.Error("the customer is joined to the agent and still hears music")
					}
				}
			}, func(f *floor) {
				f.settle(100 * time.Millisecond)
				f.agent(7, dialer.AgentInCall)
				if got := f.last(100); got.State != dialer.CallTalking || got.SessionID != 7 || got.InGroup != "SALES" || got.BridgedAt == nil {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// TestAnnouncementOfAnInGroup: it is heard once and then the music; an agent who
// is free cuts it; so does the end of the wait, and then the message is heard to
// its end.
func TestAnnouncementOfAnInGroup(t *testing.T) {
	announced := func(f *floor) {
		inGroup(f)
		f.campaign.InGroup.Announcement = "hold-on"
	}
	into := func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(3 * time.Second)
		if len(f.greets) != 1 || f.greets[0] != "hold-on" || f.hears("tl-c-100") != (f.greetErr != nil) {
			f.t.Fatalf("announced %v, music %v", f.greets, f.hears("tl-c-100"))
		}
	}
	t.Run("to its end", func(t *testing.T) {
		run(t, announced, func(f *floor) {
			into(f)
			f.greeting = map[string]bool{}
			f.tell(dialer.LegPlayed, "tl-c-100")
			f.settle(0)
			if !f.hears("tl-c-100") || f.last(100).State != dialer.CallWaiting {
				t.Errorf("after it: music %v, %s", f.hears("tl-c-100"), f.last(100).State)
			}
		})
	})
	t.Run("cut by an agent", func(t *testing.T) {
		run(t, announced, func(f *floor) {
			into(f)
			f.loginQuietly(func(f *floor) { f.loginTo("C4", 8) })
			f.settle(100 * time.Millisecond)
			if c := f.last(100); c.State != dialer.CallTalking || c.SessionID != 8 || f.hears("tl-c-100") {
				t.Errorf("%+v, music %v", c, f.hears("tl-c-100"))
			}
		})
	})
	t.Run("cut by the end of the wait", func(t *testing.T) {
		run(t, func(f *floor) { announced(f); f.campaign.InGroup.Message = "sorry" }, func(f *floor) {
			into(f)
			f.settle(10 * time.Second)
			if c := f.last(100); c.State != dialer.CallDropping || len(f.played) != 1 || f.played[0] != "sorry" {
				t.Fatalf("%s, played %v: the announcement's end is not the message's", c.State, f.played)
			}
			f.tell(dialer.LegPlayed, "tl-c-100")
			if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusDrop {
				t.Errorf("%+v", c)
			}
		})
	})
	t.Run("that is not there", func(t *testing.T) {
		run(t, func(f *floor) { announced(f); f.greetErr = dialer.ErrNotFound; f.lax = true }, func(f *floor) {
			into(f)
		})
	})
}

// TestKeyInAnInGroup: a key takes the number off, also before the message.
func TestKeyInAnInGroup(t *testing.T) {
	run(t, inGroup, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		key := dialer.LegEvent{Kind: dialer.LegDigit, Channel: "tl-c-100", Digit: "9"}
		f.l.Leg(key) // nobody has said yet what a key does
		f.settle(2 * time.Second)
		if c := f.last(100); c.State != dialer.CallWaiting {
			t.Fatalf("a key within the two seconds: %+v", c)
		}
		f.l.Leg(key)
		f.settle(0)
		c := f.last(100)
		if n := len(f.find(func(c Change) bool { return c.DNC != nil && c.DNC.Source == "key" })); n != 1 || c.State != dialer.CallEnded || c.EndedBy != dialer.ByLead || c.Status != dialer.StatusDNC {
			t.Errorf("%d on the DNC, %+v", n, c)
		}
	})
}

// TestInGroupHangsUp: what follows the wait is the in-group's to say.
func TestInGroupHangsUp(t *testing.T) {
	run(t, func(f *floor) { inGroup(f); f.campaign.InGroup.After = dialer.DropHangup }, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(13 * time.Second)
		if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusDrop || c.EndedBy != dialer.ByDialer || c.DropAction != dialer.DropInGroup || f.messages() != 0 {
			t.Errorf("%+v, played %v", c, f.messages())
		}
	})
}

// TestWithoutItsInGroup: one that is archived meanwhile takes nothing, and the
// campaign's message is played.
func TestWithoutItsInGroup(t *testing.T) {
	run(t, func(f *floor) { f.campaign.DropAction = dialer.DropInGroup }, func(f *floor) {
		f.dial(100)
		f.answer(100)
		f.settle(3 * time.Second)
		if c := f.last(100); c.State != dialer.CallDropping || c.InGroup != "" || f.messages() != 1 {
			t.Errorf("%+v, played %v", c, f.messages())
		}
	})
}

// TestWhomAnAgentGetsFirst: a call of an in-group before an outbound one, of the
// higher priority first, of the same the one that has waited longest.
func TestWhomAnAgentGetsFirst(t *testing.T) {
	at := func(s int) *time.Time { return new(time.Date(2026, 11, 28, 9, 0, s, 0, time.UTC)) }
	of := func(s int, g *dialer.InGroup) *liveCall {
		return &liveCall{Call: dialer.Call{WantedAt: at(s)}, group: g}
	}
	low, high := &dialer.InGroup{}, &dialer.InGroup{Priority: 5}
	order := []*liveCall{of(4, high), of(5, high), of(2, low), of(3, low), of(0, nil), of(1, nil)}
	for i, a := range order {
		for j, b := range order {
			if i != j && a.before(b) != (i < j) {
				t.Errorf("%d before %d: %v", i, j, a.before(b))
			}
		}
	}
}

// hears tells whether a channel has music now.
func (f *floor) hears(channel string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.music[channel]
}

// messages is how many were played.
func (f *floor) messages() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.played)
}

// TestClockBeginsAtTheGreetingsEnd: what AMD has listened to silence after the
// greeting is gone of the two seconds.
func TestClockBeginsAtTheGreetingsEnd(t *testing.T) {
	run(t, func(f *floor) { f.campaign.AMD = dialer.AMDDrop }, func(f *floor) {
		f.dial(100)
		f.tell(dialer.LegAnswered, "tl-c-100")
		f.arrive("tl-c-100", "HUMAN", "HUMAN-800-800")
		f.settle(900 * time.Millisecond)
		if c := f.last(100); c.State != dialer.CallWaiting {
			t.Fatalf("before its time the call is %s", c.State)
		}
		f.settle(400 * time.Millisecond)
		if c := f.last(100); c.State != dialer.CallDropping || c.DroppedAt == nil {
			t.Fatalf("2 s after the greeting the call is %s", c.State)
		}
	})
}
