package asterisk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"trunkline/ami"
	"trunkline/dialer"
)

// Asterisk takes a note of each call in its own database: the originate writes
// one before the INVITE, and the hang-up handler of asterisk-conf replaces it by
// the call's end. As long as nobody forgets it, it can be told whether a call
// ever left and what became of it, even if all was over before anybody listened.
const (
	contextNote = "trunkline-note"
	noteFamily  = "trunkline"
	noteSent    = "sent"
	noteMade    = "made" // a channel, not dialed yet
	pushNote    = "CHANNEL(hangup_handler_push)"
	noteHandler = contextNote + ",s,1"
)

// noted is the dialplan's name of a call's note.
func noted(call dialer.CallID) string { return "DB(" + noteFamily + "/" + call.String() + ")" }

// probeLimit is how long a probe's note may take; only where none is ever
// written does it take long.
const probeLimit = 5 * time.Second

// ProbeNotes finds out whether Asterisk takes notes, by a call to nobody that is
// noted as any other: an operator's own Asterisk may lack a module or the
// dialplan. That no note is there says that a call was never sent, and its lead
// is dialed again: so it must be certain. Without notes the end of a call that
// nobody heard of stays unknown.
func (p *PBX) ProbeNotes(ctx context.Context) error {
	err := p.ami.Wait(ctx)
	if err != nil {
		return err
	}
	works, err := p.probe(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	if !works {
		p.log.Error("Asterisk takes no notes of calls: the outcome of one that ends while this daemon is away will be unknown (status ERI). Load func_db.so and bring the context trunkline-note into the dialplan.")
	}
	p.mu.Lock()
	p.notes = works
	p.mu.Unlock()
	return nil
}

func (p *PBX) probe(ctx context.Context) (works bool, err error) {
	const nobody dialer.CallID = 0
	// Written over, and not removed: of a key that is not there Asterisk warns.
	err = p.ami.DBPut(ctx, noteFamily, nobody.String(), noteMade)
	if err != nil {
		return false, err
	}
	_, err = p.ami.Originate(ctx, ami.Originate{
		Channel: "Local/probe@" + contextNote, Context: contextNote, Exten: "probe", Priority: 1, Timeout: probeLimit,
		Variables: append([]ami.Variable{{Name: "TL_CALL", Value: nobody.String()}}, noteOf(nobody)...),
	})
	if err != nil {
		return false, err
	}
	limit := time.NewTimer(probeLimit)
	defer limit.Stop()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		all, err := p.ami.DBTree(ctx, noteFamily)
		if err != nil {
			return false, err
		}
		if n := note(nobody, all[nobody.String()]); n.Ended && n.Sent {
			return true, p.ami.DBDel(ctx, noteFamily, nobody.String())
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-limit.C:
			return false, nil
		case <-time.After(pause):
		}
	}
}

// noteOf are the variables by which an originate leaves its note.
func noteOf(call dialer.CallID) []ami.Variable {
	return []ami.Variable{{Name: noted(call), Value: noteSent}, {Name: pushNote, Value: noteHandler}}
}

func (p *PBX) takesNotes() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notes
}

// takeNote writes how far a call by hand has come. By AMI: ARI may not write
// Asterisk's database, not by a new channel's variables either.
func (p *PBX) takeNote(ctx context.Context, call dialer.CallID, note string) error {
	err := p.ami.DBPut(ctx, noteFamily, call.String(), note)
	var refused *ami.ActionError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
}

// setVariable sets a variable of a channel, by AMI. ARI's request does it in the
// channel's own thread, forbids that thread to write Asterisk's database
// meanwhile, and never allows it again (app_control_set_channel_var, 22.10.1):
// the note of such a call would lack its end.
func (p *PBX) setVariable(ctx context.Context, channel, name, value string) error {
	err := p.ami.SetChannelVariable(ctx, channel, name, value)
	var refused *ami.ActionError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("%w: %w", dialer.ErrNotFound, err) // all that it is ever refused for
	}
	return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
}

// readNotes are all notes there are; nil: this Asterisk takes none.
func (p *PBX) readNotes(ctx context.Context) (map[dialer.CallID]dialer.Note, error) {
	if !p.takesNotes() {
		return nil, nil
	}
	all, err := p.ami.DBTree(ctx, noteFamily)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	notes := make(map[dialer.CallID]dialer.Note, len(all))
	for key, text := range all {
		id, err := strconv.ParseInt(key, 10, 64)
		if err == nil && id != 0 {
			notes[dialer.CallID(id)] = note(dialer.CallID(id), text)
		}
	}
	return notes, nil
}

// Forget removes a call's note.
func (p *PBX) Forget(ctx context.Context, call dialer.CallID) error {
	if !p.takesNotes() {
		return nil
	}
	err := p.ami.DBDel(ctx, noteFamily, call.String())
	if err != nil {
		return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	return nil
}

// note reads what the originate or the hang-up handler has written.
func note(call dialer.CallID, text string) dialer.Note {
	f := strings.Split(text, "|")
	n := dialer.Note{Sent: f[0] != noteMade}
	if len(f) < noteFields {
		return n
	}
	state, last := f[2], number(f[4])
	n.Ended, n.EndedAt, n.UpAt, n.AskedAt = true, moment(f[1]), moment(f[5]), moment(f[6])
	n.Cause, n.AMD, n.AMDCause = number(f[3]), f[7], f[8]
	n.Answered = state == "Up" || !n.UpAt.IsZero()
	if len(f) > 9 {
		n.Joined = f[9] != "" && f[9] != call.Channel()
		n.Session, _ = dialer.SessionOfChannel(f[9])
	}
	n.OptedOut = len(f) > 10 && f[10] != ""
	// What the far end said last: still ringing means that we gave up. An early
	// media of its own is as good as ringing.
	n.Rang = state == "Ringing" || last >= 180 && last < 200
	if last >= 300 && last != 487 { // 487 answers our own CANCEL
		n.FarEnd, n.SIPCode = true, last
	}
	return n
}

// noteFields is how many a note of an end has at the least. Two have come since,
// which notes of older calls lack: the channel's linked id, which is that of the
// oldest channel it was ever in a bridge with (the agent's phone is nearly always
// older than the call), and the key of NoteKey. What a later version may add is no
// matter: while a cluster is upgraded, the dialplan may be ahead of its reader.
const noteFields = 9

// keyLimit is how long a callee who has asked never to be called again may have
// to wait for their line because of the note of it.
const keyLimit = 500 * time.Millisecond

// NoteKey has the note of a call's end say that its callee has pressed the key in
// the safe-harbour message.
func (p *PBX) NoteKey(ctx context.Context, channel string) error {
	if !p.takesNotes() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyLimit)
	defer cancel()
	return p.setVariable(ctx, channel, "TL_KEY", "key")
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// moment reads seconds with their thousandths; zero: it never came.
func moment(s string) time.Time {
	sec, frac, _ := strings.Cut(s, ".")
	at, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(at, 0).Add(time.Duration(number(frac)) * time.Millisecond)
}
