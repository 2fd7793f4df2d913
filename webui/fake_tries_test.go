package webui

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"trunkline/webui/facts"
)

// fakeTries counts in memory.
type fakeTries struct {
	mu  sync.Mutex
	has map[[32]byte]*rate.Limiter
	err error // what every question gives, if set
}

func (f *fakeTries) Take(_ context.Context, what [32]byte, l facts.Limit) (time.Duration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.has == nil {
		f.has = map[[32]byte]*rate.Limiter{}
	}
	if f.has[what] == nil {
		f.has[what] = rate.NewLimiter(rate.Every(l.Every), l.Burst)
	}
	if f.err == nil && !f.has[what].Allow() {
		return l.Every, nil
	}
	return 0, f.err
}

func (f *fakeTries) Return(context.Context, [32]byte, facts.Limit) error { return f.err }

func (f *fakeTries) Forgive(_ context.Context, what [32]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.has, what)
	return f.err
}

func (f *fakeTries) Purge(context.Context) error { return f.err }
