package bench

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// hands are agents at the web role's endpoints who lose no time: ready as soon
// as they may be, on the line for talk, and done with the call at once.
type hands struct {
	stop  context.CancelFunc
	leave chan struct{}
	all   sync.WaitGroup
}

func sit(ctx context.Context, base string, campaign dialer.CampaignID, agents []demo.Credentials, talk time.Duration, log *slog.Logger) *hands {
	ctx, stop := context.WithCancel(ctx)
	h := &hands{stop: stop, leave: make(chan struct{})}
	door := make(chan struct{}, 4) // a password costs much by design: all at once they would keep each other out
	for _, who := range agents {
		h.all.Go(func() {
			a := &hand{desk: demo.NewDesk(base), talk: talk, leave: h.leave, log: log.With("agent", who.User)}
			door <- struct{}{}
			err := a.desk.Login(ctx, who.User, who.Password, campaign)
			<-door
			if err == nil {
				err = a.work(ctx)
			}
			if err != nil && ctx.Err() == nil {
				log.Warn("a hand has left", "agent", who.User, "err", err)
			}
		})
	}
	return h
}

// go home: everybody logs out, or is logged out by the end of the page.
func (h *hands) home() {
	close(h.leave)
	gone := make(chan struct{})
	go func() {
		h.all.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(15 * time.Second):
	}
	h.stop()
	<-gone
}

type hand struct {
	desk  *demo.Desk
	talk  time.Duration
	leave chan struct{}
	log   *slog.Logger
	snap  demo.Snapshot
	until time.Time // of the call at hand
	call  string
	done  string    // the last click, with its call
	again time.Time // it is not made again before: a screen may change for other reasons
}

func (h *hand) work(ctx context.Context) error {
	screen, ended := make(chan demo.Snapshot), make(chan error, 1)
	go func() {
		ended <- h.desk.Watch(ctx, func(s demo.Snapshot) {
			select {
			case screen <- s:
			case <-ctx.Done():
			}
		})
	}()
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case h.snap = <-screen:
			if h.snap.State == dialer.AgentOut {
				return nil
			}
		case <-look.C:
		}
		look.Reset(h.act(ctx, time.Now()))
	}
}

// act does what is due and says when to look again.
func (h *hand) act(ctx context.Context, now time.Time) time.Duration {
	leaving := false
	select {
	case <-h.leave:
		leaving = true
	default:
	}
	what, form, patience := "", url.Values{}, time.Second // the screen answers before that
	if c := h.snap.Call; c != nil {
		form.Set("call", c.ID)
		if c.ID != h.call {
			h.call, h.until = c.ID, now.Add(h.talk)
		}
	}
	switch h.snap.State {
	case dialer.AgentConnecting:
		if !h.snap.Phone.Connected {
			what, patience = "connect", 5*time.Second
		}
	case dialer.AgentPaused:
		what = "ready"
		if leaving {
			what = "logout"
		}
	case dialer.AgentReady:
		if leaving {
			what = "logout"
		}
	case dialer.AgentInCall:
		if wait := h.until.Sub(now); wait > 0 {
			return wait
		}
		what = "hangup"
	case dialer.AgentWrapUp:
		what = "dispose"
		form.Set("status", "NI")
		form.Set("then", "ready")
	}
	if what == "" {
		return 200 * time.Millisecond
	}
	click := what + form.Get("call")
	if wait := h.again.Sub(now); click == h.done && wait > 0 {
		return wait
	}
	err := h.desk.Do(ctx, what, form)
	if err != nil && ctx.Err() == nil {
		h.log.Warn("a click failed", "click", what, "err", err)
	}
	h.done, h.again = click, now.Add(patience)
	return patience
}
