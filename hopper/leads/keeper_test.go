package leads

import (
	"testing"
	"time"

	"trunkline/dialer"
)

func TestResetDue(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	day := func(h, m int) time.Time { return time.Date(2026, 11, 28, h, m, 0, 0, zone) }
	for name, test := range map[string]struct {
		reset, changed, now time.Time
		due                 bool
	}{
		"before":            {day(0, 0).AddDate(0, 0, -1), day(0, 0).AddDate(0, 0, -1), day(7, 59), false},
		"at its time":       {day(0, 0).AddDate(0, 0, -1), day(0, 0).AddDate(0, 0, -1), day(8, 0), true},
		"a little late":     {day(0, 0).AddDate(0, 0, -1), day(0, 0).AddDate(0, 0, -1), day(8, 40), true},
		"done already":      {day(8, 0), day(0, 0).AddDate(0, 0, -1), day(8, 40), false},
		"far too late":      {day(0, 0).AddDate(0, 0, -1), day(0, 0).AddDate(0, 0, -1), day(9, 30), false},
		"set after it":      {day(0, 0).AddDate(0, 0, -1), day(8, 10), day(8, 20), false},
		"the second time":   {day(8, 0), day(0, 0), day(13, 1), true},
		"of another office": {day(0, 0).AddDate(0, 0, -1), day(0, 0), day(3, 0), false}, // 8:00 in London
	} {
		l := dialer.TimedList{Times: "08:00 13:00", ResetAt: &test.reset, ChangedAt: &test.changed}
		if got := ResetDue(l, test.now.UTC(), zone); got != test.due {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !ResetDue(dialer.TimedList{Times: "08:00"}, day(8, 1), zone) {
		t.Error("a list that was never reset is not due")
	}
}
