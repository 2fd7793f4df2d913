package demo

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"trunkline/dialer"
)

// floor is the simulated agents at work.
type floor struct {
	stop  context.CancelFunc
	leave chan struct{} // closed when everybody is to log out
	once  sync.Once
	all   sync.WaitGroup
}

// openFloor sits the agents at their desks. They work until close, or ctx ends.
func (d *demo) openFloor(ctx context.Context) *floor {
	ctx, stop := context.WithCancel(ctx)
	f := &floor{stop: stop, leave: make(chan struct{})}
	ears := &ears{path: d.carrier.Instance.LedgerFile()}
	for i := range d.Agents {
		h := &hand{
			user: handName(i), password: d.logins.password[handName(i)], campaign: campaignID, base: d.cfg.Web.PublicURL,
			leave: f.leave, log: d.log.With("agent", handName(i)),
			agent: agent{habits: habits{rand.New(rand.NewPCG(d.Seed, uint64(i)))}, ears: ears.behind},
		}
		f.all.Go(func() { h.work(ctx) })
	}
	return f
}

// close has everybody finish the call at hand and log out, and waits for it up
// to a limit.
func (f *floor) close(ctx context.Context, patience time.Duration) {
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
