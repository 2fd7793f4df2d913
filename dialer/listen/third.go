package listen

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
)

// A third party is a leg of its own (tl-t-CALL-N) with a row of its own; the
// call's row stays the customer's. A call has one third party at a time. It is
// dialed into a bridge, so that whoever is there hears it ring: the agent's,
// or, once the agent has left, the call's own (tl-x-CALL). The two of them end
// together there.

// dialThird dials a third party for an agent.
func (l *Listen) dialThird(s *shift, in dialer.Intent, purpose dialer.ThirdPurpose, with Change) {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The customer has hung up.")
		return
	case c.BridgedAt == nil:
		l.refuse(with, "The customer has not answered yet.")
		return
	case c.third != nil:
		l.refuse(with, "Somebody else is on the line already. Hang up that leg first.")
		return
	case in.Args.Number == "":
		l.refuse(with, "Type the number to call.")
		return
	}
	carrier, ok := l.carriers[c.CarrierID]
	if !ok || !carrier.Active {
		l.refuse(with, "The campaign's carrier is switched off. Tell your supervisor.")
		return
	}
	c.thirds++
	t := &dialer.Third{
		Call: c.ID, N: c.thirds, ServerID: l.Server.ID, SessionID: s.ID, Purpose: purpose,
		E164: in.Args.Number, State: dialer.CallPlaced, PlacedAt: with.At,
	}
	c.third = t
	if purpose == dialer.ThirdConsult {
		l.holdThen(c, s, func(refusal string) {
			switch {
			case refusal == "" && c.third == t:
				l.callThird(c, s, t, carrier, with)
				return
			case c.third == t:
				c.third = nil
			case refusal == "":
				refusal = "That took too long, and nobody was called. Try again."
			}
			l.refuse(with, refusal)
		})
		return
	}
	l.callThird(c, s, t, carrier, with)
}

// callThird: nothing stands in the way of the third party's leg.
func (l *Listen) callThird(c *liveCall, s *shift, t *dialer.Third, carrier dialer.Carrier, with Change) {
	out := dialer.Outgoing{
		Channel: t.ID().Channel(), Bridge: s.ID.Bridge(), Call: c.ID, E164: t.E164, Carrier: carrier, CallerID: c.campaign.CallerID,
		Timeout: time.Duration(c.campaign.DialTimeout) * time.Second, Role: "third",
	}
	with.Third = new(*t)
	switch t.Purpose {
	case dialer.ThirdConsult, dialer.ThirdInvite:
		l.put(l.both(c, with))
	case dialer.ThirdTransfer:
		out.Bridge = c.ID.Bridge()
		l.passOn(c, s, with)
	}
	// Behind what moves the customer: the bridge must be there.
	l.command(c.channel(), "dial a third party", func(ctx context.Context) error { return l.Legs.Call(ctx, out) }, func(err error) {
		l.Log.Warn("a third party could not be dialed", "call", c.ID, "err", err)
		l.thirdEnded(c, t, dialer.LegEvent{At: l.Clock.Now()})
	})
}

func (l *Listen) thirdLeg(id dialer.ThirdID, e dialer.LegEvent) {
	c := l.calls[id.Call]
	if c == nil || c.third == nil || c.third.N != id.N {
		return
	}
	t := c.third
	switch e.Kind {
	case dialer.LegRinging:
		if t.State == dialer.CallPlaced {
			t.State = dialer.CallRinging
			l.put(l.both(c, Change{At: e.At, Third: new(*t)}))
		}
	case dialer.LegAnswered:
		if t.AnsweredAt == nil {
			t.State, t.AnsweredAt = dialer.CallTalking, new(e.At)
			l.put(l.both(c, Change{At: e.At, Third: new(*t)}))
		}
	case dialer.LegEnded:
		l.thirdEnded(c, t, e)
	}
}

// thirdEnded: a third party is gone. A customer whom the agent left with them
// is alone then, and the call ends; one on hold waits for the agent's key.
func (l *Listen) thirdEnded(c *liveCall, t *dialer.Third, e dialer.LegEvent) {
	if c.third != t {
		return
	}
	t.State, t.EndedAt, t.Cause, t.SIPCode = dialer.CallEnded, new(e.At), e.Cause, e.SIPCode
	c.third, c.lastThird = nil, t
	l.put(l.both(c, Change{At: e.At, Third: new(*t)}))
	if c.State == dialer.CallPassed {
		l.hangup(c, dialer.ByDialer)
		return
	}
	l.followSound(c) // the agent's own sound again, after that of all together
	if s := l.shifts[c.SessionID]; s != nil && t.AnsweredAt == nil && s.CallID == c.ID {
		l.tellReason(s, call.Outcome(call.End{State: dialer.CallPlaced, Cause: e.Cause, SIPCode: e.SIPCode, FarEnd: e.SIPCode != 0, Rang: true}))
	}
}

func (l *Listen) hangupThird(c *liveCall) {
	if c.third == nil {
		return
	}
	channel := c.third.ID().Channel()
	l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
}

// withThird is the agent's call and its third party, or a refusal.
func (l *Listen) withThird(s *shift, in dialer.Intent, with Change) *liveCall {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The customer has hung up.")
	case c.third == nil:
		l.refuse(with, "Nobody else is on the line. Call somebody first.")
	default:
		return c
	}
	return nil
}

// joinThree: customer, third party and agent talk together.
func (l *Listen) joinThree(s *shift, in dialer.Intent, with Change) {
	c := l.withThird(s, in, with)
	switch {
	case c == nil:
	case c.third.AnsweredAt == nil:
		l.refuse(with, "They have not answered yet.")
	default:
		l.resumeCustomer(c, s)
		l.put(l.both(c, with))
	}
}

// leave: customer and third party go on without the agent.
func (l *Listen) leave(s *shift, in dialer.Intent, with Change) {
	c := l.withThird(s, in, with)
	if c == nil {
		return
	}
	third, bridge := c.third.ID().Channel(), c.ID.Bridge()
	l.passOn(c, s, with)
	l.command(c.channel(), "leave", func(ctx context.Context) error {
		return l.Mixer.Join(ctx, bridge, third)
	}, func(error) { l.hangup(c, dialer.ByDialer) }) // the third party has just gone
}

// dropThird hangs the third party up; a customer on hold comes back.
func (l *Listen) dropThird(s *shift, in dialer.Intent, with Change) {
	c := l.withThird(s, in, with)
	if c == nil {
		return
	}
	l.hangupThird(c)
	l.resumeCustomer(c, s)
	l.put(l.both(c, with))
}

// hangAll ends every leg but the agent's.
func (l *Listen) hangAll(s *shift, in dialer.Intent, with Change) {
	if c := l.onLine(s, in); c != nil {
		l.hangupThird(c)
		l.hangup(c, dialer.ByAgent)
	}
	l.put(with)
}

// holdThen goes on when the customer hears music, or with what the agent is told
// when that could not be had.
func (l *Listen) holdThen(c *liveCall, s *shift, then func(refusal string)) {
	if c.State == dialer.CallHeld {
		then("")
		return
	}
	bridge, channel, music := s.ID.Bridge(), c.channel(), c.holdMusic()
	l.ask(channel, func(ctx context.Context) error { return l.Mixer.Hold(ctx, bridge, channel, music) }, func(err error) {
		switch {
		case l.calls[c.ID] != c || s.CallID != c.ID:
			then("The customer has hung up.")
		case err != nil:
			l.Log.Warn("the PBX refused", "command", string(call.Holds), "call", c.ID, "err", err)
			then("The customer could not be put on hold, and still hears you. Try again.")
		case c.State == dialer.CallTalking && !l.moveCall(c, call.Holds):
			then("This call cannot be put on hold now.")
		default:
			then("")
		}
	})
}

func (l *Listen) resumeCustomer(c *liveCall, s *shift) {
	if c.State != dialer.CallHeld || !l.moveCall(c, call.Resumes) {
		return
	}
	bridge, channel := s.ID.Bridge(), c.channel()
	l.command(channel, "resume", func(ctx context.Context) error {
		return l.Mixer.Resume(ctx, bridge, channel)
	}, func(err error) { l.Log.Warn("resume failed", "call", c.ID, "err", err) })
}

// passOn moves the customer into the call's own bridge and frees the agent, who
// disposes of the call as of any other.
func (l *Listen) passOn(c *liveCall, s *shift, with Change) {
	held := c.State == dialer.CallHeld
	if !l.moveCall(c, call.Passes) {
		l.put(with)
		return
	}
	c.passed = true
	bridge, channel := c.ID.Bridge(), c.channel()
	l.command(channel, "pass on", func(ctx context.Context) error {
		err := l.Mixer.Bridge(ctx, bridge)
		if err != nil {
			return err
		}
		if held {
			return l.Mixer.Resume(ctx, bridge, channel)
		}
		err = l.Mixer.Join(ctx, bridge, channel)
		if err != nil {
			return err
		}
		return l.Legs.FollowSound(ctx, channel)
	}, func(err error) {
		l.Log.Warn("a call could not be passed on", "call", c.ID, "err", err)
		l.hangup(c, dialer.ByDialer)
	})
	l.setFree(c, s, with)
}

// setFree frees an agent of a call that goes on without them.
func (l *Listen) setFree(c *liveCall, s *shift, with Change) {
	s.last = c
	with.Call = l.row(c)
	l.moveAgent(s, agentCallEnds, with.At, with)
	if d := s.disposal; d != nil && d.call == c.ID {
		l.dispose(s, *d, with.At)
	}
}

// ringLimit is when nothing rings any more that was dialed.
func (c *liveCall) ringLimit() time.Duration {
	return time.Duration(c.campaign.DialTimeout)*time.Second + settle
}

// adoptThird sets a third party right: answered while nobody listened, or gone.
func (l *Listen) adoptThird(c *liveCall, legs map[string]dialer.Leg, now time.Time) {
	t := c.third
	if t == nil {
		return
	}
	leg, there := legs[t.ID().Channel()]
	switch {
	case there && leg.Up && t.AnsweredAt == nil:
		l.thirdLeg(t.ID(), dialer.LegEvent{Kind: dialer.LegAnswered, At: now})
	case there && !leg.Up && now.Sub(t.PlacedAt) > c.ringLimit():
		l.hangupThird(c) // created, and listen died before it was dialed
	case !there && now.Sub(t.PlacedAt) > settle:
		l.thirdEnded(c, t, dialer.LegEvent{At: now})
	}
}
