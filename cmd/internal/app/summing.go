package app

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer/tally"
	"trunkline/sql/mariadb"
)

// summingUp is a role that besides its own work keeps the reports' sums.
func summingUp(run func(context.Context, *Duty) error) func(context.Context, *Duty) error {
	return func(ctx context.Context, d *Duty) error {
		keeper := tally.Keeper{
			Holder: fmt.Sprintf("%s/%d", d.Server, os.Getpid()), Store: mariadb.NewTally(d.DB), Lease: mariadb.NewLeases(d.DB), Now: d.DB.Now, Log: d.Log,
		}
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return keeper.Run(ctx) })
		g.Go(func() error { return run(ctx, d) })
		return g.Wait()
	}
}
