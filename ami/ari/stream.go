package ari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"trunkline/ami/internal/queue"
)

// Handler gets what a stream brings. All functions are called one at a time,
// from one goroutine, in the order things happened on the socket; they may be
// slow, for everything queues without bound meanwhile. Each may be nil.
type Handler struct {
	// OnUp is called when a connection is attached, with its number from 1.
	OnUp func(session uint64)
	// OnLive is called when requests may be sent and events are of now: at
	// once for a [Dialer]; for a [Listener] after ApplicationRegistered, which
	// ends the replayed history. A request sent earlier may get no answer.
	// After a reconnect of a Dialer events have been lost: read the channels
	// and bridges anew here. After a Listener's replay trust that state too,
	// and not the history.
	OnLive func(session uint64)
	// OnEvent gets every event, those of unknown type included.
	OnEvent func(Event)
	// OnDown is called when the connection of the last OnUp has ended.
	OnDown func(session uint64, err error)
}

// StreamConfig is what both directions have in common.
type StreamConfig struct {
	// App is the name of the Stasis application.
	App string
	// User and Password authenticate the connecting side.
	User, Password string
	// Handler gets the events.
	Handler Handler
	// PingInterval is the time between websocket pings, 10 s when zero, and
	// PingTimeout what each may take, 5 s when zero: Asterisk keeps its
	// sockets open but mute for about 16 s when it restarts.
	PingInterval, PingTimeout time.Duration
	// Log gets one line per change of state and the first event of every
	// unknown type; nil means slog.Default.
	Log *slog.Logger
}

// Stats counts since the start of a stream.
type Stats struct {
	// Sessions is the number of connections.
	Sessions uint64
	// Events is the number of events delivered or waiting.
	Events uint64
	// Unknown of them had a type that Asterisk 22.10 does not have, and Odd
	// had a field of an unexpected form.
	Unknown, Odd uint64
	// Malformed messages were no events and were dropped.
	Malformed uint64
	// Backlog is the number of deliveries now waiting for the handler.
	Backlog int
}

// stream is the reading half of Dialer and Listener.
type stream struct {
	cfg     StreamConfig
	log     *slog.Logger
	queue   *queue.Queue[delivery]
	running atomic.Bool

	sessions, events, unknown, odd, malformed atomic.Uint64

	mu        sync.Mutex
	connected bool
	live      bool
	wentLive  chan struct{} // closed while live
	said      map[string]bool
}

func newStream(cfg StreamConfig) *stream {
	if cfg.PingInterval <= 0 {
		cfg.PingInterval = 10 * time.Second
	}
	if cfg.PingTimeout <= 0 {
		cfg.PingTimeout = 5 * time.Second
	}
	log := cfg.Log
	if log == nil {
		log = slog.Default()
	}
	return &stream{
		cfg: cfg, log: log.With("ari_app", cfg.App), queue: queue.New[delivery](),
		wentLive: make(chan struct{}), said: make(map[string]bool),
	}
}

// Connected reports whether a connection is attached.
func (s *stream) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected
}

// Live reports whether the connection is past its replayed history, so that
// requests may be sent. Events of the history may still wait in the queue.
func (s *stream) Live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

// WaitLive returns nil as soon as Live is true, or the error of ctx.
func (s *stream) WaitLive(ctx context.Context) error {
	s.mu.Lock()
	ch := s.wentLive
	s.mu.Unlock()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("ari: not live: %w", ctx.Err())
	}
}

// Stats returns the counters.
func (s *stream) Stats() Stats {
	return Stats{
		Sessions: s.sessions.Load(), Events: s.events.Load(), Unknown: s.unknown.Load(),
		Odd: s.odd.Load(), Malformed: s.malformed.Load(), Backlog: s.queue.Len(),
	}
}

// maxEvent bounds one message. The largest are those of channels with long
// variables.
const maxEvent = 4 << 20

// keepBuffer is how large a buffer may stay for the next message.
const keepBuffer = 64 << 10

// serve reads one connection to its end and returns why it ended. With
// history set, events are replays until ApplicationRegistered.
func (s *stream) serve(ctx context.Context, ws *websocket.Conn, history bool) error {
	ws.SetReadLimit(maxEvent)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	session := s.sessions.Add(1)
	s.setConnected(true)
	s.hook(func() {
		if f := s.cfg.Handler.OnUp; f != nil {
			f(session)
		}
	})
	if !history {
		s.goLive(session)
	}
	var pinging sync.WaitGroup
	pinging.Go(func() { s.ping(ctx, ws, cancel) })

	err := s.read(ctx, ws, session, history)
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the reason for which we ended it, not what reading then said
	}
	cancel(err)
	_ = ws.CloseNow() // a closing handshake with a mute peer would only take time
	pinging.Wait()
	s.setConnected(false)
	s.hook(func() {
		if f := s.cfg.Handler.OnDown; f != nil {
			f(session, err)
		}
	})
	return err
}

func (s *stream) read(ctx context.Context, ws *websocket.Conn, session uint64, history bool) error {
	var message bytes.Buffer
	for {
		if message.Reset(); message.Cap() > keepBuffer {
			message = bytes.Buffer{}
		}
		kind, from, err := ws.Reader(ctx)
		if err == nil {
			_, err = message.ReadFrom(from)
		}
		if err != nil {
			return fmt.Errorf("ari: reading events: %w", err)
		}
		if kind != websocket.MessageText {
			s.count(&s.malformed, "a binary message", "", nil)
			continue
		}
		e, odd, err := parseEvent(bytes.Clone(message.Bytes())) // the event keeps it
		if err != nil {
			s.count(&s.malformed, "a message that is no event", "", err)
			continue
		}
		if odd {
			s.count(&s.odd, "an event with a field of unexpected form", e.Type, nil)
		}
		if !known[e.Type] {
			s.count(&s.unknown, "an event of unknown type", e.Type, nil)
		}
		e.Session, e.Received, e.Replayed = session, time.Now(), history
		s.events.Add(1)
		s.queue.Put(delivery{event: e})
		mine := s.cfg.App == "" || e.Application == s.cfg.App
		switch {
		case mine && history && e.Type == typeApplicationRegistered:
			history = false
			s.goLive(session)
		case mine && e.Type == typeApplicationReplaced:
			return ErrReplaced
		}
	}
}

// ping ends the connection when the peer is mute.
func (s *stream) ping(ctx context.Context, ws *websocket.Conn, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(s.cfg.PingInterval)
	defer tick.Stop()
	warned := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !s.Live() && !warned {
			warned = true
			s.log.Warn("attached, but Asterisk has not registered the application yet")
		}
		pctx, stop := context.WithTimeout(ctx, s.cfg.PingTimeout)
		err := ws.Ping(pctx)
		stop()
		if err != nil {
			cancel(fmt.Errorf("ari: ping: %w", err))
			return
		}
	}
}

// delivery is an event, or a change of the connection when call is set.
type delivery struct {
	event Event
	call  func()
}

func (s *stream) deliver(d delivery) {
	if d.call != nil {
		d.call()
	} else if s.cfg.Handler.OnEvent != nil {
		s.cfg.Handler.OnEvent(d.event)
	}
}

func (s *stream) hook(f func()) { s.queue.Put(delivery{call: f}) }

func (s *stream) goLive(session uint64) {
	s.mu.Lock()
	s.live = true
	close(s.wentLive)
	s.mu.Unlock()
	s.log.Info("ARI events live", "session", session)
	s.hook(func() {
		if f := s.cfg.Handler.OnLive; f != nil {
			f(session)
		}
	})
}

func (s *stream) setConnected(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connected = up
	if !up && s.live {
		s.live = false
		s.wentLive = make(chan struct{})
	}
}

// count logs the first of each kind, for a bounded number of kinds.
func (s *stream) count(counter *atomic.Uint64, what, eventType string, err error) {
	counter.Add(1)
	if len(eventType) > 64 {
		eventType = eventType[:64]
	}
	key := what + eventType
	s.mu.Lock()
	first := !s.said[key] && len(s.said) < 200
	if first {
		s.said[key] = true
	}
	s.mu.Unlock()
	if first {
		s.log.Warn(what, "type", eventType, "err", err)
	}
}

// start begins delivery; the function it returns ends it after everything
// queued has been handed over.
func (s *stream) start() (func(), error) {
	if !s.running.CompareAndSwap(false, true) {
		return nil, ErrRunning
	}
	var delivering sync.WaitGroup
	delivering.Go(func() { s.queue.Drain(s.deliver) })
	return func() { s.queue.Close(); delivering.Wait() }, nil
}

func isFatal(err error) bool { return errors.Is(err, ErrReplaced) }
