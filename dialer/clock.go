package dialer

import (
	"sync/atomic"
	"time"
)

// Clock is the database's clock as one host sees it. Hosts' own clocks drift
// and are stepped; the database's is the only one that orders things between
// them. Its zero value shows the host's clock.
type Clock struct{ ahead atomic.Int64 } // nanoseconds by which the database is ahead of this host

// Set takes a measurement: the database said db at about the host's moment.
func (c *Clock) Set(db, host time.Time) { c.ahead.Store(int64(db.Sub(host))) }

// Now is the database's time now, in UTC.
func (c *Clock) Now() time.Time { return c.At(time.Now()) }

// At is the database's time at a moment of this host's clock, in UTC.
func (c *Clock) At(host time.Time) time.Time {
	return host.Add(time.Duration(c.ahead.Load())).UTC()
}

// Skew is how far this host's clock is ahead of the database's.
func (c *Clock) Skew() time.Duration { return -time.Duration(c.ahead.Load()) }
