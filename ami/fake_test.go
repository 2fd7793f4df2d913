package ami

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

const banner = "Asterisk Call Manager/11.0.0\r\n"

// peer is Asterisk's end of one session, driven by a script.
type peer struct {
	io.Writer
	nc net.Conn
	rd *reader
	mu sync.Mutex
}

// action reads the next action; false when the client has gone.
func (p *peer) action() (Event, bool) {
	e, err := p.rd.message()
	return e, err == nil
}

func (p *peer) send(lines ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = io.WriteString(p.nc, strings.Join(lines, "\r\n")+"\r\n\r\n") // a client that left is the client's matter
}

func (p *peer) raw(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = io.WriteString(p.nc, s)
}

func (p *peer) ok(a Event, lines ...string) {
	p.send(append([]string{"Response: Success", "ActionID: " + a.ActionID()}, lines...)...)
}

// login answers the login and returns it.
func (p *peer) login() (Event, bool) {
	p.raw(banner)
	a, ok := p.action()
	if ok {
		p.ok(a, "Message: Authentication accepted")
	}
	return a, ok
}

// each logs in and then answers every action by f, or with plain success where
// f returns false.
func each(f func(p *peer, a Event) bool) func(*peer) {
	return func(p *peer) {
		if _, ok := p.login(); !ok {
			return
		}
		for {
			a, ok := p.action()
			if !ok {
				return
			}
			if f == nil || !f(p, a) {
				p.ok(a)
			}
		}
	}
}

// asterisk runs one script per connection; the last one serves all later
// connections too.
type asterisk struct {
	mu      sync.Mutex
	scripts []func(*peer)
	dials   int
	peers   sync.WaitGroup
}

func (s *asterisk) serve(nc net.Conn) {
	s.mu.Lock()
	script := s.scripts[min(s.dials, len(s.scripts)-1)]
	s.dials++
	s.mu.Unlock()
	s.peers.Go(func() {
		defer nc.Close()
		script(&peer{nc: nc, rd: newReader(nc)})
	})
}

// pipe is a Config.Dial that needs no network.
func (s *asterisk) pipe(context.Context, string) (net.Conn, error) {
	client, server := net.Pipe()
	s.serve(server)
	return client, nil
}

// start runs a client against scripts and stops it at the end of the test.
func start(t *testing.T, cfg Config, scripts ...func(*peer)) *Client {
	t.Helper()
	c, stop := startStop(t, cfg, scripts...)
	t.Cleanup(stop)
	return c
}

func startStop(t *testing.T, cfg Config, scripts ...func(*peer)) (*Client, func()) {
	t.Helper()
	server := &asterisk{scripts: scripts}
	if cfg.Dial == nil {
		cfg.Dial = server.pipe
	}
	if cfg.Log == nil {
		cfg.Log = quiet
	}
	cfg.User, cfg.Secret = "user", "secret"
	c := New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	var once sync.Once
	return c, func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
			server.peers.Wait()
		})
	}
}

// listen is Asterisk on a loopback port.
func listen(t *testing.T, script func(*peer)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, ln, script)
	return ln.Addr().String()
}

func serveOn(t *testing.T, ln net.Listener, script func(*peer)) {
	server := &asterisk{scripts: []func(*peer){script}}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			server.serve(nc)
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		accepting.Wait()
		server.peers.Wait()
	})
}

func wait(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// must fails the test with the formatted reason when the condition is false.
func must(t *testing.T, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Fatalf(format, args...)
	}
}
