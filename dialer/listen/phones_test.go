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
		silent := func(channel string, on bool) string {
			f.mu.Lock()
			f.mute = map[string]bool{channel: on}
			f.packets = 0
			f.mu.Unlock()
			f.settle(5 * time.Second)
			return f.row(7).NoSound
		}
		// The count of a side that is silent stands still; the fake has one for
		// both, which the other side moves.
		f.look(func() {})
		f.mu.Lock()
		f.mute = map[string]bool{"tl-a-7-1": true, "tl-c-100": true}
		f.mu.Unlock()
		f.settle(5 * time.Second)
		if got := f.row(7).NoSound; got != "phone" {
			t.Errorf("with no sound from either: %q", got)
		}
		if got := silent("none", true); got != "" {
			t.Errorf("with sound again: %q", got)
		}
		f.gone("tl-c-100", 16, 0)
		f.agent(7, dialer.AgentWrapUp)
	})
}
