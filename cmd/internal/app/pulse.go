package app

import (
	"context"
	"fmt"
	"os"
	"runtime"
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

// Beat writes the beat file, at most each second, with the number of goroutines
// for whoever suspects a leak.
func (p *Pulse) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.last) < 900*time.Millisecond {
		return
	}
	p.last = now
	// A file that cannot be written makes keepalive restart us, which is no
	// worse than what the full disk behind it does.
	_ = os.WriteFile(p.path, fmt.Appendf(nil, "%d goroutines\n", runtime.NumGoroutine()), 0o644)
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
