package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// sameWithin is how long after the next listen is at work a click of an agent that
// fell into the kill may take to be carried out: holding, and back again. A call
// that ended never comes back, so that waiting hides none.
const sameWithin = 15 * time.Second

func (c *chaos) adopt(ctx context.Context, kills int) error {
	crowd, over := c.crowd(), make(chan struct{})
	crowd.Brisk, crowd.Ledger, crowd.Over = 0.01, "", over
	floor := demo.OpenFloor(ctx, crowd)
	closed := false
	defer func() {
		if !closed {
			floor.Close(context.WithoutCancel(ctx), goodbye)
		}
	}()
	keeping := c.keep(context.WithoutCancel(ctx))
	defer keeping()
	err := c.settled(ctx, fillWithin)
	if err != nil {
		return fmt.Errorf("the agents did not sit down: %w", err)
	}
	c.sit(ctx)
	err = c.rig.Dial(ctx, true)
	if err != nil {
		return err
	}
	before, err := c.untilAllTalk(ctx, fillWithin)
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
		after, err := c.untilAllTalk(ctx, sameWithin)
		if err != nil {
			f.add("a talking call did not survive", "%v", err)
		}
		for _, what := range changed(before, after) {
			f.add("an agent has another customer than before", "%s", what)
		}
	}
	close(over)
	c.end(ctx, f, floor)
	closed = true
	keeping()
	if n := c.fallen(); n > 0 {
		return fmt.Errorf("nothing can be said of how calls are adopted: Asterisk died by itself %d times (%s); run this again", n, knownFault)
	}
	return c.report(ctx, f)
}

// changed are the agents who talk to somebody else than before.
func changed(before, after map[string]dialer.CallID) (all []string) {
	for user, call := range after {
		if before[user] != call {
			all = append(all, fmt.Sprintf("%s had call %s and has call %s", user, before[user], call))
		}
	}
	return all
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

// untilAllTalk waits until every agent talks, and tells to whom.
func (c *chaos) untilAllTalk(ctx context.Context, within time.Duration) (with map[string]dialer.CallID, err error) {
	err = c.rig.Await(ctx, within, func() string {
		all, what := c.talks(ctx)
		with = all
		return what
	})
	return with, err
}

// talks is who talks to whom, by the books and by Asterisk alike, and what is
// missing until that is every agent. A customer on hold counts: agents put some
// on hold for a second or two, and then the bridge has the agent's phone alone.
func (c *chaos) talks(ctx context.Context) (with map[string]dialer.CallID, missing string) {
	sessions, err := mariadb.NewRig(c.rig.DB).Sessions(ctx)
	if err != nil {
		return nil, err.Error()
	}
	bridges, err := c.rig.ARI.Bridges(ctx)
	if err != nil {
		return nil, err.Error()
	}
	inside := map[string][]string{}
	for _, b := range bridges {
		inside[b.ID] = b.ChannelIDs
	}
	with = map[string]dialer.CallID{}
	for _, s := range sessions {
		switch what := c.talksTo(ctx, s, inside[s.ID.Bridge()]); {
		case what == "":
			with[s.User] = s.CallID
		case missing == "":
			missing = what
		}
	}
	switch {
	case len(with) == c.Agents:
		return with, ""
	case missing == "":
		missing = fmt.Sprintf("%d shifts go on", len(sessions))
	}
	return with, fmt.Sprintf("%d of %d agents talk: %s", len(with), c.Agents, missing)
}

// talksTo is what is not so of an agent who talks, or has the customer on hold; in
// is what the agent's bridge has.
func (c *chaos) talksTo(ctx context.Context, s mariadb.RigSession, in []string) string {
	customer := s.CallID.Channel()
	here := slices.Contains(in, customer)
	switch {
	case s.State != dialer.AgentInCall || !slices.Contains(in, s.Leg):
	case s.CallState == dialer.CallTalking && here && len(in) == 2:
		return ""
	case s.CallState == dialer.CallHeld && !here && len(in) == 1:
		if _, err := c.rig.ARI.Channel(ctx, customer); err == nil {
			return ""
		}
	}
	return fmt.Sprintf("%s is %s with call %s (%s), and in the bridge there is %v", s.User, s.State, s.CallID, s.CallState, in)
}
