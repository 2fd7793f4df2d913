// Package counts keeps what takes long to count, such as the leads of a list of
// millions by what holds them back. Who asks has a fresh count where one is to be
// had at once; else the last one with its age, or none, and one count is under
// way for all who ask.
package counts

import (
	"context"
	"sync"
	"time"
)

const (
	// AtOnce is how long a page waits for a count: with the rest of its work it
	// stays below the 50 ms that a page may take.
	AtOnce = 25 * time.Millisecond
	// inTime is how long the part of a page waits that is fetched after the page.
	inTime = 20 * time.Second
	// countIn bounds a count that nobody waits for any more.
	countIn = 2 * time.Minute
	// rests is for how many times its own length a count that took longer than a
	// page waits is followed by none: people who load a page again and again leave the
	// database to the dialing.
	rests = 4
	// atATime is how many counts of one kind are under way.
	atATime = 2
)

// Kept keeps the counts of one kind, by what they are of.
type Kept[K comparable, V any] struct {
	atOnce time.Duration
	count  func(context.Context, K) (V, error)
	places chan struct{}

	mu  sync.Mutex
	all map[K]*kept[V]
}

type kept[V any] struct {
	value V
	at    time.Time // when the value's count began; zero: there is none
	took  time.Duration
	err   error         // of the last count
	done  chan struct{} // closed when the count under way is over; nil: none is
}

// Count is what is known.
type Count[V any] struct {
	Value V
	Known bool          // there is a value
	Age   time.Duration // how long ago its count began
	Newer bool          // a newer one is under way
}

// New keeps what count counts; atOnce is how long a page waits for it.
func New[K comparable, V any](atOnce time.Duration, count func(context.Context, K) (V, error)) *Kept[K, V] {
	return &Kept[K, V]{atOnce: atOnce, count: count, places: make(chan struct{}, atATime), all: map[K]*kept[V]{}}
}

// Page is for a page: it has a count begun, unless one is under way or has just
// ended, and gives what is known when a page has to be sent. An error is that of
// the count if it ends in this time, or ctx's.
func (k *Kept[K, V]) Page(ctx context.Context, key K) (Count[V], error) {
	return k.get(ctx, key, k.atOnce)
}

// Part is for what is fetched after a page that could not wait: as Page, but it
// waits for the count.
func (k *Kept[K, V]) Part(ctx context.Context, key K) (Count[V], error) {
	return k.get(ctx, key, inTime)
}

func (k *Kept[K, V]) get(ctx context.Context, key K, patience time.Duration) (Count[V], error) {
	k.mu.Lock()
	one := k.of(key)
	if one.done == nil && one.took > k.atOnce && time.Since(one.at) < rests*one.took {
		defer k.mu.Unlock()
		return one.known(), nil
	}
	done := one.done
	if done == nil {
		done = make(chan struct{})
		one.done = done
		go k.run(context.WithoutCancel(ctx), key, done)
	}
	k.mu.Unlock()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	over := false
	select {
	case <-done:
		over = true
	case <-wait.C:
	case <-ctx.Done():
		return Count[V]{}, ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if over && one.err != nil {
		return Count[V]{}, one.err
	}
	return one.known(), nil
}

// Now counts, and waits for it: what was so before the call is in the count.
func (k *Kept[K, V]) Now(ctx context.Context, key K) (Count[V], error) {
	value, began, err := k.counted(ctx, key)
	if err != nil {
		return Count[V]{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.of(key).keep(value, began)
	return Count[V]{Value: value, Known: true, Age: time.Since(began)}, nil
}

// run counts for all who ask by its end.
func (k *Kept[K, V]) run(ctx context.Context, key K, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, countIn)
	defer cancel()
	value, began, err := k.counted(ctx, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	one := k.of(key)
	if one.err = err; err == nil {
		one.keep(value, began)
	}
	one.done = nil
	close(done)
}

func (k *Kept[K, V]) counted(ctx context.Context, key K) (value V, began time.Time, err error) {
	select {
	case k.places <- struct{}{}:
		defer func() { <-k.places }()
	case <-ctx.Done():
		return value, began, ctx.Err()
	}
	began = time.Now()
	value, err = k.count(ctx, key)
	return value, began, err
}

// of needs the lock, as what follows does.
func (k *Kept[K, V]) of(key K) *kept[V] {
	if k.all[key] == nil {
		k.all[key] = &kept[V]{}
	}
	return k.all[key]
}

func (o *kept[V]) keep(value V, began time.Time) {
	if began.After(o.at) {
		o.value, o.at, o.took = value, began, time.Since(began)
	}
}

func (o *kept[V]) known() Count[V] {
	c := Count[V]{Value: o.value, Known: !o.at.IsZero(), Newer: o.done != nil}
	if c.Known {
		c.Age = time.Since(o.at)
	}
	return c
}
