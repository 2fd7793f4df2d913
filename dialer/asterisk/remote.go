package asterisk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"trunkline/ami"
	"trunkline/dialer"
)

// Servers lists the telephony servers and how to reach them.
type Servers interface {
	Telephony(ctx context.Context) ([]dialer.Server, error)
}

// Remote is the web role's hand on every telephony server: it rings agents'
// phones, hangs up, and hands listen an intent. One server that does not
// answer does not hold up the others.
type Remote struct {
	servers Servers
	wake    func()
	log     *slog.Logger

	mu      sync.Mutex
	clients map[dialer.ServerID]*remoteServer
}

type remoteServer struct {
	server dialer.Server
	ami    *ami.Client
	stop   context.CancelFunc
}

// NewRemote makes a Remote. wake is called when a listen says that it wrote
// events; it must not block.
func NewRemote(servers Servers, wake func(), log *slog.Logger) *Remote {
	return &Remote{servers: servers, wake: wake, log: log, clients: map[dialer.ServerID]*remoteServer{}}
}

// Timing of the web role's commands.
const (
	serversEvery = 2 * time.Second
	commandLimit = 2 * time.Second  // an agent waits for the answer
	ringFor      = 20 * time.Second // an agent's own phone
)

// Run keeps a connection to each telephony server until ctx ends.
func (r *Remote) Run(ctx context.Context) error {
	tick := time.NewTicker(serversEvery)
	defer tick.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		err := r.step(ctx, &running)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("reading the telephony servers", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *Remote) step(ctx context.Context, running *sync.WaitGroup) error {
	servers, err := r.servers.Telephony(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[dialer.ServerID]bool{}
	for _, s := range servers {
		seen[s.ID] = true
		old := r.clients[s.ID]
		if old != nil && sameAccess(old.server, s) {
			continue
		}
		if old != nil {
			old.stop()
		}
		c := ami.New(ami.Config{
			Addr: s.AMIAddr, User: s.AMIUser, Secret: s.AMISecret,
			EventMask: "user", ActionTimeout: commandLimit,
			OnEvent: func(e ami.Event) {
				if e.Name == "UserEvent" && e.Get("UserEvent") == eventWake {
					r.wake()
				}
			},
			Log: r.log.With("server", s.Name),
		})
		run, stop := context.WithCancel(ctx)
		running.Go(func() { _ = c.Run(run) })
		r.clients[s.ID] = &remoteServer{s, c, stop}
	}
	for id, c := range r.clients {
		if !seen[id] {
			c.stop()
			delete(r.clients, id)
		}
	}
	return nil
}

// sameAccess tells whether a server is reached as before, whatever else is new.
func sameAccess(a, b dialer.Server) bool {
	return a.Name == b.Name && a.AMIAddr == b.AMIAddr && a.AMIUser == b.AMIUser && a.AMISecret == b.AMISecret
}

// RingAgent rings an agent's phone; answered, it is handed to the server's
// listen. leg tells the phones of one shift apart.
func (r *Remote) RingAgent(ctx context.Context, server dialer.ServerID, session dialer.SessionID, leg int64, phone dialer.Phone) error {
	return r.ring(ctx, server, session.Channel(leg), session.String(), phone)
}

// RingWatcher rings a supervisor's phone, to listen to an agent of the server.
func (r *Remote) RingWatcher(ctx context.Context, server dialer.ServerID, watch dialer.WatchID, leg int64, phone dialer.Phone) error {
	return r.ring(ctx, server, watch.Channel(leg), watch.String(), phone)
}

func (r *Remote) ring(ctx context.Context, server dialer.ServerID, channel, id string, phone dialer.Phone) error {
	return r.do(ctx, server, func(ctx context.Context, c *ami.Client) error {
		_, err := c.Originate(ctx, ringing(channel, id, phone.Login))
		return err
	})
}

// ringing rings a phone, by its endpoint's name, for an agent's shift or a
// supervisor's watch.
func ringing(channel, id, login string) ami.Originate {
	return ami.Originate{
		Channel:   "PJSIP/" + login,
		Context:   contextAgent,
		Exten:     "s",
		Priority:  1,
		Timeout:   ringFor,
		CallerID:  "Trunkline <trunkline>",
		Variables: []ami.Variable{{Name: "TL_AGENT", Value: id}},
		ChannelID: channel,
	}
}

// Hangup ends a channel on a server, whether its listen runs or not. A channel
// that is gone is as wanted, and mostly is: listen was told of the click before.
func (r *Remote) Hangup(ctx context.Context, server dialer.ServerID, channel string) error {
	err := r.do(ctx, server, func(ctx context.Context, c *ami.Client) error {
		there, err := c.HasChannel(ctx, channel)
		if err == nil && !there {
			return nil
		}
		return c.Hangup(ctx, channel, 16)
	})
	var refused *ami.ActionError
	if errors.As(err, &refused) {
		return nil // "No such channel": it has ended in between
	}
	return err
}

// Notify tells a server's listen of an intent to carry out, whose row is written.
// Lost, it costs half a second: listen looks by itself.
func (r *Remote) Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error {
	return r.do(ctx, server, func(ctx context.Context, c *ami.Client) error {
		return c.UserEvent(ctx, eventIntent, carry(intent))
	})
}

func (r *Remote) do(ctx context.Context, id dialer.ServerID, f func(context.Context, *ami.Client) error) error {
	r.mu.Lock()
	s := r.clients[id]
	r.mu.Unlock()
	if s == nil {
		return dialer.Explain(dialer.ErrUnavailable, "Your telephony server is not known here. Sign in again.")
	}
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	err := f(ctx, s.ami)
	var refused *ami.ActionError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	if !errors.Is(err, ami.ErrNotConnected) { // else the connection itself says so, once
		r.log.Warn("a telephony server does not answer", "server", s.server.Name, "err", err)
	}
	return dialer.Explain(dialer.ErrUnavailable, "The telephony server "+s.server.Name+" does not answer. Try again in a moment.")
}
