package facts_test

import (
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// TestTheDayIsSummedUpOnceACall: what follows from what the screen shows is not read
// again, and whatever does not follow is.
func TestTheDayIsSummedUpOnceACall(t *testing.T) {
	day := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	now := day.Add(10 * time.Hour)
	before := facts.Today{Calls: 3, Sales: 1, TalkSeconds: 100}
	// desk is with a call that was bridged so long ago; 0: not yet, and without one.
	desk := func(id dialer.CallID, bridged time.Duration) facts.Desk {
		d := facts.Desk{Session: dialer.Session{CallID: id}, Today: before, Summed: now.Add(-5 * time.Minute)}
		if id != 0 {
			d.Call = &facts.DeskCall{Call: dialer.Call{ID: id, PlacedAt: now.Add(-bridged - 10*time.Second)}}
		}
		if bridged != 0 {
			d.Call.Call.BridgedAt = new(now.Add(-bridged))
		}
		return d
	}
	yesterdays, placedBefore := desk(0, 0), desk(8, 30*time.Second)
	yesterdays.Summed = day.Add(-time.Second)
	placedBefore.Call.Call.PlacedAt = day.Add(-time.Second)
	more := facts.Today{Calls: 4, Sales: 1, TalkSeconds: 130}
	for name, c := range map[string]struct {
		was  *facts.Desk
		is   facts.Desk
		want facts.Today // zero: it is read
	}{
		"nothing shown yet":                        {nil, desk(8, 0), facts.Today{}},
		"no call before and after":                 {new(desk(0, 0)), desk(0, 0), before},
		"one is dialed":                            {new(desk(0, 0)), desk(8, 0), before},
		"nobody answered it":                       {new(desk(8, 0)), desk(0, 0), before},
		"it is answered":                           {new(desk(8, 0)), desk(8, 30*time.Second), more},
		"a call comes":                             {new(desk(0, 0)), desk(8, 30*time.Second), more},
		"the same is on the line":                  {new(desk(8, 30*time.Second)), desk(8, 30*time.Second), before},
		"it has its outcome":                       {new(desk(8, 30*time.Second)), desk(0, 0), facts.Today{}},
		"another follows at once":                  {new(desk(8, 30*time.Second)), desk(9, 10*time.Second), facts.Today{}},
		"another follows one that nobody answered": {new(desk(8, 0)), desk(9, 10*time.Second), facts.Today{}},
		"one is taken back that was counted":       {new(desk(0, 0)), desk(8, 6*time.Minute), facts.Today{}},
		"it came as the day was summed up":         {new(desk(0, 0)), desk(8, 5*time.Minute-time.Second), facts.Today{}},
		"it was placed before midnight":            {new(desk(0, 0)), placedBefore, facts.Today{}},
		"what is shown is of yesterday":            {&yesterdays, desk(0, 0), facts.Today{}},
	} {
		got, known := facts.DeskQuery{Day: day, Now: now, Shown: c.was}.Known(c.is)
		if got != c.want || known != (c.want != facts.Today{}) {
			t.Errorf("%s: %+v, known %t; want %+v", name, got, known, c.want)
		}
	}
}
