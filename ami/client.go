package ami

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"trunkline/ami/internal/queue"
)

// Client is a connection to one Asterisk that comes back by itself. It is
// safe for concurrent use; [Client.Run] must be running for it to connect.
type Client struct {
	cfg     Config
	log     *slog.Logger
	prefix  string
	counter atomic.Uint64
	running atomic.Bool
	session atomic.Pointer[conn] // where actions go; nil while down
	queue   *queue.Queue[Event]

	sessions, events, odd atomic.Uint64

	mu      sync.Mutex
	ready   chan struct{} // closed while connected and resynced
	isReady bool
	lastErr error
}

// New returns a client; it does nothing until [Client.Run].
func New(cfg Config) *Client {
	if cfg.DialTimeout <= 0 {
		cfg.DialTimeout = 5 * time.Second
	}
	if cfg.ActionTimeout <= 0 {
		cfg.ActionTimeout = 5 * time.Second
	}
	if cfg.PingInterval <= 0 {
		cfg.PingInterval = 10 * time.Second
	}
	if cfg.Dial == nil {
		cfg.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", addr)
		}
	}
	if cfg.EventMask == "" {
		cfg.EventMask = "on"
		if cfg.OnEvent == nil {
			cfg.EventMask = "off"
		}
	}
	log := cfg.Log
	if log == nil {
		log = slog.Default()
	}
	return &Client{
		cfg: cfg, log: log.With("ami", cfg.Addr), prefix: newPrefix(),
		queue: queue.New[Event](), ready: make(chan struct{}),
	}
}

// Connected reports whether a session is up and OnConnect has succeeded.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isReady
}

// Wait returns nil as soon as [Client.Connected] is true. When ctx ends first
// the error holds that of ctx and the reason of the last failed attempt.
func (c *Client) Wait(ctx context.Context) error {
	c.mu.Lock()
	ready := c.ready
	c.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.lastErr == nil {
			return fmt.Errorf("%w: %w", ErrNotConnected, ctx.Err())
		}
		return fmt.Errorf("%w: %w: %w", ErrNotConnected, ctx.Err(), c.lastErr)
	}
}

// Stats returns the counters.
func (c *Client) Stats() Stats {
	return Stats{
		Sessions: c.sessions.Load(), Events: c.events.Load(),
		Odd: c.odd.Load(), Backlog: c.queue.Len(),
	}
}

// sayEvery is how often a wait for Asterisk that goes on is written to the log.
const sayEvery = 30 * time.Second

// awayPause bounds the wait between two looks for an Asterisk that is away: its
// agents wait for it to be found again, and a refused connection costs nothing.
// One that refuses the password is not asked as often: it writes each attempt
// into its security log.
const awayPause = time.Second

func refusedLogin(err error) bool {
	refused := new(ActionError)
	return errors.As(err, &refused)
}

// Run keeps the client connected until ctx ends and then returns nil, after
// the events already received have been handed over. It never gives up: a
// wrong password is tried again like an absent Asterisk. A client runs once;
// a second call returns [ErrRunning].
func (c *Client) Run(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	var delivery sync.WaitGroup
	delivery.Go(func() { c.queue.Drain(c.handle) })
	defer delivery.Wait()
	defer c.queue.Close()

	wait := &backoff.ExponentialBackOff{
		InitialInterval: 100 * time.Millisecond, Multiplier: 2,
		RandomizationFactor: 0.5, MaxInterval: 5 * time.Second,
	}
	var down, said time.Time
	for {
		lasted, err := c.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		// A session that ends at once, over and over, is no reason to hurry.
		if lasted > wait.MaxInterval {
			wait.Reset()
		}
		c.mu.Lock()
		c.lastErr = err
		c.mu.Unlock()
		pause := wait.NextBackOff()
		if !refusedLogin(err) {
			pause = min(pause, awayPause)
		}
		switch now := time.Now(); {
		case lasted > 0:
			down, said = now, now
			c.log.Warn("AMI connection lost", "err", err, "retry_in", pause)
		case down.IsZero():
			down, said = now, now
			c.log.Warn("waiting for Asterisk's AMI", "err", err)
		case now.Sub(said) >= sayEvery:
			said = now
			c.log.Warn("waiting for Asterisk's AMI", "for", now.Sub(down).Round(time.Second), "err", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func (c *Client) handle(e Event) {
	if c.cfg.OnEvent != nil {
		c.cfg.OnEvent(e)
	}
}

func (c *Client) setReady(up bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case up && !c.isReady:
		close(c.ready)
	case !up && c.isReady:
		c.ready = make(chan struct{})
	}
	c.isReady = up
	if up {
		c.lastErr = nil
	}
}
