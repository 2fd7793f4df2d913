package signin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"trunkline/dialer"
)

// The second step of signing in is a code by time (RFC 6238: SHA-1, 6 digits,
// 30 s), as every authenticator app makes them. A code is good one step early or
// late, and once: the store keeps the last step that was taken.
const stepSeconds = 30

// NewSecret makes the secret of a second factor: 160 random bits in base32.
func NewSecret() string {
	b := make([]byte, 20)
	rand.Read(b) //nolint:errcheck // never fails; it would end the process
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// StepOf is the step whose code was typed, or false. Blanks in the code do not
// count.
func StepOf(secret, typed string, now time.Time) (step int64, ok bool) {
	typed = strings.Join(strings.Fields(typed), "")
	for _, off := range []int64{0, -1, 1} {
		at := now.Unix()/stepSeconds + off
		code, err := totp.GenerateCode(secret, time.Unix(at*stepSeconds, 0))
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			return at, true
		}
	}
	return 0, false
}

// SecretURI is what an authenticator app reads from a picture.
func SecretURI(username, secret string) string {
	return "otpauth://totp/" + url.PathEscape("Trunkline:"+username) + "?" + url.Values{"secret": {secret}, "issuer": {"Trunkline"}}.Encode()
}

const (
	halfCookie = "trunkline-half"
	// halfLife is how long somebody has for the second step.
	halfLife = 5 * time.Minute
)

// half is the hash under which a half session is kept: no cookie of a whole
// session hashes to it.
func half(raw []byte) [32]byte { return sha256.Sum256(append([]byte("half|"), raw...)) }

// StartHalf notes that somebody knows the password and has the second step
// before them.
func (d *Reception) StartHalf(w http.ResponseWriter, r *http.Request, user dialer.UserID) error {
	var raw [32]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails; it would end the process
	now := d.now()
	if err := d.accounts.StartWebSession(r.Context(), half(raw[:]), user, IP(r), now, now.Add(halfLife)); err != nil {
		return fmt.Errorf("starting half a session: %w", err)
	}
	c := d.cookie(r, base64.RawURLEncoding.EncodeToString(raw[:]), int(halfLife.Seconds()))
	c.Name, c.Path, c.SameSite = halfCookie, "/login", http.SameSiteStrictMode
	http.SetCookie(w, c)
	return nil
}

// Half is who has the second step before them, or ErrNotFound; ErrOften with
// them when too many codes were wrong.
func (d *Reception) Half(r *http.Request) (dialer.User, error) {
	c, err := r.Cookie(halfCookie)
	if err != nil {
		return dialer.User{}, dialer.ErrNotFound
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(raw) != 32 {
		return dialer.User{}, dialer.ErrNotFound
	}
	s, err := d.accounts.WebSession(r.Context(), half(raw), d.now())
	if err != nil {
		return dialer.User{}, fmt.Errorf("looking up half a session: %w", err)
	}
	return s.User, d.take(r.Context(), codes(s.User.ID), perUser)
}

// EndHalf forgets the half session: the second step is done.
func (d *Reception) EndHalf(w http.ResponseWriter, r *http.Request, user dialer.UserID) {
	c := d.cookie(r, "", -1)
	c.Name, c.Path = halfCookie, "/login"
	http.SetCookie(w, c)
	if old, err := r.Cookie(halfCookie); err == nil {
		if raw, err := base64.RawURLEncoding.DecodeString(old.Value); err == nil {
			_ = d.accounts.EndWebSession(r.Context(), half(raw)) // it ends by itself in minutes
		}
	}
	_ = d.tries.Forgive(r.Context(), codes(user)) // they come back by themselves in minutes
}

// codes are a user's tries at the second step, from wherever.
func codes(user dialer.UserID) [32]byte { return what("code", whom(user, "")) }

// Token is the hash of the token in the request's cookie, by which its session
// is kept; nil where there is none.
func Token(r *http.Request) []byte {
	token, ok := tokenOf(r)
	if !ok {
		return nil
	}
	return token[:]
}

// Verify tells whether a password is the user's; ErrOften as at the sign-in.
func (d *Reception) Verify(r *http.Request, username, password string) error {
	_, err := d.Check(r.Context(), r, username, password)
	return err
}
