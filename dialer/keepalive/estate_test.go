package keepalive

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

type books struct {
	signs  []Sign
	err    error
	closed []dialer.ServerID
}

func (b *books) Signs(context.Context) ([]Sign, error) { return slices.Clone(b.signs), b.err }

func (b *books) CloseBooks(_ context.Context, id dialer.ServerID) (Closed, error) {
	b.closed = append(b.closed, id)
	return Closed{}, nil
}

// TestDeathIsSilenceThatCouldBeSeen: a server is dead when its signs stand still
// while the database can be read, and the outage of the database is nobody's
// death.
func TestDeathIsSilenceThatCouldBeSeen(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	b := &books{signs: []Sign{{Server: 1, BeatAt: new(start)}, {Server: 2, BeatAt: new(start)}, {Server: 3, BeatAt: new(start), ListenAt: new(start)}, {Server: 4}}}
	e := &Estate{Server: 1, Books: b, Log: slog.New(slog.DiscardHandler)}
	now := start
	look := func(until time.Duration, beats ...int) {
		t.Helper()
		for ; now.Before(start.Add(until)); now = now.Add(lookEvery) {
			for _, i := range beats {
				b.signs[i].BeatAt = new(now)
			}
			if err := e.Step(t.Context(), now); err != nil && b.err == nil {
				t.Fatal(err)
			}
		}
	}
	look(20*time.Second, 0, 1, 2)
	b.err = errors.New("the database is away")
	look(60 * time.Second)
	b.err = nil
	look(80*time.Second, 0)
	if len(b.closed) != 0 {
		t.Fatalf("%v were buried 20 s after the database came back", b.closed)
	}
	b.signs[2].ListenAt = new(now) // its keepalive is dead, its listen is not
	look(90*time.Second, 0)
	if !slices.Contains(b.closed, 2) || slices.Contains(b.closed, 3) || slices.Contains(b.closed, 1) || slices.Contains(b.closed, 4) {
		t.Fatalf("buried: %v, want the second alone", b.closed)
	}
	b.closed = nil
	b.signs[1].BeatAt = new(now) // it is back
	look(112*time.Second, 0, 2)
	if len(b.closed) != 0 {
		t.Errorf("buried: %v, and all have given signs", b.closed)
	}
}
