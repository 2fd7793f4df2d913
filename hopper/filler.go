package hopper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
)

// Campaigns is what the filler reads first each time.
type Campaigns interface {
	Campaigns(ctx context.Context, now time.Time) ([]Campaign, error)
	ZoneSets(ctx context.Context) ([]ZoneSet, error)
}

// Lease lets one filler of a cluster work at a time.
type Lease interface {
	// Hold renews the lease held under epoch (0: none) or takes it where it is
	// free, and returns the epoch under which it is held; 0: by another.
	Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error)
	// End gives it back.
	End(ctx context.Context, name, holder string, epoch int64) error
}

// Clock is the database's clock.
type Clock interface {
	Now(ctx context.Context) (time.Time, error)
}

// The filler's lease: renewed every second, so that another takes over within
// 5 seconds of its holder's death (4 of life left, and half a second at most
// between two looks).
const (
	LeaseName = "hopper-fill"
	leaseTTL  = 4 * time.Second
	every     = time.Second            // between two steps of the holder
	watch     = 500 * time.Millisecond // between two looks of those who wait
)

// roundLimit is the longest that a round may take. A database that hangs answers
// neither yes nor no: the round ends all the same, within the lease's life, and
// counts as one that found the database away. What a long fill has inserted by
// then stays, and the next round goes on from there.
const roundLimit = 3 * time.Second

// Config is what a Filler needs. Every field but Stepped is required.
type Config struct {
	Holder    string // unique to this process: two with the same name would both hold the lease
	Campaigns Campaigns
	Store     Store
	Sweeper   Sweeper
	Old       Purger
	Lease     Lease
	Clock     Clock
	Log       *slog.Logger
	Stepped   func() // called after each step that did not fail, for a supervisor that watches for progress
}

// Filler is the daemon hopper-fill: any number may run in a cluster, one works.
type Filler struct {
	Config
	epoch  int64 // of the lease; 0: another holds it
	dry    map[dialer.CampaignID]string
	memory *Memory
	// checked is when the leads in each campaign's hopper were last asked again.
	checked map[dialer.CampaignID]recheck
	rare    time.Time // when Purge last did what it does rarely
	purge   time.Time // when it is due again
}

// New makes a filler; Run starts it.
func New(c Config) *Filler {
	if c.Stepped == nil {
		c.Stepped = func() {}
	}
	return &Filler{Config: c, dry: map[dialer.CampaignID]string{}, memory: NewMemory(), checked: map[dialer.CampaignID]recheck{}}
}

// Run steps every second until ctx ends, then gives its lease back. It starts
// with a random pause and jitters each, so that fillers started together do not
// ask together. An error is logged, once until it changes or ends, and the next
// step tries again; Run itself returns nil.
func (f *Filler) Run(ctx context.Context) error {
	defer f.end()
	failing := ""
	for pause := rand.N(watch); ; pause = f.pause() {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		err := f.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && err.Error() != failing:
			failing = err.Error()
			f.Log.Error("filling the hopper failed; trying again every second", "err", err)
		case err == nil:
			if failing != "" {
				f.Log.Info("filling the hopper works again")
			}
			failing = ""
			f.Stepped()
		}
	}
}

// round is one Step at the database's time, within roundLimit.
func (f *Filler) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roundLimit)
	defer cancel()
	now, err := f.Clock.Now(ctx)
	if err != nil {
		return fmt.Errorf("the database's time: %w", err)
	}
	return f.Step(ctx, now)
}

// pause is the time to the next step, a tenth more or less.
func (f *Filler) pause() time.Duration {
	d := watch
	if f.epoch != 0 {
		d = every
	}
	return d - d/10 + rand.N(d/5)
}

// end gives the lease back, within a second even though the daemon's own context
// is over.
func (f *Filler) end() {
	if f.epoch == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := f.Lease.End(ctx, LeaseName, f.Holder, f.epoch); err != nil {
		f.Log.Warn("the lease could not be given back; the next filler waits until it runs out", "err", err)
	}
	f.epoch = 0
}

// Step does one round at the database's time now, if this filler holds the
// lease or can take it: sweep, ask leads in the hopper again, then fill each
// campaign, then purge old rows.
// A campaign that fails does not keep the others from being filled.
func (f *Filler) Step(ctx context.Context, now time.Time) error {
	epoch, err := f.Lease.Hold(ctx, LeaseName, f.Holder, f.epoch, leaseTTL)
	if err != nil {
		// The epoch is kept: if nobody took the lease meanwhile, it still counts.
		return fmt.Errorf("the lease %s: %w", LeaseName, err)
	}
	if epoch != f.epoch {
		f.Log.Info(map[bool]string{true: "this process fills the hopper now", false: "another process fills the hopper"}[epoch != 0], "epoch", epoch)
		f.epoch = epoch
		clear(f.dry)
	}
	if epoch == 0 {
		return nil
	}
	campaigns, err := f.Campaigns.Campaigns(ctx, now)
	if err != nil {
		return fmt.Errorf("reading campaigns: %w", err)
	}
	sets, err := f.Campaigns.ZoneSets(ctx)
	if err != nil {
		return fmt.Errorf("reading zone sets: %w", err)
	}
	swept, err := Sweep(ctx, f.Sweeper, campaigns, sets, now)
	errs := []error{err}
	if swept != (Swept{}) {
		f.Log.Info("hopper swept", "removed", swept.Removed, "freed", swept.Freed, "callbacks", swept.Passed)
		// The campaigns' counts are older than the sweep now; the next step, a
		// second away, fills what is missing.
	}
	fence := Fence{Name: LeaseName, Epoch: epoch}
	rules := make([]*Rules, len(campaigns))
	for i, c := range campaigns {
		rules[i] = RulesAt(c, sets, now)
	}
	errs = append(errs, f.rechecks(ctx, rules)...)
	for i, c := range campaigns {
		filled, err := Fill(ctx, f.Store, rules[i], fence, f.memory)
		errs = append(errs, err)
		if filled.Inserted > 0 {
			f.Log.Debug("hopper filled", "campaign", c.ID, "inserted", filled.Inserted, "level", filled.Level)
		}
		if err == nil {
			f.sayDry(c, filled)
		}
	}
	rarely := now.Sub(f.rare) >= purgeRarely
	if wait := f.purge.Sub(now); !rarely && wait > 0 && wait <= purgeEvery {
		return errors.Join(errs...)
	}
	purged, err := Purge(ctx, f.Old, now, rarely)
	if rarely && err == nil {
		f.rare = now
	}
	if err == nil && purged < purgeBatch {
		f.purge = now.Add(purgeEvery)
	}
	return errors.Join(append(errs, err)...)
}

// sayDry says why agents wait before an empty hopper: once, until the reason
// changes or there is something to dial again.
func (f *Filler) sayDry(c Campaign, filled Filled) {
	if filled.More && f.dry[c.ID] != "" && filled.Inserted == 0 && filled.Rows == 0 && c.Ready > 0 {
		return // the reason is known, and is looked for again
	}
	why := Dry(c, filled)
	if why != "" && f.dry[c.ID] != why {
		f.Log.Warn("agents are ready and nothing is dialed: "+why, "campaign", c.ID, "ready", c.Ready)
	}
	f.dry[c.ID] = why
}

// Dry is the reason, a sentence for the operator, why a campaign whose agents
// are ready has nothing in its hopper; "" when it has, or when none are ready.
func Dry(c Campaign, f Filled) string {
	active := slices.ContainsFunc(c.Lists, func(l List) bool { return l.Active })
	switch {
	case c.Ready == 0 || f.Rows > 0 || f.Inserted > 0:
		return ""
	case !active:
		return "The campaign has no active list."
	case len(statuses(c)) == 0 && len(c.Recycles) == 0:
		return "The campaign has no dial statuses."
	case f.More:
		return "The leads looked at so far may not be dialed; the filler looks on."
	case f.Open == 0 && f.Closed == 0 && f.Seen == 0:
		return fmt.Sprintf("No lead of its active lists has one of the dial statuses %s and is uncalled since the list's reset.", c.DialStatuses)
	case f.Open == 0 && f.Seen == 0 && f.Opens.IsZero():
		return "No lead's time zone is ever open within the campaign's calling hours and the law's."
	case f.Open == 0 && f.Seen == 0:
		return fmt.Sprintf("It is outside calling hours for every lead; the next may be called at %s UTC.", f.Opens.UTC().Format("Mon 15:04"))
	}
	return "What is left may not be dialed now: " + f.held() + "."
}

// held names the reasons that hold leads back, the most frequent first.
func (f Filled) held() string {
	var all []Reason
	for r := range f.Held {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(f.Held[b], f.Held[a]), cmp.Compare(a, b))
	})
	var words []string
	for _, r := range all {
		says, _ := r.Says()
		words = append(words, "each "+says)
	}
	said := strings.Join(words, ", or ")
	if len(f.Rules) > 0 {
		said += " (rules " + strings.Join(slices.Sorted(maps.Keys(f.Rules)), ", ") + ")"
	}
	return said
}
