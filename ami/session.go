package ami

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

// connect runs one session to its end and says how long it was up, zero when
// it never got that far.
func (c *Client) connect(ctx context.Context) (time.Duration, error) {
	k, err := c.dial(ctx)
	if err != nil {
		return 0, err
	}
	number := c.sessions.Load() + 1
	var reading sync.WaitGroup
	reading.Go(func() {
		k.read(func(e Event) {
			c.events.Add(1)
			e.Session = number
			c.queue.Put(e)
		}, func(e Event) {
			c.oddity(fmt.Sprintf("a message of %d headers that nobody asked for", len(e.headers)))
		})
		if why := k.reason(); errors.Is(why, errTooLong) || errors.Is(why, io.ErrUnexpectedEOF) {
			c.oddity(why.Error())
		}
	})
	defer reading.Wait()
	defer k.fail(ErrNotConnected)

	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { k.fail(ctx.Err()) })
	defer stop()
	go func() {
		<-k.done
		cancel(k.reason())
	}()

	if err := c.login(sctx, k); err != nil {
		return 0, err
	}
	c.sessions.Add(1)
	since := time.Now()
	c.session.Store(k)
	err = c.serve(sctx, k)
	c.session.Store(nil)
	k.fail(err)
	c.setReady(false)
	if c.cfg.OnDisconnect != nil {
		c.cfg.OnDisconnect(err)
	}
	return max(time.Since(since), 1), err
}

// oddity counts what no Asterisk sends, and logs the first of it: a peer that
// goes on like that, over whatever connections, must not fill the log.
func (c *Client) oddity(what string) {
	if c.odd.Add(1) == 1 {
		c.log.Warn("Asterisk's manager sends what it should not; it is counted from now on", "first", what)
	}
}

// serve runs the owner's hook, then pings until the session ends. The pings
// begin before the hook is done, so that a mute peer cannot hold it.
func (c *Client) serve(ctx context.Context, k *conn) error {
	var pinging sync.WaitGroup
	defer pinging.Wait()
	pinging.Go(func() { c.ping(ctx, k) })
	if c.cfg.OnConnect != nil {
		if err := c.cfg.OnConnect(ctx, c); err != nil {
			err = fmt.Errorf("ami: after login: %w", err)
			k.fail(err)
			return k.reason()
		}
	}
	select {
	case <-k.done:
		return k.reason()
	default:
	}
	c.setReady(true)
	c.log.Info("AMI connected")
	<-k.done
	return k.reason()
}

func (c *Client) ping(ctx context.Context, k *conn) {
	tick := time.NewTicker(c.cfg.PingInterval)
	defer tick.Stop()
	for {
		select {
		case <-k.done:
			return
		case <-tick.C:
		}
		_, err := c.doOn(ctx, k, "", nil, c.cfg.ActionTimeout, func(ctx context.Context, b *bridge) error {
			return goami.Ping(ctx, b, b.call.id)
		})
		if refused := new(ActionError); err != nil && !errors.As(err, &refused) {
			k.fail(fmt.Errorf("ami: ping: %w", err))
			return
		}
	}
}

// dial connects and reads the banner.
func (c *Client) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.DialTimeout)
	defer cancel()
	nc, err := c.cfg.Dial(ctx, c.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("ami: dial: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	if c.cfg.TLS != nil {
		conf := c.cfg.TLS.Clone()
		if conf.ServerName == "" {
			conf.ServerName, _, _ = net.SplitHostPort(c.cfg.Addr)
		}
		tc := tls.Client(nc, conf)
		if err := tc.HandshakeContext(ctx); err != nil {
			_ = nc.Close()
			return nil, fmt.Errorf("ami: tls: %w", err)
		}
		nc = tc
	}
	k := newConn(nc, c.cfg.ActionTimeout)
	banner, err := k.rd.line()
	if err == nil && !strings.Contains(string(banner), "Asterisk Call Manager") {
		err = errors.New("the peer is not an Asterisk manager")
	}
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("ami: banner: %w", err)
	}
	return k, nil
}

// login authenticates and sets filters while events are still off, so that no
// event slips past a filter.
func (c *Client) login(ctx context.Context, k *conn) error {
	step := func(args Args, f func(context.Context, *bridge) error) error {
		_, err := c.doOn(ctx, k, "", args, c.cfg.ActionTimeout, f)
		return err
	}
	mask := c.cfg.EventMask
	if len(c.cfg.Filters) > 0 {
		mask = "off"
	}
	err := step(Args{"Username": c.cfg.User, "Secret": c.cfg.Secret, "Events": mask},
		func(ctx context.Context, b *bridge) error {
			return goami.Login(ctx, b, c.cfg.User, c.cfg.Secret, mask, b.call.id)
		})
	if err != nil {
		return fmt.Errorf("ami: login: %w", err)
	}
	for _, f := range c.cfg.Filters {
		if err := step(Args{"Filter": f}, f.add); err != nil {
			return fmt.Errorf("ami: filter: %w", err)
		}
	}
	if mask == c.cfg.EventMask {
		return nil
	}
	err = step(Args{"EventMask": c.cfg.EventMask}, func(ctx context.Context, b *bridge) error {
		_, err := goami.EventFlow(ctx, b, b.call.id, c.cfg.EventMask)
		return err
	})
	if err != nil {
		return fmt.Errorf("ami: event mask: %w", err)
	}
	return nil
}

// add sends the filter; goami's Filter has no MatchCriteria (Asterisk 20.11,
// 22.1 and later).
func (f Filter) add(ctx context.Context, b *bridge) error {
	if f.Criteria == "" {
		_, err := goami.Filter(ctx, b, b.call.id, "Add", f.Expr)
		return err
	}
	message := Event{headers: []Header{
		{"Action", "Filter"}, {"ActionID", b.call.id}, {"Operation", "Add"},
		{"MatchCriteria", f.Criteria}, {"Filter", f.Expr},
	}}
	if err := b.Send(message.wire()); err != nil {
		return err
	}
	_, err := b.receive(ctx)
	return err
}
