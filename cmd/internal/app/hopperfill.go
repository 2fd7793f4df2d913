package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// HopperFill is the role that keeps the hoppers full.
func HopperFill(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleHopperFill, cfg: cfg, log: log,
		run: summingUp(keepingLists(func(ctx context.Context, d *Duty) error {
			store, leases := mariadb.NewHopperStore(d.DB), mariadb.NewLeases(d.DB)
			// Ours is the pid file of this host's one before, which so is dead.
			brief, cancel := context.WithTimeout(ctx, time.Second)
			err := leases.EndOf(brief, hopper.LeaseName, d.Server+"/")
			cancel()
			if err != nil {
				d.Log.Debug("the lease of the process before runs out by itself", "err", err)
			}
			figures := newFillerFigures()
			d.vitals.MustRegister(figures.collectors()...)
			return hopper.New(hopper.Config{
				Holder:    fmt.Sprintf("%s/%d", d.Server, os.Getpid()),
				Campaigns: store, Store: store, Sweeper: store, Old: store,
				Lease: leases, Clock: beatingClock{d.DB, d.Pulse}, Log: d.Log, Stepped: figures.stepped,
			}).Run(ctx)
		})),
	}
}

// beatingClock beats when the filler begins a round. A round that fails because
// the database is away is progress, too: a restart would cure nothing.
type beatingClock struct {
	db    *mariadb.DB
	pulse *Pulse
}

// Now is the database's clock.
func (c beatingClock) Now(ctx context.Context) (time.Time, error) {
	c.pulse.Beat()
	return c.db.Now(ctx)
}
