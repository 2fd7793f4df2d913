package listen

import (
	"cmp"
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
	"trunkline/dialer/call"
)

// survey asks the PBX what it has and sets the records right by it. The first
// answer opens the door for dialing.
func (l *Listen) survey(ctx context.Context) {
	if l.asking {
		l.second = true // what happened since it was asked may be missing in its answer
		return
	}
	asked := l.Clock.Now()
	l.surveyed, l.asking = time.Now(), true
	go func() {
		s, err := l.Legs.Survey(ctx)
		l.inbox.put(func() {
			l.asking = false
			if err != nil {
				if !l.mum {
					l.Log.Warn("the PBX does not say what it has; asking again every second", "err", err)
				}
				l.mum, l.second = true, true
				return
			}
			l.mum = false
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
	l.adoptGuests(s.Legs, asked)
	l.adoptFerries(legs, asked)
	again := false
	for _, c := range l.calls {
		if leg, there := legs[c.channel()]; there {
			if note, noted := s.Notes[c.ID]; c.found && noted && !note.Sent {
				c.undialed = true // listen died between making its leg and dialing it
				l.hangup(c, dialer.ByDialer)
			}
			l.adoptCall(c, leg, legs, asked)
			c.found, c.missed = false, false
			continue
		}
		again = l.missing(c, s, asked) || again
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
	for id := range s.Notes {
		if l.calls[id] == nil && !l.unwritten[id] {
			l.forget(id) // an earlier listen wrote its end, and died
		}
	}
	again = l.sweep(s) || again
	l.second = l.second || again
}

// missing decides about a call without a channel, and tells whether the PBX is
// to be asked once more.
func (l *Listen) missing(c *liveCall, s dialer.Survey, asked time.Time) (again bool) {
	note, noted := s.Notes[c.ID]
	younger := !l.Clock.At(s.Started).Before(c.PlacedAt) // the PBX, than the call
	failed := !c.failedAt.IsZero()
	unheard := (!noted || !note.Sent && !note.Ended) && !c.created && c.State == dialer.CallPlaced
	patience := unsentAfter
	if c.found {
		patience = orphanAfter
	}
	switch {
	case note.Ended && (c.found || c.missed || failed || younger):
		l.endedUnheard(c, note)
	case c.toldEnd != nil:
		l.ended(c, *c.toldEnd)
	case younger:
		l.perished(c, asked)
	case unheard && !failed && asked.Sub(c.PlacedAt) < patience:
		return c.found || !c.doubtAt.IsZero() // its originate may be on the way
	case unheard && s.Notes != nil:
		l.together("calls were committed and never sent: their leads are dialable again", c)
		l.unsent(c, asked)
	case !c.missed:
		c.missed = true // its end may be on the way in the other stream
		return true
	default:
		l.lostSight(c, asked)
	}
	return false
}

// adoptCall takes over a call that is up: with all that an earlier listen may
// not have written, or with what a broken connection has swallowed.
func (l *Listen) adoptCall(c *liveCall, leg dialer.Leg, legs map[string]dialer.Leg, now time.Time) {
	c.created, c.rang = true, c.rang || leg.Ringing
	if leg.Ringing && c.RingingAt == nil {
		c.RingingAt = new(now) // since when was not told, and the law counts the ringing: not less
	}
	if leg.Up && c.AnsweredAt == nil && !c.Manual {
		c.AnsweredAt = new(l.moment(leg.UpAt, now))
		if c.State == dialer.CallPlaced || c.State == dialer.CallRinging {
			l.moveCall(c, call.Answers)
		}
	}
	if id, ok := dialer.SessionOfBridge(leg.Bridge); ok && l.shifts[id] != nil {
		if c.Manual && c.BridgedAt == nil {
			if leg.Up { // answered while nobody listened
				l.callLeg(c.ID, dialer.LegEvent{Kind: dialer.LegAnswered, Channel: leg.Channel, At: now})
			} else if now.Sub(c.PlacedAt) > c.ringLimit() {
				l.hangup(c, dialer.ByDialer) // created, and listen died before it was dialed
			}
			return
		}
		if c.WantedAt == nil && !c.Manual {
			c.WantedAt = new(l.moment(leg.AskedAt, now))
		}
		sh := l.shifts[id]
		if sh.CallID == c.ID || legs[l.channelOf(sh.CallID)].Bridge != leg.Bridge {
			l.adoptTalk(c, sh, now)
		}
		if c.found {
			l.adoptRecordingOnce(c)
		}
		return
	}
	switch {
	case c.found && l.lostAgent(c):
		l.bereave(c, legs, now)
	case leg.Arrived && leg.Bridge == "" && c.WantedAt == nil && !c.Manual:
		// Nobody will tell again that it wants an agent, and has for a moment.
		l.arrived(c, dialer.LegEvent{Kind: dialer.LegArrived, Channel: leg.Channel, At: l.moment(leg.AskedAt, now), Args: leg.Args})
	case !c.found:
	case c.State == dialer.CallTalking && leg.Up:
		c.State = dialer.CallHeld // out of the bridge: it was put on hold
		l.put(Change{At: now, Call: l.row(c)})
	case c.State == dialer.CallWaiting && c.DroppedAt != nil && c.group == nil:
		// It waits in an in-group, and hears its music or announcement: that is
		// known before it is offered to anybody, who would not be heard over it.
		l.callTimeout(c, now)
	case c.State == dialer.CallWaiting && c.dropAt.IsZero():
		c.dropAt = c.WantedAt.Add(c.limit())
	case c.State == dialer.CallDropping && c.cutAt.IsZero():
		c.cutAt = now.Add(messageLimit)
		l.adoptSound(c)
	case c.State == dialer.CallMessage && c.cutAt.IsZero():
		c.cutAt = now.Add(voicemailLimit)
		l.adoptSound(c)
	}
	l.adoptRecordingOnce(c)
}

// moment is a time of the PBX's, or now if it has none.
func (l *Listen) moment(at, now time.Time) time.Time {
	if at.IsZero() {
		return now
	}
	return l.Clock.At(at)
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
	sh.enter(dialer.AgentInCall, period.To)
	sh.CallID, sh.last, sh.disposal = c.ID, nil, nil
	l.put(Change{At: now, Call: l.row(c), Session: new(sh.Session), Period: period})
	l.adoptRecordingOnce(c)
}

// endedUnheard ends a call as the PBX wrote its end down, which it could tell to
// nobody.
func (l *Listen) endedUnheard(c *liveCall, n dialer.Note) {
	at := l.Clock.At(n.EndedAt)
	l.Log.Info("a call ended while nobody listened", "call", c.ID, "state", c.State, "cause", n.Cause, "sip", n.SIPCode)
	switch {
	case !n.Sent:
		l.unsent(c, at) // a leg was made, and listen died before it was dialed
		return
	case n.Cause == 0 && n.SIPCode == 0:
		l.perished(c, at)
		return
	}
	c.created, c.rang, c.farEnd = true, c.rang || n.Rang, n.FarEnd
	if n.AMD != "" {
		c.AMD, c.AMDCause = n.AMD, n.AMDCause
	}
	if n.Answered && c.AnsweredAt == nil {
		c.AnsweredAt = new(l.moment(n.UpAt, at))
		l.moveCall(c, call.Answers)
	}
	met := at
	if !n.AskedAt.IsZero() && c.State == dialer.CallAnswered && !c.forMachine() && l.moveCall(c, call.Arrives) {
		c.WantedAt = new(l.Clock.At(n.AskedAt)) // it waited for us, in vain
		l.tellAsked(c)
		met = *c.WantedAt
	}
	if n.Joined && c.State == dialer.CallWaiting {
		l.joinedUnheard(c, n.Session, met)
	}
	if n.OptedOut && c.Status != dialer.StatusDNC {
		l.neverAgain(c, at)
		c.endedBy = dialer.ByLead
	}
	l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.channel(), At: at, Cause: n.Cause, SIPCode: n.SIPCode})
}

// joinedUnheard: a call that wanted an agent was with one before its end, as the
// PBX knows: it is no drop. When they met nobody has written down. A call that the
// books do not know to have waited had its agent at once; one that waited, before
// its end, and no claim is made that it was earlier.
func (l *Listen) joinedUnheard(c *liveCall, with dialer.SessionID, at time.Time) {
	if !c.offeredAt.IsZero() {
		at = c.offeredAt
	}
	if s := l.shifts[c.offered]; s != nil && s.offered == c.ID {
		s.offered = 0
	}
	c.offered, c.dropAt = 0, time.Time{}
	if !l.moveCall(c, call.Connects) {
		return
	}
	c.SessionID = with
	if c.BridgedAt == nil {
		c.BridgedAt = &at
		l.tellJoined(c, at)
	}
	s := l.shifts[with]
	if s == nil {
		return
	}
	c.UserID = s.UserID
	if s.State == dialer.AgentReady && s.CallID == 0 {
		s.CallID = c.ID
		l.moveAgent(s, agent.GetsCall, at, Change{At: at, Call: l.row(c)})
	}
}

// wrote lets the PBX forget the calls whose end the database has now.
func (l *Listen) wrote(batch []Change) {
	for _, ch := range batch {
		if ch.Call != nil && ch.Call.State == dialer.CallEnded && l.unwritten[ch.Call.ID] {
			delete(l.unwritten, ch.Call.ID)
			l.forget(ch.Call.ID)
		}
	}
}

// forget is not insisted upon: the next survey finds what was not forgotten.
func (l *Listen) forget(id dialer.CallID) {
	l.lanes.put("notes", func(ctx context.Context) {
		err := l.Legs.Forget(ctx, id)
		if err != nil {
			l.Log.Debug("a note stays for now", "call", id, "err", err)
		}
	})
}

// perished ends a call that the PBX took along when it went down. A lead whom
// nobody had on the line may be dialed again.
func (l *Listen) perished(c *liveCall, now time.Time) {
	l.together("calls went down with the PBX", c)
	if c.State == dialer.CallTalking || c.State == dialer.CallHeld {
		c.endedBy = cmp.Or(c.endedBy, dialer.ByDialer) // not by the customer
		l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.channel(), At: now})
		return
	}
	c.Status, c.again = dialer.StatusError, c.AnsweredAt == nil
	l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.channel(), At: now})
}

func (l *Listen) lostSight(c *liveCall, now time.Time) {
	l.Log.Warn("a call is gone and its end was not told", "call", c.ID, "state", c.State)
	if c.State != dialer.CallTalking && c.State != dialer.CallHeld {
		c.Status = dialer.StatusError
	}
	l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.channel(), At: now})
}

// adoptShift sets an agent right: phone and call as the PBX has them.
func (l *Listen) adoptShift(s *shift, legs map[string]dialer.Leg, now time.Time) {
	if s.came.Before(now) { // or the PBX was asked before the phone came, and does not know of it
		l.adoptPhone(s, legs, now)
	}
	if s.State == dialer.AgentInCall && l.calls[s.CallID] == nil {
		l.moveAgent(s, agent.CallEnds, now, Change{At: now})
	}
	if d := s.disposal; d != nil && s.State == dialer.AgentWrapUp && d.call == s.CallID {
		l.dispose(s, *d, now) // chosen already: whoever was to write it is dead
	}
}

func (l *Listen) adoptPhone(s *shift, legs map[string]dialer.Leg, now time.Time) {
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
}

// sweep hangs up and takes down what has no place in the books, when two
// surveys in a row say so: between them a phone may ring whose shift has not
// been read yet. It tells whether a second look is due.
func (l *Listen) sweep(s dialer.Survey) (again bool) {
	before := l.strays
	l.strays = map[string]bool{}
	for _, leg := range s.Legs {
		channel := leg.Channel
		owner, isCall := dialer.CallOfChannel(channel)
		isCall = isCall && l.ferries[owner] == nil
		session, isAgent := dialer.SessionOfChannel(channel)
		_, early := l.early[channel]
		if third, ok := dialer.ThirdOfChannel(channel); ok {
			c := l.calls[third.Call]
			owner, isCall = third.Call, c == nil || c.third == nil || c.third.N != third.N
			if isCall {
				owner = 0 // no call has this id: a stray
			}
		}
		if id, snoop, ok := dialer.WatchOfChannel(channel); ok && !early {
			w := l.watches[id]
			isCall, owner = w == nil && leg.Up || w != nil && snoop && w.snoop != channel, 0
		}
		if isCall && l.calls[owner] == nil || isAgent && l.shifts[session] == nil && !early && leg.Up {
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
		if id, ok := dialer.CallOfBridge(bridge); ok && l.calls[id] == nil && l.ferries[id] == nil {
			l.command(id.Channel(), "destroy", func(ctx context.Context) error { return l.Mixer.Destroy(ctx, bridge) }, nil)
		}
	}
	return again
}
