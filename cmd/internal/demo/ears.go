package demo

import (
	"strings"
	"sync"
	"time"

	asteriskconf "trunkline/asterisk-conf"
)

// ears tell who is at the other end. The simulated agents have none, so they
// read in the carrier's ledger what it plays to the call.
type ears struct {
	path string

	mu     sync.Mutex
	read   time.Time
	latest map[string]string // behaviour of the last call, by number without the plus
}

// behind is the behaviour of the last call to a number; "" when unknown.
func (e *ears) behind(number string) string {
	number = strings.TrimPrefix(number, "+")
	e.mu.Lock()
	defer e.mu.Unlock()
	// The call is on the line, so its INVITE is written; but reading all at
	// each call would cost more and more.
	if b, ok := e.latest[number]; ok && time.Since(e.read) < time.Second {
		return b
	}
	entries, err := asteriskconf.ReadLedger(e.path)
	if err != nil && len(entries) == 0 {
		return ""
	}
	e.read, e.latest = time.Now(), make(map[string]string, len(entries))
	for _, entry := range entries {
		e.latest[strings.TrimPrefix(entry.Number, "+")] = entry.Behaviour
	}
	return e.latest[number]
}
