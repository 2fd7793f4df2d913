package ami

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

func TestEventsKeepOrderAndRepetitions(t *testing.T) {
	events := make(chan Event, 10)
	c := start(t, Config{OnEvent: func(e Event) { events <- e }}, func(p *peer) {
		a, ok := p.login()
		if !ok || a.Get("Events") != "on" || a.Get("username") != "user" || a.Get("Secret") != "secret" {
			p.raw("Response: Error\r\n\r\n")
			return
		}
		p.send("Event: FullyBooted", "Status: Fully Booted")
		p.send("Event: Newchannel", "ChanVariable: a=1", "Channel: PJSIP/x: y", "chanvariable: b=100%s")
		p.action()
	})
	wait(t, c)
	first, second := <-events, <-events
	must(t, first.Name == "FullyBooted" && first.Session == 1, "first event %+v", first)
	must(t, slices.Equal(second.All("ChanVariable"), []string{"a=1", "b=100%s"}), "repeated: %q", second.All("ChanVariable"))
	must(t, second.Get("CHANNEL") == "PJSIP/x: y", "channel %q", second.Get("channel"))
	must(t, second.Headers()[2].Name == "Channel", "order lost: %v", second.Headers())
}

// With events on, answers out of order and events with foreign and with our
// own ActionIDs between them, every caller gets its own answer, and every event
// is heard once.
func TestTenThousandRoundTrips(t *testing.T) {
	const n = 10_000
	addr := listen(t, func(p *peer) {
		if _, ok := p.login(); !ok {
			return
		}
		held := make(chan Event, 64)
		go func() {
			defer close(held)
			for {
				a, ok := p.action()
				if !ok {
					return
				}
				held <- a
			}
		}()
		for a := range held {
			batch := []Event{a}
			for more := true; more && len(batch) < 20; {
				select {
				case b, ok := <-held:
					if more = ok; ok {
						batch = append(batch, b)
					}
				default:
					more = false
				}
			}
			rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
			for _, a := range batch {
				p.send("Event: Noise", "Value: wrong", "ActionID: somebody-else")
				p.send("Event: VarSet", "Value: wrong")
				p.ok(a, "Variable: x", "Value: "+a.Get("Variable"))
				p.send("Event: Own", "ActionID: "+a.ActionID(), "Value: "+a.Get("Variable"))
			}
		}
	})
	heard := map[string]int{} // the client's handler alone writes it, until Run is over
	c := New(Config{
		Addr: addr, Log: quiet, User: "u",
		// How fast is no matter here: nothing may give up, nor ask for itself.
		ActionTimeout: time.Hour, PingInterval: time.Hour,
		OnEvent: func(e Event) {
			if e.Name == "Own" {
				heard[e.Get("Value")]++
			}
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	wait(t, c)
	var calls sync.WaitGroup
	var wrong sync.Map
	for i := range n {
		calls.Go(func() {
			name := fmt.Sprintf("v%d", i)
			r, err := Do(ctx, c, Args{"Variable": name}, func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
				return goami.Getvar(ctx, g, id, "", name)
			})
			if err != nil || r.Get("Value") != name {
				wrong.Store(name, fmt.Sprintf("%v %v", r, err))
			}
		})
	}
	calls.Wait()
	if err := c.Ping(ctx); err != nil { // its answer is behind the events of all that was asked before
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wrong.Range(func(k, v any) bool { t.Errorf("%v: %v", k, v); return false })
	for i := range n {
		name := fmt.Sprintf("v%d", i)
		must(t, heard[name] == 1, "the event of %s was heard %d times", name, heard[name])
	}
	must(t, c.Stats().Odd == 0, "odd messages: %+v", c.Stats())
}

func TestSlowHandlerHoldsNothingUp(t *testing.T) {
	gate, total := make(chan struct{}), make(chan int, 1)
	seen := 0
	c, stop := startStop(t, Config{OnEvent: func(Event) { <-gate; seen++ }}, each(func(p *peer, a Event) bool {
		for range 500 {
			p.send("Event: E")
		}
		return false
	}))
	defer stop()
	wait(t, c)
	for range 10 {
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	must(t, c.Stats().Backlog >= 4999, "backlog %d", c.Stats().Backlog)
	close(gate)
	stop()
	total <- seen
	must(t, <-total == 5000, "delivered %d of 5000", seen)
}

func TestReconnectRunsTheHooksAgain(t *testing.T) {
	ups, downs := make(chan uint64, 4), make(chan error, 4)
	c := start(t, Config{
		OnConnect: func(ctx context.Context, c *Client) error {
			must(t, !c.Connected(), "connected before the hook is done")
			_, err := c.CoreStatus(ctx) // actions work inside the hook
			ups <- c.Stats().Sessions
			return err
		},
		OnDisconnect: func(err error) { downs <- err },
	}, func(p *peer) {
		p.login()
		a, _ := p.action()
		p.ok(a)
		p.action() // the next action finds a dead peer
	}, each(nil))
	wait(t, c)
	must(t, <-ups == 1, "first session")
	if err := c.Ping(t.Context()); !errors.Is(err, ErrDisconnected) || !InDoubt(err) {
		t.Fatalf("ping over a dying session: %v", err)
	}
	must(t, <-downs != nil, "no reason given")
	must(t, <-ups == 2, "second session")
	wait(t, c)
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAFailingHookEndsTheSession(t *testing.T) {
	broken := errors.New("resync failed")
	attempts, downs := make(chan int, 8), make(chan error, 8)
	n := 0
	c := start(t, Config{
		OnConnect: func(context.Context, *Client) error {
			n++
			attempts <- n
			if n == 1 {
				return broken
			}
			return nil
		},
		OnDisconnect: func(err error) { downs <- err },
	}, each(nil))
	must(t, errors.Is(<-downs, broken), "the reason is lost")
	wait(t, c)
	<-attempts
	must(t, <-attempts == 2, "not tried again")
}

func TestNotConnected(t *testing.T) {
	refused := errors.New("nobody there")
	dialed := make(chan struct{}, 100)
	c := start(t, Config{Dial: func(context.Context, string) (net.Conn, error) {
		dialed <- struct{}{}
		return nil, refused
	}}, nil)
	<-dialed
	if err := c.Ping(t.Context()); !errors.Is(err, ErrNotConnected) || InDoubt(err) {
		t.Fatalf("ping: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx); !errors.Is(err, ErrNotConnected) || !errors.Is(err, context.Canceled) {
		t.Fatalf("wait: %v", err)
	}
	if err := c.Run(ctx); !errors.Is(err, ErrRunning) {
		t.Fatalf("second run: %v", err)
	}
}

func TestWrongPasswordIsTriedAgain(t *testing.T) {
	refuse := func(p *peer) {
		p.raw(banner)
		a, _ := p.action()
		p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: Authentication failed")
	}
	c := start(t, Config{}, refuse, refuse, each(nil))
	wait(t, c)
	must(t, c.Stats().Sessions == 1, "sessions %d", c.Stats().Sessions)
}

func TestFiltersGoInBeforeTheFirstEvent(t *testing.T) {
	var order []string
	c := start(t, Config{
		EventMask: "call,user", OnEvent: func(Event) {},
		Filters: []Filter{{Criteria: "action(include),name(Hangup)"}, {Expr: "!Channel: Local/"}},
	}, func(p *peer) {
		p.raw(banner)
		for {
			a, ok := p.action()
			if !ok {
				return
			}
			order = append(order, strings.Join([]string{
				a.Get("Action"), a.Get("Events"), a.Get("MatchCriteria"), a.Get("Filter"), a.Get("EventMask"),
			}, "|"))
			p.ok(a)
		}
	})
	wait(t, c)
	want := []string{
		"Login|off|||", "Filter||action(include),name(Hangup)||",
		"Filter|||!Channel: Local/|", "Events||||call,user",
	}
	must(t, slices.Equal(order[:4], want), "order %q", order)
}

func TestNoHandlerMeansNoEvents(t *testing.T) {
	mask := make(chan string, 1)
	c := start(t, Config{}, func(p *peer) {
		a, _ := p.login()
		mask <- a.Get("Events")
		p.action()
	})
	wait(t, c)
	must(t, <-mask == "off", "events not off")
}

func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // only for its certificate
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, ln, each(nil))
	var d net.Dialer
	c := start(t, Config{
		Addr: ln.Addr().String(), TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Dial: func(ctx context.Context, addr string) (net.Conn, error) { return d.DialContext(ctx, "tcp", addr) },
	}, nil)
	wait(t, c)
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}
