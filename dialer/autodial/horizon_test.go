package autodial

import (
	"testing"
	"time"

	"trunkline/dialer/compliance"
)

func TestHorizon(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	east, west := now.Add(6*time.Hour), now.Add(9*time.Hour)
	saw := func(h horizons, at time.Time, until ...time.Time) {
		for _, u := range until {
			h.saw("C1", compliance.Verdict{Allowed: true, Until: u}, at)
		}
	}
	h := horizons{}
	if end := h.of("C1", now).end(now); !end.IsZero() {
		t.Errorf("nobody was dialed, and the day ends at %s", end)
	}
	saw(h, now, east, west, east)
	if end := h.of("C1", now).end(now); !end.Equal(west) {
		t.Errorf("the day ends at %s, and the west may be called until %s", end, west)
	}
	// Only the east is left: for two spells at most the west still counts.
	for age := time.Duration(0); age <= 2*lately; age += lately / 2 {
		saw(h, now.Add(age), east)
	}
	if end := h.of("C1", now.Add(2*lately)).end(now); !end.Equal(east) {
		t.Errorf("the day ends at %s, and only the east was called for long, until %s", end, east)
	}
	if end := h.of("C1", now.Add(2*lately)).end(east); !end.IsZero() {
		t.Errorf("the east has closed: the leads that are left must not wait for a day that ended at %s", end)
	}
	saw(h, now.Add(2*lately), time.Time{})
	if end := h.of("C1", now.Add(2*lately)).end(now); !end.IsZero() {
		t.Errorf("some leads may be called at any time, and the day ends at %s", end)
	}
	if end := h.of("C1", now.Add(5*lately)).end(now); !end.IsZero() {
		t.Errorf("what was dialed long ago still counts: %s", end)
	}
}
