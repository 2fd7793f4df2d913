package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"trunkline/dialer"
)

// roll is the table of sessions, as far as a look at it goes.
type roll struct {
	Accounts
	in      map[[32]byte]time.Time
	asked   int
	touched int
	down    error
}

func (r *roll) StillIn(_ context.Context, _ [][32]byte, _ time.Time) (map[[32]byte]time.Time, error) {
	r.asked++
	return r.in, r.down
}

func (r *roll) TouchWebSessions(_ context.Context, tokens [][32]byte, _ time.Time) error {
	r.touched += len(tokens)
	return nil
}

func browser(n byte) (*http.Request, [32]byte) {
	raw := [32]byte{n}
	r := httptest.NewRequest("GET", "/desk/events", nil)
	r.AddCookie(&http.Cookie{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(raw[:])})
	return r.WithContext(WithUser(r.Context(), dialer.User{ID: dialer.UserID(n)})), sha256.Sum256(raw[:])
}

func gone(s *Stay) bool {
	select {
	case <-s.Gone():
		return true
	default:
		return false
	}
}

func TestStreamsAreToldThatTheyAreSignedOut(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	table := &roll{in: map[[32]byte]time.Time{}}
	d := New(table, nil, func() time.Time { return now }, false)
	if err := d.Look(t.Context()); err != nil || table.asked != 0 {
		t.Errorf("nobody is there, and the database is asked (%v)", err)
	}
	ann, annToken := browser(1)
	bob, bobToken := browser(2)
	table.in[annToken], table.in[bobToken] = now, now.Add(-2*touchEvery)
	first, second, other := d.Follow(ann), d.Follow(ann), d.Follow(bob)
	if user, ok := d.Following(ann); !ok || user.ID != 1 {
		t.Errorf("an open stream does not vouch: %v %v", user, ok)
	}
	// One question for all; who was not seen for a while is noted to be there.
	if err := d.Look(t.Context()); err != nil || table.asked != 1 || table.touched != 1 || gone(first) || gone(other) {
		t.Errorf("asked %d times, touched %d, %v", table.asked, table.touched, err)
	}
	// While the database is away nobody is thrown out.
	table.down = errors.New("away")
	if err := d.Look(t.Context()); err == nil || gone(first) || gone(other) {
		t.Error("thrown out for want of a database")
	}
	table.down = nil
	delete(table.in, annToken)
	if err := d.Look(t.Context()); err != nil || !gone(first) || !gone(second) || gone(other) {
		t.Errorf("after ann was signed out: %v", err)
	}
	if _, ok := d.Following(ann); ok {
		t.Error("who was signed out is still vouched for")
	}
	first.Leave()
	second.Leave()
	other.Leave()
	if _, ok := d.Following(bob); ok {
		t.Error("a stream that has ended vouches")
	}
	if _, ok := d.Following(httptest.NewRequest("GET", "/", nil)); ok {
		t.Error("nobody is vouched for")
	}
}
