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

// inGroup is a campaign whose calls go to C2's agents when C1 has none.
func inGroup(f *floor) {
	f.campaign.DropAction, f.campaign.DropGroup, f.campaign.DropWait = dialer.DropInGroup, "C2", 10
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
		if c.State != dialer.CallTalking || c.SessionID != 8 || c.DropAction != dialer.DropInGroup || c.DroppedAt == nil || c.CampaignID != "C1" {
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
				if got := f.last(100); got.State != dialer.CallWaiting || !f.hears("tl-c-100") || f.messages() != 0 {
					t.Fatalf("while it waits: %+v, music %v, played %v", got, f.hears("tl-c-100"), f.messages())
				}
				look := func(id dialer.CampaignID) int {
					floor, err := f.l.Look(f.t.Context(), id)
					if err != nil {
						t.Fatal(err)
					}
					return floor.Waiting
				}
				if look("C1") != 0 || look("C2") != 1 {
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
		now := time.Now()
		f.channels["tl-c-100"] = ""
		f.calls = []dialer.Call{{
			ID: 100, State: dialer.CallWaiting, Sent: true, CampaignID: "C1", LeadID: 1100, ServerID: 1, PlacedAt: now.Add(-20 * time.Second),
			AnsweredAt: new(now.Add(-8 * time.Second)), WantedAt: new(now.Add(-8 * time.Second)), DroppedAt: new(now.Add(-6 * time.Second)), DropAction: dialer.DropInGroup,
		}}
	}, func(f *floor) {
		f.settle(3 * time.Second)
		if !f.hears("tl-c-100") || f.messages() != 0 {
			t.Fatalf("music %v, played %v", f.hears("tl-c-100"), f.messages())
		}
		f.settle(2 * time.Second)
		if got := f.last(100); got.State != dialer.CallDropping || f.messages() != 1 {
			t.Errorf("%+v, played %v", got, f.messages())
		}
	})
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
