package listen

import (
	"context"
	"sync"
)

// queue is unbounded and keeps its order: an event of the PBX that is dropped
// or waits for room would leave an agent stuck in a call for ever.
type queue[T any] struct {
	state *queueState[T]
}

type queueState[T any] struct {
	mu    sync.Mutex
	items []T
	bell  chan struct{}
}

func newQueue[T any]() queue[T] {
	return queue[T]{&queueState[T]{bell: make(chan struct{}, 1)}}
}

func (q queue[T]) put(items ...T) {
	q.leave(items...)
	select {
	case q.state.bell <- struct{}{}:
	default:
	}
}

// leave is put that does not ring: whoever takes what comes next finds them
// before it.
func (q queue[T]) leave(items ...T) {
	s := q.state
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, items...)
}

// waiting rings when there may be something to take.
func (q queue[T]) waiting() <-chan struct{} { return q.state.bell }

func (q queue[T]) take() []T {
	s := q.state
	s.mu.Lock()
	defer s.mu.Unlock()
	items := s.items
	s.items = nil
	return items
}

// lanes run functions in order per key, keys side by side.
type lanes struct {
	ctx   context.Context
	mu    *sync.Mutex
	queue map[string][]func(context.Context)
}

func newLanes(ctx context.Context) lanes {
	return lanes{ctx, new(sync.Mutex), map[string][]func(context.Context){}}
}

func (l lanes) put(key string, f func(context.Context)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, running := l.queue[key]
	l.queue[key] = append(waiting, f)
	if !running {
		go l.run(key)
	}
}

// run empties a lane, then forgets it.
func (l lanes) run(key string) {
	for {
		l.mu.Lock()
		if len(l.queue[key]) == 0 {
			delete(l.queue, key)
			l.mu.Unlock()
			return
		}
		f := l.queue[key][0]
		l.queue[key] = l.queue[key][1:]
		l.mu.Unlock()
		f(l.ctx)
	}
}
