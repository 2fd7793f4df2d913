package webui

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/webui/board"
	"trunkline/webui/counts"
	"trunkline/webui/page/campaigns"
	"trunkline/webui/page/desk"
	"trunkline/webui/page/join"
	"trunkline/webui/page/liveboard"
	"trunkline/webui/page/login"
	"trunkline/webui/page/reports"
	"trunkline/webui/page/watch"
	"trunkline/webui/page/whynot"
	"trunkline/webui/signin"
	"trunkline/webui/tail"
	"trunkline/webui/ui"
)

// Commander commands the telephony servers, each within a deadline; one that
// does not answer gives dialer.ErrUnavailable, a channel that is not there
// dialer.ErrNotFound.
type Commander interface {
	// RingAgent rings the agent's phone and leads it into the session's bridge.
	// leg, in milliseconds, makes the channel's id: session.Channel(leg).
	RingAgent(ctx context.Context, server dialer.ServerID, session dialer.SessionID, leg int64, phone dialer.Phone) error
	// RingWatcher rings a supervisor's phone: watch.Channel(leg).
	RingWatcher(ctx context.Context, server dialer.ServerID, watch dialer.WatchID, leg int64, phone dialer.Phone) error
	Hangup(ctx context.Context, server dialer.ServerID, channel string) error
	// Notify tells the server's listen that an intent waits for it.
	Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error
}

// Config is what the web role needs of the others.
type Config struct {
	Accounts  signin.Accounts
	Tries     signin.Tries
	SignIns   login.Shifts // begins and ends shifts
	Shifts    desk.Shifts
	Words     desk.Words
	Promises  desk.Promises
	Hours     desk.Hours
	Customers desk.Customers
	Drafts    desk.Drafts
	Campaigns campaigns.Store
	// Patience is how long a page waits for what takes long to count; 0 is
	// counts.AtOnce.
	Patience  time.Duration
	Changes   campaigns.Changes
	Watches   watch.Store
	Boards    board.Store
	Hands     liveboard.Store // supervisors' on agents' shifts
	Events    tail.Source
	Presence  tail.Presence
	Commander Commander
	Joins     join.Store
	Setup     Setup
	// Leads is what the pages about lists and leads need.
	Leads LeadSetup
	Why   whynot.Store
	// Reports gives what the reports are made of.
	Reports reports.Store
	// API is what the JSON API needs besides.
	API API
	// Ping asks whether the database answers.
	Ping func(context.Context) error
	// NextID makes the ids of sessions and intents.
	NextID func() int64
	// Now is the database's clock.
	Now func() time.Time
	// Zone is where "today" begins; nil is UTC.
	Zone *time.Location
	// Secure says that browsers come over TLS even if this process does not see
	// it, because a proxy in front ends it: cookies are for TLS only then.
	Secure  bool
	Version string
	Log     *slog.Logger
}

// UI serves the pages. Its Run must run beside.
type UI struct {
	handler http.Handler
	tail    *tail.Tail
	hub     *tail.Hub
	config  Config
	who     *signin.Reception
	boards  *board.Reader
	gate    *signin.Gate
}

// New makes the pages.
func New(c Config) *UI {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Patience == 0 {
		c.Patience = counts.AtOnce
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	u := &UI{config: c, hub: tail.NewHub(), who: signin.New(c.Accounts, c.Tries, c.Now, c.Secure), gate: signin.NewGate(c.API.Store, c.Tries, c.Now)}
	u.tail = tail.New(u.hub, c.Events, c.Presence, c.Now, c.Log)
	u.boards = board.New(c.Boards, u.hub, c.Now, func(now time.Time) time.Time { return ui.DayOf(now, c.Zone) }, c.Log)
	u.handler = u.guard(u.mux(u.routes()))
	return u
}

// ServeHTTP serves one request.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) { u.handler.ServeHTTP(w, r) }

// Run follows the events, says which agents' pages are open, and notices who has
// been signed out, until ctx ends.
func (u *UI) Run(ctx context.Context) error {
	defer u.boards.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return u.tail.Run(ctx) })
	g.Go(func() error { return u.who.Run(ctx) })
	return g.Wait()
}

// Wake makes Run look at the events at once. It never blocks.
func (u *UI) Wake() { u.tail.Wake() }
