package listen

import (
	"context"

	"trunkline/dialer"
)

// announces tells whether a recording of the call begins with the campaign's
// announcement: a rule asks for it, and nobody has heard it yet. Without a sound
// the agent has to say so.
func (c *liveCall) announces() bool {
	return c.Notice != "" && c.campaign.RecordNotice != "" && c.ToldAt == nil
}

// announcement plays what the call's recording must begin with, once, to both
// parties, while they may speak already. The bridge mixes from then on, so the
// recorder begins after it and must follow the sound when it is over.
func (l *Listen) announcement(c *liveCall) (play func(ctx context.Context)) {
	if !c.announces() || c.State != dialer.CallTalking {
		return func(context.Context) {}
	}
	bridge, channel, sound, begun := c.SessionID.Bridge(), c.channel(), c.campaign.RecordNotice, false
	c.unsaid = false
	return func(ctx context.Context) {
		if begun {
			return // the recorder's answer was lost, and it is asked again
		}
		err := l.Mixer.Notice(ctx, bridge, channel, sound)
		begun = err == nil
		at := l.Clock.Now()
		l.inbox.put(func() {
			if err != nil {
				l.notTold(c, err)
				return
			}
			if c.unsaid {
				return // that it failed was told before that it had begun
			}
			c.ToldAt = &at
			if l.calls[c.ID] == c {
				l.put(l.both(c, Change{At: at}))
			}
		})
	}
}

// notTold: the books must not say that somebody heard what was not played.
func (l *Listen) notTold(c *liveCall, why any) {
	if l.calls[c.ID] != c {
		return
	}
	l.Log.Error("an announcement of a recording could not be played: the agent has to say it",
		"call", c.ID, "campaign", c.CampaignID, "sound", c.campaign.RecordNotice, "rule", c.Notice, "err", why)
	c.unsaid = true
	if c.ToldAt == nil {
		return
	}
	c.ToldAt = nil
	l.put(l.both(c, Change{At: l.Clock.Now()}))
}
