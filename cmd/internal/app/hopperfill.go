package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// HopperFill is the role that keeps the hoppers full.
func HopperFill(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleHopperFill, cfg: cfg, log: log,
		run: func(ctx context.Context, d *Duty) error {
			store := mariadb.NewHopperStore(d.DB)
			return hopper.New(hopper.Config{
				Holder:    fmt.Sprintf("%s/%d", d.Server, os.Getpid()),
				Campaigns: store, Store: store, Sweeper: store, Events: store,
				Lease: mariadb.NewLeases(d.DB), Clock: d.DB, Log: d.Log,
				// One that waits for another's lease makes progress, too; while
				// the database is away there is nothing a restart would cure.
				Stepped: d.Pulse.Beat,
			}).Run(ctx)
		},
	}
}
