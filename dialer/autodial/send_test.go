package autodial

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
)

// hanging is a PBX that takes each originate and answers none for five seconds,
// and a floor that hears what became of the calls.
type hanging struct {
	Floor
	mu     sync.Mutex
	began  time.Time
	sent   map[dialer.CallID]time.Duration // after the beginning
	failed []dialer.CallID
	doubts []dialer.CallID
}

func (*hanging) Reachable() bool { return true }
func (h *hanging) Originate(_ context.Context, o dialer.Origin) error {
	h.mu.Lock()
	h.sent[o.Call] = time.Since(h.began)
	h.mu.Unlock()
	time.Sleep(5 * time.Second)
	return dialer.ErrInDoubt
}
func (h *hanging) Failed(id dialer.CallID) { h.failed = append(h.failed, id) }
func (h *hanging) Doubt(id dialer.CallID)  { h.doubts = append(h.doubts, id) }

// TestNobodyIsCalledOnAnOldVerdict: a PBX that hangs holds up what is committed.
// Whose hours have ended meanwhile is not called, nor is anybody whose call listen
// may have given up for never sent; listen is told of each.
func TestNobodyIsCalledOnAnOldVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pbx := &hanging{began: time.Now(), sent: map[dialer.CallID]time.Duration{}}
		a := New(Config{Floor: pbx, Originator: pbx, Clock: new(dialer.Clock), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		b := &batch{at: time.Now(), judged: time.Now(), until: map[dialer.CallID]time.Time{}}
		for i := range 20 { // four at a time
			id := dialer.CallID(100 + i)
			b.calls, b.due = append(b.calls, dialer.Call{ID: id}), append(b.due, 0)
		}
		// The fifth and sixth could be called until three seconds from the verdict.
		b.until[104], b.until[105] = b.at.Add(3*time.Second), b.at.Add(3*time.Second)
		b.until[106] = b.at.Add(time.Hour)
		a.launch(t.Context(), b)
		a.land()
		var sent []dialer.CallID
		for id, after := range pbx.sent {
			sent = append(sent, id)
			if until := b.until[id]; after >= sendWithin || !until.IsZero() && !pbx.began.Add(after).Before(until) {
				t.Errorf("call %d is sent after %s", id, after)
			}
		}
		slices.Sort(sent)
		if want := []dialer.CallID{100, 101, 102, 103, 106, 107, 108, 109}; !slices.Equal(sent, want) {
			t.Errorf("sent are %v, want %v", sent, want)
		}
		if len(pbx.doubts) != 8 || len(pbx.failed) != 12 {
			t.Errorf("%d are in doubt and %d certainly not sent, want 8 and 12", len(pbx.doubts), len(pbx.failed))
		}
		if !a.rest[""].IsZero() {
			t.Error("the campaign rests, as if its carrier had refused a call")
		}
	})
}
