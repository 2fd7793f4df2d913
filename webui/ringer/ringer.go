// Package ringer has agents' phones rung: by wire, or, where no wire leads to the
// telephony server, by the database, in which its listen finds every click.
package ringer

import (
	"context"
	"log/slog"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Commander commands the telephony servers.
type Commander interface {
	// RingAgent rings the agent's phone and leads it into the session's bridge.
	// leg, in milliseconds, makes the channel's id: session.Channel(leg).
	RingAgent(ctx context.Context, server dialer.ServerID, session dialer.SessionID, leg int64, phone dialer.Phone) error
}

// Intents takes down what is to be done.
type Intents interface {
	AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error
}

// Ringer rings agents' phones.
type Ringer struct {
	Commander Commander
	Intents   Intents
	NextID    func() int64
	Now       func() time.Time // the database's clock
	Log       *slog.Logger
}

// commandIn is how long a telephony server may take to accept a command.
const commandIn = 3 * time.Second

// Ring rings the phone of a shift. Its error is the database's: a server that is
// not reached by wire finds there that it has to, within half a second, or when it
// is back.
func (r Ringer) Ring(ctx context.Context, shift facts.Shift) error {
	leg := r.Leg()
	if r.ByWire(ctx, shift, leg) == nil {
		return nil
	}
	return r.ByDatabase(ctx, shift, leg)
}

// Leg is for a phone that is rung now: it tells the phones of one shift apart.
func (r Ringer) Leg() int64 { return r.Now().UnixMilli() }

// ByWire rings at once.
func (r Ringer) ByWire(ctx context.Context, shift facts.Shift, leg int64) error {
	ctx, cancel := context.WithTimeout(ctx, commandIn)
	defer cancel()
	err := r.Commander.RingAgent(ctx, shift.Session.ServerID, shift.Session.ID, leg, shift.Phone)
	if err != nil {
		r.Log.Info("an agent's phone was not rung by wire", "session", shift.Session.ID, "server", shift.Server.Name, "err", err)
	}
	return err
}

// ByDatabase leaves word for the server's listen. The leg is that of the try by
// wire, which may have arrived without its answer: of two with one id Asterisk
// makes one.
func (r Ringer) ByDatabase(ctx context.Context, shift facts.Shift, leg int64) error {
	return r.Intents.AddIntent(ctx, dialer.Intent{
		ID: dialer.IntentID(r.NextID()), ServerID: shift.Session.ServerID, SessionID: shift.Session.ID,
		Kind: dialer.IntentRing, Args: dialer.IntentArgs{Leg: leg},
	}, r.Now())
}
