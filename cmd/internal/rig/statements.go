package rig

import (
	"bytes"
	"maps"
	"strconv"
	"strings"
	"sync"
)

// Statements counts, on the way to the database, what each process asks it: the
// server's own counters know no processes, and the roles share one account.
type Statements struct {
	mu  sync.Mutex
	pid map[int]map[string]int64
}

// Of is how many statements a process has sent: SELECT, INSERT, UPDATE, DELETE,
// and not what begins and ends transactions.
func (s *Statements) Of(pid int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(0)
	for _, of := range s.pid[pid] {
		n += of
	}
	return n
}

// Kinds is the same, by verb and first table: "UPDATE leads".
func (s *Statements) Kinds(pid int) map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.pid[pid])
}

func (s *Statements) count(pid int, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid == nil {
		s.pid = map[int]map[string]int64{}
	}
	if s.pid[pid] == nil {
		s.pid[pid] = map[string]int64{}
	}
	s.pid[pid][kind]++
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
	case payload[0] == comExecute:
		c.s.count(c.pid, "EXECUTE")
	case payload[0] == comQuery:
		if kind := kindOf(payload[1:]); kind != "" {
			c.s.count(c.pid, kind)
		}
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

// kindOf is a statement's verb and its first table; "" for what is none of ours
// to count.
func kindOf(query []byte) string {
	words := strings.Fields(strings.TrimLeft(string(query[:min(len(query), 4096)]), "( \t\r\n"))
	if len(words) == 0 {
		return ""
	}
	verb := strings.ToUpper(words[0])
	before := map[string]string{"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "REPLACE": "INTO", "UPDATE": "UPDATE"}[verb]
	if before == "" {
		return ""
	}
	for i, word := range words[:len(words)-1] {
		if strings.EqualFold(word, before) {
			return verb + " " + strings.Trim(words[i+1], "(),;")
		}
	}
	return verb
}
