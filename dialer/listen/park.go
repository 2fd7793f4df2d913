package listen

import (
	"context"

	"trunkline/dialer"
	"trunkline/dialer/agent"
	"trunkline/dialer/call"
)

// parkCode is the pause code of an agent who has parked a call and may dial, or
// take calls, meanwhile.
const parkCode = "PARK"

// park leaves the customer with music and frees the agent without an outcome:
// whoever takes the call back gives it.
func (l *Listen) park(s *shift, in dialer.Intent, with Change) {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The customer has hung up.")
		return
	case c.third != nil:
		l.refuse(with, "Somebody else is on the line. Hang up that leg first.")
		return
	case c.BridgedAt == nil:
		l.refuse(with, "The customer has not answered yet.")
		return
	}
	l.holdThen(c, s, func(refusal string) {
		if refusal != "" {
			l.refuse(with, refusal)
			return
		}
		l.parked(c, s, with)
	})
}

// parked: the customer hears music, and the agent is free of the call.
func (l *Listen) parked(c *liveCall, s *shift, with Change) {
	with.At = l.Clock.Now()
	next, err := agent.Next(s.State, agent.ParksCall)
	if err != nil || !l.moveCall(c, call.Parks) {
		l.refuse(with, "This call cannot be parked now.")
		return
	}
	with.Period = l.period(s, with.At)
	s.enter(next, with.Period.To)
	s.PauseCode, s.CallID, s.disposal = parkCode, 0, nil
	with.Call, with.Session = l.row(c), new(s.Session)
	l.put(with)
}

// takeBack gives a parked call to an agent of its campaign, or to the one who
// parked it.
func (l *Listen) takeBack(s *shift, in dialer.Intent, with Change) {
	c := l.calls[in.Args.CallID]
	if c == nil || c.State != dialer.CallParked || c.taken || !c.wants(s.CampaignID) && c.SessionID != s.ID {
		l.refuse(with, "That call is not parked any more.")
		return
	}
	if sentence := l.busy(s); sentence != "" {
		l.refuse(with, sentence)
		return
	}
	c.taken, s.dialing = true, true
	bridge, channel := s.ID.Bridge(), c.channel()
	l.ask(channel, func(ctx context.Context) error { return l.Mixer.Resume(ctx, bridge, channel) }, func(err error) {
		c.taken, s.dialing = false, false
		switch {
		case l.calls[c.ID] != c:
			l.refuse(with, "The customer has hung up.")
			l.match(s)
		case err != nil:
			l.Log.Warn("a parked call could not be taken back", "call", c.ID, "err", err)
			l.refuse(with, "The call could not be taken back, and is parked still. Try again.")
			l.match(s)
		default:
			l.tookBack(c, s, with)
		}
	})
}

// tookBack: the customer is in the agent's bridge.
func (l *Listen) tookBack(c *liveCall, s *shift, with Change) {
	with.At = l.Clock.Now()
	next, err := agent.Next(s.State, agent.TakesUp)
	if l.shifts[s.ID] != s || err != nil || !l.moveCall(c, call.Connects) {
		l.refuse(with, "That call cannot be taken back now.")
		l.hangup(c, dialer.ByDialer) // nobody is with the customer any more
		return
	}
	l.giveBack(s)
	c.SessionID, c.UserID = s.ID, s.UserID
	with.Period = l.period(s, with.At)
	s.enter(next, with.Period.To)
	s.PauseCode, s.CallID = "", c.ID
	with.Call, with.Session = l.row(c), new(s.Session)
	l.put(with)
}

// dropMessage leaves the campaign's message on the machine that the agent
// hears. The agent is free at once.
func (l *Listen) dropMessage(s *shift, in dialer.Intent, with Change) {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The line has been hung up.")
		return
	case c.campaign.Voicemail == "":
		l.refuse(with, "This campaign has no message to leave. Ask your supervisor for one.")
		return
	case c.third != nil || c.BridgedAt == nil:
		l.refuse(with, "A message can be left only when the customer's line is the only one.")
		return
	}
	held := c.State == dialer.CallHeld
	bridge, channel := s.ID.Bridge(), c.channel()
	l.command(channel, "take out", func(ctx context.Context) error {
		return l.Mixer.TakeOut(ctx, bridge, channel, held)
	}, nil)
	if !l.leaveMessage(c, Change{At: with.At}) {
		l.refuse(with, "A message cannot be left now.")
		return
	}
	s.disposal = &disposal{call: c.ID, status: dialer.StatusMessage}
	l.setFree(c, s, with)
}

// mute silences the agent's phone, or lets it be heard again.
func (l *Listen) mute(s *shift, on bool, with Change) {
	leg := s.Leg
	if leg == "" {
		l.refuse(with, "Your phone is not connected.")
		return
	}
	l.ask(s.ID.Bridge(), func(ctx context.Context) error { return l.Legs.Mute(ctx, leg, on) }, func(err error) {
		switch {
		case err != nil && on:
			l.refuse(with, "Your phone could not be muted: the customer still hears you.")
		case err != nil:
			l.refuse(with, "Your phone could not be unmuted. Try again.")
		default:
			s.Muted = on && s.Leg == leg
			with.Session = new(s.Session)
			l.put(with)
		}
	})
}

// digits sends tones to the third party if there is one, else to the customer.
func (l *Listen) digits(s *shift, in dialer.Intent, with Change) {
	c := l.onLine(s, in)
	if c == nil {
		l.refuse(with, "The customer has hung up.")
		return
	}
	channel := c.channel()
	if c.third != nil && c.State == dialer.CallHeld {
		channel = c.third.ID().Channel()
	}
	l.ask(channel, func(ctx context.Context) error { return l.Legs.Digits(ctx, channel, in.Args.Digits) }, func(err error) {
		if err != nil {
			l.refuse(with, "The tones could not be sent.")
			return
		}
		l.put(with)
	})
}
