package rig

import "testing"

// TestStatements reads a conversation in pieces of every size.
func TestStatements(t *testing.T) {
	packet := func(sequence byte, payload string) []byte {
		n := len(payload)
		return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), sequence}, payload...)
	}
	var all []byte
	for _, p := range [][]byte{
		packet(1, "capabilities and a name\x04_pid\x041234\x05_more"), packet(3, "SELECT is part of the password"),
		packet(0, "\x03SELECT 1"), packet(0, "\x03START TRANSACTION"), packet(0, "\x03\n insert INTO x VALUES (1)"), packet(0, "\x03COMMIT"),
		packet(0, "\x17 a prepared one"), packet(0, "\x0e"), packet(0, "\x03UPDATE x\nSET y = 1"), packet(0, "\x03SET NAMES utf8"), packet(0, ""),
	} {
		all = append(all, p...)
	}
	for size := 1; size <= len(all); size++ {
		s := new(Statements)
		c := &conversation{s: s}
		for rest := all; len(rest) > 0; {
			n := min(size, len(rest))
			c.read(rest[:n])
			rest = rest[n:]
		}
		if got, kinds := s.Of(1234), s.Kinds(1234); got != 4 || kinds["INSERT x"] != 1 || kinds["UPDATE x"] != 1 || kinds["SELECT"] != 1 {
			t.Fatalf("in pieces of %d: %d statements", size, got)
		}
	}
	if pidOf([]byte("\x04_pid\xff12")) != 0 || pidOf([]byte("\x04_pid")) != 0 {
		t.Error("a torn attribute is a process")
	}
}
