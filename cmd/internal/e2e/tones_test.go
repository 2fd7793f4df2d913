package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/webui/signin"
)

// toneHand is an agent whose phone is one of the carrier's tone parties: it
// sends a tone, and what it hears is kept in ear.
type toneHand struct {
	*hand
	ear string
}

// toneHand signs in an agent whose phone behaves as suffix says.
func (c *campaign) toneHand(t *testing.T, suffix string) *toneHand {
	t.Helper()
	number := c.toneNumber(suffix)
	h := &toneHand{hand: &hand{t: t, c: c, user: "tone" + number}, ear: c.far().HeardFile(number)}
	c.hireWith(t, h.user, dialer.RoleAgent, func(id dialer.UserID) dialer.Phone {
		return dialer.Phone{
			ServerID: c.server.ID, UserID: id, Login: "phone-" + h.user, Secret: app.Secret(), Kind: dialer.PhoneStatic,
			Contact: fmt.Sprintf("sip:%s@%s:%d", number, c.carrier.Host, c.carrier.Port),
		}
	})
	h.signIn()
	return h
}

// toneNumber is a number that nobody else has, of an area that no campaign calls.
func (s *stage) toneNumber(suffix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tones++
	return fmt.Sprintf("1900555%02d%s", s.tones, suffix)
}

// hireWith makes a user with a phone, and waits until Asterisk knows the phone.
func (c *campaign) hireWith(t *testing.T, name string, role dialer.Role, phone func(dialer.UserID) dialer.Phone) {
	t.Helper()
	hash, err := signin.HashPassword(c.secret)
	if err != nil {
		t.Fatal(err)
	}
	login := ""
	_, err = mariadb.NewUsers(c.db).Add(t.Context(), dialer.User{Username: name, FullName: "Robin " + name, Role: role, PassHash: hash},
		func(id dialer.UserID) []dialer.Phone {
			p := phone(id)
			login = p.Login
			return []dialer.Phone{p}
		})
	if err == nil {
		err = c.settled(t.Context(), login)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// signIn begins the shift and follows the screen.
func (h *hand) signIn() {
	h.t.Helper()
	h.signInWith(h.c.secret)
}

// signInWith is signIn with a password of the agent's own.
func (h *hand) signInWith(password string) {
	h.t.Helper()
	h.desk = demo.NewDesk(h.c.cfg.Web.PublicURL)
	if err := h.desk.Login(h.t.Context(), h.user, password, h.c.id); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		h.watch(ctx)
	}()
	h.t.Cleanup(func() {
		cancel()
		<-over
	})
	h.until("the phone on the line", func(s demo.Snapshot) bool { return s.State == dialer.AgentPaused && s.Phone.Connected })
}

func (h *hand) watch(ctx context.Context) {
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
}
