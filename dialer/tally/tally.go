// Package tally keeps the sums of dialer/report equal to the logs, by and by and
// beside the dialing.
//
//	a change of calls or agent_log ─▶ its row in report_changes, in the same transaction
//	                                  │
//	Keeper, one of a cluster ─────────▶ counts that quarter of an hour anew from the log, replaces
//	                                    its sums, and takes the row out, in one transaction
//
// A sum is always replaced by what the log says, never added to: counting twice
// does no harm, and dying in between loses nothing. A disposition that comes
// hours after its call, or a recording that is finished days later, is a change
// like any other.
package tally

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trunkline/dialer"
)

// Change is one entry of what has to be counted anew.
type Change struct {
	ID       int64             `db:"id"`
	Kind     Kind              `db:"kind"`
	Campaign dialer.CampaignID `db:"campaign_id"`
	User     dialer.UserID     `db:"user_id"` // Stretch: the agent
	From     time.Time         `db:"from_at"` // Call: when it was placed
	To       time.Time         `db:"to_at"`   // Stretch: its end
}

// Kind is what has changed.
type Kind string

// The kinds of change.
const (
	Call    Kind = "C"
	Stretch Kind = "T" // of an agent's time
)

// Store keeps the sums.
type Store interface {
	// Seed writes the changes that the logs of before this table are worth, once.
	Seed(ctx context.Context) error
	// Changes are the newest that wait, at most so many.
	Changes(ctx context.Context, most int) ([]Change, error)
	// Count counts a batch anew and takes its changes out, in one transaction.
	Count(ctx context.Context, b Batch) error
	// Roll adds up the hours and days that are over by now and have no sums yet, in
	// steps; more tells that another is due.
	Roll(ctx context.Context, now time.Time) (more bool, err error)
}

// Lease lets one keeper of a cluster work at a time.
type Lease interface {
	Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error)
	End(ctx context.Context, name, holder string, epoch int64) error
}

// The keeper's lease and pace. A step ends well within the lease's life.
const (
	LeaseName = "reports"
	leaseTTL  = 20 * time.Second
	every     = 5 * time.Second // between looks when nothing waits
	stepLimit = 5 * time.Second
	atOnce    = 5000 // changes that are read at once
)

// Keeper counts what has changed. Several may run; one works at a time, and
// were it two, the database lets one of them write at a time.
type Keeper struct {
	Holder string
	Store  Store
	Lease  Lease
	Now    func(context.Context) (time.Time, error) // the database's clock
	Log    *slog.Logger

	epoch int64
}

// Run steps until ctx ends. It works at most half of the time, so that catching
// up on old logs leaves the database to the dialing.
func (k *Keeper) Run(ctx context.Context) error {
	defer k.end(ctx)
	failing := ""
	for {
		began := time.Now()
		left, err := k.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && err.Error() != failing:
			failing = err.Error()
			k.Log.Warn("summing up for the reports failed; trying again", "err", err)
		case err == nil:
			failing = ""
		}
		pause := every
		if left && err == nil {
			pause = max(time.Since(began), 50*time.Millisecond)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (k *Keeper) end(ctx context.Context) {
	if k.epoch == 0 {
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = k.Lease.End(last, LeaseName, k.Holder, k.epoch) // it runs out by itself
}

func (k *Keeper) round(ctx context.Context) (left bool, err error) {
	epoch, err := k.Lease.Hold(ctx, LeaseName, k.Holder, k.epoch, leaseTTL)
	if err != nil {
		return false, fmt.Errorf("the lease %s: %w", LeaseName, err)
	}
	k.epoch = epoch
	if epoch == 0 {
		return false, nil
	}
	now, err := k.Now(ctx)
	if err != nil {
		return false, err
	}
	return k.Step(ctx, now, stepLimit)
}

// Step counts what has changed, as much as limit allows; left tells that there
// is more.
func (k *Keeper) Step(ctx context.Context, now time.Time, limit time.Duration) (left bool, err error) {
	began := time.Now()
	if err := k.Store.Seed(ctx); err != nil {
		return false, fmt.Errorf("reading what the logs hold: %w", err)
	}
	for {
		more, err := k.Store.Roll(ctx, now)
		if err != nil {
			return false, fmt.Errorf("adding up hours and days: %w", err)
		}
		if !more {
			break
		}
		if time.Since(began) > limit {
			return true, nil
		}
	}
	changes, err := k.Store.Changes(ctx, atOnce)
	if err != nil {
		return false, fmt.Errorf("reading what has changed: %w", err)
	}
	var errs []error
	failed := map[dialer.CampaignID]bool{} // a stretch over midnight must not be taken out when its later day has failed
	for _, b := range Batches(changes) {
		if time.Since(began) > limit || ctx.Err() != nil {
			left = true
			break
		}
		if failed[b.Campaign] {
			continue
		}
		if err := k.Store.Count(ctx, b); err != nil {
			failed[b.Campaign] = true
			errs = append(errs, fmt.Errorf("campaign %s, %s: %w", b.Campaign, b.Day.Format(time.DateOnly), err))
		}
	}
	return left || len(changes) == atOnce, errors.Join(errs...)
}
