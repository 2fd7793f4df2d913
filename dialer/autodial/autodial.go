// Package autodial drives one server's outbound calls: it asks pacing how many
// to place, claims that many leads from the hopper, asks compliance again,
// commits the calls and has them originated.
//
//	pacing.Decide ─▶ Hopper.Claim ─▶ compliance.Check ─▶ Books.Commit ─▶ Floor.Place ─▶ Originator.Originate
//
// A call is in the database before it is sent, and sent at most once.
package autodial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/dialer/pacing"
)

// Hopper hands out leads. A claimed lead is ours alone until it is committed,
// released or removed.
type Hopper interface {
	Claim(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, n int, now time.Time) ([]dialer.Lead, error)
	Release(ctx context.Context, leads []dialer.LeadID) error
	Remove(ctx context.Context, lead dialer.LeadID) error
	// Free counts the leads that may be claimed now, up to a few hundred.
	Free(ctx context.Context, campaign dialer.CampaignID) (int, error)
	// Known tells which of the numbers are on the system's do-not-call list or the
	// campaign's (the others are absent), and what is known of each of them.
	Known(ctx context.Context, campaign dialer.CampaignID, e164s []string, now time.Time) (dnc map[string]bool, histories map[string]*compliance.History, err error)
}

// Books is the record of calls.
type Books interface {
	// Commit writes the calls, counts them on their leads and takes the leads
	// out of the hopper, all or nothing; but for those whose number somebody has
	// called since their verdict (Call.Known): these it names, and nothing of them
	// is written. It fails with dialer.ErrConflict when a claim was lost meanwhile.
	Commit(ctx context.Context, calls []dialer.Call) (overtaken []dialer.LeadID, err error)
	ActiveCampaigns(ctx context.Context) ([]dialer.Campaign, error)
	Limits(ctx context.Context, server dialer.ServerID) (Limits, error)
}

// Limits are what a server may do now, and over which carriers.
type Limits struct {
	MaxTrunks int     // outbound channels at once
	CPS       float64 // originates a second
	Stopped   string  // why it may not dial at all; "": it may
	Carriers  map[dialer.CarrierID]dialer.Carrier
}

// Floor is the state of calls and agents: the server's listen.
type Floor interface {
	Look(ctx context.Context, campaign dialer.CampaignID) (dialer.Floor, error)
	Place(calls []dialer.Call, campaign dialer.Campaign)
	Failed(call dialer.CallID)
	// Doubt says that a placed call may not have left: the PBX is to be asked.
	Doubt(call dialer.CallID)
	// Changed rings after agents or calls have changed.
	Changed() <-chan struct{}
}

// Originator sends calls to the PBX. An error means that the call certainly
// was not placed, unless it is dialer.ErrInDoubt.
type Originator interface {
	Reachable() bool
	Originate(ctx context.Context, o dialer.Origin) error
}

// Config is what an autodial needs.
type Config struct {
	Server     dialer.ServerID
	Hopper     Hopper
	Books      Books
	Floor      Floor
	Originator Originator
	Pacer      *Pacer // nil: one without a memory
	IDs        *dialer.IDs
	Clock      *dialer.Clock
	Log        *slog.Logger
}

// Autodial places a server's calls.
type Autodial struct {
	Config
	limiter   *limiter // nil until the limits have been read
	limits    Limits
	campaigns []dialer.Campaign
	turn      int // which campaign is asked first
	stepped   time.Time
	read      time.Time
	rest      map[dialer.CampaignID]time.Time // campaigns that rest after a failure, until then
	said      map[string]time.Time            // log lines said lately
	ends      horizons
	stopped   string // why this server places no calls now; "": it may
	again     bool   // the last step left something to be done soon
	more      bool   // the last step wanted more than it could claim at once
	flying    *batch // on its way to the PBX
	stocks    map[dialer.CampaignID]stock
}

// stock is how many leads of a campaign may be claimed: as counted last, less
// those claimed since.
type stock struct {
	free    int
	counted time.Time
}

const (
	every    = 250 * time.Millisecond // changes that come within it are one
	slowest  = time.Second            // between two looks when nothing changes
	rereads  = time.Second            // settings are at most that old
	restFor  = 5 * time.Second        // a campaign rests that long after an originate was refused
	repeats  = time.Minute            // the same complaint is logged once in that time
	maxAtOne = 100                    // leads claimed in one step
	maxFirst = 20                     // the same, while the PBX has nothing to do: it waits for them
	stepMax  = 5 * time.Second        // of waiting for the database in one step

	setBackBy = time.Second // the clock was set back by more; less is what its measurement may be off
)

// New makes an autodial; Run starts it.
func New(c Config) *Autodial {
	if c.Pacer == nil {
		c.Pacer = NewPacer(PacerConfig{Server: c.Server})
	}
	return &Autodial{
		Config: c,
		rest:   map[dialer.CampaignID]time.Time{},
		ends:   horizons{},
		said:   map[string]time.Time{},

		stocks: map[dialer.CampaignID]stock{},
	}
}

// Run steps after any change, those of a quarter of a second together, and once
// a second when nothing changes, until ctx ends. Errors are logged and the next
// step tries again.
func (a *Autodial) Run(ctx context.Context) error {
	idle := time.NewTimer(0)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			a.land()
			a.handOver(ctx)
			return nil
		case <-a.Floor.Changed():
		case <-idle.C:
		}
		stepped := time.Now()
		err := a.step(ctx, a.Clock.At(stepped))
		if err != nil && ctx.Err() == nil {
			a.complain(stepped, "dialing pauses", "err", err)
		}
		pause := every - time.Since(stepped)
		switch {
		case a.more && err == nil:
			pause = 0
		case a.again && err == nil && !a.Pacer.pooled():
			pause = a.limiter.saving(a.Clock.At(time.Now()))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		a.landed()
		wait := slowest - time.Since(stepped)
		if a.again || a.more || err != nil || a.Pacer.pooled() {
			wait = 0
		}
		idle.Reset(wait)
	}
}

// handOver gives the campaigns' leases back, for other servers to go on at once.
func (a *Autodial) handOver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := a.Pacer.Release(ctx)
	if err != nil {
		a.Log.Warn("a campaign's lease could not be given back; it runs out", "err", err)
	}
}

// Step places what every active campaign should place at now, and returns when
// all is sent.
func (a *Autodial) Step(ctx context.Context, now time.Time) error {
	err := a.step(ctx, now)
	a.land()
	return err
}

// step is Step that leaves the last batch on its way.
func (a *Autodial) step(run context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(run, stepMax)
	defer cancel()
	a.again, a.more = false, false
	if a.stepped.Sub(now) > setBackBy {
		a.setBack(now)
	}
	a.stepped = now
	err := a.settings(ctx, now)
	if err != nil {
		return err
	}
	a.stopped = a.limits.Stopped
	if a.stopped == "" && !a.Originator.Reachable() {
		a.stopped = "Asterisk does not answer"
	}
	if a.stopped != "" {
		a.complain(now, "this server does not dial: "+a.stopped)
		if !a.Pacer.crosses() {
			return nil
		}
		// Its agents get what others dial, who must know of them.
	}
	var failed error
	// Each is the first in its turn: where the server's calls a second bind, who is
	// first may take them all, and the others' agents would wait for ever.
	a.turn++
	for i := range a.campaigns {
		c := a.campaigns[(a.turn+i)%len(a.campaigns)]
		if now.Before(a.rest[c.ID]) {
			continue
		}
		b, err := a.campaign(ctx, c, now)
		if b != nil {
			a.land()
			a.launch(run, b)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("campaign %s: %w", c.ID, err))
		}
	}
	return failed
}

// setBack forgets every moment that was noted by a clock that was set back since:
// they are still to come, and what was to be done a second after them would wait
// for as long as the clock went back.
func (a *Autodial) setBack(now time.Time) {
	a.Log.Warn("the database's clock was set back", "by", a.stepped.Sub(now).Round(time.Millisecond))
	a.read = time.Time{}
	clear(a.rest)
	clear(a.said)
	clear(a.stocks)
	a.Pacer.setBack(now)
}

func (a *Autodial) settings(ctx context.Context, now time.Time) error {
	if now.Sub(a.read) < rereads {
		return nil
	}
	limits, err := a.Books.Limits(ctx, a.Server)
	if err != nil {
		return fmt.Errorf("reading the server's limits and carriers: %w", err)
	}
	campaigns, err := a.Books.ActiveCampaigns(ctx)
	if err != nil {
		return fmt.Errorf("reading the active campaigns: %w", err)
	}
	a.limits, a.campaigns, a.read = limits, campaigns, now
	if a.limiter == nil {
		a.limiter = newLimiter(limits.CPS)
	}
	a.limiter.set(now, limits.CPS)
	return nil
}

// campaign prepares what a campaign should place at now: calls that are in the
// books and that the floor knows of. nil: none.
func (a *Autodial) campaign(ctx context.Context, c dialer.Campaign, now time.Time) (*batch, error) {
	judged := time.Now()
	floor, err := a.Floor.Look(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	channels := a.limits.MaxTrunks - floor.Live
	if a.stopped != "" {
		channels = 0
	}
	d, err := a.Pacer.decide(ctx, c, Report{
		Campaign: c.ID, Server: a.Server, At: now, Floor: floor,
		Channels: channels, CPSLeft: a.limiter.TokensAt(now), CPS: float64(a.limiter.Limit()), Burst: a.limiter.Burst(),
		Horizon: a.ends.of(c.ID, now),
	}, func(ctx context.Context, id dialer.CampaignID) (int, error) { return a.free(ctx, id, now) })
	a.again = a.again || d.Bound == pacing.BoundCPS
	if err != nil {
		a.complain(now, "pacing goes on without its memory", "campaign", c.ID, "err", err)
	}
	if d.Place == 0 {
		return nil, nil
	}
	// What is prepared while the PBX has work may take about as long as that does.
	most := maxFirst
	if a.flying != nil {
		most = min(maxAtOne, max(maxFirst, 2*len(a.flying.calls)))
	}
	carrier, ok := a.limits.Carriers[c.CarrierID]
	if !ok || !carrier.Active {
		a.complain(now, "a campaign's carrier is not active", "campaign", c.ID)
		return nil, nil
	}
	leads, err := a.Hopper.Claim(ctx, c.ID, a.Server, min(d.Place, most), now)
	if err != nil {
		return nil, fmt.Errorf("claiming leads: %w", err)
	}
	a.claimed(c.ID, len(leads))
	a.more = a.more || d.Place > most && len(leads) == most
	calls, until, err := a.comply(ctx, c, leads, now)
	if err != nil {
		return nil, errors.Join(err, a.release(ctx, leads))
	}
	if len(calls) == 0 {
		return nil, nil
	}
	overtaken, err := a.Books.Commit(ctx, calls)
	if err != nil {
		if !errors.Is(err, dialer.ErrConflict) {
			// The answer may be what was lost, and not the commit: then the calls
			// are in the books, will never be sent, and somebody has to say so.
			a.Floor.Place(calls, c)
			for _, call := range calls {
				a.Floor.Doubt(call.ID)
			}
		}
		return nil, errors.Join(fmt.Errorf("committing %d calls: %w", len(calls), err), a.release(ctx, leads))
	}
	if len(overtaken) > 0 {
		// They are judged again, with the call that came before theirs.
		a.Log.Info("numbers were called by somebody else just now", "campaign", c.ID, "leads", overtaken)
		calls = slices.DeleteFunc(calls, func(call dialer.Call) bool { return slices.Contains(overtaken, call.LeadID) })
		if err := a.Hopper.Release(ctx, overtaken); err != nil {
			a.complain(now, "leads could not be given back; their claims run out", "campaign", c.ID, "err", err)
		}
		if len(calls) == 0 {
			return nil, nil
		}
	}
	due := a.limiter.take(now, len(calls))
	a.Floor.Place(calls, c)
	a.Log.Debug("placing", "campaign", c.ID, "why", d.Reason)
	return &batch{campaign: c, carrier: carrier, calls: calls, at: now, judged: judged, until: until, due: due, gap: a.limiter.gap()}, nil
}

// free is how many leads of a campaign may be claimed. It is counted once a
// second, and at each step where it may be what bounds the next decision.
func (a *Autodial) free(ctx context.Context, id dialer.CampaignID, now time.Time) (int, error) {
	h, known := a.stocks[id]
	if known && h.free > 2*maxAtOne && now.Sub(h.counted) < rereads {
		return h.free, nil
	}
	n, err := a.Hopper.Free(ctx, id)
	if err == nil {
		a.stocks[id] = stock{n, now}
	}
	return n, err
}

// claimed takes leads out of what was counted.
func (a *Autodial) claimed(id dialer.CampaignID, n int) {
	h := a.stocks[id]
	h.free -= n
	a.stocks[id] = h
}

// release gives claimed leads back at once; a claim that cannot be given back
// falls back by its age.
func (a *Autodial) release(ctx context.Context, leads []dialer.Lead) error {
	ids := make([]dialer.LeadID, len(leads))
	for i, l := range leads {
		ids[i] = l.ID
	}
	return a.Hopper.Release(ctx, ids)
}

// comply asks the rules again at the moment of dialing: a lead may have sat in
// the hopper while its window closed or its number went on the DNC. until is when
// the answer may change, of each call for which it may by time.
func (a *Autodial) comply(ctx context.Context, c dialer.Campaign, leads []dialer.Lead, now time.Time) (calls []dialer.Call, until map[dialer.CallID]time.Time, err error) {
	if len(leads) == 0 {
		return nil, nil, nil
	}
	numbers := make([]string, len(leads))
	for i, l := range leads {
		numbers[i] = l.E164
	}
	dnc, histories, err := a.Hopper.Known(ctx, c.ID, numbers, now)
	if err != nil {
		return nil, nil, fmt.Errorf("asking the DNC and what is known of the numbers: %w", err)
	}
	calls, until = make([]dialer.Call, 0, len(leads)), map[dialer.CallID]time.Time{}
	for _, l := range leads {
		q := compliance.Ask(l, c, dnc[l.E164], histories[l.E164], now)
		v := checkUntilSent(q)
		if !v.Allowed {
			a.Log.Info("not dialed", "lead", l.ID, "rule", v.Rule, "why", v.Reason)
			err := a.Hopper.Remove(ctx, l.ID)
			if err != nil {
				return nil, nil, fmt.Errorf("taking lead %d out of the hopper: %w", l.ID, err)
			}
			continue
		}
		a.ends.saw(c.ID, v, now)
		known := len(histories[l.E164].Attempts)
		histories[l.E164] = histories[l.E164].With(now) // another lead of this step may have the same number
		id := dialer.CallID(a.IDs.Next(now))
		if !v.Until.IsZero() {
			until[id] = v.Until
		}
		calls = append(calls, dialer.Call{
			ID: id, State: dialer.CallPlaced, Sent: true, LeadWas: l.Status,
			CampaignID: c.ID, ListID: l.ListID, LeadID: l.ID, E164: l.E164,
			ServerID: a.Server, CarrierID: c.CarrierID, PlacedAt: now, Grounds: compliance.GroundsOf(q, v),
			Known: known, CallerID: q.CallerID,
		})
	}
	return calls, until, nil
}

// checkUntilSent is the rules' answer at the question's moment and, where it
// changes before the last of a batch is sent, at that one: no call may leave in
// the first second after its window.
func checkUntilSent(q compliance.Question) compliance.Verdict {
	v := compliance.Check(q)
	last := q.Now.Add(ahead)
	if v.Allowed && !v.Until.IsZero() && !v.Until.After(last) {
		q.Now = last
		if then := compliance.Check(q); !then.Allowed {
			return then
		}
	}
	return v
}

// complain logs a warning, the same one at most once a minute.
func (a *Autodial) complain(now time.Time, what string, args ...any) {
	if now.Sub(a.said[what]) < repeats {
		return
	}
	a.said[what] = now
	a.Log.Warn(what, args...)
}
