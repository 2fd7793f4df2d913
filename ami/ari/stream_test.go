package ari

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// heard collects what a handler is told, in order.
type heard struct{ ch chan string }

func newHeard() *heard { return &heard{make(chan string, 20_000)} }

func (h *heard) handler() Handler {
	return Handler{
		OnUp:   func(n uint64) { h.ch <- fmt.Sprintf("up %d", n) },
		OnLive: func(n uint64) { h.ch <- fmt.Sprintf("live %d", n) },
		OnDown: func(n uint64, _ error) { h.ch <- fmt.Sprintf("down %d", n) },
		OnEvent: func(e Event) {
			h.ch <- fmt.Sprintf("%s %s %v", e.Type, e.ChannelID, e.Replayed)
		},
	}
}

func (h *heard) expect(t *testing.T, want ...string) {
	t.Helper()
	for i, w := range want {
		if got := <-h.ch; got != w {
			t.Fatalf("heard %q as number %d, want %q", got, i, w)
		}
	}
}

func text(t *testing.T, ws *websocket.Conn, messages ...string) {
	for _, m := range messages {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(m)); err != nil {
			t.Logf("write: %v", err)
			return
		}
	}
}

func eventJSON(kind, channel string) string {
	return fmt.Sprintf(`{"type":%q,"application":"app","timestamp":"2026-11-23T12:00:00.000+0000","channel":{"id":%q}}`, kind, channel)
}

// server is Asterisk for a Dialer: one script per connection, the last for all
// later ones. A connection ends with its script.
func server(t *testing.T, scripts ...func(*websocket.Conn)) string {
	t.Helper()
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.URL.Path != "/ari/events" || r.URL.Query().Get("app") != "app" || user != "u" || password != "p" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		script := scripts[min(n, len(scripts)-1)]
		n++
		mu.Unlock()
		if script == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ari"}})
		if err != nil {
			return
		}
		defer ws.CloseNow()
		script(ws)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/ari"
}

// stay reads, and so answers pings, until the other side leaves.
func stay(ws *websocket.Conn) { <-ws.CloseRead(context.Background()).Done() }

type runner interface{ Run(context.Context) error }

// run starts a stream; the function it returns stops it and gives its error.
func run(t *testing.T, r runner) func() error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	var err error
	stop := func() error {
		once.Do(func() { cancel(); err = <-done })
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

func config(h Handler) StreamConfig {
	return StreamConfig{App: "app", User: "u", Password: "p", Handler: h, Log: quiet}
}

func dialer(t *testing.T, url string, cfg StreamConfig) *Dialer {
	t.Helper()
	d, err := NewDialer(DialConfig{StreamConfig: cfg, URL: url})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDialerReconnects(t *testing.T) {
	h := newHeard()
	url := server(t,
		func(ws *websocket.Conn) { text(t, ws, eventJSON("StasisStart", "a"), eventJSON("StasisEnd", "a")) },
		nil, nil, // refused twice
		func(ws *websocket.Conn) { text(t, ws, eventJSON("StasisStart", "b")); stay(ws) })
	d := dialer(t, url, config(h.handler()))
	stop := run(t, d)
	h.expect(t, "up 1", "live 1", "StasisStart a false", "StasisEnd a false", "down 1",
		"up 2", "live 2", "StasisStart b false")
	must(t, d.Connected() && d.Live() && d.WaitLive(t.Context()) == nil, "not live")
	must(t, stop() == nil, "run: %v", stop())
	h.expect(t, "down 2")
	must(t, !d.Connected() && !d.Live(), "still live")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, errors.Is(d.WaitLive(ctx), context.Canceled), "waited for nothing")
}

// An Asterisk that is away is looked for each second; one that refuses the
// password is left alone for longer.
func TestHowSoonAsteriskIsFoundAgain(t *testing.T) {
	url := server(t, nil)
	for name, c := range map[string]struct {
		url, password string
		want          time.Duration
	}{
		"not ready":        {url, "p", awayPause},
		"nobody there":     {"http://127.0.0.1:1/ari", "p", awayPause},
		"another password": {url, "wrong", time.Minute},
	} {
		cfg := config(Handler{})
		cfg.Password = c.password
		_, err := dialer(t, c.url, cfg).once(t.Context())
		must(t, err != nil && pauseAfter(err, time.Minute) == c.want, "%s: %v after %v", name, pauseAfter(err, time.Minute), err)
		must(t, pauseAfter(err, time.Millisecond) == time.Millisecond, "%s: longer than back-off says", name)
	}
}

func TestTenThousandEventsToASlowHandler(t *testing.T) {
	const n = 10_000
	gate := make(chan struct{})
	h := newHeard()
	handler := h.handler()
	next := 0
	handler.OnEvent = func(e Event) {
		<-gate
		if e.ChannelID != fmt.Sprint(next) {
			t.Errorf("got %s, want %d", e.ChannelID, next)
		}
		next++
	}
	written := make(chan struct{})
	d := dialer(t, server(t, func(ws *websocket.Conn) {
		for i := range n {
			text(t, ws, eventJSON("ChannelVarset", fmt.Sprint(i)))
		}
		close(written)
		stay(ws)
	}), config(handler))
	stop := run(t, d)
	<-written // all of it, while the handler stands at the first
	for d.Stats().Events < n {
		runtime.Gosched()
	}
	close(gate)
	must(t, stop() == nil, "run")
	must(t, next == n, "%d of %d delivered", next, n)
}

func TestReplacedIsTheEnd(t *testing.T) {
	h := newHeard()
	d := dialer(t, server(t, func(ws *websocket.Conn) {
		text(t, ws, eventJSON("StasisStart", "a"), `{"type":"ApplicationReplaced","application":"other"}`,
			`{"type":"ApplicationReplaced","application":"app"}`, eventJSON("StasisStart", "never"))
		stay(ws)
	}), config(h.handler()))
	err := d.Run(t.Context())
	must(t, errors.Is(err, ErrReplaced), "run: %v", err)
	h.expect(t, "up 1", "live 1", "StasisStart a false", "ApplicationReplaced  false", "ApplicationReplaced  false", "down 1")
	must(t, len(h.ch) == 0, "more was heard")
	must(t, errors.Is(d.Run(t.Context()), ErrRunning), "ran twice")
}

func TestOddMessagesAreSurvivedAndCounted(t *testing.T) {
	h := newHeard()
	var said strings.Builder
	cfg := config(h.handler())
	cfg.Log = slog.New(slog.NewTextHandler(&said, nil))
	d := dialer(t, server(t, func(ws *websocket.Conn) {
		text(t, ws, "not json", "[]", "{}", `{"type":""}`, `null`, `{"type":7}`)
		_ = ws.Write(t.Context(), websocket.MessageBinary, []byte("{}"))
		text(t, ws, `{"type":"BrandNew","application":"app","channel":{"id":"x"}}`, `{"type":"BrandNew"}`,
			`{"type":"ChannelDestroyed","cause":"seventeen","tech_cause":486,"channel":"none","timestamp":5}`,
			`{"type":"Dial","peer":[],"caller":{"id":"c"},"timestamp":"yesterday"}`,
			`{"type":"StasisStart"}`, eventJSON("StasisStart", "a"))
		stay(ws)
	}), cfg)
	stop := run(t, d)
	h.expect(t, "up 1", "live 1", "BrandNew x false", "BrandNew  false", "ChannelDestroyed  false",
		"Dial  false", "StasisStart  false", "StasisStart a false")
	s := d.Stats()
	must(t, s.Malformed == 7 && s.Unknown == 2 && s.Odd == 2 && s.Events == 6, "stats %+v", s)
	must(t, stop() == nil, "run")
	// One line for each kind: no event, binary, unknown, odd of two types.
	must(t, strings.Count(said.String(), "level=WARN") == 5, "said:\n%s", &said)
	must(t, strings.Count(said.String(), "BrandNew") == 1, "said:\n%s", &said)
}

func TestTooLongAMessageDropsTheConnection(t *testing.T) {
	h := newHeard()
	run(t, dialer(t, server(t, func(ws *websocket.Conn) {
		text(t, ws, `{"type":"`+strings.Repeat("x", maxEvent)+`"}`)
		stay(ws)
	}, stay), config(h.handler())))
	h.expect(t, "up 1", "live 1", "down 1", "up 2", "live 2")
}

// A mute peer answers no ping; the socket itself stays open.
func TestMutePeer(t *testing.T) {
	leave := make(chan struct{})
	h := newHeard()
	cfg := config(h.handler())
	cfg.PingInterval, cfg.PingTimeout = 5*time.Millisecond, 5*time.Millisecond
	url := server(t, func(*websocket.Conn) { <-leave }, func(ws *websocket.Conn) { <-leave; stay(ws) })
	run(t, dialer(t, url, cfg))
	h.expect(t, "up 1", "live 1", "down 1", "up 2")
	close(leave)
}

// connect is Asterisk for a Listener.
func connect(t *testing.T, url, password string) (*websocket.Conn, error) {
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth("u", password)
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{
		HTTPHeader: request.Header, Subprotocols: []string{"ari"},
	})
	if err == nil {
		t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, err
}

// listener starts one and waits until it takes connections.
func listener(t *testing.T, cfg StreamConfig) (*Listener, string, func() error) {
	t.Helper()
	l := NewListener(cfg)
	s := httptest.NewServer(l)
	t.Cleanup(s.Close)
	stop := run(t, l)
	for {
		l.mu.Lock()
		ready := l.ctx != nil
		l.mu.Unlock()
		if ready {
			return l, s.URL, stop
		}
		runtime.Gosched()
	}
}

func TestListenerReplaysThenGoesLive(t *testing.T) {
	h := newHeard()
	l, url, stop := listener(t, config(h.handler()))
	ws, err := connect(t, url, "p")
	must(t, err == nil && ws.Subprotocol() == "ari", "connect: %v", err)
	text(t, ws, eventJSON("StasisStart", "a"), eventJSON("ChannelDestroyed", "a"))
	h.expect(t, "up 1", "StasisStart a true", "ChannelDestroyed a true")
	must(t, l.Connected() && !l.Live(), "live before the history is over")
	text(t, ws, `{"type":"ApplicationRegistered","application":"other"}`,
		`{"type":"ApplicationRegistered","application":"app"}`, eventJSON("StasisStart", "b"))
	h.expect(t, "ApplicationRegistered  true", "ApplicationRegistered  true", "live 1", "StasisStart b false")
	must(t, l.Live() && l.WaitLive(t.Context()) == nil, "not live")
	_ = ws.CloseNow()
	h.expect(t, "down 1")
	ws, err = connect(t, url, "p")
	must(t, err == nil, "reconnect: %v", err)
	text(t, ws, eventJSON("StasisEnd", "b"))
	h.expect(t, "up 2", "StasisEnd b true")
	must(t, stop() == nil, "run: %v", stop())
	h.expect(t, "down 2")
	_, err = connect(t, url, "p")
	must(t, err != nil, "took a connection after the end")
}

func TestListenerChecksCredentials(t *testing.T) {
	h := newHeard()
	_, url, _ := listener(t, config(h.handler()))
	_, err := connect(t, url, "wrong")
	must(t, err != nil && strings.Contains(err.Error(), "401"), "wrong password: %v", err)
	open := StreamConfig{App: "app", Log: quiet}
	_, url, _ = listener(t, open)
	_, err = connect(t, url, "")
	must(t, err != nil && strings.Contains(err.Error(), "401"), "no password at all: %v", err)
	before := NewListener(config(h.handler()))
	s := httptest.NewServer(before)
	defer s.Close()
	_, err = connect(t, s.URL, "p")
	must(t, err != nil && strings.Contains(err.Error(), "503"), "before Run: %v", err)
}

func TestANewerConnectionSupersedes(t *testing.T) {
	h := newHeard()
	_, url, _ := listener(t, config(h.handler()))
	first, err := connect(t, url, "p")
	must(t, err == nil, "first: %v", err)
	text(t, first, eventJSON("StasisStart", "a"))
	h.expect(t, "up 1", "StasisStart a true")
	second, err := connect(t, url, "p")
	must(t, err == nil, "second: %v", err)
	h.expect(t, "down 1", "up 2")
	text(t, second, eventJSON("StasisStart", "b"))
	h.expect(t, "StasisStart b true")
	_, _, err = first.Read(t.Context())
	must(t, err != nil, "the first is still open")
}

func TestListenerReplaced(t *testing.T) {
	h := newHeard()
	l := NewListener(config(h.handler()))
	s := httptest.NewServer(l)
	defer s.Close()
	done := make(chan error)
	go func() { done <- l.Run(t.Context()) }()
	var ws *websocket.Conn
	for ws == nil { // 503 until Run has begun
		ws, _ = connect(t, s.URL, "p")
	}
	text(t, ws, `{"type":"ApplicationReplaced","application":"app"}`)
	must(t, errors.Is(<-done, ErrReplaced), "run")
	h.expect(t, "up 1", "ApplicationReplaced  true", "down 1")
}
