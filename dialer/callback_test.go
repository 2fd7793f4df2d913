package dialer

import (
	"testing"
	"time"
)

func TestCallbackAfterCall(t *testing.T) {
	due := time.Date(2026, 11, 28, 15, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		was            Callback
		reached, never bool
		at             time.Time
		state          CallbackState
		tries          int
		due            time.Time
	}{
		"reached":             {Callback{State: CallbackLive}, true, false, due, CallbackDone, 0, due},
		"reached before time": {Callback{State: CallbackActive}, true, false, due.Add(-time.Hour), CallbackDone, 0, due},
		"never again":         {Callback{State: CallbackLive}, true, true, due, CallbackDead, 0, due},
		"no answer":           {Callback{State: CallbackLive}, false, false, due.Add(time.Minute), CallbackActive, 1, due.Add(31 * time.Minute)},
		"no answer before":    {Callback{State: CallbackActive}, false, false, due.Add(-time.Hour), CallbackActive, 0, due},
		"no answer at last":   {Callback{State: CallbackLive, Tries: 4}, false, false, due, CallbackDead, 5, due},
	} {
		test.was.DueAt = due
		got := test.was.AfterCall(test.reached, test.never, test.at)
		if got.State != test.state || got.Tries != test.tries || !got.DueAt.Equal(test.due) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
