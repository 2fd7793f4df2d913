package listen

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
)

// What the PBX answers may come after what it tells: answer and event have
// connections of their own.

// said is a log that a test reads.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// lines are those of a level that say something.
func (s *said) lines(level, what string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.b.String()) {
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
		var log said
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
		var log said
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
