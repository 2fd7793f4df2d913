package app

import (
	"context"
	"os"
	"sync"
	"time"
)

// Pulse shows keepalive that a daemon makes progress. Beat belongs into the
// daemon's main loop, after a step that went well, never into a goroutine of its
// own: that would beat on while the loop hangs.
type Pulse struct {
	path string
	mu   sync.Mutex
	last time.Time
}

// Beat touches the beat file, at most each second.
func (p *Pulse) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.last) < 900*time.Millisecond {
		return
	}
	p.last = now
	// A file that cannot be touched makes keepalive restart us, which is no
	// worse than what the full disk behind it does.
	err := os.Chtimes(p.path, now, now)
	if err != nil {
		_ = os.WriteFile(p.path, nil, 0o644)
	}
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
