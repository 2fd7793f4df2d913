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
	noteFamily  = "trunkline"
	noteSent    = "sent"
	noteMade    = "made" // a channel, not dialed yet
	pushNote    = "CHANNEL(hangup_handler_push)"
	noteHandler = "trunkline-note,s,1"
)

// noted is the dialplan's name of a call's note.
func noted(call dialer.CallID) string { return "DB(" + noteFamily + "/" + call.String() + ")" }

// canNote finds out whether Asterisk takes notes: an operator's own may lack the
// module. Then the end of a call that nobody heard of stays unknown.
func (p *PBX) canNote(ctx context.Context) error {
	err := p.ami.Wait(ctx)
	if err == nil {
		err = p.ami.Setvar(ctx, "DB("+noteFamily+"/0)", noteMade)
	}
	var refused *ami.ActionError
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	notes := false
	if err == nil {
		all, err := p.ami.DBTree(ctx, noteFamily)
		if err != nil && !errors.As(err, &refused) {
			return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
		}
		notes = all["0"] == noteMade
	}
	if !notes {
		p.log.Error("Asterisk takes no notes of calls: the outcome of one that ends while this daemon is away will be unknown (ERI). Load func_db.so, and Asterisk 18.14 or newer.", "err", err)
	}
	p.mu.Lock()
	p.notes = notes
	p.mu.Unlock()
	return nil
}

func (p *PBX) takesNotes() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notes
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
			notes[dialer.CallID(id)] = note(text)
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
func note(text string) dialer.Note {
	f := strings.Split(text, "|")
	n := dialer.Note{Sent: f[0] != noteMade}
	if len(f) != 9 {
		return n
	}
	state, last := f[2], number(f[4])
	n.Ended, n.EndedAt, n.UpAt, n.AskedAt = true, moment(f[1]), moment(f[5]), moment(f[6])
	n.Cause, n.AMD, n.AMDCause = number(f[3]), f[7], f[8]
	n.Answered = state == "Up" || !n.UpAt.IsZero()
	// What the far end said last: still ringing means that we gave up. An early
	// media of its own is as good as ringing.
	n.Rang = state == "Ringing" || last >= 180 && last < 200
	if last >= 300 {
		n.FarEnd, n.SIPCode = true, last
	}
	return n
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
