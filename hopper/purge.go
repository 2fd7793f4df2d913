package hopper

import (
	"context"
	"fmt"
	"time"
)

// Purger deletes old rows of the tables that only grow, up to limit of them, and
// says how many.
type Purger interface {
	// PurgeEvents deletes rows of the event stream.
	PurgeEvents(ctx context.Context, before time.Time, limit int) (int, error)
	// PurgeIntents deletes clicks that were carried out or refused.
	PurgeIntents(ctx context.Context, before time.Time, limit int) (int, error)
	// PurgeDrafts deletes what agents typed of calls that were placed before, and
	// never saved.
	PurgeDrafts(ctx context.Context, before time.Time, limit int) (int, error)
	// PurgeSessions deletes browsers' sessions that had expired before.
	PurgeSessions(ctx context.Context, before time.Time, limit int) (int, error)
}

// Events are kept for an hour, ten times what a browser may sleep through
// before it reads the present state anew, and clicks for a day, for whoever asks
// what an agent did. They go in small batches, several a step, so that neither
// locks nor replication notice: 10,000 a second at most, more than a full
// cluster writes.
const (
	eventLife    = time.Hour
	intentLife   = 24 * time.Hour
	draftLife    = 24 * time.Hour // no shift, and no call with it, is that long
	purgeBatch   = 1000
	purgeBatches = 10
)

// purgeEvery is how long nothing is purged after there was next to nothing to
// purge; while there is more it goes on with each step.
const purgeEvery = 10 * time.Second

// purgeRarely is how often what no index leads to, or next to nothing is of, is
// purged.
const purgeRarely = 10 * time.Minute

// Purge deletes what is past its life and says how many rows. The filler does
// it, because one process of the cluster must, and it is the one that holds a
// lease. rarely adds the tables that need it seldom.
func Purge(ctx context.Context, store Purger, now time.Time, rarely bool) (int, error) {
	total, err := purge(ctx, store.PurgeEvents, now.Add(-eventLife))
	if err != nil {
		return total, fmt.Errorf("purging events: %w", err)
	}
	n, err := purge(ctx, store.PurgeIntents, now.Add(-intentLife))
	total += n
	if err != nil {
		return total, fmt.Errorf("purging intents: %w", err)
	}
	if !rarely {
		return total, nil
	}
	n, err = purge(ctx, store.PurgeDrafts, now.Add(-draftLife))
	total += n
	if err != nil {
		return total, fmt.Errorf("purging drafts: %w", err)
	}
	n, err = purge(ctx, store.PurgeSessions, now)
	total += n
	if err != nil {
		return total, fmt.Errorf("purging sessions: %w", err)
	}
	return total, nil
}

func purge(ctx context.Context, batch func(context.Context, time.Time, int) (int, error), before time.Time) (int, error) {
	total := 0
	for range purgeBatches {
		n, err := batch(ctx, before, purgeBatch)
		total += n
		if err != nil || n < purgeBatch {
			return total, err
		}
	}
	return total, nil
}
