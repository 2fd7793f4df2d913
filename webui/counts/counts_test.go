package counts_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/webui/counts"
)

// leads is a table that is counted in a while.
type leads struct {
	begun atomic.Int32
	mu    sync.Mutex // of what follows, which changes under a count
	n     int
	takes time.Duration
	err   error
}

func (l *leads) become(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *leads) count(ctx context.Context, _ string) (int, error) {
	l.begun.Add(1)
	l.mu.Lock()
	n, takes, err := l.n, l.takes, l.err
	l.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return n, err
}

func get(t *testing.T, how func(context.Context, string) (counts.Count[int], error)) counts.Count[int] {
	t.Helper()
	c, err := how(t.Context(), "AUTUMN")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is counted at once is counted each time.
func TestShortCountsAreFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leads{takes: 5 * time.Millisecond}
		k := counts.New(counts.AtOnce, l.count)
		for l.n = range 5 {
			if c := get(t, k.Page); !c.Known || c.Newer || c.Value != l.n || c.Age != l.takes {
				t.Errorf("%d: %+v", l.n, c)
			}
		}
	})
}

// A long count is waited for by who wants to, begun once for all, and the page
// that does not wait has the last one with its age.
func TestLongCountsKeepNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leads{n: 1, takes: time.Second}
		k := counts.New(counts.AtOnce, l.count)
		began := time.Now()
		for range 10 {
			if c := get(t, k.Page); c.Known || !c.Newer {
				t.Errorf("before the first: %+v", c)
			}
		}
		if waited := time.Since(began); waited != 10*counts.AtOnce || l.begun.Load() != 1 {
			t.Errorf("ten pages waited %v for %d counts", waited, l.begun.Load())
		}
		if c := get(t, k.Part); c.Value != 1 || c.Newer || c.Age != time.Second {
			t.Errorf("the part that waits: %+v", c)
		}
		// It rests after its end for four times as long as it took.
		l.become(func() { l.n = 2 })
		time.Sleep(2 * time.Second)
		if c := get(t, k.Page); c.Value != 1 || c.Newer || c.Age != 3*time.Second || l.begun.Load() != 1 {
			t.Errorf("soon after: %+v, %d counts", c, l.begun.Load())
		}
		time.Sleep(2 * time.Second)
		if c := get(t, k.Page); c.Value != 1 || !c.Newer || l.begun.Load() != 2 {
			t.Errorf("later: %+v, %d counts", c, l.begun.Load())
		}
		// Who asks for one now has one of now, and not the one that is under way.
		l.become(func() { l.n, l.takes = 3, 100*time.Millisecond })
		if c, err := k.Now(t.Context(), "AUTUMN"); err != nil || c.Value != 3 {
			t.Errorf("now: %+v (%v)", c, err)
		}
		l.become(func() { l.takes = time.Minute })
		time.Sleep(2 * time.Second) // the older one is over
		if c := get(t, k.Page); c.Value != 3 {
			t.Errorf("an older count has taken the place of a newer: %+v", c)
		}
		get(t, k.Part)
		time.Sleep(time.Minute)
	})
}

// A count that fails is told to who waited for it, and leaves the last one be; who
// goes away does not end it.
func TestCountsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leads{n: 7, takes: time.Second}
		k := counts.New(counts.AtOnce, l.count)
		gone, leave := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, leave)
		if _, err := k.Part(gone, "AUTUMN"); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone is told %v", err)
		}
		if c := get(t, k.Part); c.Value != 7 || l.begun.Load() != 1 {
			t.Errorf("after that: %+v, %d counts", c, l.begun.Load())
		}
		time.Sleep(time.Minute)
		away := errors.New("away")
		l.become(func() { l.err = away })
		if _, err := k.Part(t.Context(), "AUTUMN"); !errors.Is(err, away) {
			t.Errorf("the failure: %v", err)
		}
		if c := get(t, k.Page); c.Value != 7 || !c.Known {
			t.Errorf("the last one is lost: %+v", c)
		}
		synctest.Wait()
		time.Sleep(time.Minute)
	})
}
