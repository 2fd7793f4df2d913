package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// Adopt kills listen under o.Agents talking calls, o.Kills times, and prints how
// long each next one took to have them in hand. No call may end of it. The
// parties are silent, so that hundreds of calls fit a small machine.
func Adopt(ctx context.Context, o Options, kills int) error {
	c, closeLog, err := prepare(o)
	if err != nil {
		return err
	}
	defer closeLog()
	c.say("%d talking calls, listen killed %d times", o.Agents, kills)
	ro := c.rigOptions(dialer.Campaign{
		ID: "ADOPT", Name: "Long talks", DialMethod: dialer.DialRatio, DialLevel: 1, DialTimeout: 20,
		DropMillis: 5000, CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordNever,
		CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: 2 * o.Agents,
	})
	ro.Mute, ro.Mix = true, asteriskconf.Mix{Quiet: 100}
	c.rig, err = rig.Start(ctx, ro)
	if err != nil {
		return err
	}
	err = c.adopt(ctx, kills)
	stopped := c.rig.Stop(context.WithoutCancel(ctx))
	if err == nil && stopped != nil {
		return fmt.Errorf("stopping: %w", stopped)
	}
	return err
}

// fillWithin bounds the wait for everybody to sit down, and to have a call.
const fillWithin = 5 * time.Minute

func (c *chaos) adopt(ctx context.Context, kills int) error {
	crowd := c.crowd()
	crowd.Brisk, crowd.Ledger = 0.01, "" // they talk for a minute and more
	floor := demo.OpenFloor(ctx, crowd)
	closed := false
	defer func() {
		if !closed {
			floor.Close(context.WithoutCancel(ctx), goodbye)
		}
	}()
	err := c.settled(ctx, fillWithin)
	if err != nil {
		return fmt.Errorf("the agents did not sit down: %w", err)
	}
	c.sit()
	err = c.rig.Dial(ctx, true)
	if err != nil {
		return err
	}
	err = c.rig.Await(ctx, fillWithin, func() string { return c.allTalk(ctx) })
	if err != nil {
		return err
	}
	err = c.rig.Dial(ctx, false)
	if err != nil {
		return err
	}
	f := &faults{}
	b := kill(app.RoleListen, 1)
	for range kills {
		// keepalive holds back a daemon that dies again soon after its start.
		err = c.rig.Await(ctx, time.Minute, func() string { return c.young(app.RoleListen) })
		if err != nil {
			return err
		}
		began := time.Now()
		err = b.strike(ctx, c.rig)
		if err != nil {
			return err
		}
		err = c.rig.Await(ctx, 30*time.Second, func() string { return b.back(ctx, c.rig) })
		if err != nil {
			return err
		}
		took := time.Since(began)
		c.say("killed under %d talking calls: all adopted after %s", c.Agents, took.Round(time.Millisecond))
		if took > restartLimit && c.Strict {
			f.add("the calls were adopted too late", "after %s", took.Round(time.Millisecond))
		}
		if what := c.allTalk(ctx); what != "" {
			f.add("a talking call did not survive", "%s", what)
		}
	}
	c.end(ctx, f, floor)
	closed = true
	return c.report(ctx, f)
}

// young says so of a daemon whose death keepalive would take for a fault in it.
func (c *chaos) young(role string) string {
	info, err := os.Stat(filepath.Join(c.rig.Dir, role+".pid"))
	if err != nil {
		return err.Error()
	}
	if age := time.Since(info.ModTime()); age < 6*time.Second {
		return fmt.Sprintf("%s was started %s ago", role, age.Round(time.Millisecond))
	}
	return ""
}

// allTalk is what is missing until every agent talks, by the books and by
// Asterisk, and nobody's call has ended.
func (c *chaos) allTalk(ctx context.Context) string {
	store := mariadb.NewRig(c.rig.DB)
	sessions, err := store.Sessions(ctx)
	if err != nil {
		return err.Error()
	}
	bridges, err := c.rig.ARI.Bridges(ctx)
	if err != nil {
		return err.Error()
	}
	inside := map[string]int{}
	for _, b := range bridges {
		inside[b.ID] = len(b.ChannelIDs)
	}
	talking := 0
	for _, s := range sessions {
		if s.State == dialer.AgentInCall && inside[s.ID.Bridge()] == 2 {
			talking++
		}
	}
	if talking < c.Agents {
		return fmt.Sprintf("%d of %d agents talk", talking, c.Agents)
	}
	return ""
}
