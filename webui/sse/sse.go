// Package sse writes server-sent events.
package sse

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// patience is how long one write may take; a reader slower than that is cut off
// and comes back by itself.
const patience = 5 * time.Second

// Writer writes one stream.
type Writer struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// Start sends the stream's head. Each write has its own deadline from then on:
// the server's WriteTimeout would end the stream.
func Start(w http.ResponseWriter) (*Writer, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the events back
	s := &Writer{w, http.NewResponseController(w)}
	return s, s.write("retry: 1000\n\n")
}

// Event sends one event; an id of 0 and an empty name are left out.
func (s *Writer) Event(id int64, name, data string) error {
	var b strings.Builder
	if id > 0 {
		fmt.Fprintf(&b, "id: %d\n", id)
	}
	if name != "" {
		fmt.Fprintf(&b, "event: %s\n", name)
	}
	for line := range strings.Lines(data) {
		b.WriteString("data: " + strings.TrimRight(line, "\r\n") + "\n")
	}
	b.WriteString("\n")
	return s.write(b.String())
}

// Ping sends a comment, so that proxies keep the stream and a reader that has
// gone is noticed.
func (s *Writer) Ping() error { return s.write(":\n\n") }

func (s *Writer) write(text string) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(patience)); err != nil && !isUnsupported(err) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}

// isUnsupported is true for a writer without deadlines, as tests have.
func isUnsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }
