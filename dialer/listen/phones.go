package listen

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
)

// phoneCode is the pause code of an agent whose phone ceased to register.
const phoneCode = "PHONE"

const (
	// goneAfter spares a phone that moves to another network or reloads its
	// page: its old contact is removed before or after the new one is there.
	goneAfter = 3 * time.Second
	// soundEvery and noSoundAfter: one-way audio is an alert within 2 to 3 s.
	soundEvery   = time.Second
	noSoundAfter = 2 * time.Second
)

// ringAgain is less than a page waits before it asks for its phone once more.
const ringAgain = 5 * time.Second

// What Session.NoSound says.
const (
	noSoundPhone    = "phone"
	noSoundCustomer = "customer"
)

// Phone takes in that a phone has registered, or is not registered any more. It
// never blocks.
func (l *Listen) Phone(login string, registered bool, at time.Time) {
	at = l.Clock.At(at)
	l.inbox.put(func() {
		for _, s := range l.shifts {
			switch {
			case s.PhoneLogin != login || login == "":
			case registered:
				s.gone = time.Time{}
				if s.PauseNext == phoneCode { // it is back before the call was over
					s.PauseNext = ""
					l.put(Change{At: at, Session: new(s.Session)})
				}
			case s.gone.IsZero():
				s.gone = at
			}
		}
	})
}

// ringPhone rings an agent's phone, which the web role could not: no wire leads
// from there to this Asterisk, and the click came by the database. The leg's id is
// that of the try by wire: should that one have come through after all, Asterisk
// has the channel already, and makes no second one.
func (l *Listen) ringPhone(s *shift, in dialer.Intent, with Change) {
	now := l.Clock.Now()
	channel := s.ID.Channel(in.Args.Leg)
	late := now.Sub(in.ID.At()) > staleAfter && (s.Leg != "" || l.unseen(s, now) > unseenRoute)
	again := now.Sub(s.rung) < ringAgain // the page asked several times while we were away
	if late || again || s.PhoneLogin == "" || s.Leg == channel || s.joining == channel {
		l.put(with)
		return
	}
	login := s.PhoneLogin
	s.rung = now
	l.ask(channel, func(ctx context.Context) error { return l.Legs.Ring(ctx, s.ID, channel, login) }, func(err error) {
		if err != nil {
			l.Log.Warn("an agent's phone could not be rung", "session", s.ID, "phone", login, "err", err)
			l.refuse(with, "Your phone could not be called. See that it is switched on and registered, then press Connect phone.")
			return
		}
		l.put(with)
	})
}

// phoneTimer pauses an agent whose phone has ceased to register: the next call
// might find nobody there. In a call, the pause comes after it.
func (l *Listen) phoneTimer(s *shift, now time.Time) {
	if s.gone.IsZero() || now.Sub(s.gone) < goneAfter {
		return
	}
	switch {
	case s.State == dialer.AgentReady && s.offered == 0:
		l.Log.Info("an agent's phone is not registered any more: paused", "session", s.ID, "phone", s.PhoneLogin)
		s.gone = time.Time{}
		l.pause(s, phoneCode, now, Change{At: now})
	case (s.State == dialer.AgentInCall || s.State == dialer.AgentWrapUp) && s.PauseNext == "":
		s.gone = time.Time{}
		s.PauseNext = phoneCode
		l.put(Change{At: now, Session: new(s.Session)})
	}
}

// broken is what an agent without a call was at when the phone went: it goes on
// once the phone is back, as it is after a reload of the page, a change of its
// network, or when the desk is taken over on another computer.
type broken struct {
	state dialer.AgentState // ready or paused; "": the shift has just begun
	code  string            // of the pause
	at    time.Time         // when the phone went
	since time.Time         // since when the agent was at it; zero: it begins as the phone is back
}

// breaks notes what the loss of the phone breaks off.
func (s *shift) breaks(ev agent.Event, at time.Time) {
	if ev == agent.LegLost && s.State != dialer.AgentConnecting {
		s.broke = broken{s.State, s.PauseCode, at, s.Shown()}
	}
}

// back is what happens as the phone is there again. Who was ready is so again,
// unless the phone was away for as long as a page may be: then nobody knows
// whether somebody sits there, and the pause says why.
func (s *shift) back(at time.Time) agent.Event {
	if s.State != dialer.AgentConnecting || s.broke.state != dialer.AgentReady {
		return agent.LegUp
	}
	if at.Sub(s.broke.at) <= unseenPause {
		return agent.LegBack
	}
	s.broke = broken{dialer.AgentPaused, phoneCode, at, time.Time{}}
	return agent.LegUp
}

// ear counts the packets of one side of a talk.
type ear struct {
	channel string
	packets int
	since   time.Time // when the count was last seen to grow
}

// hears takes in a count, and tells for how long nothing has come.
func (e *ear) hears(channel string, packets int, now time.Time) time.Duration {
	if e.channel != channel || e.packets != packets {
		*e = ear{channel, packets, now}
	}
	return now.Sub(e.since)
}

// count is what one look at a talk found.
type count struct {
	session  dialer.SessionID
	channels [2]string // the agent's, the customer's
	packets  [2]int
	err      error
}

// listenIn counts the packets of all who talk, beside the loop: a side from
// which nothing has come for 2 s is told to the agent and to whoever watches.
func (l *Listen) listenIn(ctx context.Context, now time.Time) {
	if l.sounding || now.Sub(l.sounded) < soundEvery {
		return
	}
	var counts []count
	for _, s := range l.shifts {
		c := l.calls[s.CallID]
		// A talk that is over before it could be judged costs Asterisk nothing.
		if c != nil && c.State == dialer.CallTalking && s.Leg != "" && c.BridgedAt != nil && now.Sub(*c.BridgedAt) >= soundEvery {
			counts = append(counts, count{session: s.ID, channels: [2]string{s.Leg, c.channel()}})
		}
	}
	l.sounded = now
	if len(counts) == 0 {
		return
	}
	l.sounding = true
	go func() {
		for i := range counts {
			for side, channel := range counts[i].channels {
				var err error
				counts[i].packets[side], err = l.Legs.Received(ctx, channel)
				if err != nil {
					counts[i].err = err
				}
			}
		}
		l.inbox.put(func() {
			l.sounding = false
			for _, c := range counts {
				l.sound(c, l.Clock.Now())
			}
		})
	}()
}

func (l *Listen) sound(c count, now time.Time) {
	s := l.shifts[c.session]
	if s == nil || c.err != nil || s.State != dialer.AgentInCall || s.Leg != c.channels[0] || l.channelOf(s.CallID) != c.channels[1] {
		return // one of them has gone meanwhile
	}
	verdict := ""
	for side, word := range [2]string{noSoundPhone, noSoundCustomer} {
		if s.ears[side].hears(c.channels[side], c.packets[side], now) >= noSoundAfter && verdict == "" {
			verdict = word
		}
	}
	if verdict == s.NoSound {
		return
	}
	s.NoSound = verdict
	if verdict != "" {
		l.Log.Warn("no sound in a talk", "session", s.ID, "call", s.CallID, "from", verdict)
	}
	l.put(Change{At: now, Session: new(s.Session)})
}
