package listen

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
)

// liveCall is a call from its commit to its end.
type liveCall struct {
	dialer.Call
	campaign  dialer.Campaign
	created   bool // its channel has been seen
	found     bool // read from the database at start: perhaps never sent
	rang      bool //
	farEnd    bool // the far end gave a final answer
	gaveUp    bool // we hung up on its ringing
	unsaid    bool // the announcement of its recording could not be played
	order     order
	endedBy   dialer.Party
	hungUp    bool             // its far end has
	doomed    bool             // the PBX takes it along
	asking    bool             // its end waits for the clicks to be read
	offered   dialer.SessionID // reserved agent, until the bridge says joined
	offeredAt time.Time
	untaken   bool             // the PBX would not join it: it is going
	missed    bool             // the last survey did not find it
	undialed  bool             // its leg was made, and nobody will dial it any more
	gapped    bool             // the event stream broke in its life: something may not have been told
	toldEnd   *dialer.LegEvent // its end, which the PBX's note is to complete
	again     bool             // its lead may be dialed again
	doubtAt   time.Time        // whether it was sent is not known; zero: no doubt
	third     *dialer.Third    // on the line, or being dialed
	lastThird *dialer.Third
	thirds    int             // dialed so far
	watcher   dialer.WatchID  // the supervisor who took it over
	adopted   bool            // found, and its recording set as the books say it
	failedAt  time.Time       // its originate failed; zero: not
	dropAt    time.Time       // when it is given up for want of an agent; zero: not waiting
	cutAt     time.Time       // when the safe-harbour message is cut
	unheard   bool            // what it hears began before we listened
	group     *dialer.InGroup // in which it waits, or from which it was taken; nil: none
	music     bool            // it hears music, or the announcement, while it waits
	announced bool            // it hears the in-group's announcement
	crossing  *crossing       // on its way to another server's agent
	crossings int             // tries so far
	seeking   bool            // agents elsewhere are being asked for
	sought    time.Time       // when they were last
	passed    bool            // its agent has left it to somebody else
	taken     bool            // out of its parking: it is on its way to an agent
	guest     string          // the channel of a customer whose line another server has; "": it is ours
}

// Place takes calls that are committed to the database and about to be
// originated, so that their events find them: the queue of events is behind
// them.
func (l *Listen) Place(calls []dialer.Call, campaign dialer.Campaign) {
	l.inbox.put(func() {
		for _, c := range calls {
			l.calls[c.ID] = &liveCall{Call: c, campaign: campaign}
		}
	})
}

// Failed says that a call's originate was refused. Its channel's end, should
// there have been one, tells the cause; else the call ends after a moment.
func (l *Listen) Failed(id dialer.CallID) {
	l.inbox.put(func() {
		if c := l.calls[id]; c != nil && c.failedAt.IsZero() {
			c.failedAt = l.Clock.Now()
		}
	})
}

// Doubt says that a placed call may not have left. The PBX is asked when an
// originate that reached it has had its time.
func (l *Listen) Doubt(id dialer.CallID) {
	l.inbox.put(func() {
		if c := l.calls[id]; c != nil {
			c.doubtAt = l.Clock.Now()
		}
	})
}

func (l *Listen) callLeg(id dialer.CallID, e dialer.LegEvent) {
	c := l.calls[id]
	if c == nil {
		if l.carried(id, e) {
			return
		}
		if e.Kind == dialer.LegArrived {
			l.Log.Warn("a call that is not in the books wants an agent; hanging it up", "call", id)
			l.command(e.Channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, e.Channel, 16) }, nil)
		}
		return
	}
	c.created = c.created || e.Kind != dialer.LegFailed
	switch e.Kind {
	case dialer.LegRinging:
		// Neither ringing nor the answer is written at once: the next change
		// brings them along, and "dialing" is all that anybody asks until then.
		// Of a call by hand the agent is told: they wait for it.
		c.rang = true
		if c.RingingAt == nil {
			c.RingingAt = new(e.At)
		}
		dialed := c.State == dialer.CallPlaced
		if l.moveCall(c, call.Rings) && dialed && c.Manual {
			l.put(l.both(c, Change{At: e.At}))
		}
	case dialer.LegAnswered:
		if c.AnsweredAt == nil {
			c.AnsweredAt = new(e.At)
		}
		c.answersLate()
		if l.moveCallQuietly(c, call.Answers) && c.Manual {
			l.handAnswered(c, e)
		}
	case dialer.LegRefused:
		c.farEnd = c.farEnd || !c.gaveUp
	case dialer.LegArrived:
		if !c.Manual { // a call by hand is ours before it is dialed
			l.arrived(c, e)
		}
	case dialer.LegJoined:
		l.joined(c, e)
	case dialer.LegPlayed:
		l.played(c, e)
	case dialer.LegDigit:
		if c.State == dialer.CallDropping || c.queued() {
			l.optOut(c, e.At)
		}
	case dialer.LegFailed:
		if c.failedAt.IsZero() {
			c.failedAt = e.At
		}
	case dialer.LegHungUp:
		c.hungUp = true
	case dialer.LegDoomed:
		c.doomed = true
	case dialer.LegEnded:
		if c.undialed {
			l.unsent(c, e.At)
			return
		}
		if c.doomed || e.Cause == 0 && e.SIPCode == 0 {
			// Only a PBX that goes down ends a channel without a cause. It may end
			// the dialing first, as if the far end had spoken.
			l.perished(c, e.At)
			return
		}
		if c.gapped && c.AnsweredAt == nil {
			// Whether it rang, or was answered, may be among what was not told.
			c.toldEnd, c.missed, l.second = &e, true, true
			return
		}
		if c.BridgedAt != nil && c.endedBy == "" && !c.hungUp && !c.gapped {
			l.askWho(c, e)
			return
		}
		l.ended(c, e)
	}
}

// askWho: this side has ended a conversation, and listen did not. The web role
// hangs up by itself as well, and may be faster than the click, whose row it wrote
// before: the clicks are read, and then the call has ended.
func (l *Listen) askWho(c *liveCall, e dialer.LegEvent) {
	if c.asking {
		return
	}
	c.asking = true
	go func() {
		ctx, cancel := context.WithTimeout(l.lanes.ctx, pollLimit)
		defer cancel()
		intents, err := l.Store.OpenIntents(ctx, l.Server.ID)
		l.inbox.put(func() {
			if err != nil {
				l.Log.Debug("who hung up is not known", "call", c.ID, "err", err)
			}
			for _, in := range intents {
				if l.knows(in) {
					l.intent(in)
				}
			}
			if l.calls[c.ID] == c {
				l.ended(c, e)
			}
		})
	}()
}

// moveCallQuietly is moveCall for what Asterisk tells twice: as a state of the
// channel and as a Dial event.
func (l *Listen) moveCallQuietly(c *liveCall, ev call.Event) bool {
	if c.Manual && c.BridgedAt != nil {
		return false
	}
	return l.moveCall(c, ev)
}

// moveCall takes a call to its next state, or says that the event has no place
// in this one.
func (l *Listen) moveCall(c *liveCall, ev call.Event) bool {
	next, err := call.Next(c.State, ev)
	if err != nil {
		l.refused("call", err, "call", c.ID)
		return false
	}
	c.State = next
	l.ring() // ringing and the answer are not journaled
	return true
}

// arrived: the answered call, judged by AMD if the campaign asks, is in our
// hands. Args are AMD's verdict and its cause.
func (l *Listen) arrived(c *liveCall, e dialer.LegEvent) {
	if c.WantedAt != nil {
		return // a survey saw it first
	}
	if len(e.Args) > 0 {
		c.AMD = e.Args[0]
	}
	if len(e.Args) > 1 {
		c.AMDCause = e.Args[1]
	}
	if c.AnsweredAt == nil {
		c.AnsweredAt = new(e.At)
	}
	if l.machine(c, e.At) {
		return
	}
	if !l.moveCall(c, call.Arrives) {
		return
	}
	c.answersLate()
	c.WantedAt = new(e.At)
	l.tellAsked(c)
	// A call that was parked while listen was away has been waiting since then.
	c.dropAt = c.greeted().Add(c.limit())
	if s := l.agentFor(c); s != nil && !c.untaken {
		l.offer(c, s)
		return
	}
	l.put(Change{At: e.At, Call: l.row(c)})
	if !c.untaken {
		l.seek(c)
	}
}

// offer reserves an agent and joins the call to the agent's bridge. Nothing
// stands between the answer and this but memory.
func (l *Listen) offer(c *liveCall, s *shift) {
	c.offered, s.offered, c.offeredAt = s.ID, c.ID, l.Clock.Now()
	bridge, channel, music := s.ID.Bridge(), c.channel(), c.music
	c.music = false
	l.command(channel, "join", func(ctx context.Context) error {
		if music {
			_ = l.Legs.Hush(ctx, channel) // it has hung up, maybe: joining it tells
		}
		return l.Mixer.Join(ctx, bridge, channel)
	}, func(err error) {
		if c.offered != s.ID {
			return
		}
		c.offered = 0
		if s.offered != c.ID {
			return // the call's end was told before, and the agent may have another by now
		}
		s.offered = 0
		switch {
		case errors.Is(err, dialer.ErrNotFound):
			c.untaken = true // it has hung up: its end follows
			l.freed(s)
		case errors.Is(err, dialer.ErrConflict):
			l.Log.Warn("an agent's bridge is gone; the call goes to the next agent", "call", c.ID, "session", s.ID)
			if s.Leg != "" {
				l.seat(s, s.Leg)
			}
			if next := l.agentFor(c); next != nil && l.calls[c.ID] != nil {
				l.offer(c, next)
			}
		default:
			l.Log.Error("an answered call could not be joined to its agent", "call", c.ID, "session", s.ID, "err", err)
			c.untaken = true
			l.hangup(c, dialer.ByDialer)
			l.freed(s)
		}
	})
}

// joined: the bridge has the customer. The agent hears them now.
func (l *Listen) joined(c *liveCall, e dialer.LegEvent) {
	id, ok := dialer.SessionOfBridge(e.Bridge)
	s := l.shifts[id]
	if !ok || s == nil {
		return
	}
	if c.State == dialer.CallHeld {
		return // Resume's own change says it
	}
	if s.offered != c.ID {
		return
	}
	c.offered, s.offered = 0, 0
	if !l.moveCall(c, call.Connects) {
		return
	}
	c.dropAt = time.Time{}
	c.SessionID, c.UserID = s.ID, s.UserID
	s.CallID = c.ID
	if c.BridgedAt == nil { // else another agent had it, and was in time or not
		c.BridgedAt = new(e.At)
		l.tellJoined(c, e.At)
	}
	with := Change{At: e.At}
	if c.campaign.Record.FromStart() {
		l.startRecording(c)
		with.Recording = l.recording(c)
	}
	with.Call = l.row(c)
	l.moveAgent(s, agentGetsCall, e.At, with)
}

// causeNoAnswer is the Q.850 cause of a call that rang in vain.
const causeNoAnswer = 19

// hangup ends a call's leg; the channel's end does the rest.
func (l *Listen) hangup(c *liveCall, by dialer.Party) {
	if c.endedBy == "" {
		c.endedBy = by
	}
	channel := c.channel()
	l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
}

// order is one to the PBX that an answer of the far end's takes back, should it not
// be on its way: it is sent again for as long as the PBX cannot be reached.
type order struct{ state *atomic.Int32 }

const (
	orderWaits int32 = iota
	orderSent
	orderRecalled
)

// recall tells whether the order was taken back in time.
func (o order) recall() bool {
	return o.state.CompareAndSwap(orderWaits, orderRecalled) || o.state.Load() == orderRecalled
}

// carryOut is one try of an order that has not been taken back.
func (o order) carryOut(do func() error) error {
	if !o.state.CompareAndSwap(orderWaits, orderSent) {
		return nil
	}
	err := do()
	if errors.Is(err, dialer.ErrUnavailable) {
		o.state.Store(orderWaits)
	}
	return err
}

// giveUp hangs up on a call that has rung for as long as it may. One that is
// answered before the PBX was told goes on.
func (l *Listen) giveUp(c *liveCall) {
	c.gaveUp, c.order = true, order{new(atomic.Int32)}
	if c.endedBy == "" {
		c.endedBy = dialer.ByCarrier
	}
	channel, o := c.channel(), c.order
	l.command(channel, "hang up", func(ctx context.Context) error {
		return o.carryOut(func() error { return l.Legs.Hangup(ctx, channel, causeNoAnswer) })
	}, func(err error) {
		if l.calls[c.ID] != c || !errors.Is(err, dialer.ErrUnavailable) {
			return
		}
		c.gaveUp = false // it rings on, and is given up again
		if c.untaken {
			l.hangup(c, dialer.ByDialer)
		}
	})
}

// answersLate: the far end answers after it was given up, perhaps. Whoever is
// being hung up on is given to no agent, who would hear nothing but that.
func (c *liveCall) answersLate() {
	if !c.gaveUp {
		return
	}
	if c.order.recall() {
		c.gaveUp, c.endedBy = false, ""
		return
	}
	c.untaken = true
}

func (l *Listen) ended(c *liveCall, e dialer.LegEvent) {
	was := c.State
	if !l.moveCall(c, call.Ends) {
		return
	}
	l.handEnds(c, e)
	c.Status = call.Outcome(call.End{
		State: was, Cause: e.Cause, SIPCode: e.SIPCode,
		Rang: c.rang, FarEnd: c.farEnd, AMD: c.AMD, AMDCause: c.AMDCause, Talked: c.BridgedAt != nil, Carrier: l.outcomes[c.CarrierID], Original: c.Status,
	})
	c.EndedBy = c.endedBy
	if c.EndedBy == "" {
		c.EndedBy = dialer.ByLead
		if c.AnsweredAt == nil {
			c.EndedBy = dialer.ByCarrier
		}
	}
	c.EndedAt, c.Cause, c.SIPCode = new(e.At), cmp.Or(e.Cause, causeLost), e.SIPCode
	l.tellEnded(c, was, e.At)
	l.finish(c, was, e.At)
}

// finish writes a call that has ended and lets go of it. A call that an agent
// had waits for the agent's disposition; any other's lead gets its outcome.
func (l *Listen) finish(c *liveCall, was dialer.CallState, at time.Time) {
	delete(l.calls, c.ID)
	l.unwritten[c.ID] = true
	if x := c.crossing; x != nil {
		leg := x.Channel()
		l.command(leg, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, leg, 16) }, nil)
	}
	l.hangupThird(c)
	if t := c.third; t != nil {
		t.State, t.EndedAt, c.third = dialer.CallEnded, new(at), nil
		l.put(Change{At: at, Third: t})
	}
	if w := l.watches[c.watcher]; w != nil {
		l.endWatch(w, at)
	}
	if was == dialer.CallPassed {
		bridge := c.ID.Bridge()
		l.command(c.channel(), "destroy", func(ctx context.Context) error { return l.Mixer.Destroy(ctx, bridge) }, nil)
	}
	ch := Change{At: at, Call: l.row(c)}
	if s := l.shifts[c.offered]; s != nil && s.offered == c.ID {
		s.offered = 0
		defer l.freed(s)
	}
	switch {
	case c.again:
		ch.Lead = &LeadChange{ID: c.LeadID, Status: cmp.Or(c.LeadWas, dialer.StatusNew), Again: true}
	case c.Status != "":
		ch.Lead = &LeadChange{ID: c.LeadID, Status: c.Status}
	}
	s := l.shifts[c.SessionID]
	if s != nil && s.CallID == c.ID && s.State == dialer.AgentWrapUp {
		l.put(ch) // it went on without its agent, who still has to say what became of it
		return
	}
	if s == nil || s.CallID != c.ID {
		if c.Status == "" && was == dialer.CallWaiting {
			l.keepUnsaid(c, at)
			l.put(ch)
			return
		}
		if c.Status == "" { // its agent is gone
			c.Status = dialer.StatusError
			if was == dialer.CallPassed {
				c.Status = dialer.StatusPassed
			}
			ch.Call, ch.Lead = l.row(c), &LeadChange{ID: c.LeadID, Status: c.Status}
		}
		l.put(ch)
		return
	}
	s.last = c
	l.tellTalked(c, at)
	l.moveAgent(s, agentCallEnds, at, ch)
	if c.Manual && c.BridgedAt == nil && c.EndedBy != dialer.ByAgent {
		l.tellReason(s, c.Status)
	}
	if d := s.disposal; d != nil && d.call == c.ID {
		l.dispose(s, *d, at)
	}
}

// unanswered tells whether a call has rung for as long as its campaign lets it,
// or has not begun to in that time. The law counts the ringing, not the dialing:
// at least 15 s (47 CFR 64.1200(a)(6)).
func (c *liveCall) unanswered(now time.Time) bool {
	if c.gaveUp || !c.created || c.State != dialer.CallPlaced && c.State != dialer.CallRinging {
		return false
	}
	since := c.PlacedAt
	if c.RingingAt != nil {
		since = *c.RingingAt
	}
	return c.campaign.DialTimeout > 0 && now.Sub(since) >= c.campaign.Ring()
}

// callTimers does what time asks of a call.
func (l *Listen) callTimers(c *liveCall, now time.Time) {
	switch {
	case c.State == dialer.CallWaiting && c.offered == 0 && c.crossing == nil && !c.untaken && !c.dropAt.IsZero() && !now.Before(c.dropAt):
		l.callTimeout(c, now)
	case (c.State == dialer.CallDropping || c.State == dialer.CallMessage) && !now.Before(c.cutAt):
		l.hangup(c, dialer.ByDialer)
		c.cutAt = now.Add(messageLimit)
	case c.unanswered(now):
		l.giveUp(c)
	case !c.doubtAt.IsZero() && c.created:
		c.doubtAt = time.Time{}
	case !c.doubtAt.IsZero() && now.Sub(c.doubtAt) > settle:
		l.second = true
	case !c.failedAt.IsZero() && now.Sub(c.failedAt) > failGuard && c.AnsweredAt == nil:
		// No channel ever was (an unknown endpoint, a carrier without an
		// address), or all that was told of it got lost.
		l.second = true
	}
}

// unsent ends a call that never left for the carrier: its lead is as if the
// call had not been placed.
func (l *Listen) unsent(c *liveCall, now time.Time) {
	delete(l.calls, c.ID)
	l.unwritten[c.ID] = true
	c.State, c.EndedAt, c.EndedBy, c.Sent = dialer.CallEnded, new(now), dialer.ByDialer, false
	ch := Change{At: now, Call: l.row(c), Lead: &LeadChange{ID: c.LeadID, Status: cmp.Or(c.LeadWas, dialer.StatusNew), Unsent: true}}
	if s := l.shifts[c.SessionID]; s != nil && s.CallID == c.ID { // dialed by hand
		s.last = c
		l.moveAgent(s, agentCallEnds, now, ch)
		l.tellReason(s, dialer.StatusCongestion)
		return
	}
	l.put(ch)
}

// oldestWaiting is the call that an agent of a campaign gets next: one of an
// in-group before others, of the highest priority, and the one that has waited
// longest.
func (l *Listen) oldestWaiting(id dialer.CampaignID) *liveCall {
	var best *liveCall
	for _, c := range l.calls {
		if !c.wants(id) || c.State != dialer.CallWaiting || c.offered != 0 || c.crossing != nil || c.untaken {
			continue
		}
		if best == nil || c.before(best) {
			best = c
		}
	}
	return best
}

// row is the call as it is now, apart from what changes later.
func (l *Listen) row(c *liveCall) *dialer.Call { return new(c.Call) }

func (l *Listen) put(c Change) {
	l.journal.put(l.Server.ID, c)
	l.ring()
}
