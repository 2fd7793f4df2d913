package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// hand is an agent on a phone of the carrier's that answers by itself, and at
// the web role's endpoints in place of the page.
type hand struct {
	t    *testing.T
	c    *campaign
	user string
	desk *demo.Desk

	mu   sync.Mutex
	snap demo.Snapshot
	lost error // why the screen's stream ended
}

// hand signs an agent in and waits for the agent's phone.
func (c *campaign) hand(t *testing.T) *hand {
	t.Helper()
	c.mu.Lock()
	n := c.static
	c.static++
	c.mu.Unlock()
	if n >= staticAgents {
		t.Fatal("no more agents to be had")
	}
	h := &hand{t: t, c: c, user: staticName(n), desk: demo.NewDesk(c.cfg.Web.PublicURL)}
	if err := h.desk.Login(t.Context(), h.user, c.secret, c.id); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			err := h.desk.Watch(ctx, func(s demo.Snapshot) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.snap = s
			})
			if errors.Is(err, demo.ErrSignedOut) {
				h.mu.Lock()
				h.lost = err
				h.mu.Unlock()
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond): // the web role is coming back
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	h.until("the phone on the line", func(s demo.Snapshot) bool { return s.State == dialer.AgentPaused && s.Phone.Connected })
	return h
}

func (h *hand) now() (demo.Snapshot, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.snap, h.lost
}

// until waits for the screen to show something.
func (h *hand) until(what string, shown func(demo.Snapshot) bool) demo.Snapshot {
	h.t.Helper()
	var s demo.Snapshot
	h.c.until(h.t, fmt.Sprintf("%s at the desk of %s", what, h.user), func() (bool, error) {
		var err error
		s, err = h.now()
		return shown(s), err
	})
	return s
}

func (h *hand) untilState(state dialer.AgentState) demo.Snapshot {
	h.t.Helper()
	return h.until(string(state), func(s demo.Snapshot) bool { return s.State == state })
}

// click does what a control of the page does.
func (h *hand) click(what string, form url.Values) {
	h.t.Helper()
	if err := h.desk.Do(h.t.Context(), what, form); err != nil {
		h.t.Fatalf("%s of %s: %v", what, h.user, err)
	}
}

// onCall clicks a control that belongs to the call on the screen.
func (h *hand) onCall(what string, more ...string) {
	h.t.Helper()
	s, _ := h.now()
	h.click(what, values(s, more...))
}

// values is the form that a control sends: the call on the screen, and what else
// it says.
func values(s demo.Snapshot, more ...string) url.Values {
	form := url.Values{}
	if s.Call != nil {
		form.Set("call", s.Call.ID)
	}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func (h *hand) ready() {
	h.t.Helper()
	h.click("ready", nil)
	h.until("readiness", func(s demo.Snapshot) bool { return s.State != dialer.AgentPaused })
}

// dispose notes the outcome in wrap-up.
func (h *hand) dispose(status dialer.Status, then string) {
	h.t.Helper()
	h.onCall("dispose", "status", string(status), "comments", "noted by "+h.user, "then", then)
	h.until("the end of wrap-up", func(s demo.Snapshot) bool { return s.State != dialer.AgentWrapUp })
}

// logout ends the shift.
func (h *hand) logout() {
	h.t.Helper()
	h.click("logout", nil)
	h.c.until(h.t, "the end of the shift of "+h.user, func() (bool, error) {
		s, err := h.now()
		return s.State == dialer.AgentOut || err != nil, nil
	})
}

// suffix is the last two digits of the number on the screen.
func suffix(s demo.Snapshot) string {
	if s.Call == nil || len(s.Call.Number) < 2 {
		return ""
	}
	return s.Call.Number[len(s.Call.Number)-2:]
}
