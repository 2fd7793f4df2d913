package listen

import (
	"cmp"
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/pacing"
)

// dropWait is how long a call waits for another campaign's agents, unless its
// own campaign says.
const dropWait = 20 * time.Second

// callTimeout: nobody was free in time. What the campaign wants done is done
// once; a call that waited for another campaign's agents in vain hears the
// message.
func (l *Listen) callTimeout(c *liveCall, now time.Time) {
	action := cmp.Or(c.campaign.DropAction, dialer.DropMessage)
	if c.DroppedAt == nil {
		c.DroppedAt, c.DropAction = new(now), action
		l.tell(c.CampaignID, pacing.Event{At: now, Kind: pacing.Abandoned}, "")
		l.Log.Info("no agent was free in time", "call", c.ID, "campaign", c.CampaignID,
			"waited", now.Sub(*c.WantedAt).Round(time.Millisecond), "action", action, "to", c.campaign.DropGroup)
	}
	if action == dialer.DropInGroup && c.campaign.DropGroup != "" {
		until := c.DroppedAt.Add(cmp.Or(time.Duration(c.campaign.DropWait)*time.Second, dropWait))
		if now.Before(until) {
			l.toGroup(c, until, now)
			return
		}
		action = dialer.DropMessage
	}
	l.drop(c, action, now)
}

// toGroup has a call wait, with music, for the agents of another campaign; its
// own campaign's may still be faster.
func (l *Listen) toGroup(c *liveCall, until, now time.Time) {
	c.group, c.dropAt = c.campaign.DropGroup, until
	l.put(Change{At: now, Call: l.row(c)})
	if s := l.agentFor(c); s != nil {
		l.offer(c, s)
		return
	}
	c.music = true
	channel := c.channel()
	l.command(channel, "music", func(ctx context.Context) error { return l.Legs.Music(ctx, channel, true) }, nil)
}

// agentFor is the free agent who has waited longest, of those who may get the
// call.
func (l *Listen) agentFor(c *liveCall) *shift {
	best := l.longestReady(c.CampaignID)
	if c.group == "" {
		return best
	}
	other := l.longestReady(c.group)
	if best == nil || other != nil && other.Since.Before(best.Since) {
		return other
	}
	return best
}

// wants tells whether a call may go to a campaign's agents.
func (c *liveCall) wants(id dialer.CampaignID) bool {
	return c.CampaignID == id || c.group == id && id != ""
}

// drop gives up on a call that found no agent.
func (l *Listen) drop(c *liveCall, action dialer.DropAction, now time.Time) {
	if !l.moveCall(c, call.FindsNone) {
		return
	}
	c.cutAt = now.Add(messageLimit)
	l.put(Change{At: now, Call: l.row(c)})
	if action == dialer.DropHangup {
		l.hangup(c, dialer.ByDialer)
		return
	}
	channel, sound, music := c.channel(), cmp.Or(c.campaign.SafeHarbour, builtInMessage), c.music
	c.music = false
	l.command(channel, "play", func(ctx context.Context) error {
		if music {
			_ = l.Legs.Music(ctx, channel, false) // the message is played over it if need be
		}
		return l.Legs.Play(ctx, channel, sound)
	}, func(error) { l.hangup(c, dialer.ByDialer) })
}
