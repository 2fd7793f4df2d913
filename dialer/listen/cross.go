package listen

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"trunkline/dialer"
)

// A call that finds no agent of its own server crosses to one of another: see
// docs/cluster.md. Here is the side that dialed it. The INVITE to the other
// server reserves the agent there; once it is answered the call is the other
// listen's, and this one only carries its sound.

// crossing is a try to bring a waiting call to another server's agent.
type crossing struct {
	dialer.FerryID
	session dialer.SessionID
	at      time.Time
}

// ferry is a call that is with another server's agent: the customer's leg, and
// the one that leads there.
type ferry struct {
	dialer.FerryID
	wanted time.Time // the call wanted an agent; zero: told
	met    time.Time // they were joined; zero: not yet, or by an earlier listen
	over   bool      // one of them has gone, and the other is hung up
	asking bool      // the database is asked for the call, whose agent's server is gone
	asked  time.Time // when it last was

	landed time.Time // the customer hung up then; zero: is there
	cause  int       // of that, Q.850
}

// Timing of crossings.
const (
	seekEvery  = 100 * time.Millisecond // a waiting call asks again for agents elsewhere
	seekLimit  = 500 * time.Millisecond // what the database may take for it
	crossLimit = 1500 * time.Millisecond
	shyFor     = time.Second     // an agent who was taken is not asked again
	avoidFor   = 5 * time.Second // nor a server that did not answer
	crossedFor = 3 * time.Second // a report of the agent's server may be that old
	peerGone   = 6 * time.Second // a trunk that leads nowhere for so long has lost its calls
)

// causeBusy is the Q.850 cause by which a server says that its agent is taken.
const causeBusy = 17

// seek asks the database for free agents elsewhere, beside the loop.
func (l *Listen) seek(c *liveCall) {
	now := l.Clock.Now()
	if l.Server.SIPAddr == "" || c.seeking || c.crossing != nil || c.guest != "" || now.Sub(c.sought) < seekEvery {
		return
	}
	c.seeking, c.sought = true, now
	campaigns := []dialer.CampaignID{c.CampaignID}
	if c.group != nil {
		campaigns = append(campaigns, c.group.Takers()...)
	}
	ctx, cancel := context.WithTimeout(l.lanes.ctx, seekLimit)
	go func() {
		defer cancel()
		agents, err := l.Store.FreeElsewhere(ctx, l.Server.ID, campaigns)
		l.inbox.put(func() {
			c.seeking = false
			if err != nil {
				return // the database is away: the journal says it
			}
			l.sought(c, agents)
		})
	}()
}

// sought takes the first agent whom no other call of ours is on its way to.
func (l *Listen) sought(c *liveCall, agents []dialer.FreeAgent) {
	if l.calls[c.ID] != c || c.State != dialer.CallWaiting || c.offered != 0 || c.untaken || c.crossing != nil {
		return
	}
	now := l.Clock.Now()
	for _, a := range agents {
		if now.Before(l.shy[a.Session]) || now.Before(l.avoid[a.Server]) || l.courted(a.Session) {
			continue
		}
		l.cross(c, a, now)
		return
	}
}

func (l *Listen) courted(id dialer.SessionID) bool {
	for _, c := range l.calls {
		if c.crossing != nil && c.crossing.session == id {
			return true
		}
	}
	return false
}

// cross calls the other server.
func (l *Listen) cross(c *liveCall, a dialer.FreeAgent, now time.Time) {
	c.crossings++
	// Tries of an earlier listen have smaller numbers.
	id := dialer.FerryID{Call: c.ID, To: a.Server, N: int(now.Unix()%1e6)*1000 + c.crossings}
	c.crossing = &crossing{id, a.Session, now}
	out := dialer.Crossing{ID: id, Session: a.Session, CallerID: c.E164}
	bridge := c.ID.Bridge()
	l.command(id.Channel(), "cross", func(ctx context.Context) error {
		err := l.Legs.Cross(ctx, out)
		if err == nil {
			err = l.Mixer.Bridge(ctx, bridge) // while the other server makes up its mind
		}
		return err
	}, func(err error) {
		l.Log.Warn("a call could not be sent to another server", "call", c.ID, "server", a.Server, "err", err)
		l.uncross(id, 0)
	})
}

func (l *Listen) ferryLeg(id dialer.FerryID, e dialer.LegEvent) {
	c, f := l.calls[id.Call], l.ferries[id.Call]
	trying := c != nil && c.crossing != nil && c.crossing.FerryID == id
	switch {
	case e.Kind == dialer.LegArrived && trying:
		l.handOver(c)
	case e.Kind == dialer.LegArrived && (f == nil || f.FerryID != id):
		l.command(e.Channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, e.Channel, 16) }, nil)
	case e.Kind != dialer.LegEnded:
	case trying:
		l.uncross(id, e.Cause)
	case f != nil && f.FerryID == id && !f.over:
		f.over = true // the agent's side has ended it
		customer, cause := id.Call.Channel(), max(e.Cause, 16)
		l.command(customer, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, customer, cause) }, nil)
	}
}

// uncross: that agent could not be had. The call waits on, and asks for others.
func (l *Listen) uncross(id dialer.FerryID, cause int) {
	c := l.calls[id.Call]
	if c == nil || c.crossing == nil || c.crossing.FerryID != id {
		return
	}
	now := l.Clock.Now()
	l.shy[c.crossing.session] = now.Add(shyFor)
	if cause != causeBusy {
		l.avoid[id.To] = now.Add(avoidFor)
	}
	c.crossing, c.sought = nil, time.Time{}
	if s := l.agentFor(c); s != nil && c.State == dialer.CallWaiting {
		l.offer(c, s)
		return
	}
	l.seek(c)
}

// handOver: the other server's agent is there. The last that we write of the
// call is whose it is.
func (l *Listen) handOver(c *liveCall) {
	id, music := c.crossing.FerryID, c.music
	c.crossing, c.music, c.dropAt = nil, false, time.Time{}
	delete(l.calls, c.ID)
	l.ferries[c.ID] = &ferry{FerryID: id, wanted: *c.WantedAt}
	now := l.Clock.Now()
	l.crossed[c.CampaignID] = append(l.crossedLately(c.CampaignID, now), dialer.Crossed{To: id.To, At: now})
	c.ServerID, c.LineServer = id.To, l.Server.ID
	l.put(Change{At: l.Clock.Now(), Call: l.row(c)})
	l.carry(id, music)
}

// crossedLately are a campaign's calls that went to other servers' agents, for as
// long as a report of those servers may be older.
func (l *Listen) crossedLately(id dialer.CampaignID, now time.Time) []dialer.Crossed {
	late := slices.DeleteFunc(slices.Clone(l.crossed[id]), func(x dialer.Crossed) bool { return now.Sub(x.At) > crossedFor })
	l.crossed[id] = late
	return late
}

// carry joins the customer and the leg to the other server.
func (l *Listen) carry(id dialer.FerryID, music bool) {
	bridge, customer, leg := id.Call.Bridge(), id.Call.Channel(), id.Channel()
	l.command(customer, "carry", func(ctx context.Context) error {
		if music {
			_ = l.Legs.Hush(ctx, customer) // it has hung up, maybe: joining it tells
		}
		err := l.Mixer.Join(ctx, bridge, customer)
		if errors.Is(err, dialer.ErrConflict) {
			err = errors.Join(l.Mixer.Bridge(ctx, bridge), l.Mixer.Join(ctx, bridge, customer))
		}
		if err != nil {
			return err
		}
		return l.Mixer.Join(ctx, bridge, leg)
	}, func(err error) {
		if !errors.Is(err, dialer.ErrNotFound) { // else one has hung up: its end follows
			l.Log.Error("a call could not be joined to its agent on another server", "call", id.Call, "server", id.To, "err", err)
			l.command(leg, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, leg, 16) }, nil)
		}
	})
}

// carried takes an event of a customer whose call is with another server; false:
// there is no such call.
func (l *Listen) carried(id dialer.CallID, e dialer.LegEvent) bool {
	f := l.ferries[id]
	if f == nil {
		return false
	}
	switch {
	case e.Kind == dialer.LegEnded:
		l.landed(f, e.Cause, e.At)
	case e.Kind == dialer.LegJoined && e.Bridge == id.Bridge() && !f.wanted.IsZero():
		l.Log.Info("a call is with another server's agent", "call", id, "server", f.To, "after", e.At.Sub(f.wanted).Round(time.Millisecond))
		f.wanted, f.met = time.Time{}, e.At
	}
	return true
}

// landed: the customer has gone; the other server learns it from the leg's end,
// if it is there.
func (l *Listen) landed(f *ferry, cause int, at time.Time) {
	f.landed, f.cause = at, max(cause, 16)
	l.lostFerry(f)
	delete(l.ferries, f.Call)
	leg, bridge := f.Channel(), f.Call.Bridge()
	cause = max(cause, 16)
	l.command(f.Call.Channel(), "hang up", func(ctx context.Context) error {
		_ = l.Legs.Hangup(ctx, leg, cause) // gone already, maybe
		return l.Mixer.Destroy(ctx, bridge)
	}, nil)
	l.forget(f.Call)
	l.ring()
}

// crossTimers looks for agents elsewhere for a call that waits, and gives up on
// a server that does not answer.
func (l *Listen) crossTimers(c *liveCall, now time.Time) {
	switch {
	case c.crossing != nil && now.Sub(c.crossing.at) > crossLimit:
		id := c.crossing.FerryID
		leg := id.Channel()
		l.command(leg, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, leg, 16) }, nil)
		l.uncross(id, 0)
	case c.State == dialer.CallWaiting && c.offered == 0 && !c.untaken:
		l.seek(c)
	}
}

// Peer takes in whether the trunk to another server leads there. It never
// blocks.
func (l *Listen) Peer(id dialer.ServerID, up bool, at time.Time) {
	at = l.Clock.At(at)
	l.inbox.put(func() {
		switch _, gone := l.gonePeers[id]; {
		case up:
			delete(l.gonePeers, id)
		case !gone:
			l.gonePeers[id] = at
		}
		gone := slices.Sorted(maps.Keys(l.gonePeers))
		l.parted.Store(&gone)
	})
}

// peerTimers looks after what is with a server that is not there any more: nobody
// says goodbye for it.
func (l *Listen) peerTimers(now time.Time) {
	for id, since := range l.gonePeers {
		for _, f := range l.ferries {
			if f.To == id && !f.over {
				l.takeBackFrom(f, since, now)
			}
		}
		if now.Sub(since) < peerGone {
			continue
		}
		l.avoid[id] = now.Add(avoidFor)
		for channel, from := range l.visitors {
			if c := l.calls[from.Call]; c != nil && from.peer() == id && c.endedBy == "" {
				l.Log.Warn("another server is gone, and the customer with it", "call", c.ID, "server", id)
				c.endedBy = dialer.ByCarrier
				l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, causeLost) }, nil)
			}
		}
	}
}

// abandon tells a customer whose agent's server has gone that it is over.
func (l *Listen) abandon(f *ferry) {
	customer, leg, bridge := f.Call.Channel(), f.Channel(), f.Call.Bridge()
	l.command(customer, "let go", func(ctx context.Context) error {
		_ = l.Mixer.TakeOut(ctx, bridge, customer, false)
		_ = l.Legs.Hangup(ctx, leg, causeLost)
		return l.Legs.Play(ctx, customer, builtInMessage)
	}, func(error) {
		l.command(customer, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, customer, 16) }, nil)
	})
	time.AfterFunc(messageLimit/3, func() {
		l.command(customer, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, customer, 16) }, nil)
	})
}

// adoptFerries finds again what an earlier listen carried: a leg to another
// server that is up beside its customer is a call that was handed over, written
// or not.
func (l *Listen) adoptFerries(legs map[string]dialer.Leg, now time.Time) {
	for channel, leg := range legs {
		id, ok := dialer.FerryOfChannel(channel)
		if !ok || l.ferries[id.Call] != nil {
			continue
		}
		c := l.calls[id.Call]
		customer, there := legs[id.Call.Channel()]
		switch {
		case c != nil && c.crossing != nil:
			continue // ours, and under way
		case !there || !leg.Up || c != nil && (c.BridgedAt != nil || !l.awaits(c, customer, now)):
			// One that had an agent before was taken back from a dead server: whether
			// this leg leads there or to the next agent, the call is offered again.
			l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
			continue
		case c != nil:
			c.crossing = &crossing{FerryID: id}
			l.handOver(c)
			continue
		}
		l.ferries[id.Call] = &ferry{FerryID: id}
		if customer.Bridge != id.Call.Bridge() || leg.Bridge != customer.Bridge {
			l.carry(id, false)
		}
	}
	for _, f := range l.ferries {
		_, customer := legs[f.Call.Channel()]
		_, leg := legs[f.Channel()]
		switch {
		case !customer:
			l.landed(f, 0, now)
		case !leg && !f.over:
			l.ferryLeg(f.FerryID, dialer.LegEvent{Kind: dialer.LegEnded, Channel: f.Channel()})
		}
	}
}

// awaits tells whether a call wants an agent. Of one that an earlier listen left
// the books may be behind.
func (l *Listen) awaits(c *liveCall, customer dialer.Leg, now time.Time) bool {
	switch c.State {
	case dialer.CallPlaced, dialer.CallRinging, dialer.CallAnswered:
		if !c.found || !customer.Up {
			return false
		}
		c.State = dialer.CallWaiting
		if c.AnsweredAt == nil {
			c.AnsweredAt = new(l.moment(customer.UpAt, now))
		}
		if c.WantedAt == nil {
			c.WantedAt = new(l.moment(customer.AskedAt, now))
		}
	}
	return c.State == dialer.CallWaiting
}

// lines are how many of the carriers' lines this server holds.
func (l *Listen) lines() int {
	n := len(l.calls) + len(l.ferries)
	for _, c := range l.calls {
		if c.guest != "" {
			n-- // another server holds it
		}
	}
	return n
}

// Crosses tells whether an answered call may be brought to other servers'
// agents, and to which servers no trunk leads now.
func (l *Listen) Crosses() (crosses bool, out []dialer.ServerID) {
	if gone := l.parted.Load(); gone != nil {
		out = *gone
	}
	return l.Server.SIPAddr != "", out
}
