// Package queue hands what a connection reads to one consumer, in order, and
// never makes the reader wait. Asterisk drops an AMI session that is not read
// (writetimeout) and cuts off a websocket within websocket_write_timeout, 100 ms
// by default; and a reader that waits for a slow handler reads no responses.
package queue

import "sync"

// Queue is unbounded. Make it with New.
type Queue[T any] struct {
	mu     sync.Mutex
	items  []T // from head on they wait
	head   int
	closed bool
	wake   chan struct{}
}

// New is an empty queue.
func New[T any]() *Queue[T] { return &Queue[T]{wake: make(chan struct{}, 1)} }

// Put adds an item and does not wait.
func (q *Queue[T]) Put(item T) {
	q.mu.Lock()
	if len(q.items) == cap(q.items) && q.head >= keeps && q.head >= len(q.items)/2 {
		// Half of it has been handled: a queue that is never empty moves up, and
		// does not grow for ever.
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.head, q.items = 0, q.items[:n]
	}
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
	return len(q.items) - q.head
}

// keeps is how many items' room stays with a queue that is empty: most have one at
// a time, and would make an array for each.
const keeps = 16

// Drain calls handle for every item, one after the other, until the queue is
// closed and empty. One goroutine may drain.
func (q *Queue[T]) Drain(handle func(T)) {
	for {
		q.mu.Lock()
		if q.head == len(q.items) {
			closed := q.closed
			q.head, q.items = 0, q.items[:0]
			if cap(q.items) > keeps {
				q.items = nil // let the array of a past burst go
			}
			q.mu.Unlock()
			if closed {
				return
			}
			<-q.wake
			continue
		}
		item := q.items[q.head]
		var none T
		q.items[q.head] = none
		q.head++
		if q.head == len(q.items) { // what comes next finds room at the beginning
			q.head, q.items = 0, q.items[:0]
		}
		q.mu.Unlock()
		handle(item)
	}
}
