package ami

import (
	"bytes"
	"strings"
	"testing"
)

// The parser never panics, never holds more than its bounds, and what it
// gives out can be rendered and parsed again to the same.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("Event: Hangup\r\nCause: 17\r\n\r\nResponse: Success\r\nActionID: 1\r\n\r\n"))
	f.Add([]byte("no colon\n: empty\nA:b\n\n"))
	f.Add([]byte("Event: half a mess"))
	f.Add([]byte("\r\n\r\n\x00: \xff\r\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReader(bytes.NewReader(data))
		for {
			e, err := r.message()
			if err != nil {
				return
			}
			if len(e.headers) == 0 {
				t.Fatal("a message without headers")
			}
			for _, h := range e.headers {
				if strings.Contains(h.Name+h.Value, "\n") {
					t.Fatalf("a line end inside %q", h)
				}
			}
			again, err := newReader(strings.NewReader(e.wire())).message()
			if err != nil {
				t.Fatalf("%q does not parse again: %v", e.wire(), err)
			}
			if again.Name != e.Name || len(again.headers) != len(e.headers) {
				t.Fatalf("%q became %q", e.wire(), again.wire())
			}
			_ = e.response()
		}
	})
}

// Whatever is put into an action, Asterisk reads one action with that value.
func FuzzAction(f *testing.F) {
	f.Add("Wake", "Key", "value")
	f.Add("a\r\n\r\nAction: Originate", "k", "v")
	f.Add("%s", "Action", "x")
	f.Add("e", "k:", "\x00")
	f.Fuzz(func(t *testing.T, name, key, value string) {
		if checkText("", name) != nil || checkName(key) != nil || checkText("", value) != nil {
			return
		}
		message := Event{headers: []Header{
			{"Action", "UserEvent"}, {"ActionID", "1"}, {"UserEvent", name}, {key, value},
		}}.wire()
		if err := checkWire(message, "1"); err != nil {
			t.Fatalf("%q: %v", message, err)
		}
		r := newReader(strings.NewReader(message))
		e, err := r.message()
		if err != nil || len(e.headers) != 4 {
			t.Fatalf("%q was read as %v, %v", message, e, err)
		}
		if e.headers[3].Value != value {
			t.Fatalf("value %q became %q", value, e.headers[3].Value)
		}
		if _, err := r.message(); err == nil {
			t.Fatalf("%q holds a second message", message)
		}
	})
}
