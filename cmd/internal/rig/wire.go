package rig

import (
	"fmt"
	"net"
	"sync"
)

// Wire is a TCP connection's way through us, so that it can be cut: what was on
// the way is lost on both sides, as when a cable is pulled.
type Wire struct {
	ln net.Listener

	mu      sync.Mutex
	network string
	address string
	open    map[net.Conn]bool
	listen  func() func([]byte) // what hears a connection's near end; nil: nobody
	running sync.WaitGroup
}

// NewWire listens on a loopback address and leads to address. An empty port
// lets the system choose one.
func NewWire(listen, network, address string) (*Wire, error) {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("a wire to %s: %w", address, err)
	}
	w := &Wire{ln: ln, network: network, address: address, open: map[net.Conn]bool{}}
	w.running.Go(w.accept)
	return w, nil
}

// Addr is the near end.
func (w *Wire) Addr() string { return w.ln.Addr().String() }

// Lead makes later connections lead elsewhere.
func (w *Wire) Lead(network, address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.network, w.address = network, address
}

// Listen has somebody hear what the near ends of later connections say.
func (w *Wire) Listen(each func() func([]byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = each
}

// Cut resets every connection and says how many there were.
func (w *Wire) Cut() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // what is not yet delivered is dropped
		}
		_ = c.Close()
	}
	n := len(w.open) / 2
	clear(w.open)
	return n
}

// Close ends the wire.
func (w *Wire) Close() error {
	err := w.ln.Close()
	w.Cut()
	w.running.Wait()
	return err
}

func (w *Wire) accept() {
	for {
		near, err := w.ln.Accept()
		if err != nil {
			return
		}
		w.running.Go(func() { w.carry(near) })
	}
}

func (w *Wire) carry(near net.Conn) {
	w.mu.Lock()
	network, address := w.network, w.address
	hear := func([]byte) {}
	if w.listen != nil {
		hear = w.listen()
	}
	w.mu.Unlock()
	far, err := net.Dial(network, address)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	w.open[near], w.open[far] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { pour(far, near, hear) })
	both.Go(func() { pour(near, far, func([]byte) {}) })
	both.Wait()
	w.mu.Lock()
	delete(w.open, near)
	delete(w.open, far)
	w.mu.Unlock()
}

// pour carries bytes until one end is gone, and then ends the other: a process
// that is killed must look killed from the other side.
func pour(to, from net.Conn, hear func([]byte)) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			hear(buf[:n])
			_, werr := to.Write(buf[:n])
			if werr != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
}
