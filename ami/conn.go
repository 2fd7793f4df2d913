package ami

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// conn is one AMI session: one reader, one writer at a time, and the calls
// that wait for messages with their ActionID.
type conn struct {
	nc           net.Conn
	rd           *reader
	writing      chan struct{} // holds one token while somebody writes
	writeTimeout time.Duration
	done         chan struct{} // closed by fail

	mu    sync.Mutex
	calls map[string]*call
	err   error
}

// call waits for the messages of one ActionID. All fields but the channel
// belong to the conn's mutex.
type call struct {
	id       string
	queue    []Event
	wake     chan struct{}
	list     bool // the response said that a list of events follows
	answered bool // nothing more is to come
	sent     bool
	gone     bool // nobody waits any more: swallow what is still to come
}

func newConn(nc net.Conn, writeTimeout time.Duration) *conn {
	return &conn{
		nc: nc, rd: newReader(nc), writeTimeout: writeTimeout,
		writing: make(chan struct{}, 1), done: make(chan struct{}),
		calls: make(map[string]*call),
	}
}

// fail ends the session once, with the first reason given.
func (k *conn) fail(err error) {
	k.mu.Lock()
	first := k.err == nil
	if first {
		k.err = err
		close(k.done)
	}
	k.mu.Unlock()
	if first {
		_ = k.nc.Close() // the reason is kept; the error of closing tells nothing more
	}
}

func (k *conn) reason() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// register makes a call known before it is written, so that the answer cannot
// overtake it.
func (k *conn) register(id string) (*call, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, ErrNotConnected
	}
	if _, taken := k.calls[id]; taken {
		return nil, ErrActionID
	}
	c := &call{id: id, wake: make(chan struct{}, 1)}
	k.calls[id] = c
	return c, nil
}

// release forgets a call. If its answer is still to come, the entry stays to
// swallow it: the rest of an abandoned list must not reach the event handler.
func (k *conn) release(c *call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.answered || !c.sent {
		delete(k.calls, c.id)
		return
	}
	c.gone, c.queue = true, nil
}

// write sends one encoded message. The lock is a channel so that the caller's
// deadline also covers the wait for it.
func (k *conn) write(ctx context.Context, c *call, message string) error {
	select {
	case k.writing <- struct{}{}:
		defer func() { <-k.writing }()
	case <-k.done:
		return ErrNotConnected
	case <-ctx.Done():
		return ctx.Err()
	}
	k.mu.Lock()
	down := k.err != nil
	c.sent = !down
	k.mu.Unlock()
	if down {
		return ErrNotConnected
	}
	err := k.nc.SetWriteDeadline(time.Now().Add(k.writeTimeout))
	if err == nil {
		_, err = k.nc.Write([]byte(message))
	}
	if err != nil {
		// Part of it may be out; the stream is of no more use.
		k.fail(fmt.Errorf("ami: write: %w", err))
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	}
	return nil
}

// next waits for the call's next message.
func (k *conn) next(ctx context.Context, c *call) (Event, error) {
	for {
		k.mu.Lock()
		if len(c.queue) > 0 {
			e := c.queue[0]
			c.queue = c.queue[1:]
			k.mu.Unlock()
			return e, nil
		}
		k.mu.Unlock()
		select {
		case <-c.wake:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
		case <-k.done:
			return Event{}, fmt.Errorf("%w: %w", ErrDisconnected, k.reason())
		}
	}
}

// read runs until the connection ends and hands every event that is not a
// part of an answer to deliver.
func (k *conn) read(deliver func(Event), odd func(Event)) {
	for {
		e, err := k.rd.message()
		if err != nil {
			k.fail(fmt.Errorf("ami: read: %w", err))
			return
		}
		switch {
		case e.Name != "":
			if !k.listEvent(e) {
				deliver(e)
			}
		case e.Get("Response") == "" || !k.answer(e):
			odd(e)
		}
	}
}

// answer hands a response to its call; false when nobody ever asked.
func (k *conn) answer(e Event) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.calls[e.ActionID()]
	if c == nil {
		return false
	}
	c.list = strings.EqualFold(e.Get("EventList"), "start")
	c.answered = !c.list
	k.push(c, e)
	return true
}

// listEvent hands an event with a known ActionID to its call and reports
// whether it belongs to that call alone. Events of an action that announced
// no list go to both: OriginateResponse and the echo of a UserEvent carry the
// ActionID too, and may arrive before the caller has seen the response.
func (k *conn) listEvent(e Event) bool {
	id := e.ActionID()
	if id == "" {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.calls[id]
	if c == nil {
		return false
	}
	mine := c.list
	if mine && strings.EqualFold(e.Get("EventList"), "complete") {
		c.answered = true
	}
	k.push(c, e)
	return mine
}

// push needs the mutex.
func (k *conn) push(c *call, e Event) {
	if c.gone {
		if c.answered {
			delete(k.calls, c.id)
		}
		return
	}
	c.queue = append(c.queue, e)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
