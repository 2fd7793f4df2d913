package listen

import (
	"context"
	"time"

	"trunkline/dialer"
)

// watching is a supervisor's ear at an agent. The supervisor's phone (tl-s-…)
// sits in a bridge of its own (tl-w-…) with a snoop (tl-n-…) on the agent's
// leg: what the agent hears and says is what the supervisor hears, whoever the
// customer is. To barge in, the phone moves into the agent's bridge; to take
// over, it meets the customer in the call's own.
type watching struct {
	dialer.Watch
	came   time.Time // when the phone did
	snoop  string    // the snoop that counts; "": none
	snoops int
	again  time.Time // when to listen again, what was heard having broken off; zero: nothing has
}

// hearAgain is how long a supervisor who hears nobody waits for another snoop:
// one ends with the agent's phone, whose own end comes right after.
const hearAgain = time.Second

// refreshWatches takes in watches that the web role has begun. All else of them
// is ours.
func (l *Listen) refreshWatches(rows []dialer.Watch) {
	for _, row := range rows {
		if _, over := l.unwatched[row.ID]; over || l.watches[row.ID] != nil {
			continue
		}
		// Snoops of an earlier listen have small numbers.
		l.watches[row.ID] = &watching{Watch: row, snoops: int(l.Clock.Now().Unix() % 1e8)}
	}
	for channel := range l.early {
		id, _, ok := dialer.WatchOfChannel(channel)
		if w := l.watches[id]; ok && w != nil {
			delete(l.early, channel)
			l.seatWatcher(w, channel)
		}
	}
}

func (l *Listen) watchLeg(id dialer.WatchID, snoop bool, e dialer.LegEvent) {
	w := l.watches[id]
	switch {
	case snoop && w != nil && w.snoop == e.Channel:
		l.snoopLeg(w, e)
	case snoop: // of a mode that was left
	case e.Kind == dialer.LegArrived && w == nil:
		l.early[e.Channel] = earlyLeg{e.Channel, e.At}
		l.pollSoon = true
	case e.Kind == dialer.LegArrived:
		l.seatWatcher(w, e.Channel)
	case e.Kind == dialer.LegEnded:
		delete(l.early, e.Channel)
		if w != nil && w.Leg == e.Channel {
			l.endWatch(w, e.At)
		}
	}
}

func (l *Listen) snoopLeg(w *watching, e dialer.LegEvent) {
	switch e.Kind {
	case dialer.LegArrived:
		bridge, channel := w.ID.Bridge(), e.Channel
		l.command(bridge, "hear", func(ctx context.Context) error { return l.Mixer.Join(ctx, bridge, channel) },
			func(err error) { l.deaf(w, channel, err) })
	case dialer.LegEnded:
		l.deaf(w, e.Channel, nil)
	}
}

// seatWatcher: the supervisor's phone is on the line.
func (l *Listen) seatWatcher(w *watching, channel string) {
	w.Leg, w.came = channel, l.Clock.Now()
	bridge := w.ID.Bridge()
	l.command(bridge, "seat a supervisor", func(ctx context.Context) error { return l.Mixer.Bridge(ctx, bridge) }, nil)
	l.hear(w)
	l.put(Change{At: l.Clock.Now(), Watch: new(w.Watch)})
}

// hear makes the supervisor hear, and be heard, as the mode says.
func (l *Listen) hear(w *watching) {
	s := l.shifts[w.SessionID]
	if s == nil || s.Leg == "" || w.Leg == "" {
		return // the agent's phone is gone; its next one calls this again
	}
	w.again = time.Time{}
	lane, leg, agent, old := w.ID.Bridge(), w.Leg, s.Leg, w.snoop
	bridge, snoop, whisper := w.ID.Bridge(), "", w.Mode == dialer.WatchWhisper
	if w.Mode == dialer.WatchBarge {
		bridge = s.ID.Bridge()
	} else {
		w.snoops++
		snoop = w.ID.Snoop(w.snoops)
	}
	w.snoop = snoop
	l.command(lane, "hear an agent", func(ctx context.Context) error {
		if old != "" {
			_ = l.Legs.Hangup(ctx, old, 16) // gone with the agent's phone, maybe
		}
		err := l.Mixer.Join(ctx, bridge, leg)
		if err == nil && snoop != "" {
			err = l.Legs.Snoop(ctx, agent, snoop, whisper)
		}
		return err
	}, func(err error) { l.deaf(w, snoop, err) })
}

// deaf has a supervisor who has stopped hearing the agent listen again.
func (l *Listen) deaf(w *watching, snoop string, err error) {
	if w.snoop != snoop || w.EndedAt != nil || w.CallID != 0 {
		return // there is another by now, or none is needed
	}
	l.Log.Info("a supervisor does not hear the agent any more; trying again", "watch", w.ID, "err", err)
	w.snoop, w.again = "", l.Clock.Now().Add(hearAgain)
}

// watch carries out a supervisor's click.
func (l *Listen) watch(in dialer.Intent, with Change) {
	w := l.watches[in.Args.Watch]
	switch {
	case w == nil || w.CallID != 0 && in.Kind == dialer.IntentWatch:
		l.refuse(with, "That is over already.")
	case in.Kind == dialer.IntentUnwatch:
		l.put(with)
		l.endWatch(w, with.At)
	case in.Args.Mode == dialer.WatchTakeOver:
		l.takeOver(w, with)
	default:
		w.Mode = in.Args.Mode
		l.hear(w)
		with.Watch = new(w.Watch)
		l.put(with)
	}
}

// takeOver gives the agent's customer to the supervisor. The agent is free, and
// says what became of the call so far.
func (l *Listen) takeOver(w *watching, with Change) {
	s := l.shifts[w.SessionID]
	var c *liveCall
	if s != nil {
		c = l.calls[s.CallID]
	}
	switch {
	case c == nil || c.BridgedAt == nil || s.State != dialer.AgentInCall:
		l.refuse(with, "The agent has no customer on the line.")
		return
	case c.third != nil:
		l.refuse(with, "Somebody else is on the line. Join the call instead.")
		return
	case w.Leg == "":
		l.refuse(with, "Your phone is not on the line yet.")
		return
	}
	w.Mode, w.CallID, c.watcher = dialer.WatchTakeOver, c.ID, w.ID
	leg, snoop, bridge := w.Leg, w.snoop, c.ID.Bridge()
	w.snoop = ""
	with.Watch = new(w.Watch)
	l.passOn(c, s, with)
	l.command(c.channel(), "take over", func(ctx context.Context) error {
		if snoop != "" {
			_ = l.Legs.Hangup(ctx, snoop, 16)
		}
		return l.Mixer.Join(ctx, bridge, leg)
	}, func(error) { l.hangup(c, dialer.ByDialer) })
}

// endWatch ends a watch and all that belongs to it; a customer who was taken
// over has nobody left.
func (l *Listen) endWatch(w *watching, at time.Time) {
	delete(l.watches, w.ID)
	l.unwatched[w.ID] = at
	w.EndedAt = new(at)
	l.put(Change{At: at, Watch: new(w.Watch)})
	if c := l.calls[w.CallID]; c != nil && c.State == dialer.CallPassed {
		l.hangup(c, dialer.ByAgent)
	}
	bridge, legs := w.ID.Bridge(), []string{w.snoop, w.Leg}
	l.command(bridge, "stop listening", func(ctx context.Context) error {
		for _, channel := range legs {
			if channel != "" {
				_ = l.Legs.Hangup(ctx, channel, 16) // gone already, maybe
			}
		}
		return l.Mixer.Destroy(ctx, bridge)
	}, nil)
}

// adoptWatch sets a watch right: phone there or not, and a snoop of our own in
// place of an earlier listen's.
func (l *Listen) adoptWatch(w *watching, legs map[string]dialer.Leg, now time.Time) {
	_, there := legs[w.Leg]
	switch {
	case w.Leg == "" && now.Sub(w.StartedAt) > time.Minute, w.Leg != "" && !there && w.came.Before(now): // it came after the PBX was asked
		l.endWatch(w, now)
	case w.CallID != 0:
		if c := l.calls[w.CallID]; c != nil {
			c.watcher = w.ID
		} else {
			l.endWatch(w, now)
		}
	case w.Leg != "" && w.snoop == "" && w.Mode != dialer.WatchBarge:
		l.hear(w)
	}
}
