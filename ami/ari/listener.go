package ari

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// Listener is the other end of Asterisk's persistent outbound websocket: an
// http.Handler to which Asterisk connects for one application. While nobody
// listens Asterisk keeps the application alive and its events waiting, and
// replays them, with their original times, on the next connection.
//
// The connections count from [Listener.Run] on; before and after it they are
// answered with 503, which Asterisk takes as a reason to try again.
type Listener struct {
	*stream

	mu      sync.Mutex
	ctx     context.Context // that of Run; nil outside it
	current *attachment
	serving sync.WaitGroup
	fatal   chan error
}

// attachment is one connection: end closes it, done is closed when nothing
// more of it will be queued.
type attachment struct {
	end  context.CancelCauseFunc
	done chan struct{}
}

// NewListener returns a listener. User and Password of the configuration are
// those of Asterisk's websocket_client.conf; without them every connection is
// refused.
func NewListener(cfg StreamConfig) *Listener {
	return &Listener{stream: newStream(cfg), fatal: make(chan error, 1)}
}

// Run lets connections in until ctx ends, and then returns nil once everything
// received has been handed over. It returns [ErrReplaced] when another
// connection has taken the application.
func (l *Listener) Run(ctx context.Context) error {
	finish, err := l.start()
	if err != nil {
		return err
	}
	defer finish()
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		l.mu.Lock()
		l.ctx = nil
		l.mu.Unlock()
		cancel()
		l.serving.Wait()
	}()
	l.mu.Lock()
	l.ctx = ctx
	l.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.fatal:
		l.log.Error("ARI events given up", "err", err)
		return err
	}
}

// ServeHTTP takes Asterisk's connection. A newer one ends the one before, whose
// events are all queued before the first of the newer.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if !l.trusted(user, password) {
		l.log.Warn("refused a connection with wrong credentials", "from", r.RemoteAddr)
		w.Header().Set("WWW-Authenticate", `Basic realm="ari"`)
		http.Error(w, "wrong credentials", http.StatusUnauthorized)
		return
	}
	l.mu.Lock()
	ctx := l.ctx
	if ctx != nil {
		l.serving.Add(1)
	}
	l.mu.Unlock()
	if ctx == nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	defer l.serving.Done()
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{"ari"}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		l.log.Warn("refused a connection", "from", r.RemoteAddr, "err", err)
		return // Accept has answered
	}
	l.attach(ctx, ws)
}

func (l *Listener) attach(ctx context.Context, ws *websocket.Conn) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	a := &attachment{end: end, done: make(chan struct{})}
	defer close(a.done)
	l.mu.Lock()
	before := l.current
	l.current = a
	l.mu.Unlock()
	if before != nil {
		before.end(ErrSuperseded)
		<-before.done
	}
	if ctx.Err() != nil {
		_ = ws.CloseNow()
		return
	}
	err := l.serve(ctx, ws, true)
	if isFatal(err) {
		select {
		case l.fatal <- err:
		default:
		}
		return
	}
	if !errors.Is(err, context.Canceled) {
		l.log.Warn("ARI events lost", "err", err)
	}
}

// trusted compares in constant time, whatever the lengths.
func (l *Listener) trusted(user, password string) bool {
	if l.cfg.User == "" || l.cfg.Password == "" {
		return false
	}
	same := func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return subtle.ConstantTimeCompare(x[:], y[:])
	}
	return same(user, l.cfg.User)&same(password, l.cfg.Password) == 1
}
