package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"trunkline/ami"
	"trunkline/ami/ari"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/rig"
)

// cost is what Asterisk pays for a call with its agent, in percent of a core.
type cost struct {
	Name   string    `json:"name"`
	Rounds []float64 `json:"core_percent_per_call"`
	Mean   float64   `json:"mean"`
	Packet float64   `json:"least_packets_per_second"` // that reached a sampled leg, a customer's or an agent's
	Heard  float64   `json:"mean_packets_per_second"`  // the same on average; 50 is all, and for 50 the cost is given
}

// How the cost is measured.
const (
	costCalls  = 40
	costRounds = 3
	costFor    = 8 * time.Second
	flowing    = 50 // packets of a leg, a second's, by which its call is settled
	costApp    = "cost"
)

var ways = []struct {
	name         string
	conf, record bool
}{
	{"ARI bridge, as ours", false, false},
	{"ConfBridge", true, false},
	{"ARI bridge + MixMonitor, as ours", false, true},
	{"ConfBridge + MixMonitor", true, true},
}

// costs holds calls up in each way, round by round, so that what else the
// machine does falls on all alike.
func costs(ctx context.Context, r *rig.Rig) ([]cost, error) {
	err := loadConfBridge(ctx, r)
	if err != nil {
		return nil, err
	}
	in := r.PBX().Instance
	running, over := context.WithCancel(ctx)
	client := ami.New(ami.Config{Addr: in.AMI(), User: asteriskconf.UserListen, Secret: in.Secrets.Listen, EventMask: "off", Log: r.Log})
	stream, err := ari.NewDialer(ari.DialConfig{URL: in.ARI(), StreamConfig: ari.StreamConfig{
		App: costApp, User: asteriskconf.UserARI, Password: in.Secrets.ARI, Log: r.Log,
		Handler: ari.Handler{OnEvent: func(e ari.Event) {
			if e.Type == "StasisStart" && len(e.Args) > 0 {
				go func() { _ = r.ARI.AddChannel(running, e.Args[0], ari.AddOptions{}, e.ChannelID) }()
			}
		}},
	}})
	if err != nil {
		over()
		return nil, err
	}
	var clients sync.WaitGroup
	defer clients.Wait()
	defer over()
	clients.Go(func() { _ = client.Run(running) })
	clients.Go(func() { _ = stream.Run(running) })
	err = client.Wait(ctx)
	if err == nil {
		err = stream.WaitLive(ctx)
	}
	if err != nil {
		return nil, err
	}
	all := make([]cost, len(ways))
	for i, w := range ways {
		all[i] = cost{Name: w.name, Packet: 1e9}
	}
	idle, err := idleCPU(ctx, r)
	if err != nil {
		return nil, err
	}
	for range costRounds {
		for i, w := range ways {
			percent, packets, heard, err := costOnce(ctx, r, client, w.conf, w.record)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			percent -= idle / costCalls
			all[i].Rounds = append(all[i].Rounds, percent)
			all[i].Mean += percent / costRounds
			all[i].Packet = min(all[i].Packet, packets)
			all[i].Heard += heard / costRounds
		}
	}
	return all, nil
}

// idleCPU is what Asterisk takes without calls, in percent of a core: no call is
// to be charged with it.
func idleCPU(ctx context.Context, r *rig.Rig) (float64, error) {
	err := r.Silent(ctx)
	if err != nil {
		return 0, err
	}
	before, err := cpuOf(r.PBX().Pid)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	select {
	case <-time.After(costFor):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	after, err := cpuOf(r.PBX().Pid)
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// loadConfBridge loads what Trunkline does not use into this Asterisk.
func loadConfBridge(ctx context.Context, r *rig.Rig) error {
	text := "[general]\n[default_user]\ntype = user\nquiet = yes\n[default_bridge]\ntype = bridge\ninternal_sample_rate = 8000\nmixing_interval = 20\n"
	err := os.WriteFile(filepath.Join(r.PBX().Instance.Dir, "etc", "confbridge.conf"), []byte(text), 0o644)
	if err != nil {
		return err
	}
	for _, module := range []string{"bridge_softmix.so", "chan_bridge_media.so", "app_confbridge.so"} {
		err = r.Command(ctx, "module load "+module)
		if err != nil {
			return err
		}
	}
	return nil
}

func costOnce(ctx context.Context, r *rig.Rig, client *ami.Client, conf, record bool) (percent, packets, mean float64, err error) {
	err = r.Silent(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	call := func(i int) string { return fmt.Sprintf("cost-c-%d", i) }
	agent := func(i int) string { return fmt.Sprintf("cost-a-%d", i) }
	for i := range costCalls {
		bridge := fmt.Sprintf("cost-b-%d", i)
		app, data := "Stasis", costApp+","+bridge
		if conf {
			app, data = "ConfBridge", bridge
		} else {
			_, err = r.ARI.CreateBridge(ctx, bridge, "mixing,dtmf_events", bridge)
			if err != nil && !ari.IsConflict(err) {
				return 0, 0, 0, err
			}
		}
		for channel, dial := range map[string]string{
			call(i):  fmt.Sprintf("PJSIP/1%d5550110@simulated", 202+i),
			agent(i): "PJSIP/phone-" + r.Logins[i%len(r.Logins)].User,
		} {
			_, err = client.Originate(ctx, ami.Originate{Channel: dial, Application: app, Data: data, Timeout: 10 * time.Second, ChannelID: channel})
			if err != nil {
				return 0, 0, 0, err
			}
		}
	}
	up, asked := 0, time.Now()
	err = r.Await(ctx, time.Minute, func() string {
		channels, err := r.ARI.Channels(ctx)
		if err != nil {
			return err.Error()
		}
		up = 0
		for _, c := range channels {
			if c.State == "Up" && strings.HasPrefix(c.ID, "cost-") {
				up++
			}
		}
		// A few that did not come up are not worth a measurement.
		if up == 2*costCalls || up > 2*costCalls*9/10 && time.Since(asked) > 15*time.Second {
			return ""
		}
		return fmt.Sprintf("%d of %d legs are up", up, 2*costCalls)
	})
	if err != nil {
		return 0, 0, 0, err
	}
	for i := range costCalls {
		if record {
			_, _ = client.MixMonitor(ctx, call(i), fmt.Sprintf("cost/%d.wav", i), "") // one that is not up has none
		}
	}
	// Legs are up before they are in their bridge, and before sound comes: what it
	// takes to get there is no part of what a call costs while it lasts.
	err = r.Await(ctx, time.Minute, func() string {
		for leg, n := range received(ctx, r, call, agent) {
			if n < flowing {
				return fmt.Sprintf("%.0f packets have come on %s", n, leg)
			}
		}
		return ""
	})
	if err != nil {
		return 0, 0, 0, err
	}
	pid := r.PBX().Pid
	before, err := cpuOf(pid)
	if err != nil {
		return 0, 0, 0, err
	}
	heard := received(ctx, r, call, agent)
	began := time.Now()
	select {
	case <-time.After(costFor):
	case <-ctx.Done():
		return 0, 0, 0, ctx.Err()
	}
	after, err := cpuOf(pid)
	took := time.Since(began).Seconds()
	packets = 1e9
	now := received(ctx, r, call, agent)
	for leg, n := range now {
		rate := (n - heard[leg]) / took
		packets = min(packets, rate)
		mean += rate / float64(len(now))
	}
	// Of sound that a busy machine did not deliver nothing was carried.
	delivered := mean / 50
	channels, listErr := r.ARI.Channels(ctx)
	for _, c := range channels {
		_ = r.ARI.Hangup(ctx, c.ID, 16)
	}
	for i := range costCalls {
		_ = r.ARI.DeleteBridge(ctx, fmt.Sprintf("cost-b-%d", i))
	}
	if err == nil {
		err = listErr
	}
	if err == nil && delivered < 0.8 {
		err = fmt.Errorf("only %.0f %% of the sound was delivered: the machine is too busy to measure", 100*delivered)
	}
	return 100 * (after - before).Seconds() / took / (float64(up) / 2) / max(delivered, 0.01), packets, mean, err
}

// received is how many packets have reached Asterisk on each of a few legs, those
// that did not come up left out.
func received(ctx context.Context, r *rig.Rig, legs ...func(int) string) map[string]float64 {
	all := map[string]float64{}
	for i := 0; i < costCalls; i += 8 {
		for _, leg := range legs {
			text, err := r.ARI.Variable(ctx, leg(i), "CHANNEL(rtcp,rxcount)")
			if err == nil {
				all[leg(i)], _ = strconv.ParseFloat(text, 64)
			}
		}
	}
	return all
}
