package leads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"trunkline/dialer"
)

// Lists is what the keeper does to lists.
type Lists interface {
	// Timed are the active lists that are reset by the clock.
	Timed(ctx context.Context) ([]dialer.TimedList, error)
	// ResetTimed begins a reset; a *dialer.Problem when the list allows none.
	ResetTimed(ctx context.Context, list dialer.ListID, now, day time.Time) error
	// OpenResets are those that have not reached their end.
	OpenResets(ctx context.Context) ([]dialer.ListReset, error)
	// GoOn resets the next leads; done when there were no more.
	GoOn(ctx context.Context, r dialer.ListReset, now time.Time) (done bool, err error)
	// RenewZones brings the zone sets of the next leads to the calling rules in use;
	// renewed is how many have changed since it began.
	RenewZones(ctx context.Context, now time.Time) (done bool, renewed int64, err error)
}

// Lease lets one keeper of a cluster work at a time.
type Lease interface {
	Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error)
	End(ctx context.Context, name, holder string, epoch int64) error
}

// Keeper does what lists ask for without anybody's clicking: resets by the
// clock, the work of every reset, and new zone sets after the calling rules have
// changed, all batch by batch. What its process did not live to end is ended by
// the next one.
type Keeper struct {
	Holder string
	Lists  Lists
	Lease  Lease
	Now    func(context.Context) (time.Time, error) // the database's clock
	Zone   *time.Location                           // of the office, in which reset times are
	Log    *slog.Logger

	epoch    int64
	renewing bool // zone sets are being renewed
}

const (
	keeperLease = "lists-keeper"
	keeperTTL   = 20 * time.Second
	keeperEvery = 2 * time.Second
	// catchUp is how late a timed reset may come, as after a night in which
	// nothing ran. Later, the next one will do.
	catchUp = time.Hour
)

// Run steps until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	defer func() {
		if k.epoch != 0 {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = k.Lease.End(last, keeperLease, k.Holder, k.epoch) // it runs out by itself
		}
	}()
	failing := ""
	for {
		err := k.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && err.Error() != failing:
			failing = err.Error()
			k.Log.Warn("keeping the lists failed; trying again", "err", err)
		case err == nil:
			failing = ""
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keeperEvery):
		}
	}
}

func (k *Keeper) round(ctx context.Context) error {
	epoch, err := k.Lease.Hold(ctx, keeperLease, k.Holder, k.epoch, keeperTTL)
	if err != nil {
		return fmt.Errorf("the lease %s: %w", keeperLease, err)
	}
	k.epoch = epoch
	if epoch == 0 {
		return nil
	}
	now, err := k.Now(ctx)
	if err != nil {
		return err
	}
	return k.Step(ctx, now)
}

// stepLimit bounds a step well within the lease's life.
const stepLimit = 8 * time.Second

// Step begins the resets that are due and goes on with those under way.
func (k *Keeper) Step(ctx context.Context, now time.Time) error {
	timed, err := k.Lists.Timed(ctx)
	if err != nil {
		return fmt.Errorf("reading which lists are reset by the clock: %w", err)
	}
	day := midnight(now, k.Zone)
	var errs []error
	for _, l := range timed {
		if !ResetDue(l, now, k.Zone) {
			continue
		}
		err := k.Lists.ResetTimed(ctx, l.ID, now, day)
		var why *dialer.Problem
		if errors.As(err, &why) {
			k.Log.Warn("a timed reset was left out: "+why.Sentence, "list", l.ID)
			continue
		}
		errs = append(errs, err)
	}
	open, err := k.Lists.OpenResets(ctx)
	errs = append(errs, err)
	began := time.Now()
	for _, r := range open {
		for time.Since(began) < stepLimit && ctx.Err() == nil {
			done, err := k.Lists.GoOn(ctx, r, now)
			if err != nil {
				errs = append(errs, fmt.Errorf("resetting list %d: %w", r.ListID, err))
				break
			}
			if done {
				k.Log.Info("list reset", "list", r.ListID, "by", r.Source)
				break
			}
		}
	}
	for time.Since(began) < stepLimit && ctx.Err() == nil {
		done, renewed, err := k.Lists.RenewZones(ctx, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("renewing leads' time zones: %w", err))
			break
		}
		if !done && !k.renewing {
			k.Log.Info("the calling rules name other states: leads' time zones are being renewed")
		}
		if done && k.renewing {
			k.Log.Info("leads' time zones are renewed", "changed", renewed)
		}
		if k.renewing = !done; done {
			break
		}
	}
	return errors.Join(errs...)
}

// ResetDue tells whether one of a list's reset times has come within the last
// hour and nothing was reset since. A time that was set only after it had passed
// waits for the next day. Pure.
func ResetDue(l dialer.TimedList, now time.Time, zone *time.Location) bool {
	for at := range strings.FieldsSeq(l.Times) {
		t, err := time.Parse("15:04", at)
		if err != nil {
			continue
		}
		y, m, d := now.In(zone).Date()
		moment := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, zone)
		if now.Before(moment) || now.Sub(moment) > catchUp {
			continue
		}
		if (l.ResetAt == nil || l.ResetAt.Before(moment)) && (l.ChangedAt == nil || l.ChangedAt.Before(moment)) {
			return true
		}
	}
	return false
}

func midnight(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}
