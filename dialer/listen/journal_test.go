package listen

import (
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

// batchWith is the transaction that closed a click.
func (f *floor) batchWith(id dialer.IntentID) []Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.batches {
		if slices.ContainsFunc(b, func(c Change) bool { return c.Intent != nil && c.Intent.ID == id }) {
			return b
		}
	}
	return nil
}

// TestClicksAreClosedTogether: that hang-ups were clicked is written for several
// of them by one statement, soon. What somebody waits for is not kept, nor what is
// not about one call.
func TestClicksAreClosedTogether(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.dial(100)
		f.answer(100)
		f.settle(time.Second)
		f.agent(7, dialer.AgentInCall)
		id := f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.agent(7, dialer.AgentWrapUp)
		again := f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		f.settle(apart)
		if b := f.batchWith(id); b != nil {
			t.Errorf("written at once: %+v", b)
		}
		if c := f.last(100); c.State != dialer.CallEnded {
			t.Errorf("the call waits for its click: %+v", c)
		}
		f.settle(keep)
		if b := f.batchWith(id); !slices.ContainsFunc(b, func(c Change) bool { return c.Intent != nil && c.Intent.ID == again }) {
			t.Errorf("the click was closed with %+v", b)
		}
		for kind, args := range map[dialer.IntentKind]dialer.IntentArgs{
			dialer.IntentHold: {CallID: 100}, dialer.IntentHangup: {}, dialer.IntentReady: {},
		} {
			id := f.want(7, kind, args)
			f.settle(2 * apart)
			if f.batchWith(id) == nil {
				t.Errorf("%s is kept back", kind)
			}
		}
	})
}

// TestEndWritesWhatWasKept: a listen that ends in good order leaves no click open.
func TestEndWritesWhatWasKept(t *testing.T) {
	var f0 *floor
	var id dialer.IntentID
	run(t, nil, func(f *floor) {
		f0 = f
		f.login(7)
		id = f.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		if f.batchWith(id) != nil {
			t.Error("written at once")
		}
	})
	if f0.batchWith(id) == nil {
		t.Error("the click stays open")
	}
}

// TestQuietDatabaseIsAskedLittle: on a floor where nothing happens listen asks
// three things in a second; what is in clicks and watches only when there are new
// ones, and once.
func TestQuietDatabaseIsAskedLittle(t *testing.T) {
	run(t, nil, func(f *floor) {
		f.login(7)
		f.mu.Lock()
		f.intents = nil
		f.mu.Unlock()
		f.settle(11 * time.Second)
		since := func(d time.Duration) map[string]int {
			f.mu.Lock()
			clear(f.looks)
			f.mu.Unlock()
			f.settle(d)
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.looks
		}
		if got := since(10 * time.Second); got["news"] > 21 || got["news"] < 18 || got["shifts"] > 11 || got["clicks"]+got["watches"] > 0 {
			t.Errorf("in ten seconds: %v", got)
		}
		// A click and a watch whose hints were lost.
		f.mu.Lock()
		f.intents = []dialer.Intent{{ID: 5, ServerID: 1, SessionID: 7, Kind: dialer.IntentPause}}
		f.watches = []dialer.Watch{{ID: 3, ServerID: 1, SessionID: 7, Mode: dialer.WatchListen, StartedAt: time.Now()}}
		f.mu.Unlock()
		if got := since(5 * time.Second); got["clicks"] != 1 || got["watches"] != 1 {
			t.Errorf("with a click and a watch: %v", got)
		}
		f.agent(7, dialer.AgentPaused)
		f.look(func() {
			if f.l.watches[3] == nil {
				t.Error("the watch was not taken in")
			}
		})
	})
}
