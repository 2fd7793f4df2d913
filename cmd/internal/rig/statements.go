package rig

import (
	"bytes"
	"strconv"
	"sync"
)

// Statements counts, on the way to the database, what each process asks it: the
// server's own counters know no processes, and the roles share one account.
type Statements struct {
	mu  sync.Mutex
	pid map[int]int64
}

// Of is how many statements a process has sent: SELECT, INSERT, UPDATE, DELETE,
// and not what begins and ends transactions.
func (s *Statements) Of(pid int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid[pid]
}

func (s *Statements) count(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid == nil {
		s.pid = map[int]int64{}
	}
	s.pid[pid]++
}

// Parts of MariaDB's client protocol.
const (
	packetHead  = 4 // three bytes of length, one of the sequence
	comQuery    = 0x03
	comExecute  = 0x17
	firstAnswer = 1 // the sequence of the client's first packet
)

// conversation reads one connection's bytes, from its first on.
type conversation struct {
	s   *Statements
	pid int
	buf []byte
}

func (c *conversation) read(b []byte) {
	c.buf = append(c.buf, b...)
	for len(c.buf) >= packetHead {
		n := int(c.buf[0]) | int(c.buf[1])<<8 | int(c.buf[2])<<16
		if len(c.buf) < packetHead+n {
			return
		}
		c.packet(c.buf[3], c.buf[packetHead:packetHead+n])
		c.buf = c.buf[packetHead+n:]
	}
}

func (c *conversation) packet(sequence byte, payload []byte) {
	switch {
	case sequence == firstAnswer && c.pid == 0:
		c.pid = pidOf(payload)
	case sequence != 0 || len(payload) == 0:
	case payload[0] == comExecute, payload[0] == comQuery && isStatement(payload[1:]):
		c.s.count(c.pid)
	}
}

// pidOf is the process that the driver names among its attributes.
func pidOf(handshake []byte) int {
	_, rest, ok := bytes.Cut(handshake, []byte("\x04_pid"))
	if !ok || len(rest) == 0 || len(rest) < 1+int(rest[0]) {
		return 0
	}
	pid, _ := strconv.Atoi(string(rest[1 : 1+int(rest[0])]))
	return pid
}

func isStatement(query []byte) bool {
	query = bytes.TrimLeft(query, " \t\r\n(")
	word, _, _ := bytes.Cut(query[:min(len(query), 16)], []byte(" "))
	switch string(bytes.ToUpper(word)) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE":
		return true
	}
	return false
}
