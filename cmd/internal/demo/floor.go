package demo

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"trunkline/dialer"
)

// Crowd is who works on a floor, and where.
type Crowd struct {
	Base     string // the web role's address
	Campaign dialer.CampaignID
	Agents   []Credentials
	Seed     uint64          // of their habits
	Brisk    float64         // conversations are so many times shorter; 0: as long as usual
	Over     <-chan struct{} // conversations with people go on until it is closed; nil: as Brisk says
	Ledger   string          // the carrier's: in it they read who they talk to
	Log      *slog.Logger

	// Clicked hears of each click on a call, before it is made; may be nil.
	Clicked func(what, call string)
	// Shown hears of what an agent's page shows; may be nil.
	Shown func(user string, s Snapshot)
}

// Credentials are what an agent signs in with.
type Credentials struct{ User, Password string }

// Floor is simulated agents at work.
type Floor struct {
	stop  context.CancelFunc
	leave chan struct{} // closed when everybody is to log out
	once  sync.Once
	all   sync.WaitGroup
}

// OpenFloor sits the agents at their desks. They work until Close, or ctx ends.
func OpenFloor(ctx context.Context, c Crowd) *Floor {
	ctx, stop := context.WithCancel(ctx)
	f := &Floor{stop: stop, leave: make(chan struct{})}
	ears := &ears{path: c.Ledger}
	for i, who := range c.Agents {
		h := &hand{
			user: who.User, password: who.Password, campaign: c.Campaign, base: c.Base,
			leave: f.leave, log: c.Log.With("agent", who.User), clicked: c.Clicked, shown: c.Shown,
			agent: agent{habits: habits{rand.New(rand.NewPCG(c.Seed, uint64(i))), cmp.Or(c.Brisk, 1)}, ears: ears.behind, over: c.Over},
		}
		f.all.Go(func() { h.work(ctx) })
	}
	return f
}

// openFloor sits the demo's agents at their desks.
func (d *demo) openFloor(ctx context.Context) *Floor {
	c := Crowd{Base: d.cfg.Web.PublicURL, Campaign: campaignID, Seed: d.Seed, Ledger: d.carrier.Instance.LedgerFile(), Log: d.log}
	for i := range d.Agents {
		c.Agents = append(c.Agents, Credentials{handName(i), d.logins.password[handName(i)]})
	}
	return OpenFloor(ctx, c)
}

// Close has everybody finish the call at hand and log out, and waits for it up
// to a limit.
func (f *Floor) Close(ctx context.Context, patience time.Duration) {
	f.once.Do(func() { close(f.leave) })
	gone := make(chan struct{})
	go func() {
		f.all.Wait()
		close(gone)
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-gone:
	case <-limit.C:
	case <-ctx.Done():
	}
	f.stop()
	<-gone
}

// hand is one simulated agent at the browser.
type hand struct {
	user, password string
	campaign       dialer.CampaignID
	base           string
	leave          <-chan struct{}
	log            *slog.Logger
	clicked        func(what, call string)
	shown          func(user string, s Snapshot)
	agent          agent
	failing        string // what was last said to fail; said again only after it went well
}

// warn says what fails once: whoever tries again each second would fill the log.
func (h *hand) warn(what string, err error, args ...any) {
	said := what + ": " + err.Error()
	if said == h.failing {
		return
	}
	h.failing = said
	h.log.Warn(what, append(args, "err", err)...)
}

// work signs in and works until the shift has ended; a shift that ends before
// it is time to leave begins again.
func (h *hand) work(ctx context.Context) {
	for ctx.Err() == nil {
		err := h.shift(ctx)
		if err == nil || ctx.Err() != nil || h.agent.leaving {
			return
		}
		h.warn("the shift ended", err)
		select {
		case <-ctx.Done():
		case <-h.leave:
			return
		case <-time.After(time.Second):
		}
	}
}

// lookEvery is how often the hands decide: a person is no faster.
const lookEvery = 100 * time.Millisecond

func (h *hand) shift(ctx context.Context) error {
	d := NewDesk(h.base)
	err := d.Login(ctx, h.user, h.password, h.campaign)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	screen := make(chan Snapshot)
	ended := make(chan error, 1)
	go func() { ended <- h.screen(ctx, d, screen) }()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	leave := h.leave
	for {
		select {
		case err := <-ended:
			return err
		case h.agent.snap = <-screen:
			if h.shown != nil {
				h.shown(h.user, h.agent.snap)
			}
			if h.agent.snap.State == dialer.AgentOut {
				if h.agent.leaving {
					return nil
				}
				return ErrSignedOut
			}
		case <-leave:
			h.agent.leaving, leave = true, nil
		case now := <-look.C:
			h.act(ctx, d, now)
		}
	}
}

func (h *hand) act(ctx context.Context, d *Desk, now time.Time) {
	c, ok := h.agent.next(now)
	if !ok {
		return
	}
	if h.clicked != nil && c.form.Has("call") {
		h.clicked(c.what, c.form.Get("call"))
	}
	err := d.Do(ctx, c.what, c.form)
	// The screen shows what the click did a moment later: until then it is not
	// repeated, and one that failed a little longer.
	h.agent.retry = now.Add(300 * time.Millisecond)
	if err == nil {
		h.failing = ""
	} else if ctx.Err() == nil {
		h.warn("a click failed", err, "click", c.what)
		h.agent.retry = now.Add(time.Second)
		h.agent.hungUp = false
	}
}

// screen follows the stream of snapshots, and comes back when it breaks, until
// ctx ends or the session has.
func (h *hand) screen(ctx context.Context, d *Desk, screen chan<- Snapshot) error {
	broke := "" // said once, until the stream tells something again
	for {
		err := d.Watch(ctx, func(s Snapshot) {
			broke = ""
			select {
			case screen <- s:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil || errors.Is(err, ErrSignedOut) {
			return err
		}
		if err.Error() != broke {
			broke = err.Error()
			h.log.Info("the screen's stream broke; coming back", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}
