package listen

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/pacing"
)

// callTimeout: nobody was free in time. What the campaign wants done is done
// once; a call that waited in an in-group in vain gets what the in-group says.
func (l *Listen) callTimeout(c *liveCall, now time.Time) {
	action := cmp.Or(c.campaign.DropAction, dialer.DropMessage)
	group := c.campaign.InGroup.InGroup
	if c.BridgedAt != nil {
		l.nobodyElse(c, action, group, now)
		return
	}
	if c.DroppedAt == nil {
		c.DroppedAt, c.DropAction = new(now), action
		l.tell(c.CampaignID, pacing.Event{At: now, Kind: pacing.Abandoned}, "")
		l.Log.Info("no agent was free in time", "call", c.ID, "campaign", c.CampaignID,
			"waited", now.Sub(*c.WantedAt).Round(time.Millisecond), "action", action, "in_group", group.ID)
	}
	if action == dialer.DropInGroup {
		if until := c.DroppedAt.Add(time.Duration(group.Wait) * time.Second); group.ID != "" && now.Before(until) {
			l.toGroup(c, group, until, now)
			return
		}
		action = cmp.Or(group.After, dialer.DropMessage)
	}
	l.drop(c, action, now)
}

// toGroup has a call wait in an in-group, with music; its own campaign's agents
// may still be faster. A call that an earlier listen has put there has heard the
// announcement.
func (l *Listen) toGroup(c *liveCall, group dialer.InGroup, until, now time.Time) {
	fresh := c.InGroup == ""
	c.group, c.InGroup, c.dropAt = &group, group.ID, until
	c.music = c.music || !fresh // an earlier listen's goes on
	l.put(Change{At: now, Call: l.row(c)})
	if s := l.agentFor(c); s != nil {
		l.offer(c, s)
		return
	}
	c.music = true
	if !fresh || group.Announcement == "" {
		l.playMusic(c)
		return
	}
	c.announced = true
	channel := c.channel()
	l.command(channel, "announce", func(ctx context.Context) error {
		return l.Legs.Greet(ctx, channel, group.Announcement)
	}, func(err error) { l.announcementOver(c, !errors.Is(err, dialer.ErrNotFound)) })
}

// announcementOver: the caller hears music from now on, unless it is with an
// agent or given up by now.
func (l *Listen) announcementOver(c *liveCall, failed bool) {
	c.announced = false
	if failed {
		l.Log.Error("an in-group's announcement could not be played", "in_group", c.InGroup, "sound", c.group.Announcement)
	}
	if c.music && c.queued() {
		l.playMusic(c)
	}
}

func (l *Listen) playMusic(c *liveCall) {
	channel, class := c.channel(), c.group.Music
	l.command(channel, "music", func(ctx context.Context) error { return l.Legs.Music(ctx, channel, class) }, nil)
}

// queued tells whether a call waits in an in-group and is on its way to nobody.
func (c *liveCall) queued() bool {
	return c.group != nil && c.State == dialer.CallWaiting && c.offered == 0 && c.crossing == nil
}

// agentFor is the free agent who has waited longest, of those who may get the
// call.
func (l *Listen) agentFor(c *liveCall) *shift {
	best := l.longestReady(c.CampaignID)
	if c.group == nil {
		return best
	}
	for _, id := range c.group.Takers() {
		if s := l.longestReady(id); s != nil && (best == nil || s.Shown().Before(best.Shown())) {
			best = s
		}
	}
	return best
}

// wants tells whether a call may go to a campaign's agents.
func (c *liveCall) wants(id dialer.CampaignID) bool {
	return c.CampaignID == id || c.group != nil && c.group.Campaigns.Has(id)
}

// before tells whether an agent who may have both gets this call first.
func (c *liveCall) before(other *liveCall) bool {
	switch {
	case (c.group != nil) != (other.group != nil):
		return c.group != nil
	case c.group != nil && c.group.Priority != other.group.Priority:
		return c.group.Priority > other.group.Priority
	}
	return c.WantedAt.Before(*other.WantedAt)
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
	l.playSafeHarbour(c)
}

func (l *Listen) playSafeHarbour(c *liveCall) {
	channel, sound, music := c.channel(), c.safeHarbour(), c.music
	c.music = false
	l.command(channel, "play", func(ctx context.Context) error {
		if music {
			_ = l.Legs.Hush(ctx, channel) // the message is played over it if need be
		}
		return l.Legs.Play(ctx, channel, sound)
	}, func(err error) {
		if !errors.Is(err, dialer.ErrNotFound) { // else the callee has hung up
			l.notPlayed(c, err)
		}
		l.hangup(c, dialer.ByDialer)
	})
}

// notPlayed: somebody had no agent, and heard nothing instead.
func (l *Listen) notPlayed(c *liveCall, why any) {
	l.Log.Error("a safe-harbour message could not be played: see that its sound is there, on the campaign's page",
		"call", c.ID, "campaign", c.CampaignID, "sound", c.safeHarbour(), "err", why)
}

// safeHarbour is what the call is to hear when there is no agent for it.
func (c *liveCall) safeHarbour() string {
	if c.group != nil && c.group.Message != "" {
		return c.group.Message
	}
	return cmp.Or(c.campaign.SafeHarbour, builtInMessage)
}

// adoptSound: what a call was made to hear may have ended while nobody listened,
// or have never begun. A machine has its message, and its line is free. Whoever
// hears the safe-harbour message gets all of it once more: a key pressed while
// nobody listened was not heard, and the offer of the key holds for a call's whole
// end (47 CFR 64.1200(a)(7)(i)(B)).
func (l *Listen) adoptSound(c *liveCall) {
	if c.State == dialer.CallDropping {
		group := c.campaign.InGroup.InGroup
		action := cmp.Or(c.DropAction, c.campaign.DropAction, dialer.DropMessage)
		if action == dialer.DropInGroup {
			action = cmp.Or(group.After, dialer.DropMessage)
		}
		if action == dialer.DropHangup {
			l.hangup(c, dialer.ByDialer)
			return
		}
		if c.InGroup != "" && c.InGroup == group.ID {
			c.group = &group
		}
	}
	c.unheard = true
	channel, playing := c.channel(), false
	l.ask(channel, func(ctx context.Context) (err error) {
		playing, err = l.Legs.Playing(ctx, channel)
		return err
	}, func(err error) {
		if err == nil && !playing && c.unheard && l.calls[c.ID] == c {
			l.played(c, dialer.LegEvent{})
		}
	})
}

// optOut: the callee has pressed a key in the safe-harbour message, or while they
// waited. The number goes on the DNC and the call ends at once (47 CFR
// 64.1200(a)(7)(i)(B)). The PBX notes it before it hangs up: should we die before
// the journal has written it, it counts all the same.
func (l *Listen) optOut(c *liveCall, at time.Time) {
	if c.Status == dialer.StatusDNC {
		return // pressed twice
	}
	l.neverAgain(c, at)
	channel := c.channel()
	l.lanes.put(channel, func(ctx context.Context) {
		err := l.Legs.NoteKey(ctx, channel)
		if err != nil {
			l.Log.Warn("a key in the safe-harbour message is known to this daemon alone until it is written", "call", c.ID, "err", err)
		}
	})
	l.hangup(c, dialer.ByLead)
}

func (l *Listen) neverAgain(c *liveCall, at time.Time) {
	l.put(Change{At: at, DNC: &DNC{c.E164, "key"}})
	c.Status = dialer.StatusDNC
}
