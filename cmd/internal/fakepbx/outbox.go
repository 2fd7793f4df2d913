package fakepbx

import "sync"

// outbox is what waits to be written to a connection, without bound: whoever
// reads slowly holds up nobody else.
type outbox struct {
	mu     sync.Mutex
	list   [][]byte
	wake   chan struct{}
	closed bool
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

func (o *outbox) put(b []byte) {
	o.mu.Lock()
	o.list = append(o.list, b)
	o.mu.Unlock()
	o.ring()
}

func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.ring()
}

func (o *outbox) ring() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// drain writes until the outbox is closed or a write fails.
func (o *outbox) drain(write func([]byte) error) {
	for range o.wake {
		o.mu.Lock()
		list, closed := o.list, o.closed
		o.list = nil
		o.mu.Unlock()
		for _, b := range list {
			if write(b) != nil {
				return
			}
		}
		if closed {
			return
		}
	}
}
