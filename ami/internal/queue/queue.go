// Package queue hands what a connection reads to one consumer, in order, and
// never makes the reader wait. Asterisk drops an AMI session that is not read
// (writetimeout) and cuts off a websocket within websocket_write_timeout, 100 ms
// by default; and a reader that waits for a slow handler reads no responses.
package queue

import "sync"

// Queue is unbounded. Make it with New.
type Queue[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	wake   chan struct{}
}

// New is an empty queue.
func New[T any]() *Queue[T] { return &Queue[T]{wake: make(chan struct{}, 1)} }

// Put adds an item and does not wait.
func (q *Queue[T]) Put(item T) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	q.signal()
}

// Close lets Drain return once the queue is empty.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *Queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Len is how many items wait.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

// Drain calls handle for every item, one after the other, until the queue is
// closed and empty. One goroutine may drain.
func (q *Queue[T]) Drain(handle func(T)) {
	for {
		q.mu.Lock()
		if len(q.items) == 0 {
			closed := q.closed
			q.items = nil // let the array of a past burst go
			q.mu.Unlock()
			if closed {
				return
			}
			<-q.wake
			continue
		}
		item := q.items[0]
		var none T
		q.items[0] = none
		q.items = q.items[1:]
		q.mu.Unlock()
		handle(item)
	}
}
