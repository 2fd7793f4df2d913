package ari

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// Options says where Asterisk's HTTP server is. URL, User and Password are
// needed.
type Options struct {
	// URL is the base of the interface, such as "http://127.0.0.1:8088/ari".
	URL string
	// User and Password are an account of ari.conf.
	User, Password string
	// Timeout bounds every request, from the wait for a connection to the
	// last byte of the answer; 5 s when zero. An earlier deadline of the
	// context wins.
	Timeout time.Duration
	// MaxConns bounds the connections; 16 when zero. Asterisk's sessionlimit
	// is 100 for everything that uses its HTTP server, agents' phones
	// included.
	MaxConns int
	// TLS configures https.
	TLS *tls.Config
}

// Client sends requests to one Asterisk. It is safe for concurrent use. All
// methods fail with a [*ValueError] when an argument was refused, an [*Error]
// when Asterisk refused, and otherwise with the error of the transport, in
// which case the request may or may not have been carried out.
type Client struct {
	base     string
	user     string
	password string
	timeout  time.Duration
	http     *http.Client
}

// maxBody bounds an answer: a list of ten thousand channels has about 10 MB.
const maxBody = 64 << 20

// New returns a client. No request is made.
func New(o Options) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" {
		return nil, &ValueError{Name: "URL", Reason: "is not the http address of Asterisk's REST interface"}
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 16
	}
	// No proxy from the environment: the requests carry a password.
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: o.Timeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:     o.TLS,
		TLSHandshakeTimeout: o.Timeout,
		MaxConnsPerHost:     o.MaxConns,
		MaxIdleConnsPerHost: o.MaxConns,
		// Asterisk closes a connection idle for session_keep_alive, 15 s by
		// default. Closing it first saves a POST from meeting a closed one.
		IdleConnTimeout:        10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
	return &Client{
		base: u.String(), user: o.User, password: o.Password, timeout: o.Timeout,
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close drops the idle connections. The client stays usable.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call: the segments of its path, its query and its body.
type request struct {
	method string
	path   []string
	query  url.Values
	body   any
}

func (c *Client) do(ctx context.Context, r request, out any) error {
	for _, segment := range r.path {
		if err := checkID(segment); err != nil {
			return err
		}
	}
	path := "/" + strings.Join(r.path, "/")
	for name, values := range r.query {
		for _, v := range values {
			if err := checkText(name, v); err != nil {
				return err
			}
		}
	}
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return fmt.Errorf("ari: %s %s: %w", r.method, path, err)
		}
		if err := checkJSON(b); err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	target := c.base + path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return fmt.Errorf("ari: %s %s: %w", r.method, path, err)
	}
	req.SetBasicAuth(c.user, c.password)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	var conn net.Conn
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { conn = i.Conn },
	}))
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ari: %s %s: %w", r.method, path, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusConflict && conn != nil {
		// Asterisk serves a connection by one thread, and "the id exists" stays
		// in that thread: it then answers 409 to every channel that cannot be
		// made for another reason too, where a fresh connection gets a 500.
		defer conn.Close()
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("ari: %s %s: reading the answer: %w", r.method, path, err)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return newError(res.StatusCode, r.method, path, answer)
	case len(answer) > maxBody:
		return fmt.Errorf("ari: %s %s: answer of more than %d bytes", r.method, path, maxBody)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("ari: %s %s: unreadable answer: %w", r.method, path, err)
	}
	return nil
}

// get and post decode the answer into a T.
func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodGet, path: path, query: query}, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, body any, path ...string) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodPost, path: path, body: body}, &out)
	return out, err
}

// send and del are for requests whose answer is empty.
func (c *Client) send(ctx context.Context, body any, path ...string) error {
	return c.do(ctx, request{method: http.MethodPost, path: path, body: body}, nil)
}

func (c *Client) del(ctx context.Context, query url.Values, path ...string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path, query: query}, nil)
}
