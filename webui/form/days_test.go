package form

import (
	"testing"
	"time"
)

func TestDays(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ first, last, from, until, says string }{
		{"", "", "2026-10-30T12:00:00Z", "2026-11-29T12:00:00Z", ""},                     // the page's own
		{"2026-11-01", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", ""}, // clocks are set back in between
		{"2026-11-28", "", "2026-11-28T05:00:00Z", "2026-11-29T12:00:00Z", ""},
		{"28.11.2026", "", "", "", "Enter days as 2026-11-28."},
		{"", "2026-02-30", "", "", "Enter days as 2026-11-28."},
		{"0001-01-01", "", "", "", "Enter days as 2026-11-28."},
		{"", "9999-12-31", "", "", "Enter days as 2026-11-28."},
	} {
		from, until := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		err := Days(c.first, c.last, zone, &from, &until)
		switch {
		case c.says != "":
			if err == nil || err.Error() != c.says {
				t.Errorf("%q to %q: %v", c.first, c.last, err)
			}
		case err != nil || from.Format(time.RFC3339) != c.from || until.Format(time.RFC3339) != c.until:
			t.Errorf("%q to %q: %v to %v, %v; want %s to %s", c.first, c.last, from, until, err, c.from, c.until)
		}
	}
}
