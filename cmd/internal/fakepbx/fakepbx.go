// Package fakepbx is a scripted Asterisk at the wire: it takes the AMI actions
// and the ARI requests of a telephony role, rings the people that a script says,
// and tells what becomes of it in the events that the real one sends, in its
// order. It carries no sound. It is for more calls or more servers than the real
// one has room for on a machine, and for nothing else: what Asterisk does is
// found out from Asterisk.
//
//	listen, keepalive, web ──AMI──▶ Server ◀──ARI, events── listen
//	                                  │ Exchange: carriers' customers, agents' phones,
//	                                  │           calls from one server to another
package fakepbx

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Party is whoever a carrier's number reaches.
type Party struct {
	Rings   time.Duration // before it answers or refuses
	Answers bool
	Talks   time.Duration // from the answer to its hang-up; 0: it stays
	SIPCode int           // of the refusal
	Cause   int           // the same in Q.850
}

// Exchange is what a few servers have in common: the people they call, and the
// trunks between them.
type Exchange struct {
	Party func(number string) Party // who answers a number; it must not block
	Phone time.Duration             // how long agents' phones ring

	mu     sync.Mutex // guards all servers: a call may be on two
	trunks map[string]*Server
}

// Counts are what a server has told and been told since its start.
type Counts struct {
	Events   int64 // of ARI
	Requests int64 // of ARI
	Actions  int64 // of AMI
	Calls    int64 // placed to carriers' numbers
}

// Server is one scripted Asterisk. Every account's password is Secret.
type Server struct {
	Secret string

	ex      *Exchange
	started time.Time
	manager net.Listener
	pages   net.Listener
	web     *http.Server
	serving sync.WaitGroup

	events, requests, actions, calls atomic.Int64

	// Guarded by the exchange.
	trunk      string // its name at the others
	channels   map[string]*channel
	bridges    map[string]*bridge
	notes      map[string]string
	subscribed map[string]bool // endpoints
	sessions   map[*session]bool
	socket     *outbox // the application's events; nil: nobody listens
	minted     int
	closed     bool
}

// Start starts a server on two free ports of loopback.
func (ex *Exchange) Start(secret string) (*Server, error) {
	s := &Server{
		Secret: secret, ex: ex, started: time.Now(), channels: map[string]*channel{}, bridges: map[string]*bridge{},
		notes: map[string]string{}, subscribed: map[string]bool{}, sessions: map[*session]bool{},
	}
	var err error
	s.manager, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.pages, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = s.manager.Close()
		return nil, err
	}
	s.web = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	s.serving.Go(func() { _ = s.web.Serve(s.pages) })
	s.serving.Go(s.accept)
	return s, nil
}

// AMI is host:port of the manager, ARI the base of the requests.
func (s *Server) AMI() string { return s.manager.Addr().String() }

// ARI is the base of the REST interface.
func (s *Server) ARI() string { return "http://" + s.pages.Addr().String() + "/ari" }

// Websocket is where browsers' phones would register.
func (s *Server) Websocket() string { return "ws://" + s.pages.Addr().String() + "/ws" }

// Known says under which trunk's name the other servers reach this one.
func (s *Server) Known(trunk string) {
	s.ex.mu.Lock()
	defer s.ex.mu.Unlock()
	if s.ex.trunks == nil {
		s.ex.trunks = map[string]*Server{}
	}
	s.trunk = trunk
	s.ex.trunks[trunk] = s
}

// Counts are those of now.
func (s *Server) Counts() Counts {
	return Counts{s.events.Load(), s.requests.Load(), s.actions.Load(), s.calls.Load()}
}

// Channels is how many there are.
func (s *Server) Channels() int {
	s.ex.mu.Lock()
	defer s.ex.mu.Unlock()
	return len(s.channels)
}

// Close ends the server and its connections.
func (s *Server) Close() {
	s.ex.mu.Lock()
	s.closed = true
	delete(s.ex.trunks, s.trunk)
	for k := range s.sessions {
		_ = k.conn.Close()
	}
	if s.socket != nil {
		s.socket.close()
	}
	s.ex.mu.Unlock()
	_ = s.manager.Close()
	_ = s.web.Close()
	s.serving.Wait()
}

// later runs f under the exchange's lock, unless the server has ended.
func (s *Server) later(d time.Duration, f func()) {
	time.AfterFunc(d, func() {
		s.ex.mu.Lock()
		defer s.ex.mu.Unlock()
		if !s.closed {
			f()
		}
	})
}
