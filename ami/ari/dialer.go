package ari

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/coder/websocket"
)

// DialConfig configures a [Dialer].
type DialConfig struct {
	StreamConfig
	// URL is the base of the REST interface, as of [Options].
	URL string
	// SubscribeAll asks for the events of every resource of this Asterisk.
	SubscribeAll bool
	// TLS configures https.
	TLS *tls.Config
	// DialTimeout bounds connecting and the handshake; 5 s when zero.
	DialTimeout time.Duration
}

// Dialer reads an application's events over a websocket that it opens to
// Asterisk and opens again when it is lost. Events of the time between are
// lost too, and calls that are answered then find no application.
type Dialer struct {
	*stream
	url     string
	timeout time.Duration
	http    *http.Client
}

// NewDialer returns a dialer; it connects in [Dialer.Run].
func NewDialer(cfg DialConfig) (*Dialer, error) {
	u, err := url.Parse(strings.TrimRight(cfg.URL, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" {
		return nil, &ValueError{Name: "URL", Reason: "is not the http address of Asterisk's REST interface"}
	}
	if err := checkID(cfg.App); err != nil {
		return nil, err
	}
	if cfg.DialTimeout <= 0 {
		cfg.DialTimeout = 5 * time.Second
	}
	u = u.JoinPath("events")
	query := url.Values{"app": {cfg.App}}
	if cfg.SubscribeAll {
		query.Set("subscribeAll", "true")
	}
	u.RawQuery = query.Encode()
	return &Dialer{
		stream: newStream(cfg.StreamConfig), url: u.String(), timeout: cfg.DialTimeout,
		http: &http.Client{
			Transport:     &http.Transport{TLSClientConfig: cfg.TLS, DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// sayEvery is how often a wait for Asterisk that goes on is written to the log.
const sayEvery = 30 * time.Second

// awayPause bounds the wait between two looks for an Asterisk that is away: calls
// wait for it to be found again, and a refused connection costs nothing. One that
// refuses the password is not asked as often: it logs each attempt.
const awayPause = time.Second

var errDenied = errors.New("ari: the user or the password is refused")

// pauseAfter is how long to wait after a failure, when back-off says next.
func pauseAfter(err error, next time.Duration) time.Duration {
	if errors.Is(err, errDenied) {
		return next
	}
	return min(next, awayPause)
}

// Run connects, and reconnects with jittered back-off, until ctx ends, and
// then returns nil once everything received has been handed over. It returns
// [ErrReplaced] when another connection has taken the application.
func (d *Dialer) Run(ctx context.Context) error {
	finish, err := d.start()
	if err != nil {
		return err
	}
	defer finish()
	wait := &backoff.ExponentialBackOff{
		InitialInterval: 100 * time.Millisecond, Multiplier: 2,
		RandomizationFactor: 0.5, MaxInterval: 5 * time.Second,
	}
	var down, said time.Time
	for {
		lasted, err := d.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if isFatal(err) {
			d.log.Error("ARI events given up", "err", err)
			return err
		}
		if lasted > wait.MaxInterval {
			wait.Reset()
		}
		pause := pauseAfter(err, wait.NextBackOff())
		switch now := time.Now(); {
		case lasted > 0:
			down, said = now, now
			d.log.Warn("ARI events lost", "err", err, "retry_in", pause)
		case down.IsZero():
			down, said = now, now
			d.log.Warn("waiting for Asterisk's ARI", "err", err)
		case now.Sub(said) >= sayEvery:
			said = now
			d.log.Warn("waiting for Asterisk's ARI", "for", now.Sub(down).Round(time.Second), "err", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// once serves one connection and says how long it was up, zero when there was
// none.
func (d *Dialer) once(ctx context.Context) (time.Duration, error) {
	dctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth(d.cfg.User, d.cfg.Password)
	ws, answer, err := websocket.Dial(dctx, d.url, &websocket.DialOptions{
		HTTPClient: d.http, HTTPHeader: request.Header, Subprotocols: []string{"ari"},
	})
	if err != nil && answer != nil && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden) {
		return 0, fmt.Errorf("%w: %w", errDenied, err)
	}
	if err != nil {
		return 0, fmt.Errorf("ari: connecting: %w", err)
	}
	since := time.Now()
	err = d.serve(ctx, ws, false)
	return max(time.Since(since), 1), err
}
