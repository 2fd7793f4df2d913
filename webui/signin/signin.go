// Package signin knows who is at the browser: passwords, the sessions behind
// the cookie, and how often somebody may try.
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
)

// Accounts keeps users and their browsers' sessions. Of a token only the SHA-256
// reaches it, so that who reads the database cannot sign in with what is there.
type Accounts interface {
	UserByName(ctx context.Context, username string) (dialer.User, error)
	// StartWebSession keeps a session and forgets those that have expired.
	StartWebSession(ctx context.Context, token [32]byte, user dialer.UserID, ip string, now, expires time.Time) error
	// WebSession is the session of a token, of an active user, not yet expired.
	WebSession(ctx context.Context, token [32]byte, now time.Time) (facts.WebSession, error)
	// TouchWebSessions notes that sessions are in use.
	TouchWebSessions(ctx context.Context, tokens [][32]byte, now time.Time) error
	// StillIn gives those of the sessions that have not ended, with when each was
	// last known to be in use.
	StillIn(ctx context.Context, tokens [][32]byte, now time.Time) (map[[32]byte]time.Time, error)
	EndWebSession(ctx context.Context, token [32]byte) error
}

const (
	cookieName = "trunkline"
	// lifetime covers a long shift; nobody is signed in for ever.
	lifetime = 16 * time.Hour
	// touchEvery keeps the session's row from being written at every request.
	touchEvery = time.Minute
)

// ErrWrong says that user and password do not match.
var ErrWrong = dialer.Explain(nil, "User and password do not match. Try again, or ask your supervisor for a new password.")

// ErrOften says that somebody has tried too often.
var ErrOften = dialer.Explain(nil, "Too many tries. Wait a minute, then try again.")

// Reception is the reception: it lets people in and recognises them.
type Reception struct {
	accounts Accounts
	now      func() time.Time
	secure   bool
	tries    Tries
	hashing  chan struct{}

	mu    sync.Mutex
	stays map[[32]byte]map[*Stay]bool
}

// New makes a reception; now is the database's clock. With secure the cookie
// travels over TLS only, whatever this process sees (a proxy may end the TLS).
func New(accounts Accounts, tries Tries, now func() time.Time, secure bool) *Reception {
	return &Reception{accounts: accounts, tries: tries, now: now, secure: secure, hashing: make(chan struct{}, 2), stays: map[[32]byte]map[*Stay]bool{}}
}

// Check returns the user whose name and password these are, or ErrWrong, or
// ErrOften.
func (d *Reception) Check(ctx context.Context, r *http.Request, username, password string) (dialer.User, error) {
	address := what("address", from(IP(r)))
	if err := d.take(ctx, address, perAddress); err != nil {
		return dialer.User{}, err
	}
	user, err := d.accounts.UserByName(ctx, username)
	if err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return dialer.User{}, fmt.Errorf("looking up the user: %w", err)
	}
	who := what("user", from(IP(r)), whom(user.ID, username))
	if err := d.take(ctx, who, perUser); err != nil {
		return dialer.User{}, err
	}
	// The database takes names for the same that differ by accents or by blanks
	// at their end: people do not.
	if user.ID == 0 || user.PassHash == "" || !strings.EqualFold(user.Username, username) {
		user = dialer.User{PassHash: nobody()} // takes as long as a real one: names cannot be guessed by time
	}
	ok, err := d.compare(ctx, password, user.PassHash)
	if err != nil {
		return dialer.User{}, err
	}
	if !ok || user.ID == 0 || !user.Active {
		return dialer.User{}, ErrWrong
	}
	if err := errors.Join(d.tries.Forgive(ctx, who), d.tries.Return(ctx, address, perAddress)); err != nil {
		return dialer.User{}, fmt.Errorf("forgiving the tries to sign in: %w", err)
	}
	return user, nil
}

// take takes a try, or gives ErrOften.
func (d *Reception) take(ctx context.Context, what [32]byte, l facts.Limit) error {
	wait, err := d.tries.Take(ctx, what, l)
	if err != nil {
		return fmt.Errorf("counting the tries to sign in: %w", err)
	}
	if wait > 0 {
		return ErrOften
	}
	return nil
}

// whom is under what name tries are counted: the user that the database finds,
// however the name was spelt, else the name itself as far as case and blanks go.
func whom(id dialer.UserID, username string) string {
	if id != 0 {
		return fmt.Sprintf("#%d", id)
	}
	return "=" + strings.ToLower(strings.TrimSpace(username))
}

// Start begins a session for the user and sets its cookie.
func (d *Reception) Start(w http.ResponseWriter, r *http.Request, user dialer.UserID) error {
	var raw [32]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails; it would end the process
	now := d.now()
	if err := d.accounts.StartWebSession(r.Context(), sha256.Sum256(raw[:]), user, IP(r), now, now.Add(lifetime)); err != nil {
		return fmt.Errorf("starting a web session: %w", err)
	}
	http.SetCookie(w, d.cookie(r, base64.RawURLEncoding.EncodeToString(raw[:]), int(lifetime.Seconds())))
	return nil
}

// End ends the request's session.
func (d *Reception) End(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, d.cookie(r, "", -1))
	token, ok := tokenOf(r)
	if !ok {
		return nil
	}
	if err := d.accounts.EndWebSession(r.Context(), token); err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("ending the web session: %w", err)
	}
	return nil
}

// Recognise returns the user of the request's session, or ErrNotFound.
func (d *Reception) Recognise(r *http.Request) (dialer.User, error) {
	token, ok := tokenOf(r)
	if !ok {
		return dialer.User{}, dialer.ErrNotFound
	}
	now := d.now()
	s, err := d.accounts.WebSession(r.Context(), token, now)
	if err != nil {
		return dialer.User{}, fmt.Errorf("looking up the web session: %w", err)
	}
	if now.Sub(s.SeenAt) > touchEvery {
		if err := d.accounts.TouchWebSessions(r.Context(), [][32]byte{token}, now); err != nil {
			return dialer.User{}, fmt.Errorf("touching the web session: %w", err)
		}
	}
	return s.User, nil
}

func (d *Reception) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure || r.TLS != nil,
	}
}

// tokenOf is the hash of the token in the request's cookie.
func tokenOf(r *http.Request) ([32]byte, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return [32]byte{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(raw) != 32 {
		return [32]byte{}, false
	}
	return sha256.Sum256(raw), true
}

// IP is the address that the request came from. Headers that claim another one
// are not believed.
func IP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type userKey struct{}

// WithUser notes who makes the request.
func WithUser(ctx context.Context, user dialer.User) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

// User is who makes the request; the zero User on a page for everybody.
func User(ctx context.Context) dialer.User {
	user, _ := ctx.Value(userKey{}).(dialer.User)
	return user
}

// By is who makes the request, for the audit log; now is the database's clock.
func By(r *http.Request, now time.Time) audit.By {
	by := audit.By{User: User(r.Context()).ID, IP: IP(r), At: now}
	if id := TokenOf(r.Context()); id != 0 {
		by.IP += fmt.Sprintf(", token %d", id)
	}
	return by
}
