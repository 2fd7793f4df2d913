package listen

import (
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/pacing"
)

// tell lets pacing learn from what happened. status is the agent's disposition,
// at the end of a wrap-up.
func (l *Listen) tell(id dialer.CampaignID, e pacing.Event, status dialer.Status) {
	if l.Watch != nil {
		l.Watch(id, e, status)
	}
}

// ringTimes are a call's setup and ring. A carrier that never signals ringing
// leaves the whole time to the ring.
func ringTimes(c *liveCall, end time.Time) (setup, rang time.Duration) {
	rings := c.PlacedAt
	if c.RingingAt != nil {
		rings = *c.RingingAt
	}
	if c.AnsweredAt != nil {
		end = *c.AnsweredAt
	}
	return rings.Sub(c.PlacedAt), end.Sub(rings)
}

// tellAsked: the call wants an agent.
func (l *Listen) tellAsked(c *liveCall) {
	e := pacing.Event{At: *c.WantedAt, Kind: pacing.Asked, Rung: true, Answered: true, Screened: c.WantedAt.Sub(*c.AnsweredAt)}
	e.Setup, e.Rang = ringTimes(c, e.At)
	l.tell(c.CampaignID, e, "")
}

// tellEnded: the call is over; was is its state before.
func (l *Listen) tellEnded(c *liveCall, was dialer.CallState, at time.Time) {
	switch {
	case c.Manual: // pacing has not dialed it
	case was == dialer.CallWaiting && c.BridgedAt != nil: // it had lost its agent, and was no drop
	case was == dialer.CallWaiting && c.DroppedAt == nil: // else it was told when its limit was over
		l.tell(c.CampaignID, pacing.Event{At: at, Kind: pacing.Abandoned}, "")
	case c.WantedAt == nil:
		e := pacing.Event{At: at, Kind: pacing.Lost, Rung: c.RingingAt != nil || c.AnsweredAt != nil, Answered: c.AnsweredAt != nil}
		e.Setup, e.Rang = ringTimes(c, at)
		if !e.Rung {
			e.Setup, e.Rang = at.Sub(c.PlacedAt), 0
		}
		if c.AnsweredAt != nil {
			e.Screened = at.Sub(*c.AnsweredAt)
		}
		l.tell(c.CampaignID, e, "")
	}
}

// tellJoined: the call has its agent, in the lawful time or not.
func (l *Listen) tellJoined(c *liveCall, at time.Time) {
	l.tell(c.CampaignID, pacing.Event{At: at, Kind: pacing.Connected}, "")
	if c.late() && c.DroppedAt == nil {
		l.tell(c.CampaignID, pacing.Event{At: at, Kind: pacing.Abandoned}, "")
	}
}

// late says whether the call had its agent later than the law allows.
func (c *liveCall) late() bool {
	return c.WantedAt != nil && c.BridgedAt != nil && c.BridgedAt.Sub(c.greeted()) > min(c.limit(), dialer.LawfulWait)
}

// greeted is when the clock of an abandoned call began: when the call wanted an
// agent, or before, at the end of a greeting that AMD has listened to.
func (c *liveCall) greeted() time.Time { return c.WantedAt.Add(-call.Silence(c.AMD, c.AMDCause)) }

// limit is how long the call may wait for an agent.
func (c *liveCall) limit() time.Duration {
	return time.Duration(c.campaign.DropMillis) * time.Millisecond
}

// tellTalked: an agent's call has ended.
func (l *Listen) tellTalked(c *liveCall, at time.Time) {
	if c.BridgedAt != nil {
		_, rang := ringTimes(c, at)
		l.tell(c.CampaignID, pacing.Event{At: at, Kind: pacing.TalkEnd, Talked: at.Sub(*c.BridgedAt), Rang: rang}, "")
	}
}

// tellWrapped: an agent's wrap-up has ended, with next to follow.
func (l *Listen) tellWrapped(s *shift, next dialer.AgentState, status dialer.Status, at time.Time) {
	e := pacing.Event{At: at, Kind: pacing.WrapEnd, Wrapped: at.Sub(s.Since), Paused: next != dialer.AgentReady}
	if c := s.last; c != nil && c.BridgedAt != nil {
		e.Talked = s.Since.Sub(*c.BridgedAt)
		if c.EndedAt != nil && c.EndedAt.Before(s.Since) { // it was brought along from another server
			e.Talked = c.EndedAt.Sub(*c.BridgedAt)
		}
		e.Human = !c.late() && !c.Manual // a late one is counted among the abandoned
	}
	l.tell(s.CampaignID, e, status)
}

// inFlight is how far a call without an agent has come.
func inFlight(c *liveCall, now time.Time) dialer.Flight {
	f := dialer.Flight{State: c.State, In: now.Sub(c.PlacedAt)}
	switch c.State {
	case dialer.CallRinging:
		if c.RingingAt != nil {
			f.In = now.Sub(*c.RingingAt)
		}
	case dialer.CallAnswered, dialer.CallWaiting:
		if c.AnsweredAt != nil {
			f.In = now.Sub(*c.AnsweredAt)
			_, f.Rang = ringTimes(c, now)
		}
	}
	return f
}

// busySince is how long an agent has been on the call; one whose call is being
// joined begins now.
func busySince(s *shift, now time.Time) time.Duration {
	if s.State != dialer.AgentInCall {
		return 0
	}
	return now.Sub(s.Since)
}

// rang is how long the call rang that an agent has or is given.
func (l *Listen) rang(s *shift, now time.Time) time.Duration {
	c := l.calls[s.CallID]
	if s.offered != 0 {
		c = l.calls[s.offered]
	}
	if c == nil {
		return 0
	}
	_, rang := ringTimes(c, now)
	return rang
}

// talked is how long the call was that an agent wraps up.
func talked(s *shift) time.Duration {
	if c := s.last; c != nil && c.BridgedAt != nil {
		return s.Since.Sub(*c.BridgedAt)
	}
	return 0
}
