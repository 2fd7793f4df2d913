package signin

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	burst = 6                // tries at once
	pace  = 20 * time.Second // and one more each
	// addressBurst bounds one address over all names: a whole floor of agents
	// behind one router signs in at nine o'clock.
	addressBurst = 1000
	addressPace  = 500 * time.Millisecond
	// most keeps a flood of names from filling the memory.
	most = 10000
)

// limiter counts tries to sign in by address and user, and by address alone.
type limiter struct {
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	rate *rate.Limiter
	last time.Time
}

func newLimiter() *limiter { return &limiter{tries: map[string]*tries{}} }

// address takes one of the tries of an address, whatever the name.
func (l *limiter) address(ip string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(ip, rate.Every(addressPace), addressBurst, now)
}

// user takes one of the tries that an address has for a user; see whom.
func (l *limiter) user(ip, user string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(ip+" "+user, rate.Every(pace), burst, now)
}

// forgive forgets the tries of somebody who has got in.
func (l *limiter) forgive(ip, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, ip+" "+user)
}

func (l *limiter) take(key string, every rate.Limit, burst int, now time.Time) bool {
	t := l.tries[key]
	if t == nil {
		l.room(now)
		t = &tries{rate: rate.NewLimiter(every, burst)}
		l.tries[key] = t
	}
	t.last = now
	return t.rate.AllowN(now, 1)
}

// room makes room: first those whose tries have long come back, and if that is
// not enough any others.
func (l *limiter) room(now time.Time) {
	if len(l.tries) < most {
		return
	}
	for key, t := range l.tries {
		if now.Sub(t.last) > burst*pace {
			delete(l.tries, key)
		}
	}
	for key := range l.tries {
		if len(l.tries) < most {
			return
		}
		delete(l.tries, key)
	}
}
