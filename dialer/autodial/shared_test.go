package autodial

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// table is where the servers of a campaign agree, without a database. Who asks first
// decides for all.
type table struct {
	Pool
	mu      sync.Mutex
	holder  string
	reports map[dialer.ServerID]Report
	shares  map[dialer.ServerID]Share
}

func (p *table) Inherit(context.Context, string, string, string, time.Duration) (int64, error) {
	return 0, nil
}

func (p *table) Hold(_ context.Context, _, holder string, _ int64, _ time.Duration) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holder == "" {
		p.holder = holder
	}
	if p.holder != holder {
		return 0, nil
	}
	return 1, nil
}

func (p *table) End(context.Context, string, string, int64) error { return nil }

func (p *table) Report(_ context.Context, r Report) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports[r.Server] = r
	return nil
}

func (p *table) Reports(_ context.Context, _ dialer.CampaignID, since time.Time) (all []Report, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(p.reports)) {
		if r := p.reports[id]; !r.At.Before(since) {
			all = append(all, r)
		}
	}
	return all, nil
}

func (p *table) Allot(_ context.Context, _ string, s Share) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shares[s.Server] = s
	return nil
}

func (p *table) Shares(context.Context, dialer.CampaignID) ([]Share, error) { return nil, nil }

func (p *table) InAir(context.Context, dialer.CampaignID) (map[dialer.ServerID]int, error) {
	return nil, nil
}

func (p *table) ShareOf(_ context.Context, _ dialer.CampaignID, id dialer.ServerID) (Share, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.shares[id]
	if !ok {
		return s, dialer.ErrNotFound
	}
	return s, nil
}

// busyLine is a server whose agents could take more calls than its limit has, and
// whose calls end as they are sent: hopper, books, floor and PBX of it.
type busyLine struct {
	Hopper
	Books
	Floor
	cps     float64
	commits []int
	sent    []time.Time
	mu      sync.Mutex
}

func (b *busyLine) Claim(_ context.Context, _ dialer.CampaignID, _ dialer.ServerID, n int, _ time.Time) (leads []dialer.Lead, err error) {
	for i := range n {
		leads = append(leads, dialer.Lead{ID: dialer.LeadID(i + 1), E164: fmt.Sprintf("+1212555%04d", 100+i), Zones: "America/New_York"})
	}
	return leads, nil
}

func (b *busyLine) Free(context.Context, dialer.CampaignID) (int, error) { return 1000, nil }

func (b *busyLine) Known(_ context.Context, _ dialer.CampaignID, e164s []string, _ time.Time) (map[string]bool, map[string]*compliance.History, error) {
	known := map[string]*compliance.History{}
	for _, e164 := range e164s {
		known[e164] = &compliance.History{}
	}
	return nil, known, nil
}

func (b *busyLine) Remove(context.Context, dialer.LeadID) error { return nil }

func (b *busyLine) Commit(_ context.Context, calls []dialer.Call) ([]dialer.LeadID, error) {
	b.commits = append(b.commits, len(calls))
	return nil, nil
}

func (b *busyLine) ActiveCampaigns(context.Context) ([]dialer.Campaign, error) {
	return []dialer.Campaign{{ID: "C1", Active: true, CarrierID: 1, DialMethod: dialer.DialRatio, DialLevel: 4, DropMillis: 2000, CallTo: 1440, CallerID: "+12125550100"}}, nil
}

func (b *busyLine) Limits(context.Context, dialer.ServerID) (Limits, error) {
	return Limits{MaxTrunks: 1000, CPS: b.cps, Carriers: map[dialer.CarrierID]dialer.Carrier{1: {Active: true}}}, nil
}

func (b *busyLine) Look(context.Context, dialer.CampaignID) (dialer.Floor, error) {
	return dialer.Floor{Ready: 50}, nil
}

func (b *busyLine) Place([]dialer.Call, dialer.Campaign) {}
func (b *busyLine) Changed() <-chan struct{}             { return nil }
func (b *busyLine) Reachable() bool                      { return true }

func (b *busyLine) Originate(ctx context.Context, _ dialer.Origin) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ctx.Err() == nil { // at the end of a process, what is committed is sent at once
		b.sent = append(b.sent, time.Now())
	}
	return nil
}

// TestServersThatShareACampaignSaveUp: a server places as many calls with one
// commit as when it works the campaign alone, reaches its limit as well, and never
// sends more in any second than the limit and half a second's worth.
func TestServersThatShareACampaignSaveUp(t *testing.T) {
	for cps, least := range map[float64]float64{1: 1, 2: 2, 10: 8} {
		for _, servers := range []int{1, 3} {
			synctest.Test(t, func(t *testing.T) {
				pool := &table{reports: map[dialer.ServerID]Report{}, shares: map[dialer.ServerID]Share{}}
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
				defer stop()
				var said strings.Builder
				log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
				var all []*busyLine
				var running sync.WaitGroup
				for i := range servers {
					id, b := dialer.ServerID(i+1), &busyLine{cps: cps}
					all = append(all, b)
					a := New(Config{
						Server: id, Hopper: b, Books: b, Floor: b, Originator: b, IDs: dialer.NewIDs(id), Clock: new(dialer.Clock), Log: log,
						Pacer: NewPacer(PacerConfig{Server: id, Pool: pool, Holder: HolderName(id, "one"), Delivered: func() (bool, []dialer.ServerID) { return true, nil }}),
					})
					running.Go(func() {
						// They do not look at the same moments.
						time.Sleep(time.Duration(i) * 70 * time.Millisecond)
						_ = a.Run(ctx)
					})
				}
				running.Wait()
				for i, b := range all {
					name := fmt.Sprintf("%g calls a second, server %d of %d", cps, i+1, servers)
					if least := 0.95 * 30 * cps; float64(len(b.sent)) < least {
						t.Errorf("%s: %d in half a minute", name, len(b.sent))
					}
					if each := float64(len(b.sent)) / float64(len(b.commits)); each < 0.95*least {
						t.Errorf("%s: %.1f with one commit, want %g", name, each, least)
					}
					worst := 0
					for first, last := 0, 0; last < len(b.sent); last++ {
						for b.sent[last].Sub(b.sent[first]) >= time.Second {
							first++
						}
						worst = max(worst, last-first+1)
					}
					if most := 1.5*cps + 1; float64(worst) > most {
						t.Errorf("%s: %d in one second", name, worst)
					}
				}
				if said.Len() > 0 {
					t.Error(said.String())
				}
			})
		}
	}
}
