package dialer

import (
	"sync/atomic"
	"time"
)

// Clock is the database's clock as one host sees it. Hosts' own clocks drift
// and are stepped; the database's is the only one that orders things between
// them. Its zero value shows the host's clock.
//
// Between two measurements it counts by the host's monotonic clock, which nobody
// steps: a host whose clock jumps goes on with the right time.
type Clock struct{ mark atomic.Pointer[mark] }

// mark is a measurement: the database said db at about the host's moment.
type mark struct{ db, host time.Time }

// Set takes a measurement. host is from time.Now on this host.
func (c *Clock) Set(db, host time.Time) { c.mark.Store(&mark{db.Round(0), host}) }

// Now is the database's time now, in UTC.
func (c *Clock) Now() time.Time { return c.At(time.Now()) }

// At is the database's time at a moment of this host, in UTC. A moment that was
// not taken by time.Now in this process, such as Asterisk's of an event, is taken
// for one of the host's clock as it is now, stepped or not.
func (c *Clock) At(host time.Time) time.Time {
	m := c.mark.Load()
	if m == nil {
		return host.Round(0).UTC()
	}
	if host == host.Round(0) { // it has no reading of the monotonic clock
		now := time.Now()
		return m.db.Add(now.Sub(m.host) - now.Sub(host)).UTC()
	}
	return m.db.Add(host.Sub(m.host)).UTC()
}

// Stepped tells how far the host's clock was set forward since the measurement,
// or back, as far as its monotonic clock knows; a host that slept looks the same.
func (c *Clock) Stepped() time.Duration {
	m := c.mark.Load()
	if m == nil {
		return 0
	}
	now := time.Now()
	return now.Round(0).Sub(m.host.Round(0)) - now.Sub(m.host)
}
