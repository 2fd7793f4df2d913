package dialer_test

import (
	"testing"
	"time"

	"trunkline/dialer"
)

func TestClockShowsTheDatabasesTime(t *testing.T) {
	var c dialer.Clock
	host := time.Now()
	if at := c.At(host); !at.Equal(host) || at.Location() != time.UTC {
		t.Errorf("an unset clock says %v at %v", at, host)
	}
	db := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c.Set(db, host)
	if at := c.At(host.Add(3 * time.Second)); !at.Equal(db.Add(3 * time.Second)) {
		t.Errorf("three seconds later it says %v", at)
	}
	// Asterisk's stamp of an event knows no monotonic clock.
	if at := c.At(host.Add(-time.Second).Round(0)); at.Sub(db.Add(-time.Second)).Abs() > time.Millisecond {
		t.Errorf("an event of a second before is dated %v", at)
	}
	if by := c.Stepped(); by.Abs() > time.Millisecond {
		t.Errorf("a clock that nobody stepped was stepped by %v", by)
	}
}
