package ari

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Application returns what an application is subscribed to; [IsNotFound] when
// no connection has registered it.
func (c *Client) Application(ctx context.Context, app string) (ApplicationData, error) {
	return get[ApplicationData](ctx, c, nil, "applications", app)
}

// Subscribe makes an application get the events of event sources such as
// "endpoint:PJSIP/carrier", "channel:ID" or "bridge:ID". Subscribed to an
// endpoint, it sees every call through it, those placed elsewhere included; a
// call that is the application's own besides gets most of its events twice.
// The subscription outlives the websocket, not a restart of Asterisk.
func (c *Client) Subscribe(ctx context.Context, app string, sources ...string) (ApplicationData, error) {
	return post[ApplicationData](ctx, c, map[string][]string{"eventSource": sources}, "applications", app, "subscription")
}

// Unsubscribe undoes Subscribe.
func (c *Client) Unsubscribe(ctx context.Context, app, source string) error {
	return c.del(ctx, url.Values{"eventSource": {source}}, "applications", app, "subscription")
}

// SetEventFilter replaces both lists of an application's filter. Without
// ChannelVarset and ChannelDialplan a call takes less than half of the
// events. The filter outlives the websocket.
func (c *Client) SetEventFilter(ctx context.Context, app string, f EventFilter) error {
	type entry struct {
		Type string `json:"type"`
	}
	list := func(names []string) []entry {
		entries := make([]entry, len(names)) // never null: an empty list clears
		for i, n := range names {
			entries[i].Type = n
		}
		return entries
	}
	body := map[string][]entry{"allowed": list(f.Allowed), "disallowed": list(f.Disallowed)}
	return c.do(ctx, request{
		method: http.MethodPut, path: []string{"applications", app, "eventFilter"}, body: body,
	}, nil)
}

// Info returns Asterisk's build, version and times. A start-up time other
// than before means that Asterisk has restarted, and every call of before is
// gone: see [StartedAt].
func (c *Client) Info(ctx context.Context) (AsteriskInfo, error) {
	return get[AsteriskInfo](ctx, c, nil, "asterisk", "info")
}

// StartedAt returns when the Asterisk that gave the info was started, to the
// millisecond.
func StartedAt(info AsteriskInfo) time.Time { return time.Time(info.StatusInfo.StartupTime) }

// Ping makes one round trip.
func (c *Client) Ping(ctx context.Context) error {
	type answer struct{ Ping string }
	pong, err := get[answer](ctx, c, nil, "asterisk", "ping")
	if err != nil {
		return err
	}
	if pong.Ping != "pong" {
		return &Error{
			Status: http.StatusOK, Method: http.MethodGet, Path: "/asterisk/ping",
			Message: "the answer is not a pong",
		}
	}
	return nil
}
