package asterisk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/ami"
	"trunkline/ami/ari"
	"trunkline/dialer"
)

// Ear is what hears a server's events: its listen.
type Ear interface {
	Leg(dialer.LegEvent)
	Poke(context.Context) // there may be a new intent
	Click(context.Context, dialer.Intent)
	// Phone tells that a phone has registered, or is not registered any more.
	Phone(login string, registered bool, at time.Time)
	// Peer tells whether the trunk to another server leads there.
	Peer(server dialer.ServerID, up bool, at time.Time)
	Gap()                 // something may not have been told
	Live(context.Context) // what was told so far was history
	Missed()              // something may have happened that was not told
}

// Access is how to reach one Asterisk as its listen.
type Access struct {
	AMI, AMIUser, AMISecret string // host:port
	ARI, ARIUser, ARISecret string // http://…/ari

	// Outbound says that Asterisk connects to us, at EventsListen, with
	// EventsUser and EventsSecret (22.5 and later): it keeps events while
	// nobody listens. Else we connect to it.
	Outbound                 bool
	EventsListen             string
	EventsUser, EventsSecret string

	Sounds string // the folder of our own sounds, as Asterisk sees it
}

// Line is the connection of a listen to its Asterisk.
type Line struct {
	PBX    *PBX
	access Access
	ami    *ami.Client
	log    *slog.Logger
	ear    Ear
	live   atomic.Bool // the event stream is attached

	mu       sync.Mutex
	contacts map[string]string // where each phone registered last, since AMI has been there
}

// Channels counts those that Asterisk has.
func (l *Line) Channels(ctx context.Context) (int, error) {
	s, err := l.ami.CoreStatus(ctx)
	return s.Calls, err
}

// Up tells whether Asterisk takes commands and tells its events.
func (l *Line) Up() bool { return l.PBX.Reachable() && l.live.Load() }

// Dial prepares both connections; Run opens them. Attach comes between.
func Dial(a Access, log *slog.Logger) (*Line, error) {
	l := &Line{access: a, log: log}
	l.ami = ami.New(ami.Config{
		Addr: a.AMI, User: a.AMIUser, Secret: a.AMISecret, EventMask: "call,user,system", Log: log,
		OnEvent: l.amiEvent, OnConnect: l.resync,
	})
	rest, err := ari.New(ari.Options{URL: a.ARI, User: a.ARIUser, Password: a.ARISecret})
	if err != nil {
		return nil, fmt.Errorf("asterisk.ari: %w", err)
	}
	l.PBX = NewPBX(l.ami, rest, log)
	l.PBX.Sounds = a.Sounds
	return l, nil
}

// Attach says who hears the events. It comes before Run.
func (l *Line) Attach(ear Ear) { l.ear = ear }

// amiEvent takes the AMI events that matter: a hint from the web role, phones
// that register or cease to (ARI tells it only of endpoints subscribed to), and
// an originate that failed, which may be all that is ever told of a call to an
// unknown endpoint. Its Uniqueid cannot be trusted (asked twice for the same
// id, Asterisk reports the failure with that of the living call): the ActionID
// can.
func (l *Line) amiEvent(e ami.Event) {
	switch e.Name {
	case "UserEvent":
		if e.Get("UserEvent") != eventIntent {
			return
		}
		if in, ok := carried(e); ok {
			l.ear.Click(context.Background(), in)
			return
		}
		l.ear.Poke(context.Background())
	case "ContactStatus":
		if id, ok := dialer.ServerOfTrunk(e.Get("EndpointName")); ok {
			l.ear.Peer(id, e.Get("ContactStatus") != "Unreachable", time.Now())
			return
		}
		l.ear.Phone(e.Get("EndpointName"), l.registered(e), time.Now())
	case "OriginateResponse":
		if _, ours := dialer.CallOfChannel(e.ActionID()); ours && e.Get("Response") == "Failure" {
			l.ear.Leg(dialer.LegEvent{Kind: dialer.LegFailed, Channel: e.ActionID(), At: time.Now()})
		}
	}
}

// registered tells whether a phone is registered after one of its contacts has
// changed. One that registers from elsewhere, on another computer or network, has
// the new contact first, and the old one removed after it: that says nothing.
func (l *Line) registered(e ami.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	phone, contact := e.Get("EndpointName"), e.Get("URI")
	if e.Get("ContactStatus") != "Removed" {
		if l.contacts == nil {
			l.contacts = map[string]string{}
		}
		l.contacts[phone] = contact
		return true
	}
	last, known := l.contacts[phone]
	if known && last != contact {
		return true
	}
	delete(l.contacts, phone)
	return false
}

// resync lets the ear ask what there is after AMI was away: an originate that
// failed meanwhile was told to nobody.
func (l *Line) resync(context.Context, *ami.Client) error {
	l.mu.Lock()
	l.contacts = nil // it may have been missed that a phone registered elsewhere
	l.mu.Unlock()
	l.ear.Missed()
	return nil
}

// Run keeps the connections until ctx ends. It returns an error when another
// listen has taken over this Asterisk: then this one must end at once.
func (l *Line) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.ami.Run(ctx) })
	stream := ari.StreamConfig{
		App: App, User: l.access.ARIUser, Password: l.access.ARISecret, Log: l.log,
		Handler: ari.Handler{
			OnEvent: func(e ari.Event) {
				if ev, ok := leg(e); ok {
					l.ear.Leg(ev)
				}
			},
			OnLive: func(uint64) { l.attached(ctx) },
			OnDown: func(uint64, error) { l.live.Store(false) },
		},
	}
	if !l.access.Outbound {
		d, err := ari.NewDialer(ari.DialConfig{StreamConfig: stream, URL: l.access.ARI})
		if err != nil {
			return err
		}
		g.Go(func() error { return d.Run(ctx) })
		return g.Wait()
	}
	stream.User, stream.Password = l.access.EventsUser, l.access.EventsSecret
	s := ari.NewListener(stream)
	g.Go(func() error { return s.Run(ctx) })
	g.Go(func() error { return serve(ctx, l.access.EventsListen, s) })
	return g.Wait()
}

// attached prepares the application, then lets the ear ask what there is. It
// must not hold up the events behind it.
func (l *Line) attached(ctx context.Context) {
	l.PBX.unsubscribed()
	l.live.Store(true)
	l.ear.Gap()
	go func() {
		for ctx.Err() == nil {
			err := l.PBX.Attached(ctx)
			if err == nil {
				l.ear.Live(ctx)
				return
			}
			l.log.Warn("preparing the application", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
}

// serve takes Asterisk's outbound websocket. The address may still be held by
// a listen that is going; that is waited for.
func serve(ctx context.Context, addr string, h http.Handler) error {
	var ln net.Listener
	for {
		var err error
		ln, err = net.Listen("tcp", addr)
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	err := s.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
