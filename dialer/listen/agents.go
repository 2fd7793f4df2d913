package listen

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
)

const (
	agentGetsCall = agent.GetsCall
	agentCallEnds = agent.CallEnds
)

// shift is an agent from login to logout.
type shift struct {
	dialer.Session
	offered  dialer.CallID // a call that is being joined to the agent's bridge
	joining  string        // a leg that is being joined to the agent's bridge
	came     time.Time     // when the newest phone did, or was joined
	last     *liveCall     // the call in wrap-up
	disposal *disposal     // chosen while the call was still up
	dialing  bool          // a call by hand is being prepared
	rung     time.Time     // when the phone was rung from here
	gone     time.Time     // the phone is not registered since then; zero: it is
	broke    broken        // what the loss of the phone broke off
	ears     [2]ear        // the phone's sound, and the customer's
	unlisted int           // looks in a row at which the database did not have it among those that live
}

type disposal struct {
	call     dialer.CallID
	status   dialer.Status
	comments string
	pause    bool
	callback *dialer.CallbackAsk // promised; nil: nothing
}

func disposalOf(a dialer.IntentArgs) disposal {
	return disposal{a.CallID, a.Status, a.Comments, a.Pause, a.Callback}
}

func (l *Listen) agentLeg(id dialer.SessionID, e dialer.LegEvent) {
	s := l.shifts[id]
	switch e.Kind {
	case dialer.LegArrived:
		if s == nil {
			l.early[e.Channel] = earlyLeg{e.Channel, e.At}
			l.pollSoon = true // its row was committed before the phone rang
			return
		}
		l.seat(s, e.Channel)
	case dialer.LegJoined:
		switch {
		case s == nil:
		// A survey from before a phone came does not have it, and makes it
		// forgotten: whoever is in the bridge now is the agent's phone, unless
		// there is a newer one.
		case s.joining == e.Channel || s.joining == "" && s.Leg == "":
			l.seated(s, e)
		case s.Leg != e.Channel:
			l.command(s.ID.Bridge(), "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, e.Channel, 16) }, nil)
		}
	case dialer.LegEnded:
		delete(l.early, e.Channel)
		if s != nil && s.joining == e.Channel {
			s.joining = ""
		}
		if s != nil && s.Leg == e.Channel {
			s.Leg = ""
			l.moveAgent(s, agent.LegLost, e.At, Change{At: e.At})
			l.unoffer(s)
		}
	}
}

// unoffer takes back a call that was on its way to an agent whose phone is
// gone: it goes to the next agent, or waits for one.
func (l *Listen) unoffer(s *shift) {
	c := l.calls[s.offered]
	if s.PauseNext != "" && s.State == dialer.AgentConnecting {
		s.broke = broken{dialer.AgentPaused, s.PauseNext, s.Since, s.Since}
	}
	s.offered, s.PauseNext = 0, "" // without a phone the agent is as good as paused
	if c == nil || c.offered != s.ID {
		return
	}
	c.offered = 0
	if next := l.agentFor(c); next != nil {
		l.offer(c, next)
	}
}

// seat joins an agent's phone to the agent's bridge. A shift may see several
// phones one after the other: the newest counts, the one before is hung up.
func (l *Listen) seat(s *shift, channel string) {
	old := s.Leg
	if s.joining != "" {
		old = s.joining
	}
	s.joining, s.came = channel, l.Clock.Now()
	bridge := s.ID.Bridge()
	l.command(bridge, "seat", func(ctx context.Context) error {
		err := l.Mixer.Bridge(ctx, bridge)
		if err != nil {
			return err
		}
		err = l.Mixer.Join(ctx, bridge, channel)
		if err == nil && old != "" && old != channel {
			_ = l.Legs.Hangup(ctx, old, 16) // gone already, most likely: a reloaded page
		}
		return err
	}, func(err error) {
		if s.joining == channel {
			s.joining = ""
		}
		if errors.Is(err, dialer.ErrNotFound) {
			return // it has hung up: its end follows
		}
		l.Log.Warn("an agent's phone could not be joined to its bridge", "session", s.ID, "err", err)
		l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
	})
}

func (l *Listen) seated(s *shift, e dialer.LegEvent) {
	if old := s.Leg; old != "" && old != e.Channel {
		// There is a second one in between, which was gone before it was joined.
		l.command(s.ID.Bridge(), "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, old, 16) }, nil)
	}
	s.joining, s.Leg, s.Muted, s.came = "", e.Channel, false, l.Clock.Now()
	if c := l.calls[s.CallID]; c != nil {
		l.followSound(c)
	}
	l.moveAgent(s, s.back(e.At), e.At, Change{At: e.At})
	for _, w := range l.watches {
		if w.SessionID == s.ID && w.Leg != "" && w.CallID == 0 {
			l.hear(w) // the phone before has taken the snoop with it
		}
	}
}

// moveAgent takes an agent to the next state and writes it, together with what
// else happened at that moment.
func (l *Listen) moveAgent(s *shift, ev agent.Event, at time.Time, with Change) bool {
	next, err := agent.Next(s.State, ev)
	if err != nil {
		l.refused("agent", err, "session", s.ID)
		if with.Call != nil || with.Intent != nil {
			l.put(with)
		}
		return false
	}
	if next != s.State {
		with.Period = l.period(s, at)
		s.breaks(ev, at)
		s.enter(next, with.Period.To)
		if next != dialer.AgentPaused {
			s.PauseCode = ""
		} else if ev == agent.LegUp {
			s.PauseCode = s.broke.code
		}
		if (ev == agent.LegUp || ev == agent.LegBack) && !s.broke.since.IsZero() {
			s.ShownSince = new(s.broke.since)
		}
		s.NoSound, s.ears = "", [2]ear{}
		if next == dialer.AgentOut {
			delete(l.shifts, s.ID)
			l.left[s.ID] = at
			l.giveBack(s)
		}
	}
	with.Session = new(s.Session)
	l.put(with)
	if next == dialer.AgentReady {
		l.match(s)
	}
	return true
}

// enter begins a state, or a pause with another code, where the stretch before it
// ended.
func (s *shift) enter(state dialer.AgentState, at time.Time) {
	s.State, s.Since, s.ShownSince = state, at, nil
}

// period is the one that an agent ends now. It names the call that it was spent
// on, not the one that ends it. The next begins at its To: Asterisk stamps what
// happens in whole milliseconds, so that a call may come a little before the click
// that made its agent ready. No stretch of the log ends before it began: the
// reports find one that reaches over a quarter of an hour by its beginning.
func (l *Listen) period(s *shift, at time.Time) *Period {
	if at.Before(s.Since) {
		at = s.Since
	}
	p := &Period{s.ID, s.UserID, s.CampaignID, s.State, s.PauseCode, 0, s.Since, at}
	if s.State == dialer.AgentInCall || s.State == dialer.AgentWrapUp {
		p.Call = s.CallID
	}
	return p
}

// freed takes an agent whose call did not come about: a pause that was asked
// for meanwhile counts now.
func (l *Listen) freed(s *shift) {
	if s.PauseNext != "" && s.State == dialer.AgentReady {
		code, now := s.PauseNext, l.Clock.Now()
		s.PauseNext = ""
		l.pause(s, code, now, Change{At: now})
		return
	}
	l.match(s)
}

// match gives a free agent the call that has waited longest.
func (l *Listen) match(s *shift) {
	if !l.free(s, l.Clock.Now()) {
		return
	}
	if c := l.oldestWaiting(s.CampaignID); c != nil {
		l.offer(c, s)
	}
}

// free tells whether an agent may be given a call: ready, on the phone, not
// reserved, and the page seen in the last 5 s. Until the PBX has said who talks
// to whom nobody is free: an earlier listen may have joined a customer in its
// last moment, and a second one would be put beside the first.
func (l *Listen) free(s *shift, now time.Time) bool {
	return l.isReady() && s.State == dialer.AgentReady && s.Leg != "" && s.joining == "" && s.offered == 0 && !s.dialing && l.unseen(s, now) <= unseenRoute
}

// longestReady is the free agent of a campaign who has waited longest.
func (l *Listen) longestReady(id dialer.CampaignID) *shift {
	now := l.Clock.Now()
	var best *shift
	for _, s := range l.shifts {
		if s.CampaignID == id && l.free(s, now) && (best == nil || s.Shown().Before(best.Shown())) {
			best = s
		}
	}
	return best
}

func (l *Listen) shiftTimers(s *shift, now time.Time) {
	l.phoneTimer(s, now)
	unseen := l.unseen(s, now)
	switch {
	case s.State == dialer.AgentReady && s.offered == 0 && unseen > unseenPause:
		l.Log.Info("an agent's page is away: paused", "session", s.ID, "unseen", unseen.Round(time.Second))
		l.pause(s, lagged, now, Change{At: now})
	case s.State == dialer.AgentInCall && s.Leg == "" && unseen > unseenPause:
		// Nobody to talk to, and nobody coming back: the customer is not left in
		// an empty bridge.
		if c := l.calls[s.CallID]; c != nil && c.endedBy == "" {
			l.Log.Warn("an agent's page and phone are gone in a call: hanging up", "session", s.ID, "call", c.ID)
			l.hangup(c, dialer.ByDialer)
		}
	case s.State == dialer.AgentWrapUp && unseen > unseenOut:
		l.Log.Info("an agent's page is gone in wrap-up: the call is closed for them", "session", s.ID)
		l.dispose(s, disposal{call: s.CallID, status: s.last.unsaidOutcome(), pause: true}, now)
	case (s.State == dialer.AgentConnecting || s.State == dialer.AgentPaused) && unseen > unseenOut:
		l.Log.Info("an agent's page is gone: logged out", "session", s.ID, "unseen", unseen.Round(time.Second))
		l.logOut(s, Change{At: now, Out: "the page was away for " + unseenOut.String()})
	}
}

// unsaidOutcome is what becomes of a call whose agent has not said it and will not:
// what the line said, that it was passed on, or that it was lost sight of.
func (c *liveCall) unsaidOutcome() dialer.Status {
	switch {
	case c == nil:
		return dialer.StatusError
	case c.Status != "":
		return c.Status
	case c.passed || c.State == dialer.CallPassed:
		return dialer.StatusPassed
	case !c.Sent && c.State == dialer.CallEnded:
		return cmp.Or(c.LeadWas, dialer.StatusNew) // it never left
	}
	return dialer.StatusError
}

// unseen is how long an agent's page has been away. While the database is away,
// or hangs, nobody can say that a page was seen: that time counts as seen, else
// an outage of 30 s would pause every agent.
func (l *Listen) unseen(s *shift, now time.Time) time.Duration {
	if now.Sub(l.sighted) > blindAfter {
		now = l.sighted
	}
	seen := s.SeenAt
	if seen.Before(l.resighted) {
		seen = l.resighted
	}
	return now.Sub(seen)
}

// pause pauses an agent who is free of calls; the code is written with it.
func (l *Listen) pause(s *shift, code string, at time.Time, with Change) {
	if s.State == dialer.AgentPaused && s.PauseCode != code {
		// From one code to another: a period of its own.
		with.Period = l.period(s, at)
		s.enter(s.State, with.Period.To)
	}
	next, err := agent.Next(s.State, agent.Pauses)
	if err != nil {
		l.refused("agent", err, "session", s.ID)
		return
	}
	if next != s.State {
		s.PauseCode = ""
		with.Period = l.period(s, at)
		s.enter(next, with.Period.To)
	}
	s.PauseCode = code
	with.Session = new(s.Session)
	l.put(with)
}

// Look counts a campaign's agents and calls. Agents whose page is away are not
// counted as ready, nor as about to be, in wrap-up: no call would reach them.
func (l *Listen) Look(ctx context.Context, id dialer.CampaignID) (dialer.Floor, error) {
	answer := make(chan dialer.Floor, 1)
	l.inbox.put(func() {
		var f dialer.Floor
		now := l.Clock.Now()
		for _, s := range l.shifts {
			if s.CampaignID != id {
				continue
			}
			switch {
			case l.free(s, now):
				f.Ready++
			case s.State == dialer.AgentInCall || s.offered != 0:
				f.Talking++
				f.Busy = append(f.Busy, dialer.BusyAgent{In: busySince(s, now), Rang: l.rang(s, now)})
			case s.State == dialer.AgentWrapUp && l.unseen(s, now) <= unseenRoute:
				f.WrapUp++
				f.Busy = append(f.Busy, dialer.BusyAgent{WrapUp: true, In: now.Sub(s.Since), Talked: talked(s)})
			default:
				f.Paused++
			}
		}
		f.Live = l.lines()
		f.Crossed = l.crossedLately(id, now)
		for _, c := range l.calls {
			// A call of an in-group is to be expected by all whose agents take it:
			// whom it was dialed for has been given up.
			if c.group == nil && c.CampaignID != id || c.group != nil && !c.group.Campaigns.Has(id) {
				continue
			}
			if c.Manual {
				continue // its agent has it already
			}
			switch c.State {
			case dialer.CallPlaced, dialer.CallRinging, dialer.CallAnswered:
				f.Dialing++
				f.Flights = append(f.Flights, inFlight(c, now))
			case dialer.CallWaiting:
				if c.offered == 0 {
					f.Waiting++
					f.Flights = append(f.Flights, inFlight(c, now))
				}
			}
		}
		answer <- f
	})
	select {
	case f := <-answer:
		return f, nil
	case <-ctx.Done():
		return dialer.Floor{}, ctx.Err()
	}
}
