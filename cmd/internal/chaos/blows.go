package chaos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// blow is one thing that goes wrong.
type blow struct {
	name  string
	weigh int // how often, beside the others
	// strike does it, and back waits until all is as before; what back is nil
	// for comes back by itself without a moment that we could see.
	strike func(ctx context.Context, r *rig.Rig) error
	back   func(ctx context.Context, r *rig.Rig) string
	within time.Duration // it must be back
}

// blows are what this machine survives without losing anything.
func blows() []blow {
	return []blow{
		kill(app.RoleListen, 3), kill(app.RoleKeepalive, 1), killFiller(), kill(app.RoleWeb, 2),
		cut("AMI", 2, func(r *rig.Rig) *rig.Wire { return r.AMI }),
		cut("ARI requests", 1, func(r *rig.Rig) *rig.Wire { return r.REST }),
		cut("ARI events", 2, func(r *rig.Rig) *rig.Wire { return r.Events }),
		cut("MariaDB's connections", 2, func(r *rig.Rig) *rig.Wire { return r.SQL }),
		{
			name: "kill MariaDB", weigh: 1,
			strike: func(ctx context.Context, r *rig.Rig) error {
				_, err := r.Kill("mariadbd")
				if err != nil {
					return err
				}
				<-r.MariaDB().Done()
				return r.StartMariaDB(ctx)
			},
		},
	}
}

func kill(role string, weigh int) blow {
	pid := 0
	return blow{
		name: "kill " + role, weigh: weigh, within: restartLimit,
		strike: func(ctx context.Context, r *rig.Rig) error {
			var err error
			pid, err = r.Kill(role)
			if err == nil && role == app.RoleListen {
				err = r.Unlisten(ctx)
			}
			return err
		},
		back: func(ctx context.Context, r *rig.Rig) string {
			if now := r.Pid(role); now == 0 || now == pid {
				return role + " has not been started again"
			}
			if !r.AtWork(ctx, role) {
				return role + " is not at work again"
			}
			return ""
		},
	}
}

// killFiller kills hopper-fill, whose lease another has to take: it lives on for
// a while.
func killFiller() blow {
	b := kill(app.RoleHopperFill, 1)
	b.within = takeoverLimit
	killing, restarted := b.strike, b.back
	epoch := int64(0)
	b.strike = func(ctx context.Context, r *rig.Rig) error {
		var err error
		epoch, err = mariadb.NewRig(r.DB).Epoch(ctx, hopper.LeaseName)
		if err != nil && !errors.Is(err, dialer.ErrNotFound) {
			return err
		}
		return killing(ctx, r)
	}
	b.back = func(ctx context.Context, r *rig.Rig) string {
		if what := restarted(ctx, r); what != "" {
			return what
		}
		now, err := mariadb.NewRig(r.DB).Epoch(ctx, hopper.LeaseName)
		if err != nil || now <= epoch {
			return "nobody fills the hopper"
		}
		return ""
	}
	return b
}

func cut(what string, weigh int, wire func(*rig.Rig) *rig.Wire) blow {
	return blow{
		name: "cut " + what, weigh: weigh,
		strike: func(_ context.Context, r *rig.Rig) error {
			wire(r).Cut()
			return nil
		},
	}
}

// draw picks a blow by its weight.
func draw(rng *rand.Rand, all []blow) blow {
	sum := 0
	for _, b := range all {
		sum += b.weigh
	}
	n := rng.IntN(sum)
	for _, b := range all {
		n -= b.weigh
		if n < 0 {
			return b
		}
	}
	panic("unreachable")
}

// restart is how long a killed daemon was away.
type restart struct {
	what   string
	took   time.Duration
	within time.Duration // was asked for
}

// What a daemon that died may take to be at work again, and hopper-fill's
// successor, wherever it runs, to fill.
const (
	restartLimit  = 2 * time.Second
	takeoverLimit = 5 * time.Second
)

// storm deals blows until ctx ends.
func (c *chaos) storm(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	all := slices.DeleteFunc(blows(), func(b blow) bool { return !strings.Contains(b.name, c.Only) })
	if len(all) == 0 {
		return fmt.Errorf("no blow is called %q", c.Only)
	}
	every := cmp.Or(c.Every, 5*time.Second)
	for {
		// Every five seconds, and at any moment of a step of the dialing.
		wait := every*9/10 + time.Duration(rng.Int64N(int64(every/5)))
		b := draw(rng, all)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		// The last blow's end is waited for as any other's: the time may have run out meanwhile.
		err := c.deal(context.WithoutCancel(ctx), b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
}

// deal strikes once, and waits until all is back.
func (c *chaos) deal(ctx context.Context, b blow) error {
	c.striking.Lock()
	defer c.striking.Unlock()
	began := time.Now()
	c.log.Info("blow", "what", b.name)
	err := b.strike(ctx, c.rig)
	if err != nil {
		return err
	}
	c.counts[b.name]++
	if b.back == nil {
		return nil
	}
	err = c.rig.Await(ctx, 30*time.Second, func() string { return b.back(ctx, c.rig) })
	if err == nil && !c.fellSince(began.Add(-asteriskStarts)) { // else it had to wait for Asterisk
		c.restarts = append(c.restarts, restart{b.name, time.Since(began), b.within})
	}
	return err
}

// fallen is how often an Asterisk has died by itself.
func (c *chaos) fallen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.falls)
}

// asteriskStarts is how long an Asterisk that died by itself may take to be there
// again.
const asteriskStarts = 5 * time.Second

// fellSince tells whether an Asterisk has died by itself.
func (c *chaos) fellSince(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.falls, func(f fallen) bool { return f.At.After(at) })
}
