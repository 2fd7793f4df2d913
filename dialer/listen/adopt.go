package listen

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
)

// survey asks the PBX what it has and sets the records right by it. The first
// answer opens the door for dialing.
func (l *Listen) survey(ctx context.Context) {
	asked := l.Clock.Now()
	l.surveyed = time.Now()
	go func() {
		s, err := l.Legs.Survey(ctx)
		l.inbox.put(func() {
			if err != nil {
				l.Log.Warn("the PBX does not say what it has", "err", err)
				if !l.isReady() && ctx.Err() == nil {
					time.AfterFunc(time.Second, func() { l.Live(ctx) })
				}
				return
			}
			l.reconcile(s, asked)
			l.readyOnce.Do(func() { close(l.ready) })
			for _, sh := range l.shifts {
				l.match(sh)
			}
		})
	}()
}

// reconcile compares the books with the PBX. What the PBX has counts: a call
// without a channel has ended, a channel without a call is hung up.
func (l *Listen) reconcile(s dialer.Survey, asked time.Time) {
	legs := make(map[string]dialer.Leg, len(s.Legs))
	for _, leg := range s.Legs {
		legs[leg.Channel] = leg
	}
	again := false
	for _, c := range l.calls {
		leg, there := legs[c.ID.Channel()]
		switch {
		case there:
			l.adoptCall(c, leg, legs, asked)
			c.found, c.missed = false, false
		case !l.Clock.At(s.Started).Before(c.PlacedAt):
			l.perished(c, asked)
		case asked.Sub(c.PlacedAt) < settle || c.stillDialing(asked):
		case !c.missed:
			// Its end may be on the way in the other stream: ask once more.
			c.missed, again = true, true
		default:
			l.vanished(c, asked)
		}
	}
	for _, c := range l.calls {
		l.adoptThird(c, legs, asked)
	}
	for _, w := range l.watches {
		l.adoptWatch(w, legs, asked)
	}
	for _, sh := range l.shifts {
		l.adoptShift(sh, legs, asked)
	}
	again = l.sweep(s) || again
	l.second = again
}

// stillDialing: an originate that was sent may make its channel only now.
func (c *liveCall) stillDialing(now time.Time) bool {
	return !c.found && !c.created && now.Sub(c.PlacedAt) < c.campaign.Ring()+settle
}

// adoptCall takes over a call that is up: with all that an earlier listen may
// not have written, or with what a broken connection has swallowed.
func (l *Listen) adoptCall(c *liveCall, leg dialer.Leg, legs map[string]dialer.Leg, now time.Time) {
	c.created = true
	if id, ok := dialer.SessionOfBridge(leg.Bridge); ok && l.shifts[id] != nil {
		if c.Manual && c.BridgedAt == nil {
			if leg.Up { // answered while nobody listened
				l.callLeg(c.ID, dialer.LegEvent{Kind: dialer.LegAnswered, Channel: leg.Channel, At: now})
			} else if now.Sub(c.PlacedAt) > c.ringLimit() {
				l.hangup(c, dialer.ByDialer) // created, and listen died before it was dialed
			}
			return
		}
		sh := l.shifts[id]
		if sh.CallID == c.ID || legs[sh.CallID.Channel()].Bridge != leg.Bridge {
			l.adoptTalk(c, sh, now)
		}
		if c.found {
			l.adoptRecordingOnce(c)
		}
		return
	}
	switch {
	case leg.Arrived && leg.Bridge == "" && c.WantedAt == nil:
		// Nobody will tell again that it wants an agent. It may have waited a
		// moment already: since when nobody knows.
		l.arrived(c, dialer.LegEvent{Kind: dialer.LegArrived, Channel: leg.Channel, At: now, Args: leg.Args})
	case !c.found:
	case c.State == dialer.CallTalking && leg.Up:
		c.State = dialer.CallHeld // out of the bridge: it was put on hold
		l.put(Change{At: now, Call: l.row(c)})
	case c.State == dialer.CallWaiting && c.dropAt.IsZero():
		c.dropAt = c.WantedAt.Add(c.limit())
	case c.State == dialer.CallDropping && c.cutAt.IsZero():
		c.cutAt = now.Add(messageLimit)
	case c.State == dialer.CallMessage && c.cutAt.IsZero():
		c.cutAt = now.Add(voicemailLimit)
	}
	l.adoptRecordingOnce(c)
}

// adoptRecordingOnce: surveys come again and again, and from the first on the
// recording is ours.
func (l *Listen) adoptRecordingOnce(c *liveCall) {
	if !c.adopted && c.BridgedAt != nil {
		c.adopted = true
		l.adoptRecording(c)
	}
}

// adoptTalk makes sure that a call in an agent's bridge is the agent's. A survey
// is a moment old: a call whose change is ours to know is left alone.
func (l *Listen) adoptTalk(c *liveCall, sh *shift, now time.Time) {
	known := c.State == dialer.CallTalking && sh.CallID == c.ID
	if known || !c.found && c.State != dialer.CallWaiting {
		return
	}
	if s := l.shifts[c.offered]; s != nil && s.offered == c.ID {
		s.offered = 0
	}
	c.offered, c.dropAt = 0, time.Time{}
	c.State, c.SessionID, c.UserID = dialer.CallTalking, sh.ID, sh.UserID
	if c.BridgedAt == nil {
		c.BridgedAt = new(now)
	}
	period := l.period(sh, now)
	if old := sh.last; old != nil && old != c {
		l.owed[old.ID] = old // the disposition that freed the agent for this call was not written
	}
	sh.CallID, sh.State, sh.Since, sh.last, sh.disposal = c.ID, dialer.AgentInCall, now, nil, nil
	l.put(Change{At: now, Call: l.row(c), Session: new(sh.Session), Period: period})
	l.adoptRecordingOnce(c)
}

// vanished ends a call that the PBX does not have and whose end was not told.
func (l *Listen) vanished(c *liveCall, now time.Time) {
	if c.created || c.State != dialer.CallPlaced {
		l.lostSight(c, now)
		return
	}
	// Committed and never sent, or its end is among what was lost with an
	// earlier listen or on a connection that broke.
	l.trace(c, func() { l.lostSight(c, now) })
}

// trace asks the PBX whether a call whose channel was never seen has left. One
// that has not is taken back; of any other left is told, and unless that ends
// the call its channel's end is waited for.
func (l *Listen) trace(c *liveCall, left func()) {
	c.tracing = true
	l.lanes.put(c.ID.Channel(), func(ctx context.Context) {
		t, started, err := l.Legs.Trace(ctx, c.ID)
		l.inbox.put(func() {
			c.tracing = false
			switch {
			case l.calls[c.ID] != c || c.created:
			case err != nil:
				c.doubtAt = l.Clock.Now() // once more
			case t == dialer.TraceNone && l.Clock.At(started).Before(c.PlacedAt):
				l.Log.Warn("a call was committed and never sent: its lead is dialable again", "call", c.ID)
				l.unsent(c, l.Clock.Now())
			default:
				left()
			}
		})
	})
}

// perished ends a call that the PBX took along when it went down. A lead whom
// nobody had on the line may be dialed again.
func (l *Listen) perished(c *liveCall, now time.Time) {
	l.Log.Warn("a call went down with the PBX", "call", c.ID, "state", c.State)
	if c.State == dialer.CallTalking || c.State == dialer.CallHeld {
		l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.ID.Channel(), At: now})
		return
	}
	c.Status, c.again = dialer.StatusError, c.AnsweredAt == nil
	l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.ID.Channel(), At: now})
}

func (l *Listen) lostSight(c *liveCall, now time.Time) {
	l.Log.Warn("a call is gone and its end was not told", "call", c.ID, "state", c.State)
	if c.State != dialer.CallTalking && c.State != dialer.CallHeld {
		c.Status = dialer.StatusError
	}
	l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.ID.Channel(), At: now})
}

// adoptShift sets an agent right: phone and call as the PBX has them.
func (l *Listen) adoptShift(s *shift, legs map[string]dialer.Leg, now time.Time) {
	if s.Leg != "" {
		leg, there := legs[s.Leg]
		switch {
		case !there:
			s.Leg = ""
			l.moveAgent(s, agent.LegLost, now, Change{At: now})
		case leg.Bridge == "" && leg.Up:
			l.seat(s, s.Leg)
		}
	} else if s.joining != "" {
		leg, there := legs[s.joining]
		switch {
		case !there:
			s.joining = ""
		case leg.Bridge == s.ID.Bridge():
			l.seated(s, dialer.LegEvent{Channel: s.joining, At: now})
		}
	} else {
		for channel, leg := range legs {
			if id, ok := dialer.SessionOfChannel(channel); ok && id == s.ID && leg.Up {
				l.seat(s, channel) // it came up while nobody listened
			}
		}
	}
	if s.State == dialer.AgentInCall && l.calls[s.CallID] == nil {
		l.moveAgent(s, agent.CallEnds, now, Change{At: now})
	}
}

// sweep hangs up and takes down what has no place in the books, when two
// surveys in a row say so: between them a phone may ring whose shift has not
// been read yet. It tells whether a second look is due.
func (l *Listen) sweep(s dialer.Survey) (again bool) {
	before := l.strays
	l.strays = map[string]bool{}
	for _, leg := range s.Legs {
		channel := leg.Channel
		call, isCall := dialer.CallOfChannel(channel)
		session, isAgent := dialer.SessionOfChannel(channel)
		_, early := l.early[channel]
		if third, ok := dialer.ThirdOfChannel(channel); ok {
			c := l.calls[third.Call]
			call, isCall = third.Call, c == nil || c.third == nil || c.third.N != third.N
			if isCall {
				call = 0 // no call has this id: a stray
			}
		}
		if id, snoop, ok := dialer.WatchOfChannel(channel); ok && !early {
			w := l.watches[id]
			isCall, call = w == nil && leg.Up || w != nil && snoop && w.snoop != channel, 0
		}
		if isCall && l.calls[call] == nil || isAgent && l.shifts[session] == nil && !early && leg.Up {
			if !before[channel] {
				l.strays[channel], again = true, true
				continue
			}
			l.Log.Warn("hanging up a channel that has no place in the books", "channel", channel)
			l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
		}
	}
	for _, bridge := range s.Bridges {
		if id, ok := dialer.SessionOfBridge(bridge); ok && l.shifts[id] == nil {
			l.command(bridge, "destroy", func(ctx context.Context) error { return l.Mixer.Destroy(ctx, bridge) }, nil)
		}
		if id, ok := dialer.WatchOfBridge(bridge); ok && l.watches[id] == nil {
			l.command(bridge, "destroy", func(ctx context.Context) error { return l.Mixer.Destroy(ctx, bridge) }, nil)
		}
		if id, ok := dialer.CallOfBridge(bridge); ok && l.calls[id] == nil {
			l.command(id.Channel(), "destroy", func(ctx context.Context) error { return l.Mixer.Destroy(ctx, bridge) }, nil)
		}
	}
	return again
}
