package chaos

import (
	"context"
	"fmt"
	"time"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// What is asked of a restart of Asterisk.
const (
	endsWithin  = 5 * time.Second // its calls have ended in the books, with a cause
	againWithin = time.Minute     // their leads are dialable, and the agents on the line
)

// downs are the ways in which Asterisk goes down under its calls.
var downs = []struct {
	name string
	do   func(ctx context.Context, c *chaos) error
}{
	{"core restart now", func(ctx context.Context, c *chaos) error {
		return c.rig.Command(ctx, "core restart now")
	}},
	{"kill Asterisk", func(_ context.Context, c *chaos) error {
		c.mu.Lock()
		c.downing = true // and started again as by systemd
		c.mu.Unlock()
		_, err := c.rig.Kill("asterisk")
		return err
	}},
}

// restartAsterisk takes Asterisk down under calls, in each of the ways.
func (c *chaos) restartAsterisk(ctx context.Context, f *faults) {
	for _, d := range downs {
		falls := c.fallen()
		err := c.restartOnce(ctx, f, d.name, d.do)
		if err != nil && c.fallen() > falls {
			err = c.restartOnce(ctx, f, d.name, d.do) // it died by itself in between
		}
		if err != nil {
			f.add(d.name, "%v", err)
		}
	}
}

func (c *chaos) restartOnce(ctx context.Context, f *faults, name string, down func(context.Context, *chaos) error) error {
	c.striking.Lock()
	defer c.striking.Unlock()
	err := c.rig.Await(ctx, time.Minute, func() string {
		s, err := c.rig.Store.Status(ctx, c.rig.Campaign.ID, c.rig.Began)
		if err != nil {
			return err.Error()
		}
		if s.Calls[dialer.CallTalking] < c.Agents/4 || s.Calls[dialer.CallPlaced]+s.Calls[dialer.CallRinging] < 5 {
			return fmt.Sprintf("there are not calls enough: %v", s.Calls)
		}
		return ""
	})
	if err != nil {
		return err
	}
	from, err := c.rig.DB.Now(ctx)
	if err != nil {
		return err
	}
	up, oldest, err := c.upAt(ctx, from)
	if err != nil {
		return err
	}
	struck := time.Now()
	c.log.Info("blow", "what", name)
	// Should it not come back, what follows from that is no fault of its own.
	c.mu.Lock()
	c.deaths = append(c.deaths, death{from: from, to: from.Add(againWithin)})
	number := len(c.deaths) - 1
	c.mu.Unlock()
	err = down(ctx, c)
	if err != nil {
		return err
	}
	err = c.rig.Await(ctx, againWithin, func() string { return c.goneWith(ctx, up, oldest) })
	if err != nil {
		return err
	}
	ended := time.Since(struck)
	if ended > endsWithin && c.Strict {
		f.add("calls that went down with Asterisk ended late", "%s: after %s", name, ended.Round(time.Millisecond))
	}
	err = c.rig.Await(ctx, againWithin, func() string { return c.backOnLine(ctx, struck) })
	if err != nil {
		return err
	}
	back := time.Since(struck)
	to, err := c.rig.DB.Now(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.deaths[number].to = to
	c.mu.Unlock()
	err = c.rig.Await(ctx, againWithin, func() string { return c.dialedOn(ctx, to) })
	if err != nil {
		return err
	}
	c.say("%s under %d calls: ended in the books after %s, all agents on the line again after %s", name, len(up),
		ended.Round(time.Millisecond), back.Round(time.Millisecond))
	return nil
}

// goneWith is what is missing until all of the calls have ended with a cause,
// and the leads of those that nobody had answered may be dialed again, or have
// been.
func (c *chaos) goneWith(ctx context.Context, up map[dialer.CallID]mariadb.RigCall, oldest time.Time) string {
	store := mariadb.NewRig(c.rig.DB)
	all, err := store.CallsSince(ctx, oldest) // asked again and again: not all there are
	if err != nil {
		return err.Error()
	}
	latest := map[dialer.LeadID]dialer.CallID{}
	for _, call := range all {
		latest[call.LeadID] = max(latest[call.LeadID], call.ID)
	}
	var again []dialer.LeadID
	for _, call := range all {
		if _, was := up[call.ID]; !was {
			continue
		}
		switch {
		case call.EndedAt == nil:
			return fmt.Sprintf("call %s is still %s in the books", call.ID, call.State)
		case call.Sent && call.Cause == 0:
			return fmt.Sprintf("call %s has ended without a cause", call.ID)
		case call.AnsweredAt == nil && call.Status == dialer.StatusError && latest[call.LeadID] == call.ID:
			again = append(again, call.LeadID)
		}
	}
	dialable, err := store.Dialable(ctx, again)
	if err != nil {
		return err.Error()
	}
	if len(dialable) < len(again) {
		return fmt.Sprintf("%d of %d leads are dialable again", len(dialable), len(again))
	}
	return ""
}

// backOnLine is what is missing until every agent's page has shown that the
// phone was off the line, and shows that it is back.
func (c *chaos) backOnLine(ctx context.Context, since time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.rig.Logins {
		switch {
		case c.offLine[l.User].Before(since):
			return l.User + " was not told"
		case !c.pages[l.User].Phone.Connected:
			return l.User + " is not on the line again"
		}
	}
	return ""
}

// dialedOn is what is missing until calls reach agents again.
func (c *chaos) dialedOn(ctx context.Context, since time.Time) string {
	all, err := mariadb.NewRig(c.rig.DB).CallsSince(ctx, since)
	if err != nil {
		return err.Error()
	}
	for _, call := range all {
		if call.BridgedAt != nil && call.PlacedAt.After(since) {
			return ""
		}
	}
	return "no call has reached an agent since"
}
