package listen

import (
	"context"
	"time"

	"trunkline/dialer"
)

// guest is a leg that another server sent for one of our agents, from its
// arrival until the call's row says that the call is ours.
type guest struct {
	dialer.Guest
	channel string
	joined  time.Time        // the agent hears them since then; zero: not yet
	ended   *dialer.LegEvent // gone before the row said so
	stop    context.CancelFunc
}

// visitor is a guest whose call is ours.
type visitor struct {
	dialer.Guest
}

func (v visitor) peer() dialer.ServerID {
	id, _ := dialer.ServerOfTrunk(v.Peer)
	return id
}

// orphanGuest is how long after a guest's end its call may still be handed over:
// the other server's last word may be on its way into the database.
const orphanGuest = 2 * time.Second

// guestArrived: another server wants one of our agents. The leg is answered only
// for an agent who is free this moment.
func (l *Listen) guestArrived(e dialer.LegEvent) {
	g := &guest{Guest: *e.Guest, channel: e.Channel}
	s := l.shifts[g.Session]
	if s == nil || !l.free(s, l.Clock.Now()) || l.calls[g.Call] != nil {
		l.command(e.Channel, "refuse", func(ctx context.Context) error { return l.Legs.Hangup(ctx, e.Channel, causeBusy) }, nil)
		return
	}
	s.offered = g.Call
	l.guests[g.channel] = g
	bridge := s.ID.Bridge()
	l.command(g.channel, "take a guest", func(ctx context.Context) error {
		return l.Legs.Take(ctx, bridge, g.channel, g.Peer)
	}, func(err error) {
		l.Log.Warn("another server's call could not be joined to its agent", "call", g.Call, "session", g.Session, "err", err)
		l.dismiss(g)
	})
}

func (l *Listen) guestLeg(g *guest, e dialer.LegEvent) {
	switch e.Kind {
	case dialer.LegJoined:
		if g.joined.IsZero() {
			l.greet(g, e.At)
		}
	case dialer.LegEnded:
		if g.joined.IsZero() {
			l.dismiss(g)
			return
		}
		g.ended = &e
	}
}

// greet: the agent hears the guest. Their call is ours as soon as its row says
// so; its row is read until then.
func (l *Listen) greet(g *guest, at time.Time) {
	ctx, stop := context.WithCancel(l.lanes.ctx)
	g.joined, g.stop = at, stop
	go func() {
		for pause := 4 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
			row, campaign, err := l.ownRow(ctx, g.Call)
			if err == nil && row.ServerID == l.Server.ID {
				l.inbox.put(func() { l.welcome(g, row, campaign) })
				return
			}
			if err == nil && row.State == dialer.CallEnded {
				l.inbox.put(func() { l.dismiss(g) }) // its server is dead, and somebody has closed its books
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}()
}

// ownRow reads a call and, if it is ours, its campaign. A connection with the
// database that is dead must not hold up the next look.
func (l *Listen) ownRow(ctx context.Context, id dialer.CallID) (row dialer.Call, campaign dialer.Campaign, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	row, err = l.Store.CallByID(ctx, id)
	if err == nil && row.ServerID == l.Server.ID {
		campaign, err = l.Store.Campaign(ctx, row.CampaignID)
	}
	return row, campaign, err
}

// welcome: the call is ours. It goes on as any that was dialed here, with the
// guest in the customer's place.
func (l *Listen) welcome(g *guest, row dialer.Call, campaign dialer.Campaign) {
	if l.guests[g.channel] != g {
		return
	}
	g.stop()
	delete(l.guests, g.channel)
	c := &liveCall{Call: row, campaign: campaign, created: true, rang: row.RingingAt != nil}
	l.visit(c, g.channel, g.Guest)
	l.calls[c.ID] = c
	if s := l.shifts[g.Session]; s != nil && s.offered == c.ID && c.State == dialer.CallWaiting {
		c.offered = s.ID
		l.joined(c, dialer.LegEvent{Kind: dialer.LegJoined, Channel: g.channel, Bridge: s.ID.Bridge(), At: g.joined})
	}
	if g.ended != nil {
		l.callLeg(c.ID, *g.ended)
		return
	}
	if c.State == dialer.CallWaiting { // the agent's phone is gone meanwhile
		l.hangup(c, dialer.ByDialer)
	}
}

// visit makes a guest the customer's channel of a call.
func (l *Listen) visit(c *liveCall, channel string, g dialer.Guest) {
	c.guest = channel
	l.visitors[channel] = visitor{g}
}

// dismiss lets go of a guest whose call is not ours, and of the agent.
func (l *Listen) dismiss(g *guest) {
	if l.guests[g.channel] != g {
		return
	}
	delete(l.guests, g.channel)
	if g.stop != nil {
		g.stop()
	}
	l.command(g.channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, g.channel, causeBusy) }, nil)
	if s := l.shifts[g.Session]; s != nil && s.offered == g.Call {
		s.offered = 0
		l.freed(s)
	}
}

func (l *Listen) guestTimers(now time.Time) {
	for _, g := range l.guests {
		if g.ended != nil && now.Sub(g.ended.At) > orphanGuest {
			l.dismiss(g)
		}
	}
}

// adoptGuests finds the guests again whom an earlier listen, or none, has
// seated.
func (l *Listen) adoptGuests(legs []dialer.Leg, now time.Time) {
	for _, leg := range legs {
		g := leg.Guest
		if g == nil || !leg.Arrived || l.guests[leg.Channel] != nil {
			continue
		}
		if _, known := l.visitors[leg.Channel]; known {
			continue
		}
		if c := l.calls[g.Call]; c != nil {
			if c.guest == "" && c.LineServer != 0 {
				l.visit(c, leg.Channel, *g)
			}
			continue
		}
		s := l.shifts[g.Session]
		if leg.Bridge == "" || s == nil || leg.Bridge != s.ID.Bridge() {
			l.guestArrived(dialer.LegEvent{Kind: dialer.LegArrived, Channel: leg.Channel, At: now, Guest: g})
			continue
		}
		s.offered = g.Call
		seated := &guest{Guest: *g, channel: leg.Channel}
		l.guests[leg.Channel] = seated
		l.greet(seated, now)
	}
}

// channel is the customer's, as this server's Asterisk knows it.
func (c *liveCall) channel() string {
	if c.guest != "" {
		return c.guest
	}
	return c.ID.Channel()
}

// channelOf is the customer's channel of a call, ours or not.
func (l *Listen) channelOf(id dialer.CallID) string {
	if c := l.calls[id]; c != nil {
		return c.channel()
	}
	return id.Channel()
}
