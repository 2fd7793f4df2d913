package ari

import "sync"

// queue runs deliveries in order in one goroutine and never makes the reader
// wait: Asterisk cuts off a websocket that is not read within
// websocket_write_timeout, 100 ms by default.
type queue struct {
	mu     sync.Mutex
	items  []delivery
	closed bool
	wake   chan struct{}
}

// delivery is an event, or a change of the connection when call is set.
type delivery struct {
	event Event
	call  func()
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) put(d delivery) {
	q.mu.Lock()
	q.items = append(q.items, d)
	q.mu.Unlock()
	q.signal()
}

// close lets drain return once the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

// drain hands over everything until the queue is closed and empty.
func (q *queue) drain(onEvent func(Event)) {
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
		d := q.items[0]
		q.items[0] = delivery{}
		q.items = q.items[1:]
		q.mu.Unlock()
		if d.call != nil {
			d.call()
		} else if onEvent != nil {
			onEvent(d.event)
		}
	}
}
