package bench

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/ami"
	"trunkline/ami/ari"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer/asterisk"
)

// sittings counts the bare clients of this process. Each has an application,
// bridges and channels of names of its own: Asterisk takes those of the one before
// down by and by, would refuse a channel whose id is still in use without anybody
// being told, and ends an application when it sees its old connection close.
var sittings atomic.Int64

// bare is the least that a program can do to bring answered calls to agents: it
// originates at a steady rate, and joins each answered call to the next free
// bridge in which an agent's phone sits. It knows no database, no states, no
// second chance: what it needs is what Asterisk and the machine need.
type bare struct {
	name  string // of its Stasis application, and in all its ids
	rest  *ari.Client
	ami   *ami.Client
	talk  time.Duration
	log   *slog.Logger
	ready sync.WaitGroup // agents' phones that are to sit down

	mu       sync.Mutex
	free     []string             // bridges
	seats    map[string]string    // agent's channel → bridge
	sat      map[string]bool      // agent's channels that have been in theirs
	answered map[string]time.Time // by call's channel
	joined   map[string]string    // call's channel → bridge
	waits    []time.Duration
	missed   int // answered with no bridge free
}

// withBare has the bare client sit down with its agents while do runs, and go
// home afterwards.
func withBare(ctx context.Context, r *rig.Rig, agents []rig.Login, do func(*bare) error) error {
	in := r.PBX().Instance
	ctx, cancel := context.WithCancel(ctx)
	b := &bare{
		name: fmt.Sprintf("bare%d", sittings.Add(1)),
		rest: r.ARI, talk: talk, log: r.Log, seats: map[string]string{}, sat: map[string]bool{},
		answered: map[string]time.Time{}, joined: map[string]string{},
		ami: ami.New(ami.Config{Addr: in.AMI(), User: asteriskconf.UserListen, Secret: in.Secrets.Listen, EventMask: "off", Log: r.Log}),
	}
	stream, err := ari.NewDialer(ari.DialConfig{URL: in.ARI(), StreamConfig: ari.StreamConfig{
		App: b.name, User: asteriskconf.UserARI, Password: in.Secrets.ARI, Log: r.Log,
		Handler: ari.Handler{OnEvent: func(e ari.Event) { b.event(ctx, e) }},
	}})
	if err != nil {
		cancel()
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { _ = b.ami.Run(ctx) })
	running.Go(func() { _ = stream.Run(ctx) })
	err = b.ami.Wait(ctx)
	if err == nil {
		err = stream.WaitLive(ctx)
	}
	if err == nil {
		_, err = b.rest.Subscribe(ctx, b.name, "endpoint:PJSIP/simulated")
	}
	if err == nil {
		err = b.rest.SetEventFilter(ctx, b.name, ari.EventFilter{Disallowed: asterisk.Unread})
	}
	if err == nil {
		err = b.seat(ctx, agents)
	}
	if err != nil {
		return err
	}
	defer b.leave(context.WithoutCancel(ctx))
	return do(b)
}

// latency is answer → bridge by Asterisk's own clock.
func (b *bare) latency() latency {
	b.mu.Lock()
	defer b.mu.Unlock()
	return summarize(b.waits)
}

// seat puts an agent's phone into each bridge.
func (b *bare) seat(ctx context.Context, agents []rig.Login) error {
	for _, a := range agents {
		bridge, channel := b.name+"-b-"+a.User, b.name+"-a-"+a.User
		_, err := b.rest.CreateBridge(ctx, bridge, "mixing,dtmf_events", bridge)
		if err != nil {
			return err
		}
		b.mu.Lock()
		b.seats[channel] = bridge
		b.mu.Unlock()
		b.ready.Add(1)
		_, err = b.ami.Originate(ctx, ami.Originate{
			Channel: "PJSIP/phone-" + a.User, Application: "Stasis", Data: b.name + ",agent", ChannelID: channel,
		})
		if err != nil {
			return err
		}
	}
	seated := make(chan struct{})
	go func() {
		b.ready.Wait()
		close(seated)
	}()
	select {
	case <-seated:
		return nil
	case <-time.After(20 * time.Second):
		return fmt.Errorf("of the bare client's agents these did not sit down: %s", strings.Join(b.missing(), ", "))
	}
}

// missing are the agents' channels that have not been in their bridge.
func (b *bare) missing() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for channel := range b.seats {
		if !b.sat[channel] {
			all = append(all, channel)
		}
	}
	slices.Sort(all)
	return all
}

func (b *bare) leave(ctx context.Context) {
	for channel, bridge := range b.seats {
		_ = b.rest.Hangup(ctx, channel, 16)
		_ = b.rest.DeleteBridge(ctx, bridge)
	}
}

func (b *bare) dial(ctx context.Context, cps float64, d time.Duration) error {
	tick := time.NewTicker(time.Duration(float64(time.Second) / cps))
	defer tick.Stop()
	numbers := numbers()
	slices.Reverse(numbers) // others than ours at the same time
	for i := 0; i < int(cps*d.Seconds()); i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		_, err := b.ami.Originate(ctx, ami.Originate{
			Channel: "PJSIP/" + numbers[i%len(numbers)] + "@simulated", Application: "Stasis", Data: b.name + ",call",
			Timeout: 20 * time.Second, ChannelID: fmt.Sprintf("%s-c-%d", b.name, i),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settle waits for the last calls, which ring for a second or two.
func (b *bare) settle(ctx context.Context) error {
	select {
	case <-time.After(4*time.Second + b.talk):
	case <-ctx.Done():
	}
	return nil
}

func (b *bare) event(ctx context.Context, e ari.Event) {
	call := strings.HasPrefix(e.ChannelID, b.name+"-c-")
	switch {
	case e.Type == "StasisStart" && !call:
		b.mu.Lock()
		bridge := b.seats[e.ChannelID]
		b.mu.Unlock()
		go func() { _ = b.rest.AddChannel(ctx, bridge, ari.AddOptions{}, e.ChannelID) }()
	case e.Type == "ChannelEnteredBridge" && !call:
		b.mu.Lock()
		first := b.seats[e.ChannelID] == e.BridgeID && !b.sat[e.ChannelID]
		if first {
			b.sat[e.ChannelID] = true
			b.free = append(b.free, e.BridgeID)
		}
		b.mu.Unlock()
		if first {
			b.ready.Done()
		}
	case !call:
	case e.Type == "ChannelStateChange" && e.ChannelState == "Up":
		b.mu.Lock()
		b.answered[e.ChannelID] = e.Time
		b.mu.Unlock()
	case e.Type == "StasisStart":
		b.take(ctx, e)
	case e.Type == "ChannelEnteredBridge":
		b.mu.Lock()
		if at, ok := b.answered[e.ChannelID]; ok {
			b.waits = append(b.waits, e.Time.Sub(at))
		}
		b.mu.Unlock()
		time.AfterFunc(b.talk, func() { _ = b.rest.Hangup(ctx, e.ChannelID, 16) })
	case e.Type == "ChannelDestroyed":
		b.mu.Lock()
		if bridge, ok := b.joined[e.ChannelID]; ok {
			b.free = append(b.free, bridge)
		}
		delete(b.joined, e.ChannelID)
		delete(b.answered, e.ChannelID)
		b.mu.Unlock()
	}
}

func (b *bare) take(ctx context.Context, e ari.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) == 0 {
		b.missed++
		go func() { _ = b.rest.Hangup(ctx, e.ChannelID, 16) }()
		return
	}
	bridge := b.free[0]
	b.free = b.free[1:]
	b.joined[e.ChannelID] = bridge
	go func() { _ = b.rest.AddChannel(ctx, bridge, ari.AddOptions{}, e.ChannelID) }()
}
