package bench

import (
	"context"
	"fmt"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/proc"
	"trunkline/sql/grants"
	"trunkline/sql/mariadb"
)

// fillApart gives hopper-fill, on every server, a database account of its own,
// whose work the database counts by itself (userstat). What fills a hopper works
// once for all servers, each second, whether calls are placed or not, and reads
// more rows for it than the calls of some servers together: added to theirs, one
// of its rounds more or less in the time that is measured would be taken for them.
//
// A role reads its configuration when it starts, and keepalive starts it with its
// own: so the file names the other account for as long as the fillers begin anew.
func (f *fleet) fillApart(ctx context.Context) error {
	err := f.Maria.Run(ctx, []string{"SET GLOBAL userstat = 1"})
	if err == nil {
		f.root, err = mariadb.Open(f.Maria.DSN(f.Database))
	}
	if err != nil {
		return err
	}
	for i := range f.Servers {
		if err := f.refill(ctx, i); err != nil {
			return fmt.Errorf("a filler with an account of its own on %s: %w", f.configs[i].Server, err)
		}
	}
	return nil
}

// refill ends a server's filler and waits for the next, which works under another
// account.
func (f *fleet) refill(ctx context.Context, server int) error {
	c := f.configs[server]
	account := fmt.Sprintf("%s_fill_%d", f.Database, server+1)
	others := c
	var err error
	others.Database.DSN, err = app.RoleAccount(ctx, f.Maria, f.Database, account, grants.Telephony)
	if err == nil {
		err = others.Save(c.File())
	}
	if err != nil {
		return err
	}
	pid := app.PidFile(c, app.RoleHopperFill)
	err = f.await(ctx, time.Minute, func() string {
		if _, ok := proc.Find(pid); !ok {
			return "hopper-fill does not run"
		}
		return ""
	})
	if err != nil {
		return err
	}
	if old, ok := proc.Find(pid); ok {
		if err := old.Stop(ctx, 10*time.Second); err != nil {
			return err
		}
	}
	err = f.await(ctx, time.Minute, func() string {
		work, err := mariadb.NewRig(f.root).Work(ctx, []string{account})
		if err != nil || work.Statements == 0 {
			return fmt.Sprintf("nobody uses its account (%v); the end of its log:\n%s", err, proc.Tail(app.LogFile(c, app.RoleHopperFill), 8))
		}
		return ""
	})
	if err != nil {
		return err
	}
	f.fillers = append(f.fillers, account)
	return c.Save(c.File())
}
