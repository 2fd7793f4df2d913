package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"trunkline/ami"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/dialer/asterisk"
	"trunkline/dialer/autodial"
	"trunkline/sql/mariadb"
)

// originates is how fast calls can be placed. AMI's answer to an originate says
// only that Asterisk has noted it down: a call is placed when its INVITE is at
// the carrier.
type originates struct {
	Calls    int     `json:"calls"`
	Ours     float64 `json:"per_second"` // INVITEs at the carrier, from the claim of the first lead to the last INVITE
	Bare     float64 `json:"bare_per_second"`
	Ratio    float64 `json:"ratio"`
	Taken    float64 `json:"taken_per_second"` // by AMI
	BareTook float64 `json:"bare_taken_per_second"`
}

// How originates are measured: so many calls as fast as can be, so often.
const (
	burst        = 300
	burstsRounds = 6
)

// originateRate places calls as fast as it goes: by a bare loop of AMI
// originates, and by autodial, which also claims the leads, asks the rules and
// commits the calls. It leaves calls in the books that nobody ends: it comes
// last.
func originateRate(ctx context.Context, r *rig.Rig) (originates, error) {
	in := r.PBX().Instance
	o := originates{Calls: burst * burstsRounds}
	client := ami.New(ami.Config{Addr: in.AMI(), User: asteriskconf.UserListen, Secret: in.Secrets.Listen, EventMask: "off", Log: r.Log})
	running, over := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer over()
	clients.Go(func() { _ = client.Run(running) })
	err := client.Wait(ctx)
	if err != nil {
		return o, err
	}
	err = mariadb.NewRig(r.DB).SetLimits(ctx, r.Server.ID, 10_000, 9_000)
	if err != nil {
		return o, err
	}
	var ours, bare, taken, bareTook time.Duration
	ids := dialer.NewIDs(r.Server.ID)
	pbx := asterisk.NewPBX(client, r.ARI, r.Log)
	for range burstsRounds {
		for _, one := range []struct {
			place       func() error
			took, asked *time.Duration
		}{
			{func() error { return bareBurst(ctx, pbx, ids, r) }, &bare, &bareTook},
			{func() error { return ourBurst(ctx, r, pbx, ids) }, &ours, &taken},
		} {
			err = r.Silent(ctx)
			if err == nil {
				err = stock(ctx, r)
			}
			if err != nil {
				return o, err
			}
			before, err := r.Carrier.Ledger()
			if err != nil {
				return o, err
			}
			began := time.Now()
			err = one.place()
			if err != nil {
				return o, err
			}
			*one.asked += time.Since(began)
			last, n, err := invites(ctx, r, len(before))
			if err != nil {
				return o, err
			}
			*one.took += last.Sub(began) * burst / time.Duration(n)
		}
	}
	n := float64(o.Calls)
	o.Ours, o.Bare = n/ours.Seconds(), n/bare.Seconds()
	o.Taken, o.BareTook = n/taken.Seconds(), n/bareTook.Seconds()
	o.Ratio = o.Ours / o.Bare
	return o, r.Dial(ctx, false)
}

// invites waits until all is quiet again, and tells how many INVITEs the carrier
// has had beyond those before, and when the last one came. An Asterisk that is
// overrun refuses a few before its dialplan sees them.
func invites(ctx context.Context, r *rig.Rig, before int) (last time.Time, n int, err error) {
	err = r.Silent(ctx)
	if err != nil {
		return last, 0, err
	}
	all, err := r.Carrier.Ledger()
	if err != nil {
		return last, 0, err
	}
	n = len(all) - before
	if n < burst*9/10 {
		return last, n, fmt.Errorf("%d INVITEs of %d reached the carrier", n, burst)
	}
	return all[len(all)-1].Invited, n, nil
}

// bareBurst sends what autodial would, one after the other: the same originate,
// and nothing around it.
func bareBurst(ctx context.Context, pbx *asterisk.PBX, ids *dialer.IDs, r *rig.Rig) error {
	carrier := dialer.Carrier{Name: "simulated"}
	for _, number := range numbers()[:burst] {
		err := pbx.Originate(ctx, dialer.Origin{
			Call: dialer.CallID(ids.Next(time.Now())), E164: "+" + number, Carrier: carrier, CallerID: r.Campaign.CallerID,
			Timeout: time.Duration(r.Campaign.DialTimeout) * time.Second,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stock fills the hopper. Nobody is at a desk: what dials is ours here.
func stock(ctx context.Context, r *rig.Rig) error {
	err := r.Store.Reset(ctx, r.List)
	if err == nil {
		err = r.Dial(ctx, true)
	}
	if err != nil {
		return err
	}
	return r.Await(ctx, time.Minute, func() string {
		s, err := r.Store.Status(ctx, r.Campaign.ID, r.Began)
		if err != nil {
			return err.Error()
		}
		if s.Hopper < burst {
			return fmt.Sprintf("the hopper has %d leads", s.Hopper)
		}
		return ""
	})
}

// ourBurst is autodial's, with more agents to dial for than it can.
func ourBurst(ctx context.Context, r *rig.Rig, pbx *asterisk.PBX, ids *dialer.IDs) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	placer := &placer{PBX: pbx, enough: enough, changed: make(chan struct{})}
	dial := autodial.New(autodial.Config{
		Server: r.Server.ID, Hopper: mariadb.NewHopperStore(r.DB), Books: mariadb.NewCalls(r.DB),
		Floor: placer, Originator: placer, IDs: ids, Clock: new(dialer.Clock), Log: r.Log,
	})
	late := time.AfterFunc(time.Minute, enough)
	defer late.Stop()
	err := dial.Run(ctx)
	if err == nil && placer.sent < burst {
		err = fmt.Errorf("autodial placed %d calls of %d", placer.sent, burst)
	}
	return err
}

// placer is a floor that wants a burst of calls.
type placer struct {
	*asterisk.PBX
	enough  context.CancelFunc
	changed chan struct{} // never
	mu      sync.Mutex
	placed  int
	sent    int
}

func (p *placer) Look(context.Context, dialer.CampaignID) (dialer.Floor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return dialer.Floor{Ready: (burst - p.placed + 5) / 6}, nil // at a level of six calls an agent
}

func (p *placer) Place(calls []dialer.Call, _ dialer.Campaign) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placed += len(calls)
}
func (p *placer) Changed() <-chan struct{} { return p.changed }
func (p *placer) Failed(dialer.CallID)     {}
func (p *placer) Doubt(dialer.CallID)      {}

// Originate counts what Asterisk has taken.
func (p *placer) Originate(ctx context.Context, o dialer.Origin) error {
	err := p.PBX.Originate(ctx, o)
	if err == nil {
		p.mu.Lock()
		p.sent++
		if p.sent == burst {
			p.enough()
		}
		p.mu.Unlock()
	}
	return err
}
