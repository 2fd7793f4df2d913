package asterisk

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
)

// oneServer is a cluster of one telephony server.
type oneServer struct{ server dialer.Server }

func (s oneServer) Telephony(context.Context) ([]dialer.Server, error) {
	return []dialer.Server{s.server}, nil
}

// logged is a log that is read while others write it.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *logged) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *logged) warnings() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.b.String(), "level=WARN")
}

// TestAServerThatIsAwayIsSaidOnce: each click of an agent fails, and has its
// sentence on the screen; the log has one line of it, by the connection.
func TestAServerThatIsAwayIsSaidOnce(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := nobody.Addr().String()
	nobody.Close()
	var log logged
	r := NewRemote(oneServer{dialer.Server{ID: 1, Name: "tel1", AMIAddr: addr}}, func() {}, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	for log.warnings() == 0 { // until the connection has been tried
		select {
		case <-t.Context().Done():
			t.Fatal("nobody says that the server is away")
		case <-time.After(time.Millisecond):
		}
	}
	for range 20 {
		if err := r.Notify(t.Context(), 1, dialer.Intent{ID: 5}); err == nil {
			t.Fatal("a server that is away was told of a click")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := log.warnings(); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log.b.String())
	}
}
