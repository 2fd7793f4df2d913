package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer/retention"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

// keepingLists is a role that besides its own work does what lists ask for by
// themselves, resets, and deletes rows whose time is over.
func keepingLists(run func(context.Context, *Duty) error) func(context.Context, *Duty) error {
	return func(ctx context.Context, d *Duty) error {
		keeper := leads.Keeper{
			Holder: fmt.Sprintf("%s/%d", d.Server, os.Getpid()), Lists: mariadb.NewLists(d.DB), Lease: mariadb.NewLeases(d.DB),
			Now: d.DB.Now, Zone: time.Local, Log: d.Log,
		}
		old := retention.Keeper{Holder: keeper.Holder, Rows: mariadb.NewOldRows(d.DB), Lease: keeper.Lease, Now: d.DB.Now, Log: d.Log}
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return old.Run(ctx) })
		g.Go(func() error { return keeper.Run(ctx) })
		g.Go(func() error { return run(ctx, d) })
		return g.Wait()
	}
}
