package listen

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
)

// A server dies, and the customers of its agents whose lines are ours are still
// there. Their calls are taken back and wait, with music, for another agent; the
// one who has lost them is back with a click, and as good as any other. None of
// them is abandoned as the law means it: they were with an agent in time (47 CFR
// 64.1200(a)(7)), so no drop is counted, and what the campaign does with drops is
// done only when nobody has come for a minute.

const (
	reclaimAfter = 3 * time.Second // without a trunk: a second OPTIONS had no answer either
	reclaimEvery = 500 * time.Millisecond
	reclaimLimit = time.Second      // what the database may take for it
	reclaimFor   = 30 * time.Second // of a database that is away
	bereftFor    = time.Minute      // for another agent: who moves needs some seconds
	lostFor      = 12 * time.Second // a server whose trunk has not gone by then was there when the customer hung up
	unsaidFor    = 2 * time.Minute  // for the agent to come back and say what became of a call
)

// takeBackFrom asks for a call that is with a server to which no trunk leads
// since then, beside the loop: it is ours if that server is dead, by the database
// too. One that is not has lost its way to us alone, and ends its side itself.
func (l *Listen) takeBackFrom(f *ferry, since, now time.Time) {
	if now.Sub(since) < reclaimAfter || f.asking || now.Sub(f.asked) < reclaimEvery {
		return
	}
	f.asking, f.asked = true, now
	id, met := f.FerryID, f.met
	ctx, cancel := context.WithTimeout(l.lanes.ctx, reclaimLimit)
	go func() {
		defer cancel()
		row, err := l.Store.Reclaim(ctx, id, l.Server.ID, met)
		var campaign dialer.Campaign
		if err == nil {
			campaign, err = l.Store.Campaign(ctx, row.CampaignID)
		}
		l.inbox.put(func() {
			f.asking = false
			if err == nil {
				l.takenBack(f, row, campaign)
				return
			}
			patience := peerGone
			if !errors.Is(err, dialer.ErrConflict) {
				patience = reclaimFor
			}
			if _, gone := l.gonePeers[f.To]; !gone || f.over || l.ferries[f.Call] != f || l.Clock.Now().Sub(since) < patience {
				return
			}
			l.Log.Warn("another server is gone, and its agent with it: hanging up", "call", f.Call, "server", f.To, "err", err)
			f.over = true
			l.abandon(f)
		})
	}()
}

// lostFerry keeps what was known of a call whose customer has hung up: should its
// server have died before, nobody else will end it.
func (l *Listen) lostFerry(f *ferry) {
	if !f.over {
		l.lost[f] = true
	}
}

// lostTimers looks after them, until it shows that the server was there.
func (l *Listen) lostTimers(now time.Time) {
	for f := range l.lost {
		since, gone := l.gonePeers[f.To]
		switch {
		case gone && now.Sub(f.landed) < reclaimFor:
			l.takeBackFrom(f, since, now)
		case now.Sub(f.landed) > lostFor:
			delete(l.lost, f)
		}
	}
}

// keepUnsaid remembers a call whose customer hung up after its agent's server had died. What
// became of it that agent can say, who goes on on another server with a click, and
// takes it along.
func (l *Listen) keepUnsaid(c *liveCall, at time.Time) { l.unsaid[c.ID] = unsaid{c, at} }

type unsaid struct {
	call *liveCall
	at   time.Time
}

// unsaidTimers: of a call whose agent has not come nobody says what became of it.
// The journal leaves one alone that another server has by now.
func (l *Listen) unsaidTimers(now time.Time) {
	for id, u := range l.unsaid {
		if now.Sub(u.at) < unsaidFor {
			continue
		}
		delete(l.unsaid, id)
		u.call.Status = dialer.StatusError
		l.put(Change{At: now, Call: l.row(u.call), Lead: &LeadChange{ID: u.call.LeadID, Status: u.call.Status}})
	}
}

// takenBack: the call is ours again, if only to be ended.
func (l *Listen) takenBack(f *ferry, row dialer.Call, campaign dialer.Campaign) {
	now := l.Clock.Now()
	l.avoid[f.To] = now.Add(avoidFor)
	there := l.ferries[f.Call] == f
	c := &liveCall{Call: row, campaign: campaign, created: true, rang: row.RingingAt != nil}
	delete(l.ferries, f.Call)
	delete(l.lost, f)
	l.calls[c.ID] = c
	if !there { // the customer has hung up meanwhile
		l.bereft(c, now)
		l.ended(c, dialer.LegEvent{Kind: dialer.LegEnded, Channel: c.channel(), At: f.landed, Cause: f.cause})
		return
	}
	if !l.bereft(c, now) {
		return
	}
	l.Log.Warn("another server is gone: its agent's customer waits for another", "call", c.ID, "server", f.To)
	l.comfort(c, []string{f.Channel()}, now)
}

// lostAgent tells whether a call that was found at start has been taken back from
// a dead server, and has no agent of ours yet.
func (l *Listen) lostAgent(c *liveCall) bool {
	_, err := call.Next(c.State, call.Bereaved)
	return err == nil && c.LineServer == l.Server.ID && c.guest == "" && c.BridgedAt != nil && l.shifts[c.SessionID] == nil
}

// bereave goes on with one: an earlier listen may have got no further than its
// row.
func (l *Listen) bereave(c *liveCall, legs map[string]dialer.Leg, now time.Time) {
	var ferries []string
	for channel := range legs {
		if id, ok := dialer.FerryOfChannel(channel); ok && id.Call == c.ID {
			ferries = append(ferries, channel)
		}
	}
	if l.bereft(c, now) {
		l.comfort(c, ferries, now)
	}
}

// bereft takes a call's agent away in the books. Who it was stays in its row
// until another has it.
func (l *Listen) bereft(c *liveCall, now time.Time) bool {
	if !l.moveCall(c, call.Bereaved) {
		return false
	}
	c.Recording, c.group, c.DropAction = dialer.RecOff, nil, ""
	l.put(Change{At: now, Call: l.row(c)})
	return true
}

// comfort has the customer hear music, and looks for an agent.
func (l *Listen) comfort(c *liveCall, ferries []string, now time.Time) {
	c.dropAt = now.Add(bereftFor)
	channel, bridge := c.channel(), c.ID.Bridge()
	l.command(channel, "take back", func(ctx context.Context) error {
		for _, leg := range ferries {
			_ = l.Legs.Hangup(ctx, leg, causeLost) // gone already, maybe
		}
		_ = l.Mixer.TakeOut(ctx, bridge, channel, false)
		return l.Mixer.Destroy(ctx, bridge)
	}, nil)
	if s := l.agentFor(c); s != nil {
		l.offer(c, s)
		return
	}
	c.music = true
	l.command(channel, "music", func(ctx context.Context) error {
		return l.Legs.Music(ctx, channel, c.campaign.InGroup.Music)
	}, nil)
	l.seek(c)
}

// nobodyElse: a call that has lost its agent has found no other. The campaign's
// drop action is done, once; no drop is counted.
func (l *Listen) nobodyElse(c *liveCall, action dialer.DropAction, group dialer.InGroup, now time.Time) {
	l.Log.Info("a call that has lost its agent found no other", "call", c.ID, "campaign", c.CampaignID, "action", action)
	if action == dialer.DropInGroup {
		if c.group == nil && group.ID != "" && group.Wait > 0 {
			channel := c.channel()
			l.command(channel, "hush", func(ctx context.Context) error { return l.Legs.Hush(ctx, channel) }, nil)
			l.toGroup(c, group, now.Add(time.Duration(group.Wait)*time.Second), now)
			return
		}
		action = cmp.Or(group.After, dialer.DropMessage)
	}
	l.drop(c, action, now)
}
