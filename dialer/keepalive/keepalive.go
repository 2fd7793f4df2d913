// Package keepalive keeps a telephony server working: it supervises the daemons
// (Supervisor), tells the cluster that the server is alive and how far its clock
// is off (Heart), and keeps Asterisk's configuration as the database describes
// it (Reconciler).
//
// If keepalive itself dies nothing else does: the daemons go on, and the next
// keepalive adopts them.
package keepalive

import (
	"context"
	"time"
)

// every calls step at once and then at each tick until ctx ends. A step that
// fails is the caller's to log; the next tick tries again.
func every(ctx context.Context, d time.Duration, step func(now time.Time)) {
	t := time.NewTicker(d)
	defer t.Stop()
	step(time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			step(now)
		}
	}
}
