package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"
)

// callees are a carrier that costs the machine next to nothing: whoever is
// called rings for a moment, answers, and is silent. An Asterisk as the carrier
// would take as much of the processor for a call as the one that is measured.
// It speaks as much SIP (RFC 3261) as these calls need, over UDP on loopback.
type callees struct {
	conn *net.UDPConn
	ring func() time.Duration

	mu    sync.Mutex
	calls map[string]*callee // by Call-ID
	heard chan string        // X-Trunkline-Call of each new call, for who waits for it; full: nobody does
}

// callee is one call, from its INVITE to its BYE.
type callee struct {
	invite   request
	from     *net.UDPAddr
	answer   []byte // the last response to the INVITE, for one that comes again
	final    bool
	answered chan struct{} // closed by the ACK
	over     chan struct{} // closed by CANCEL or BYE
}

// How the callees behave, and what RFC 3261 has them do.
const (
	ringLeast = 300 * time.Millisecond
	ringMost  = 1200 * time.Millisecond
	sipT1     = 500 * time.Millisecond // until a response is sent again, doubled each time
	sipLast   = 32 * time.Second       // 64 T1: nobody will acknowledge any more
)

func startCallees() (*callees, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 3)})
	if err != nil {
		return nil, fmt.Errorf("the callees' port: %w", err)
	}
	_ = conn.SetReadBuffer(4 << 20) // a burst of INVITEs; less is allowed to be given
	c := &callees{
		conn: conn, calls: map[string]*callee{}, heard: make(chan string, 1),
		ring: func() time.Duration { return ringLeast + rand.N(ringMost-ringLeast) },
	}
	return c, nil
}

// addr is where they are called.
func (c *callees) addr() *net.UDPAddr { return c.conn.LocalAddr().(*net.UDPAddr) }

// run answers until ctx ends.
func (c *callees) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer stop()
	buf := make([]byte, 64<<10)
	for {
		n, from, err := c.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if r, ok := parseRequest(buf[:n]); ok {
			c.take(ctx, r, from)
		}
	}
}

// take does what a request asks.
func (c *callees) take(ctx context.Context, r request, from *net.UDPAddr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call := c.calls[r.callID()]
	switch r.method {
	case "INVITE":
		if call != nil {
			_, _ = c.conn.WriteToUDP(call.answer, from)
			return
		}
		call = &callee{invite: r, from: from, answered: make(chan struct{}), over: make(chan struct{})}
		c.calls[r.callID()] = call
		select {
		case c.heard <- r.get("X-Trunkline-Call"):
		default:
		}
		c.respond(call, "180 Ringing", nil)
		go c.live(ctx, call)
	case "ACK":
		if call != nil {
			shut(call.answered)
		}
	case "CANCEL":
		c.send(from, r.response("200 OK", c.addr(), nil))
		if call != nil && !call.final {
			call.final = true
			c.respond(call, "487 Request Terminated", nil)
			shut(call.over)
		}
	case "BYE":
		c.send(from, r.response("200 OK", c.addr(), nil))
		if call != nil {
			shut(call.over)
		}
	default:
		c.send(from, r.response("200 OK", c.addr(), nil))
	}
}

// live rings, answers, and waits for the end.
func (c *callees) live(ctx context.Context, call *callee) {
	defer func() {
		// An INVITE that comes again late is not to begin another call.
		time.AfterFunc(sipLast, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.calls, call.invite.callID())
		})
	}()
	select {
	case <-time.After(c.ring()):
	case <-call.over:
		return
	case <-ctx.Done():
		return
	}
	c.mu.Lock()
	if call.final {
		c.mu.Unlock()
		return
	}
	call.final = true
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n", c.addr().IP)
	c.respond(call, "200 OK", []byte(sdp))
	c.mu.Unlock()
	for pause := sipT1; pause < sipLast; pause *= 2 {
		select {
		case <-call.answered:
			select {
			case <-call.over:
			case <-ctx.Done():
			}
			return
		case <-call.over:
			return
		case <-ctx.Done():
			return
		case <-time.After(pause):
			c.send(call.from, call.answer)
		}
	}
}

// respond answers a call's INVITE; the mutex is held.
func (c *callees) respond(call *callee, status string, body []byte) {
	call.answer = call.invite.response(status, c.addr(), body)
	c.send(call.from, call.answer)
}

func (c *callees) send(to *net.UDPAddr, message []byte) {
	_, _ = c.conn.WriteToUDP(message, to) // what is lost is sent again, by them or by us
}

// shut closes a channel once; the mutex is held.
func shut(ch chan struct{}) {
	select {
	case <-ch:
	default:
		close(ch)
	}
}

// request is as much of a SIP request as an answer needs.
type request struct {
	method  string
	headers []sipHeader
}

type sipHeader struct{ name, value string }

// parseRequest reads a request; false: it is none, but a response or nothing.
func parseRequest(b []byte) (request, bool) {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	method, rest, ok := strings.Cut(lines[0], " ")
	if !ok || !strings.HasSuffix(rest, " SIP/2.0") {
		return request{}, false
	}
	r := request{method: method}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if ok {
			r.headers = append(r.headers, sipHeader{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return r, r.callID() != ""
}

func (r request) get(name string) string {
	for _, h := range r.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

func (r request) callID() string { return r.get("Call-ID") }

// response is an answer to the request: its Vias, From, Call-ID and CSeq as they
// came, a tag of ours on To.
func (r request) response(status string, contact *net.UDPAddr, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, h := range r.headers {
		switch strings.ToLower(h.name) {
		case "via", "from", "call-id", "cseq":
			fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
		case "to":
			if !strings.Contains(h.value, ";tag=") {
				h.value += ";tag=callee"
			}
			fmt.Fprintf(&b, "To: %s\r\n", h.value)
		}
	}
	fmt.Fprintf(&b, "Contact: <sip:callee@%s>\r\n", contact)
	if body != nil {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}
