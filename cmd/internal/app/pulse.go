package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"trunkline/dialer/proc"
)

// Pulse shows keepalive that a daemon makes progress. Beat belongs into the
// daemon's main loop, after a step that went well, never into a goroutine of its
// own: that would beat on while the loop hangs.
type Pulse struct {
	beats chan struct{}
	done  chan struct{} // closed when nothing more is written
	mu    sync.Mutex
	last  time.Time
	pause time.Duration // from the last beat to the next
	began time.Time

	pooled func() int // goroutines that come and go with a pool
}

// beatPause is the shortest time between two beats.
const beatPause = 600 * time.Millisecond

// newPulse is one that writes a file; end ends it. pooled counts the goroutines
// of a pool that grows and shrinks by itself, as one per connection of the
// MySQL driver: they are no sign of a leak and are left out of the beat.
func newPulse(path string, pooled func() int) *Pulse {
	p := &Pulse{beats: make(chan struct{}, 1), done: make(chan struct{}), began: time.Now(), pause: beatPause, pooled: pooled}
	go func() {
		defer close(p.done)
		for range p.beats {
			// A file that cannot be written makes keepalive restart us, which is no
			// worse than what the full disk behind it does.
			proc.Notify("WATCHDOG=1")
			_ = os.WriteFile(path, fmt.Appendf(nil, "%d goroutines\n", runtime.NumGoroutine()-p.pooled()), 0o644)
		}
	}()
	return p
}

// end comes after the last Beat.
func (p *Pulse) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.beats)
	<-p.done
	p.beats = nil
}

// Beat has the beat file written, about each second, with the number of
// goroutines, a pool's left out, for whoever suspects a leak. The pause differs from
// beat to beat: loops that began together tick together for ever, and a beat that
// always fell on another loop's statement would always count what that has at work.
// It never waits for the disk: a database beside us may keep that busy for a tenth
// of a second, and an answered call would wait with the loop.
func (p *Pulse) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.last) < p.pause {
		return
	}
	p.last, p.pause = now, beatPause+rand.N(300*time.Millisecond)
	select {
	case p.beats <- struct{}{}: // nil after the end
	default:
	}
}

// lastBeat is when the loop last made progress; at first, when it began.
func (p *Pulse) lastBeat() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.IsZero() {
		return p.began
	}
	return p.last
}

// every beats until ctx ends: for phases in which waiting is all there is to do.
func (p *Pulse) every(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		p.Beat()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
