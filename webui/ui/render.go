package ui

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// small is what fits into one packet: to compress it saves nothing.
const small = 1200

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zips    = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
)

// Render renders to memory first, so that a template that fails gives an error
// page and not half of a page, and sends it compressed to who takes that.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := c.Render(r.Context(), b); err != nil {
		return fmt.Errorf("rendering: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if flashOf(r) != "" {
		unflash(w)
	}
	if b.Len() <= small || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := w.Write(b.Bytes())
		return err
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Vary", "Accept-Encoding")
	w.WriteHeader(status)
	z := zips.Get().(*gzip.Writer)
	defer zips.Put(z)
	z.Reset(w)
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	return z.Close()
}
