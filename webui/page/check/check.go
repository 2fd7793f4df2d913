// Package check is the page that looks, before somebody signs in, whether a
// browser can take calls: the microphone, the way of the signals (WSS), the way
// of the voice (ICE), and how long each takes.
package check

import (
	"context"
	"net/http"
	"net/url"

	"trunkline/dialer"
	"trunkline/webui/ui"
)

// Config is what the page needs.
type Config struct {
	// Telephony are the servers that carry calls.
	Telephony func(context.Context) ([]dialer.Server, error)
}

// Handler serves the page.
type Handler struct{ Config }

// New makes the page.
func New(c Config) *Handler { return &Handler{c} }

// server is a telephony server as browsers reach it.
type server struct{ Name, URL string }

// Page serves GET /check. It needs no sign-in, so that an agent at home can look
// before the shift; it shows the addresses to which browsers' phones connect, and
// nothing else of the servers.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Telephony(r.Context())
	if err != nil {
		return err
	}
	var servers []server
	var connect []string
	for _, s := range all {
		u, err := url.Parse(s.WSURL)
		if !s.Active || err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
			continue
		}
		servers = append(servers, server{s.Name, s.WSURL})
		connect = append(connect, u.Scheme+"://"+u.Host)
	}
	w.Header().Set("Content-Security-Policy", ui.Policy(connect...))
	w.Header().Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	return ui.Render(w, r, http.StatusOK, page(ui.FrameOf(r, "Check microphone and network", "check", "check.js"), servers))
}
