package listen

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

// What the PBX answers may come after what it tells: answer and event have
// connections of their own.

// lines counts what a log says on a level.
func (l *logged) lines(level, what string) (n int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "level="+level) && strings.Contains(line, what) {
			n++
		}
	}
	return n
}

// TestRefusalThatComesLate: a customer hangs up while being joined, and the agent
// is given the next one before the PBX has answered that the first is gone. That
// answer frees nobody.
func TestRefusalThatComesLate(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		for _, id := range []dialer.CallID{100, 101, 102} {
			f.dial(id)
		}
		f.mu.Lock()
		f.beforeJoin = func() { // of the first
			for _, id := range []dialer.CallID{101, 102} {
				f.answer(id) // they wait for the agent, too
				time.Sleep(time.Millisecond)
			}
			time.Sleep(20 * time.Millisecond)
			f.mu.Lock()
			f.beforeJoin = func() { time.Sleep(50 * time.Millisecond) } // of the second
			f.mu.Unlock()
			f.gone("tl-c-100", 16, 0)
			time.Sleep(20 * time.Millisecond)
		}
		f.mu.Unlock()
		f.answer(100)
		f.settle(time.Second)
		f.agent(7, dialer.AgentInCall)
		f.mu.Lock()
		defer f.mu.Unlock()
		var with []string
		for channel, bridge := range f.channels {
			if _, customer := dialer.CallOfChannel(channel); customer && bridge == "tl-b-7" {
				with = append(with, channel)
			}
		}
		if len(with) != 1 || with[0] != "tl-c-101" {
			t.Errorf("the agent has %v on the line, want the second alone", with)
		}
	})
}

// TestPhoneBeforeTheLast: of three phones that come one after the other the second
// is gone before it is joined. The first does not stay in the bridge beside the
// third.
func TestPhoneBeforeTheLast(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.joinErr["tl-a-7-2"] = dialer.ErrNotFound
		f.beforeJoin = func() { time.Sleep(100 * time.Millisecond) }
		f.mu.Unlock()
		f.arrive("tl-a-7-2")
		f.settle(50 * time.Millisecond)
		f.arrive("tl-a-7-3")
		f.settle(time.Second)
		f.agent(7, dialer.AgentReady)
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, there := f.channels["tl-a-7-1"]; there || f.channels["tl-a-7-3"] != "tl-b-7" {
			t.Errorf("the phones are %v", f.channels)
		}
	})
}

// TestLeadThatComesTooLate: an agent asks for the next lead and signs out before
// the database has answered. The lead is given back.
func TestLeadThatComesTooLate(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.nextLead = time.Second
		f.mu.Unlock()
		f.want(7, dialer.IntentPreview, dialer.IntentArgs{})
		f.want(7, dialer.IntentLogout, dialer.IntentArgs{})
		f.agent(7, "")
		f.settle(2 * time.Second)
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.givenBack) != 1 || f.givenBack[0] != 55 {
			t.Errorf("given back: %v", f.givenBack)
		}
	})
}

func (f *floor) NextLead(context.Context, dialer.CampaignID, dialer.ServerID, time.Time) (dialer.LeadID, error) {
	f.mu.Lock()
	slow := f.nextLead
	f.mu.Unlock()
	time.Sleep(slow)
	return 55, nil
}

// TestHungUpIsNoFailure: what is to be played to somebody who has just hung up
// cannot be, and that is no error of the campaign's sound. A sound that is not
// there is one.
func TestHungUpIsNoFailure(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int
	}{"hung up": {dialer.ErrNotFound, 0}, "no such sound": {errors.New("no"), 1}} {
		var log logged
		run(t, func(f *floor) {
			inGroup(f)
			f.campaign.InGroup.Announcement, f.greetErr = "welcome", test.err
			f.l.Log = slog.New(slog.NewTextHandler(&log, nil))
		}, func(f *floor) {
			f.dial(100)
			f.answer(100)
			f.settle(3 * time.Second)
			f.gone("tl-c-100", 16, 0)
		})
		if got := log.lines("ERROR", "announcement could not be played"); got != test.want {
			t.Errorf("%s: said %d times, want %d", name, got, test.want)
		}
	}
}

// TestSafeHarbourThatCannotBePlayed: the law wants the message heard (47 CFR
// 64.1200(a)(7)(i)), so whoever answers for the campaign must learn of it.
func TestSafeHarbourThatCannotBePlayed(t *testing.T) {
	for name, fails := range map[string]func(*floor){
		"refused": func(f *floor) { f.playErr = errors.New("no") },
		"not found when it began": func(f *floor) {
			f.l.Leg(dialer.LegEvent{Kind: dialer.LegPlayed, Channel: "tl-c-100", At: time.Now(), Args: []string{dialer.PlayFailed}})
		},
	} {
		var log logged
		run(t, func(f *floor) { f.l.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(f *floor) {
			if name == "refused" {
				fails(f)
			}
			f.dial(100)
			f.answer(100)
			f.settle(3 * time.Second)
			if name != "refused" {
				fails(f)
			}
			f.settle(time.Second)
			if c := f.last(100); c.State != dialer.CallEnded {
				t.Errorf("%s: %+v", name, c)
			}
		})
		if got := log.lines("ERROR", "safe-harbour message could not be played"); got != 1 {
			t.Errorf("%s: said %d times", name, got)
		}
	}
}

func (f *floor) Hangup(_ context.Context, channel string, cause int) error {
	f.mu.Lock()
	slow := f.hangupTakes
	f.mu.Unlock()
	time.Sleep(slow)
	f.mu.Lock()
	_, ok := f.channels[channel]
	lost := f.hangupErrs > 0
	if lost {
		f.hangupErrs--
	}
	f.mu.Unlock()
	switch {
	case lost:
		return dialer.ErrUnavailable
	case !ok:
		return dialer.ErrNotFound
	}
	f.mu.Lock()
	if f.hung == nil {
		f.hung = map[string]time.Time{}
	}
	f.hung[channel] = time.Now()
	f.mu.Unlock()
	f.cut(channel, cause, 0)
	f.bye(channel, cause)
	return nil
}

// TestAnsweredAtTheLastMoment: a call has rung for as long as it may, and while the
// PBX cannot be told so its callee answers. They are not cut off in mid-sentence by
// the order of before.
func TestAnsweredAtTheLastMoment(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.settle(25 * time.Second)
		f.mu.Lock()
		f.hangupErrs = 20 // two seconds
		f.mu.Unlock()
		f.settle(time.Second + 4*insistEvery)
		f.answer(100)
		f.settle(5 * time.Second)
		f.agent(7, dialer.AgentInCall)
		if c := f.last(100); c.State != dialer.CallTalking {
			t.Fatalf("the books say %s, ended by %q, status %s", c.State, c.EndedBy, c.Status)
		}
		f.gone("tl-c-100", 16, 0)
		if c := f.last(100); c.EndedBy != dialer.ByLead {
			t.Errorf("the customer hung up, and the books say %q", c.EndedBy)
		}
	})
}

// TestAnsweredTooLate: the order was on its way when the callee answered. Whoever
// is being hung up on is given to no agent.
func TestAnsweredTooLate(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.mu.Lock()
		f.hangupTakes = 300 * time.Millisecond
		f.mu.Unlock()
		f.settle(26*time.Second + 100*time.Millisecond)
		f.answer(100)
		f.agent(7, dialer.AgentReady)
		f.settle(time.Second)
		f.agent(7, dialer.AgentReady)
		if c := f.last(100); c.State != dialer.CallEnded || c.BridgedAt != nil || c.Status != dialer.StatusDrop {
			t.Errorf("%+v", c)
		}
	})
}

// TestOneWarningOfManyCalls: an Asterisk goes down under thirty calls. The log says
// once how many, and of each call in its own line what became of it.
func TestOneWarningOfManyCalls(t *testing.T) {
	var log logged
	run(t, func(f *floor) { f.l.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(f *floor) {
		for id := range dialer.CallID(30) {
			f.dial(100 + id)
		}
		f.settle(time.Second)
		for id := range dialer.CallID(30) {
			f.cut((100 + id).Channel(), 0, 0)
		}
		f.settle(2 * time.Second)
		f.dial(200) // alone, and later
		f.settle(time.Second)
		f.cut("tl-c-200", 0, 0)
		f.settle(2 * time.Second)
	})
	const what = "went down with the PBX"
	if each, all, alone := log.lines("INFO", what), log.lines("WARN", "calls=30"), log.lines("WARN", "calls=1"); each != 31 || all != 1 || alone != 1 || log.lines("WARN", what) != 2 {
		t.Errorf("%d calls by themselves, %d times thirty, %d times one", each, all, alone)
	}
}

// TestPhoneThatHungUpIsNoFault: it did so while being joined, as phones do when a
// page is reloaded.
func TestPhoneThatHungUpIsNoFault(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{"hung up": {dialer.ErrNotFound, 0}, "refused": {errors.New("no"), 1}} {
		var log logged
		run(t, func(f *floor) { f.l.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(f *floor) {
			f.login(7)
			f.mu.Lock()
			f.joinErr["tl-a-7-2"] = c.err
			f.mu.Unlock()
			f.arrive("tl-a-7-2")
			f.settle(time.Second)
			f.agent(7, dialer.AgentReady)
		})
		if got := log.lines("WARN", "could not be joined to its bridge"); got != c.want {
			t.Errorf("%s: said %d times, want %d", name, got, c.want)
		}
	}
}

// TestCustomerWhoCannotBeHeld: what the screen says is what the customer hears. A
// park that the PBX refuses frees no agent: the next customer would be put beside
// the first. Nobody is called for a talk that the customer is not to hear.
func TestCustomerWhoCannotBeHeld(t *testing.T) {
	for _, kind := range []dialer.IntentKind{dialer.IntentPark, dialer.IntentConsult} {
		run(t, nil, func(f *floor) {
			f.login(7)
			f.dial(100)
			f.answer(100)
			f.agent(7, dialer.AgentInCall)
			f.mu.Lock()
			f.holdErr = errors.New("no")
			f.mu.Unlock()
			id := f.want(7, kind, dialer.IntentArgs{CallID: 100, Number: "+12125550177"})
			f.settle(time.Second)
			f.agent(7, dialer.AgentInCall)
			if c := f.last(100); c.State != dialer.CallTalking || len(f.out) != 0 || f.refusal(id) == "" {
				t.Errorf("%s: the books say %s, called %v, told %q", kind, c.State, f.out, f.refusal(id))
			}
			f.mu.Lock()
			f.holdErr = nil
			f.mu.Unlock()
			id = f.want(7, kind, dialer.IntentArgs{CallID: 100, Number: "+12125550177"})
			f.settle(time.Second)
			want := map[dialer.IntentKind]dialer.CallState{dialer.IntentPark: dialer.CallParked, dialer.IntentConsult: dialer.CallHeld}[kind]
			if c := f.last(100); c.State != want || f.refusal(id) != "" {
				t.Errorf("%s, the second time: the books say %s, told %q", kind, c.State, f.refusal(id))
			}
		})
	}
}

// TestParkedCallThatDoesNotCome: the PBX does not bring it back, and so no agent has
// it; the next click does. Two who want it at once do not both get it.
func TestParkedCallThatDoesNotCome(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.talk()
		f.login(8)
		f.want(7, dialer.IntentPark, dialer.IntentArgs{CallID: 100})
		f.mu.Lock()
		f.joinErr["tl-c-100"] = errors.New("no")
		f.mu.Unlock()
		id := f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 100})
		f.agent(8, dialer.AgentReady)
		if c := f.last(100); c.State != dialer.CallParked || f.refusal(id) == "" {
			t.Errorf("the books say %s, told %q", c.State, f.refusal(id))
		}
		f.mu.Lock()
		delete(f.joinErr, "tl-c-100")
		f.beforeJoin = func() { time.Sleep(50 * time.Millisecond) }
		f.mu.Unlock()
		first := f.want(8, dialer.IntentTake, dialer.IntentArgs{CallID: 100})
		second := f.want(7, dialer.IntentTake, dialer.IntentArgs{CallID: 100})
		f.settle(time.Second)
		f.agent(8, dialer.AgentInCall)
		f.agent(7, dialer.AgentPaused)
		if c := f.last(100); c.State != dialer.CallTalking || c.SessionID != 8 || f.refusal(first) != "" || f.refusal(second) == "" {
			t.Errorf("%s with %d; told %q and %q", c.State, c.SessionID, f.refusal(first), f.refusal(second))
		}
	})
}
