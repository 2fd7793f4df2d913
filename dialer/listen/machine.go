package listen

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
)

// machine does what the campaign wants done about a line at whose end there is
// nobody; false: it goes to an agent. A verdict that is not sure goes to an
// agent: to hang up on a person is worse than to bother an agent (and counts as
// an abandoned call, 47 CFR 64.1200(a)(7)). A fax goes to nobody.
func (l *Listen) machine(c *liveCall, at time.Time) bool {
	if !c.forMachine() {
		return false
	}
	l.moveCall(c, call.Answers)
	if c.campaign.AMD == dialer.AMDMessage && call.Machine(c.AMD, c.AMDCause) == dialer.StatusMachine && c.campaign.Voicemail != "" {
		l.leaveMessage(c, Change{At: at})
		return true
	}
	l.hangup(c, dialer.ByDialer)
	return true
}

// forMachine tells whether AMD's verdict keeps the call from an agent.
func (c *liveCall) forMachine() bool {
	verdict := call.Machine(c.AMD, c.AMDCause)
	switch {
	case verdict == "", c.campaign.AMD == dialer.AMDOff:
		return false
	case c.campaign.AMD == dialer.AMDAgent:
		return verdict == dialer.StatusFax
	}
	return true
}

// leaveMessage plays the campaign's message to a machine and hangs up after it.
func (l *Listen) leaveMessage(c *liveCall, with Change) bool {
	if !l.moveCall(c, call.GetsMessage) {
		return false
	}
	c.cutAt = l.Clock.Now().Add(voicemailLimit)
	with.Call = l.row(c)
	l.put(with)
	channel, sound := c.channel(), c.campaign.Voicemail
	l.command(channel, "play", func(ctx context.Context) error {
		return l.Legs.Play(ctx, channel, sound)
	}, func(error) { l.hangup(c, dialer.ByDialer) })
	return true
}

// played: what a call was made to hear is over.
func (l *Listen) played(c *liveCall, e dialer.LegEvent) {
	failed := len(e.Args) > 0 && e.Args[0] == dialer.PlayFailed
	if c.announced {
		l.announcementOver(c, failed)
		return
	}
	switch c.State {
	case dialer.CallTalking, dialer.CallHeld:
		if failed {
			l.notTold(c, "the sound could not be played")
		}
		l.followSound(c)
	case dialer.CallMessage:
		c.unheard = false
		if failed {
			l.Log.Error("a campaign's message could not be played", "campaign", c.CampaignID, "sound", c.campaign.Voicemail)
		} else if c.Status == "" {
			c.Status = dialer.StatusMessage
		}
		l.hangup(c, dialer.ByDialer)
	case dialer.CallDropping:
		if c.unheard {
			c.unheard, c.cutAt = false, l.Clock.Now().Add(messageLimit)
			l.playSafeHarbour(c)
			return
		}
		if failed {
			l.notPlayed(c, "the sound could not be played")
		}
		l.hangup(c, dialer.ByDialer)
	}
}
