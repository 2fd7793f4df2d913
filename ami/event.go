package ami

import (
	"slices"
	"strings"

	goami "github.com/heltonmarx/goami/ami"
)

// Header is one "Name: Value" line of a message.
type Header struct {
	Name  string
	Value string
}

// Event is one message from Asterisk. Headers keep the order and the
// repetitions they had on the wire (Variable and ChanVariable repeat).
type Event struct {
	// Name is the value of the Event header; empty for a response.
	Name string
	// Session counts the logins of the client, from 1. Events still queued
	// when the connection was lost carry the number of the session before.
	Session uint64

	headers []Header
}

// NewEvent returns an event with the given name and headers, for tests of
// event handlers.
func NewEvent(name string, headers ...Header) Event {
	all := append([]Header{{Name: "Event", Value: name}}, headers...)
	return Event{Name: name, headers: all}
}

// Get returns the value of the first header of that name, ignoring case, or
// the empty string.
func (e Event) Get(name string) string {
	for _, h := range e.headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// All returns the values of every header of that name, ignoring case, in the
// order received.
func (e Event) All(name string) []string {
	var values []string
	for _, h := range e.headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// Headers returns a copy of all headers in the order received. A line without
// a colon has an empty name.
func (e Event) Headers() []Header { return slices.Clone(e.headers) }

// ActionID returns the ActionID header: that of the action which caused the
// event, or the empty string.
func (e Event) ActionID() string { return e.Get("ActionID") }

// wire renders the message the way goami's parser wants it: CRLF lines and an
// empty one at the end.
func (e Event) wire() string {
	var b strings.Builder
	for _, h := range e.headers {
		if h.Name != "" {
			b.WriteString(h.Name)
			b.WriteString(": ")
		}
		b.WriteString(h.Value)
		b.WriteString("\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

// response converts the message to goami's form, header names as sent.
func (e Event) response() goami.Response {
	r := make(goami.Response, len(e.headers))
	for _, h := range e.headers {
		if h.Name != "" {
			r[h.Name] = append(r[h.Name], h.Value)
		}
	}
	return r
}
