package keepalive

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"trunkline/dialer"
)

// Edition tells one state of all servers' plans from another.
type Edition struct {
	Phones   int64     `db:"phones"`    // how often phones were changed
	PhonesAt time.Time `db:"phones_at"` // and when last, by whoever did not count it
	// A carrier that was switched off no longer counts, but its change does.
	Carriers   int       `db:"carriers"`
	CarriersAt time.Time `db:"carriers_at"`
	Peers      int64     `db:"peers"` // a checksum
	Music      int64     `db:"music"` // a checksum of the sounds' names
}

// Described is the configuration that the database describes.
type Described interface {
	Edition(ctx context.Context) (Edition, error)
	Plan(ctx context.Context, server dialer.ServerID) (dialer.PBXPlan, error)
	// Registered keeps how the registrations with carriers stand.
	Registered(ctx context.Context, server dialer.ServerID, all []dialer.Registration) error
	// Written notes when Asterisk took the configuration.
	Written(ctx context.Context, server dialer.ServerID) error
}

// Conf writes Asterisk's configuration and has Asterisk read it.
type Conf interface {
	Apply(ctx context.Context, p dialer.PBXPlan) (changed bool, err error)
	// Registrations are how Asterisk's registrations with carriers stand.
	Registrations(ctx context.Context) ([]dialer.Registration, error)
}

// Reconciler keeps Asterisk's configuration as the database describes it.
type Reconciler struct {
	Server    dialer.ServerID
	Described Described
	Conf      Conf
	Log       *slog.Logger

	plan    dialer.PBXPlan
	done    Edition // the plan's, which Asterisk has
	applied time.Time
	read    time.Time // the plan was
	waiting bool      // for Asterisk; said once

	registers  bool // a carrier of the plan wants us to register
	registered []dialer.Registration
}

// Run looks every 2 s until ctx ends, so that a new phone works at once.
func (r *Reconciler) Run(ctx context.Context) error {
	every(ctx, 2*time.Second, func(now time.Time) {
		step, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		err := r.Step(step, now)
		switch {
		case err == nil:
			r.waiting = false
		case ctx.Err() == nil && !r.waiting:
			r.waiting = true
			r.Log.Warn("Asterisk's configuration is not up to date; trying again", "err", err)
		}
	})
	return nil
}

// again is when the configuration is written even though nothing has changed:
// somebody may have edited the files, or Asterisk may have been reinstalled.
// Apply touches nothing that is as it should be.
const again = 30 * time.Second

// reread is when the plan is read even though the database tells of no change: a
// host of an older version, or a hand in the database, may have taken a phone away
// and not counted it. It is long since each server reads all its agents' phones then.
const reread = 5 * time.Minute

// Step writes the configuration if the database's has changed since.
func (r *Reconciler) Step(ctx context.Context, now time.Time) error {
	edition, err := r.Described.Edition(ctx)
	if err != nil {
		return fmt.Errorf("asking what the phones and carriers are: %w", err)
	}
	if edition == r.done && now.Sub(r.applied) < again {
		return r.registrations(ctx)
	}
	plan, read := r.plan, r.read
	if edition != r.done || now.Sub(read) >= reread {
		read = now
		plan, err = r.Described.Plan(ctx, r.Server)
		if err != nil {
			return err
		}
	}
	changed, err := r.Conf.Apply(ctx, plan)
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	// A row that changed after Edition was read is seen at the next look.
	r.plan, r.read, r.done, r.applied = plan, read, edition, now
	r.registers = slices.ContainsFunc(plan.Carriers, func(c dialer.Carrier) bool { return c.Registers })
	if !changed {
		return r.registrations(ctx)
	}
	r.Log.Info("Asterisk has a new configuration", "phones", len(plan.Phones), "carriers", len(plan.Carriers), "servers", len(plan.Peers))
	err = r.Described.Written(ctx, r.Server)
	if err != nil {
		return fmt.Errorf("noting the new configuration: %w", err)
	}
	return nil
}

// registrations looks how the registrations with carriers stand, and keeps what
// has changed: the pages show it.
func (r *Reconciler) registrations(ctx context.Context) error {
	var all []dialer.Registration
	if r.registers {
		var err error
		if all, err = r.Conf.Registrations(ctx); err != nil {
			return fmt.Errorf("asking how the registrations stand: %w", err)
		}
	}
	if r.registered != nil && slices.Equal(all, r.registered) {
		return nil
	}
	if err := r.Described.Registered(ctx, r.Server, all); err != nil {
		return fmt.Errorf("keeping how the registrations stand: %w", err)
	}
	r.registered = append([]dialer.Registration{}, all...)
	return nil
}
