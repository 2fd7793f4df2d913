package listen

import (
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

func (f *floor) row(id dialer.SessionID) (s dialer.Session) {
	for _, c := range f.find(func(c Change) bool { return c.Session != nil && c.Session.ID == id }) {
		s = *c.Session
	}
	return s
}

func TestPhoneThatUnregisters(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.look(func() { f.l.shifts[7].PhoneLogin = "n7" })
		f.l.Phone("other", false, time.Now())
		f.l.Phone("n7", false, time.Now())
		f.settle(time.Second)
		f.l.Phone("n7", true, time.Now()) // a reloaded page
		f.settle(10 * time.Second)
		f.agent(7, dialer.AgentReady)
		f.l.Phone("n7", false, time.Now())
		f.settle(4 * time.Second)
		f.agent(7, dialer.AgentPaused)
		if got := f.row(7).PauseCode; got != "PHONE" {
			t.Errorf("paused with %q", got)
		}
		f.want(7, dialer.IntentReady, dialer.IntentArgs{})
		f.dial(100)
		f.answer(100)
		f.agent(7, dialer.AgentInCall)
		f.l.Phone("n7", false, time.Now())
		f.settle(4 * time.Second)
		f.agent(7, dialer.AgentInCall) // the call goes on
		f.gone("tl-c-100", 16, 0)
		f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		f.agent(7, dialer.AgentPaused)
	})
}

// TestPhoneThatComesBackInACall: the pause that was to follow is for nothing then,
// unless it is the agent's own.
func TestPhoneThatComesBackInACall(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.look(func() { f.l.shifts[7].PhoneLogin = "n7" })
		for call, c := range map[dialer.CallID]struct {
			asks string
			then dialer.AgentState
		}{100: {"", dialer.AgentReady}, 101: {"LUNCH", dialer.AgentPaused}} {
			f.want(7, dialer.IntentReady, dialer.IntentArgs{})
			f.dial(call)
			f.answer(call)
			f.l.Phone("n7", false, time.Now())
			f.settle(4 * time.Second)
			if got := f.row(7).PauseNext; got != "PHONE" {
				t.Errorf("after the call: %q", got)
			}
			if c.asks != "" {
				f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: c.asks})
			}
			f.l.Phone("n7", true, time.Now())
			f.settle(time.Second)
			if got := f.row(7).PauseNext; got != c.asks {
				t.Errorf("the phone is back: %q, want %q", got, c.asks)
			}
			f.gone(call.Channel(), 16, 0)
			f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: call, Status: "SALE"})
			f.agent(7, c.then)
		}
	})
}

// TestPhoneThatComesBack: a reload of the page, or another computer that takes the
// desk over, ends the phone's leg for a moment. The agent goes on with what that
// broke off, and gets calls at once if that was waiting for one. The board and the
// desk count the same pause on, as they do the wait for a call; the log has both
// stretches.
func TestPhoneThatComesBack(t *testing.T) {
	lunch := dialer.IntentArgs{Code: "LUNCH"}
	for name, c := range map[string]struct {
		before func(*floor)
		away   time.Duration
		during func(*floor)
		state  dialer.AgentState
		code   string
		goesOn bool // counted from before
	}{
		"ready":                         {away: 2 * time.Second, state: dialer.AgentReady, goesOn: true},
		"ready, and away for too long":  {away: unseenPause + time.Second, state: dialer.AgentPaused, code: phoneCode},
		"ready, and asked for a pause":  {away: 2 * time.Second, during: func(f *floor) { f.want(7, dialer.IntentPause, lunch) }, state: dialer.AgentPaused, code: "LUNCH"},
		"at lunch":                      {before: func(f *floor) { f.want(7, dialer.IntentPause, lunch) }, away: 2 * time.Minute, state: dialer.AgentPaused, code: "LUNCH", goesOn: true},
		"at lunch, asked for again":     {before: func(f *floor) { f.want(7, dialer.IntentPause, lunch) }, away: 2 * time.Minute, during: func(f *floor) { f.want(7, dialer.IntentPause, lunch) }, state: dialer.AgentPaused, code: "LUNCH", goesOn: true},
		"at lunch, then in training":    {before: func(f *floor) { f.want(7, dialer.IntentPause, lunch) }, away: 2 * time.Minute, during: func(f *floor) { f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "TRAIN"}) }, state: dialer.AgentPaused, code: "TRAIN"},
		"in a call that ends meanwhile": {before: talks, away: 2 * time.Second, during: wraps, state: dialer.AgentReady},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.login(7)
				if c.before != nil {
					c.before(f)
				}
				f.settle(time.Minute)
				was := f.row(7)
				f.gone(dialer.SessionID(7).Channel(1), 16, 0)
				f.settle(c.away)
				if c.during != nil {
					c.during(f)
				}
				f.agent(7, dialer.AgentConnecting)
				f.arrive(dialer.SessionID(7).Channel(2))
				f.agent(7, c.state)
				is := f.row(7)
				if is.PauseCode != c.code {
					t.Errorf("the pause is %q, want %q", is.PauseCode, c.code)
				}
				if is.Shown().Equal(was.Shown()) != c.goesOn || !c.goesOn && is.Shown().Before(was.Since.Add(time.Minute)) {
					t.Errorf("shown since %s, before the phone went since %s; to go on: %t", is.Shown(), was.Shown(), c.goesOn)
				}
				if !is.Since.After(was.Since.Add(time.Minute)) {
					t.Errorf("the log's stretch began at %s, the one before at %s", is.Since, was.Since)
				}
				f.gone(dialer.SessionID(7).Channel(2), 16, 0)
				f.settle(time.Second)
				f.arrive(dialer.SessionID(7).Channel(3))
				if again := f.row(7); !again.Shown().Equal(is.Shown()) || again.State != c.state {
					t.Errorf("after a second reload: %s shown since %s, not %s", again.State, again.Shown(), is.Shown())
				}
				f.settle(time.Second)
				f.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "BRK"})
				if own := f.row(7); !own.Shown().Equal(own.Since) || own.PauseCode != "BRK" {
					t.Errorf("another pause: shown since %s, not since %s", own.Shown(), own.Since)
				}
				f.want(7, dialer.IntentReady, dialer.IntentArgs{})
				if own := f.row(7); !own.Shown().Equal(own.Since) {
					t.Errorf("ready: shown since %s, not since %s", own.Shown(), own.Since)
				}
				if c.state != dialer.AgentReady {
					return
				}
				f.dial(101)
				f.answer(101)
				f.agent(7, dialer.AgentInCall)
			})
		})
	}
}

func talks(f *floor) {
	f.dial(100)
	f.answer(100)
	f.agent(7, dialer.AgentInCall)
}

func wraps(f *floor) {
	f.gone("tl-c-100", 16, 0)
	f.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
}

func TestOneWayAudio(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.settle(10 * time.Second)
		if got := f.row(7).NoSound; got != "" {
			t.Errorf("with sound from both: %q", got)
		}
		for _, c := range []struct {
			silent []string
			want   string
		}{
			{[]string{"tl-c-100"}, "customer"}, {nil, ""}, {[]string{"tl-a-7-1"}, "phone"}, {nil, ""},
			{[]string{"tl-a-7-1", "tl-c-100"}, "phone"}, {nil, ""},
		} {
			f.mu.Lock()
			clear(f.mute)
			for _, channel := range c.silent {
				f.mute[channel] = true
			}
			f.mu.Unlock()
			f.settle(5 * time.Second)
			if got := f.row(7).NoSound; got != c.want {
				t.Errorf("with no sound from %v: %q, want %q", c.silent, got, c.want)
			}
		}
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentWrapUp)
	})
}

// TestRingingByTheDatabase: where the web role does not reach this Asterisk, the
// phone is rung from here; once, and not when it is there already.
func TestRingingByTheDatabase(t *testing.T) {
	connecting := func(f *floor, seen time.Time) {
		f.sessions = append(f.sessions, dialer.Session{ID: 7, UserID: 7, CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: seen, PhoneLogin: "n7"})
	}
	rung := func(f *floor) []string {
		f.settle(time.Second)
		f.mu.Lock()
		defer f.mu.Unlock()
		return slices.Clone(f.rung)
	}
	run(t, func(f *floor) { connecting(f, time.Now().Add(time.Hour)) }, func(f *floor) {
		f.settle(listEvery)
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 1})
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 2}) // the page asked again meanwhile
		if got := rung(f); len(got) != 1 || got[0] != "7 tl-a-7-1 n7" {
			t.Errorf("rung: %q", got)
		}
		f.arrive("tl-a-7-1")
		f.settle(ringAgain)
		f.agent(7, dialer.AgentPaused)
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 1}) // the try by wire had come through
		if got := rung(f); len(got) != 1 {
			t.Errorf("rung though it is there: %q", got)
		}
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 3}) // the page has lost that leg
		if got := rung(f); len(got) != 2 || got[1] != "7 tl-a-7-3 n7" {
			t.Errorf("not rung again: %q", got)
		}
	})
	run(t, func(f *floor) { connecting(f, time.Now().Add(-time.Minute)); f.clicked = time.Minute }, func(f *floor) {
		f.settle(unseenRoute + listEvery)
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 1})
		if got := rung(f); len(got) != 0 {
			t.Errorf("rung long after, and nobody looks: %q", got)
		}
	})
	run(t, func(f *floor) { connecting(f, time.Now().Add(time.Hour)); f.ringErr = errAway }, func(f *floor) {
		f.settle(listEvery)
		f.want(7, dialer.IntentRing, dialer.IntentArgs{Leg: 1})
		if got := f.find(func(ch Change) bool { return ch.Intent != nil && ch.Intent.Refusal != "" }); len(got) != 1 {
			t.Errorf("a phone that could not be rung is told of: %+v", got)
		}
	})
}
