package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// withoutDatabase has a call answered while nobody reaches the database: it must
// find its agent all the same. Then no statement stands between the two.
func withoutDatabase(ctx context.Context, r *rig.Rig, who *callees) error {
	err := mariadb.NewRig(r.DB).SetLimits(ctx, r.Server.ID, r.Trunks, 1)
	if err != nil {
		return err
	}
	floor := sit(ctx, r.Cfg.Web.PublicURL, r.Campaign.ID, []demo.Credentials{demo.Credentials(r.Logins[0])}, talk, r.Log)
	defer floor.home()
	err = r.Await(ctx, time.Minute, func() string {
		s, err := r.Store.Status(ctx, r.Campaign.ID, r.Began)
		if err != nil {
			return err.Error()
		}
		if s.Agents["READY"] < 1 {
			return "the agent is not ready"
		}
		return ""
	})
	if err == nil {
		err = r.Store.Reset(ctx, r.List)
	}
	if err != nil {
		return err
	}
	select {
	case <-who.heard: // one of before
	default:
	}
	err = r.Dial(ctx, true)
	if err != nil {
		return err
	}
	channel := ""
	select {
	case call := <-who.heard:
		channel = "tl-c-" + call
	case <-time.After(time.Minute):
		return errors.New("nothing is dialed")
	case <-ctx.Done():
		return ctx.Err()
	}
	r.SQL.Lead("tcp", "127.0.0.1:1") // where nobody is; the call still rings
	cut := r.SQL.Cut()
	defer func() { r.SQL.Lead(r.MariaDB().Addr()) }()
	err = r.Await(ctx, 20*time.Second, func() string {
		bridges, err := r.ARI.Bridges(ctx)
		if err != nil {
			return err.Error()
		}
		for _, b := range bridges {
			if _, ok := dialer.SessionOfBridge(b.ID); ok && slices.Contains(b.ChannelIDs, channel) {
				return ""
			}
		}
		return fmt.Sprintf("with the database cut off (%d connections), the call %s has no agent", cut, channel)
	})
	r.SQL.Lead(r.MariaDB().Addr())
	if err != nil {
		return err
	}
	return r.Dial(ctx, false)
}
