package listen

import (
	"context"
	"errors"
	"fmt"

	"trunkline/dialer"
)

// recording is the row of a recording that begins now.
func (l *Listen) recording(c *liveCall) *Recording {
	return &Recording{c.ID, l.Server.ID, l.recordingFile(c), l.Clock.Now()}
}

// recordingFile is named by us alone: a day's folder and the call's id. A file
// whose row was never written is found again by that name. A call that has
// crossed may be recorded by more than one server: each has a file of its own.
func (l *Listen) recordingFile(c *liveCall) string {
	name := c.PlacedAt.UTC().Format("2006-01-02") + "/" + c.ID.String()
	if c.LineServer != 0 {
		name += fmt.Sprintf("-%d", l.Server.ID)
	}
	return name + ".wav"
}

// startRecording records the customer's leg, so that the recording survives a
// change of agents, hold, park and transfer.
func (l *Listen) startRecording(c *liveCall) {
	channel, file, announce := c.channel(), l.recordingFile(c), l.announcement(c)
	c.Recording = dialer.RecOn
	l.command(channel, "record", func(ctx context.Context) error {
		announce(ctx)
		return l.Legs.Record(ctx, channel, file)
	}, func(err error) { l.notRecorded(c, err) })
}

// followSound tells the recorder of a call that talks that the customer hears
// somebody new.
func (l *Listen) followSound(c *liveCall) {
	if c.Recording == dialer.RecOff || c.State != dialer.CallTalking {
		return
	}
	channel := c.channel()
	l.command(channel, "follow the sound", func(ctx context.Context) error {
		return l.Legs.FollowSound(ctx, channel)
	}, nil)
}

func (l *Listen) notRecorded(c *liveCall, err error) {
	if l.calls[c.ID] != c || errors.Is(err, dialer.ErrNotFound) {
		return // it has ended
	}
	l.Log.Error("a call is not being recorded", "call", c.ID, "err", err)
	c.Recording = dialer.RecOff
	l.put(l.both(c, Change{At: l.Clock.Now()}))
}

// both adds a call's row, and its agent's: the agent's screen follows it.
func (l *Listen) both(c *liveCall, with Change) Change {
	with.Call = l.row(c)
	if s := l.shifts[c.SessionID]; s != nil && s.CallID == c.ID {
		with.Session = new(s.Session)
	}
	return with
}

// record starts the recording on demand, or ends its pause.
func (l *Listen) record(s *shift, in dialer.Intent, with Change) {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The customer has hung up.")
	case c.campaign.Record == dialer.RecordNever:
		l.refuse(with, "This campaign does not record its calls. Ask your supervisor if it should.")
	case c.BridgedAt == nil:
		l.refuse(with, "Nobody has answered yet. Record when the customer is on the line.")
	case c.Recording == dialer.RecOn:
		l.put(with)
	case c.Recording == dialer.RecPaused:
		l.silence(c, false, with)
	case c.announces() && c.State != dialer.CallTalking:
		l.refuse(with, "The customer must hear that the call is recorded. Take them back first.")
	default:
		l.startRecording(c)
		with.Recording = l.recording(c)
		l.put(l.both(c, with))
	}
}

// pauseRecording has the file go on with silence (PCI DSS 3.2: no card
// verification code may be kept). The agent is told that it is paused only once
// it is: until then the customer must not read out a card.
func (l *Listen) pauseRecording(s *shift, in dialer.Intent, with Change) {
	c := l.onLine(s, in)
	switch {
	case c == nil:
		l.refuse(with, "The customer has hung up.")
	case c.campaign.Record == dialer.RecordForced:
		l.refuse(with, "This campaign's calls are recorded whole: the recording cannot be paused.")
	case c.Recording != dialer.RecOn:
		l.put(with)
	default:
		l.silence(c, true, with)
	}
}

func (l *Listen) silence(c *liveCall, on bool, with Change) {
	channel := c.channel()
	l.ask(channel, func(ctx context.Context) error {
		return l.Legs.SilenceRecording(ctx, channel, on)
	}, func(err error) {
		switch {
		case err != nil && on:
			l.Log.Error("a recording could not be paused", "call", c.ID, "err", err)
			l.refuse(with, "The recording could not be paused and goes on. Do not take card data on this call.")
		case err != nil:
			l.Log.Error("a recording could not be resumed", "call", c.ID, "err", err)
			l.refuse(with, "The recording could not be resumed: it stays silent. Try again.")
		default:
			c.Recording = dialer.RecOn
			if on {
				c.Recording = dialer.RecPaused
			}
			if l.calls[c.ID] == c {
				l.put(l.both(c, with))
				return
			}
			l.put(with)
		}
	})
}

// adoptRecording sets the recording of a call that is up as the books say it.
// Whether it runs is asked of the channel: a second start would truncate the
// file. A pause that was asked for and not carried out is still an open intent.
func (l *Listen) adoptRecording(c *liveCall) {
	if c.BridgedAt == nil || c.Recording == dialer.RecOff && !c.campaign.Record.FromStart() {
		return
	}
	channel, file, silent := c.channel(), l.recordingFile(c), c.Recording == dialer.RecPaused
	announce := l.announcement(c)
	l.ask(channel, func(ctx context.Context) error {
		runs, err := l.Legs.Recorded(ctx, channel)
		if err != nil {
			return err
		}
		if !runs {
			announce(ctx)
			err = l.Legs.Record(ctx, channel, file)
		}
		if err == nil && (runs || silent) {
			err = l.Legs.SilenceRecording(ctx, channel, silent)
		}
		return err
	}, func(err error) {
		switch {
		case err != nil:
			l.notRecorded(c, err)
		case c.Recording == dialer.RecOff && l.calls[c.ID] == c:
			c.Recording = dialer.RecOn
			r := l.recording(c)
			r.At = *c.BridgedAt // if there is no file, all since then is missing
			l.put(l.both(c, Change{At: l.Clock.Now(), Recording: r}))
		}
	})
}
