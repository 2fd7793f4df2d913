package listen

import (
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
