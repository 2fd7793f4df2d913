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

// originates is how fast calls can be placed.
type originates struct {
	Calls int     `json:"calls"`
	Ours  float64 `json:"per_second"` // from claim to Asterisk's answer
	Bare  float64 `json:"bare_per_second"`
	Ratio float64 `json:"ratio"`
}

// burst is how many calls are placed as fast as can be.
const burst = 600

// originateRate places calls as fast as it goes: by a bare loop of AMI
// originates, and by autodial, which also claims the leads, asks the rules and
// commits the calls. It leaves calls in the books that nobody ends: it comes
// last.
func originateRate(ctx context.Context, r *rig.Rig) (originates, error) {
	in := r.PBX().Instance
	o := originates{Calls: burst}
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
	all := numbers()
	began := time.Now()
	for i := range burst {
		_, err := client.Originate(ctx, ami.Originate{
			Channel: "PJSIP/" + all[i] + "@simulated", Application: "Hangup", Timeout: 20 * time.Second,
			ChannelID: fmt.Sprintf("bare-o-%d", i),
		})
		if err != nil {
			return o, err
		}
	}
	o.Bare = burst / time.Since(began).Seconds()
	err = r.Silent(ctx)
	if err != nil {
		return o, err
	}
	o.Ours, err = ourRate(ctx, r, asterisk.NewPBX(client, r.ARI, r.Log))
	if err != nil {
		return o, err
	}
	o.Ratio = o.Ours / o.Bare
	return o, nil
}

// ourRate is autodial's, with more agents to dial for than it can.
func ourRate(ctx context.Context, r *rig.Rig, pbx *asterisk.PBX) (float64, error) {
	err := mariadb.NewRig(r.DB).SetLimits(ctx, r.Server.ID, 10_000, 9_000)
	if err != nil {
		return 0, err
	}
	err = r.Store.Reset(ctx, r.List)
	if err != nil {
		return 0, err
	}
	// Nobody is at a desk: what dials is ours here.
	err = r.Dial(ctx, true)
	if err != nil {
		return 0, err
	}
	err = r.Await(ctx, time.Minute, func() string {
		s, err := r.Store.Status(ctx, r.Campaign.ID, r.Began)
		if err != nil {
			return err.Error()
		}
		if s.Hopper < burst {
			return fmt.Sprintf("the hopper has %d leads", s.Hopper)
		}
		return ""
	})
	if err != nil {
		return 0, err
	}
	placer := &placer{PBX: pbx}
	dial := autodial.New(autodial.Config{
		Server: r.Server.ID, Hopper: mariadb.NewHopperStore(r.DB), Books: mariadb.NewCalls(r.DB),
		Floor: placer, Originator: placer, IDs: dialer.NewIDs(r.Server.ID), Clock: new(dialer.Clock), Log: r.Log,
	})
	began := time.Now()
	for placer.sent < burst {
		before := placer.sent
		err := dial.Step(ctx, time.Now().UTC())
		if err != nil {
			return 0, err
		}
		if placer.sent == before && time.Since(began) > time.Minute {
			return 0, fmt.Errorf("autodial placed %d calls of %d", placer.sent, burst)
		}
	}
	took := time.Since(began)
	return float64(placer.sent) / took.Seconds(), r.Dial(ctx, false)
}

// placer is a floor that always wants more calls.
type placer struct {
	*asterisk.PBX
	mu   sync.Mutex
	sent int
}

func (p *placer) Look(context.Context, dialer.CampaignID) (dialer.Floor, error) {
	return dialer.Floor{Ready: 100}, nil
}
func (p *placer) Place([]dialer.Call, dialer.Campaign) {}
func (p *placer) Failed(dialer.CallID)                 {}
func (p *placer) Doubt(dialer.CallID)                  {}
func (p *placer) Changed() <-chan struct{}             { return nil }

// Originate counts what Asterisk has taken.
func (p *placer) Originate(ctx context.Context, o dialer.Origin) error {
	err := p.PBX.Originate(ctx, o)
	if err == nil {
		p.mu.Lock()
		p.sent++
		p.mu.Unlock()
	}
	return err
}
