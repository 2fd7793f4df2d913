package hopper

import (
	"context"
	"fmt"
	"time"
)

// EventPurger deletes old rows of the event stream.
type EventPurger interface {
	PurgeEvents(ctx context.Context, before time.Time, limit int) (int, error)
}

// Events are kept for an hour, ten times what a browser may sleep through
// before it reads the present state anew. They go in small batches, several a
// step, so that neither locks nor replication notice: 10,000 a second at most,
// more than a full cluster writes.
const (
	eventLife    = time.Hour
	purgeBatch   = 1000
	purgeBatches = 10
)

// PurgeEvents deletes the events that are past their life and says how many. The
// filler does it, because one process of the cluster must, and it is the one
// that holds a lease.
func PurgeEvents(ctx context.Context, store EventPurger, now time.Time) (int, error) {
	total := 0
	for range purgeBatches {
		n, err := store.PurgeEvents(ctx, now.Add(-eventLife), purgeBatch)
		total += n
		if err != nil {
			return total, fmt.Errorf("purging events: %w", err)
		}
		if n < purgeBatch {
			break
		}
	}
	return total, nil
}
