package ami

import "sync"

// queue hands events in order to one consumer and never makes the producer
// wait: a reader that waits for a slow handler stops reading responses, and
// Asterisk drops a session that does not read (writetimeout).
type queue struct {
	mu     sync.Mutex
	items  []Event
	closed bool
	wake   chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) put(e Event) {
	q.mu.Lock()
	q.items = append(q.items, e)
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

// drain calls handle for every event until the queue is closed and empty.
func (q *queue) drain(handle func(Event)) {
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
		e := q.items[0]
		q.items[0] = Event{}
		q.items = q.items[1:]
		q.mu.Unlock()
		handle(e)
	}
}
