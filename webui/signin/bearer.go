package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Bearers keeps the API tokens. Of a token only the SHA-256 reaches it.
type Bearers interface {
	// Bearer is who asks with a token that works, or ErrNotFound.
	Bearer(ctx context.Context, token [32]byte, now time.Time) (facts.Bearer, error)
	TouchToken(ctx context.Context, id facts.TokenID, now time.Time, ip string) error
}

const (
	// tokenPrefix lets people, and programs that look for leaked secrets, see what
	// it is.
	tokenPrefix = "tl_"
)

// NewToken makes an API token, of 256 random bits, and its hash.
func NewToken() (token string, hash []byte) {
	var raw [32]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails; it would end the process
	token = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(token))
	return token, sum[:]
}

// SoonError is that a program asks too often: After is when to ask again.
type SoonError struct{ After time.Duration }

func (e *SoonError) Error() string {
	return fmt.Sprintf("Too many requests. Ask again in %d s.", e.Seconds())
}

// Seconds is After in whole seconds, at least 1.
func (e *SoonError) Seconds() int { return max(1, int((e.After+time.Second-1)/time.Second)) }

// Gate recognises programs by the tokens that they bear.
type Gate struct {
	tokens Bearers
	tries  Tries
	now    func() time.Time
}

// NewGate makes a gate; now is the database's clock.
func NewGate(tokens Bearers, tries Tries, now func() time.Time) *Gate {
	return &Gate{tokens: tokens, tries: tries, now: now}
}

// Recognise gives the request's context with whom its token stands for, or
// ErrNotFound, or a *SoonError. Cookies do not count: what a browser sends by
// itself is no token.
func (g *Gate) Recognise(r *http.Request) (context.Context, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, tokenPrefix) || len(token) > 100 {
		return nil, g.wrong(r)
	}
	now := g.now()
	b, err := g.tokens.Bearer(r.Context(), sha256.Sum256([]byte(token)), now)
	if errors.Is(err, dialer.ErrNotFound) {
		return nil, g.wrong(r)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up an API token: %w", err)
	}
	if err := g.take(r.Context(), what("token", fmt.Sprint(b.Token)), perToken); err != nil {
		return nil, err
	}
	if b.UsedAt == nil || now.Sub(*b.UsedAt) > touchEvery {
		if err := g.tokens.TouchToken(r.Context(), b.Token, now, IP(r)); err != nil {
			return nil, fmt.Errorf("touching an API token: %w", err)
		}
	}
	return context.WithValue(WithUser(r.Context(), b.User), tokenKey{}, b), nil
}

// wrong counts a token that does not work.
func (g *Gate) wrong(r *http.Request) error {
	if err := g.take(r.Context(), what("wrong tokens", from(IP(r))), wrongTokens); err != nil {
		return err
	}
	return dialer.ErrNotFound
}

// take takes a try, or gives a *SoonError.
func (g *Gate) take(ctx context.Context, what [32]byte, l facts.Limit) error {
	wait, err := g.tries.Take(ctx, what, l)
	if err != nil {
		return fmt.Errorf("counting an API token's requests: %w", err)
	}
	if wait > 0 {
		return &SoonError{wait}
	}
	return nil
}

type tokenKey struct{}

// BearerOf is whose token the request bears; the zero Bearer where a browser asks.
func BearerOf(ctx context.Context) facts.Bearer {
	b, _ := ctx.Value(tokenKey{}).(facts.Bearer)
	return b
}

// TokenOf is the token that the request bears; 0: none.
func TokenOf(ctx context.Context) facts.TokenID { return BearerOf(ctx).Token }
