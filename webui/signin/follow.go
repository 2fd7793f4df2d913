package signin

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"trunkline/dialer"
)

// lookEvery is how often it is asked whether those with an open stream are still
// signed in: with one statement for all of them.
const lookEvery = 15 * time.Second

// Stay is the time for which a stream is open. While it lasts its browser's other
// requests are known by it.
type Stay struct {
	d     *Reception
	token [32]byte
	user  dialer.User
	gone  chan struct{}
}

// Follow begins a stay for a request that has been recognised. Leave ends it.
func (d *Reception) Follow(r *http.Request) *Stay {
	token, _ := tokenOf(r)
	s := &Stay{d: d, token: token, user: User(r.Context()), gone: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stays[token] == nil {
		d.stays[token] = map[*Stay]bool{}
	}
	d.stays[token][s] = true
	return s
}

// Gone is closed when the browser is not signed in any more.
func (s *Stay) Gone() <-chan struct{} { return s.gone }

// Leave ends the stay.
func (s *Stay) Leave() {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	delete(s.d.stays[s.token], s)
	if len(s.d.stays[s.token]) == 0 {
		delete(s.d.stays, s.token)
	}
}

// Following is the user of a request whose browser has an open stream here, which
// was signed in at most a quarter of a minute ago. It asks the database nothing.
func (d *Reception) Following(r *http.Request) (dialer.User, bool) {
	token, ok := tokenOf(r)
	if !ok {
		return dialer.User{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for s := range d.stays[token] {
		return s.user, true
	}
	return dialer.User{}, false
}

// Run looks after the stays until ctx ends, and forgets the tries that have come
// back. While the database is away nobody is thrown out.
func (d *Reception) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			_ = d.Look(ctx) // the next look may succeed
			_ = d.purge(ctx)
		}
	}
}

func (d *Reception) purge(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	return d.tries.Purge(ctx)
}

// Look asks once who is still signed in.
func (d *Reception) Look(ctx context.Context) error {
	d.mu.Lock()
	tokens := slices.Collect(maps.Keys(d.stays))
	d.mu.Unlock()
	if len(tokens) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	now := d.now()
	in, err := d.accounts.StillIn(ctx, tokens, now)
	if err != nil {
		return fmt.Errorf("who is still signed in: %w", err)
	}
	var touch [][32]byte
	d.mu.Lock()
	for _, t := range tokens {
		seen, still := in[t]
		if still {
			if now.Sub(seen) > touchEvery {
				touch = append(touch, t)
			}
			continue
		}
		for s := range d.stays[t] {
			close(s.gone)
		}
		delete(d.stays, t)
	}
	d.mu.Unlock()
	if len(touch) == 0 {
		return nil
	}
	return d.accounts.TouchWebSessions(ctx, touch, now)
}
