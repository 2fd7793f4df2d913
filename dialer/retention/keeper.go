package retention

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Rows deletes old rows, up to limit of them, and says how many.
type Rows interface {
	// Rules are what is set.
	Rules(ctx context.Context) ([]Rule, error)
	Delete(ctx context.Context, what What, before time.Time, limit int) (int, error)
}

// Lease lets one keeper of a cluster work at a time.
type Lease interface {
	Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error)
	End(ctx context.Context, name, holder string, epoch int64) error
}

// Keeper deletes rows whose time is over: one in a cluster at a time.
type Keeper struct {
	Holder string
	Rows   Rows
	Lease  Lease
	Now    func(context.Context) (time.Time, error) // the database's clock
	Log    *slog.Logger

	epoch int64
}

const (
	leaseName   = "retention"
	leaseTTL    = 30 * time.Second
	keeperEvery = 10 * time.Second
	rowsBatch   = 500 // neither locks nor replication notice
	stepLimit   = 5 * time.Second
	leasePart   = leaseTTL / 2
)

// Run looks until ctx ends, then gives its lease back.
func (k *Keeper) Run(ctx context.Context) error {
	defer func() {
		if k.epoch != 0 {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = k.Lease.End(last, leaseName, k.Holder, k.epoch) // it runs out by itself
		}
	}()
	return every(ctx, keeperEvery, k.Log, "rows whose time is over are not deleted", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, leasePart)
		defer cancel()
		_, err := k.Step(ctx)
		return err
	})
}

// Step deletes for a few seconds, if this keeper holds the lease, and says how
// many rows.
func (k *Keeper) Step(ctx context.Context) (int, error) {
	epoch, err := k.Lease.Hold(ctx, leaseName, k.Holder, k.epoch, leaseTTL)
	if err != nil {
		return 0, fmt.Errorf("the lease %s: %w", leaseName, err)
	}
	k.epoch = epoch
	if epoch == 0 {
		return 0, nil
	}
	now, err := k.Now(ctx)
	if err != nil {
		return 0, err
	}
	rules, err := k.Rows.Rules(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading what is kept for how long: %w", err)
	}
	total, began := 0, time.Now()
	for _, what := range All {
		days := Days(rules, what, "")
		if what == Recordings || days == 0 {
			continue
		}
		for time.Since(began) < stepLimit {
			n, err := k.Rows.Delete(ctx, what, now.AddDate(0, 0, -days), rowsBatch)
			total += n
			if err != nil {
				return total, fmt.Errorf("deleting old rows of %s: %w", what, err)
			}
			if n < rowsBatch {
				break
			}
		}
	}
	if total > 0 {
		k.Log.Info("rows were deleted, their time being over", "rows", total)
	}
	return total, nil
}

// Days is for how long something of a campaign is kept; 0 is for ever. Pure.
func Days(rules []Rule, what What, campaign string) int {
	days := Default[what]
	for _, r := range rules {
		switch {
		case r.What != what:
		case campaign != "" && string(r.Campaign) == campaign:
			return r.Days
		case r.Campaign == "":
			days = r.Days
		}
	}
	return days
}
