package ami

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"
)

// Config says where and how to connect. Addr, User and Secret are needed; the
// zero value of everything else is a working default.
type Config struct {
	// Addr is host:port of Asterisk's manager, usually port 5038, or 5039
	// with TLS.
	Addr string
	// User and Secret are the manager account of manager.conf.
	User, Secret string
	// TLS, when not nil, makes the connection TLS. ServerName defaults to the
	// host of Addr.
	TLS *tls.Config
	// Dial replaces the TCP dialer, for tests or unusual transports. TLS is
	// put on top of what it returns.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	// EventMask is what to receive, as of the Events header: "on", "off" or
	// classes such as "call,user". Empty means "on" with a handler and "off"
	// without. Keep it small: a full mask is about 30 events per call.
	EventMask string
	// Filters are added by Asterisk's Filter action before the first event is
	// let through. The account needs the system write privilege for that.
	Filters []Filter

	// OnEvent gets every event in the order of the wire, one at a time, from
	// one goroutine. It may be slow and may call the client: events queue
	// without bound meanwhile, and answers are not held up.
	OnEvent func(Event)
	// OnConnect runs after every login, when actions can be sent, and before
	// [Client.Connected] turns true: the place to read Asterisk's state anew.
	// Its context ends with the session. An error ends the session, which is
	// then tried again with back-off.
	OnConnect func(ctx context.Context, c *Client) error
	// OnDisconnect runs after the end of every session that got as far as
	// OnConnect, with the reason.
	OnDisconnect func(err error)

	// Log gets one line per change of state; nil means slog.Default.
	Log *slog.Logger

	// DialTimeout bounds dialing, the TLS handshake and the banner; 5 s when
	// zero.
	DialTimeout time.Duration
	// ActionTimeout bounds every action, lists included; 5 s when zero.
	ActionTimeout time.Duration
	// PingInterval is the time between pings; 10 s when zero. A ping not
	// answered within ActionTimeout ends the session: Asterisk keeps its
	// sockets open but mute for about 16 s when it restarts.
	PingInterval time.Duration
}

// Filter is one event filter. With Criteria empty, Expr is a regular
// expression over the whole event, excluding with a leading "!". Criteria
// takes Asterisk's advanced form, such as "action(include),name(Hangup)",
// and Expr may then be empty.
type Filter struct {
	Criteria string
	Expr     string
}

// Stats counts since the start of the client.
type Stats struct {
	// Sessions is the number of logins.
	Sessions uint64
	// Events is the number of events received.
	Events uint64
	// Odd is the number of messages that were neither an event nor an answer
	// anybody waited for, that were too long, or of which only a part came. The
	// first is logged.
	Odd uint64
	// Backlog is the number of events now waiting for OnEvent.
	Backlog int
}
