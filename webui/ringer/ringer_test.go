package ringer

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// wires are both ways to a phone.
type wires struct {
	ring  func(ctx context.Context) error
	write error

	server  dialer.ServerID
	session dialer.SessionID
	login   string
	legs    []int64
	wrote   []dialer.Intent
}

func (w *wires) RingAgent(ctx context.Context, server dialer.ServerID, session dialer.SessionID, leg int64, phone dialer.Phone) error {
	w.server, w.session, w.login, w.legs = server, session, phone.Login, append(w.legs, leg)
	return w.ring(ctx)
}

func (w *wires) AddIntent(_ context.Context, in dialer.Intent, _ time.Time) error {
	w.wrote = append(w.wrote, in)
	return w.write
}

var errAway = errors.New("away")

func TestRing(t *testing.T) {
	reached := func(context.Context) error { return nil }
	refused := func(context.Context) error { return errAway }
	mute := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // takes the command, and never answers
	for name, c := range map[string]struct {
		wires
		database bool // is asked
		err      error
		took     time.Duration
	}{
		"by wire":                  {wires: wires{ring: reached}},
		"no wire":                  {wires: wires{ring: refused}, database: true},
		"a wire without an answer": {wires: wires{ring: mute}, database: true, took: 3 * time.Second},
		"neither":                  {wires: wires{ring: refused, write: errAway}, database: true, err: errAway},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, w := time.Now(), c.wires
				r := Ringer{Commander: &w, Intents: &w, NextID: func() int64 { return 99 }, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
				err := r.Ring(t.Context(), facts.Shift{Session: dialer.Session{ID: 7, ServerID: 4}, Phone: dialer.Phone{Login: "n7"}})
				if !errors.Is(err, c.err) || err != nil && c.err == nil {
					t.Errorf("ringing: %v", err)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %s, want %s", took, c.took)
				}
				leg := began.UnixMilli()
				if w.server != 4 || w.session != 7 || w.login != "n7" || len(w.legs) != 1 || w.legs[0] != leg {
					t.Errorf("by wire: %+v", w)
				}
				if !c.database {
					if len(w.wrote) != 0 {
						t.Errorf("rung twice: %+v", w.wrote)
					}
					return
				}
				// The same leg: of two tries that both arrive Asterisk makes one channel.
				want := dialer.Intent{ID: 99, ServerID: 4, SessionID: 7, Kind: dialer.IntentRing, Args: dialer.IntentArgs{Leg: leg}}
				if len(w.wrote) != 1 || w.wrote[0].ID != want.ID || w.wrote[0].ServerID != want.ServerID || w.wrote[0].SessionID != want.SessionID || w.wrote[0].Kind != want.Kind || w.wrote[0].Args.Leg != leg {
					t.Errorf("by the database: %+v, want %+v", w.wrote, want)
				}
			})
		})
	}
}
