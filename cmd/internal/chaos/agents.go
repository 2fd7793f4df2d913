package chaos

import (
	"context"
	"fmt"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// settled waits until every agent's shift says what Asterisk has: the phone in
// the agent's bridge and nothing else there, and nobody in a call that is over.
// It returns what is not so after the limit.
func (c *chaos) settled(ctx context.Context, limit time.Duration) error {
	return c.rig.Await(ctx, limit, func() string {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		sessions, err := mariadb.NewRig(c.rig.DB).Sessions(step)
		if err != nil {
			return err.Error()
		}
		if len(sessions) != c.Agents {
			return fmt.Sprintf("%d agents have a shift, not %d", len(sessions), c.Agents)
		}
		bridges, err := c.rig.ARI.Bridges(step)
		if err != nil {
			return err.Error()
		}
		inside := map[string][]string{}
		for _, b := range bridges {
			inside[b.ID] = b.ChannelIDs
		}
		for _, s := range sessions {
			if s.State != dialer.AgentReady && s.State != dialer.AgentPaused {
				return fmt.Sprintf("%s is %s with call %d", s.User, s.State, s.CallID)
			}
			if page := c.page(s.User); page.State != s.State || !page.Phone.Connected {
				return fmt.Sprintf("%s is %s, and the page shows %s, on the line: %t", s.User, s.State, page.State, page.Phone.Connected)
			}
			in := inside[s.ID.Bridge()]
			if len(in) != 1 || in[0] != s.Leg {
				return fmt.Sprintf("%s is %s with leg %q, and in the bridge there is %v", s.User, s.State, s.Leg, in)
			}
		}
		return ""
	})
}

func (c *chaos) page(user string) demo.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pages[user]
}

// empty waits until nobody has a shift and Asterisk has no channel and no
// bridge, and returns what is left.
func (c *chaos) empty(ctx context.Context, limit time.Duration) error {
	return c.rig.Await(ctx, limit, func() string {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		sessions, err := mariadb.NewRig(c.rig.DB).Sessions(step)
		if err != nil {
			return err.Error()
		}
		for _, s := range sessions {
			return fmt.Sprintf("%s has not logged out: %s, call %d", s.User, s.State, s.CallID)
		}
		channels, err := c.rig.ARI.Channels(step)
		if err != nil {
			return err.Error()
		}
		for _, ch := range channels {
			return fmt.Sprintf("Asterisk still has channel %s (%s), with %d more", ch.ID, ch.Name, len(channels)-1)
		}
		bridges, err := c.rig.ARI.Bridges(step)
		if err != nil {
			return err.Error()
		}
		for _, b := range bridges {
			return fmt.Sprintf("Asterisk still has bridge %s, with %d more", b.ID, len(bridges)-1)
		}
		return ""
	})
}
