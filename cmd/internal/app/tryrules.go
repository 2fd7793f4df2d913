package app

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// Flip is a lead whose verdict a change of rules would turn.
type Flip struct {
	Lead   dialer.LeadID `json:"lead"`
	Number string        `json:"number"`
	Rule   string        `json:"rule"` // that holds it back, before or after
	Reason string        `json:"reason"`
}

// Flips are the leads that turn one way.
type Flips struct {
	Leads   int            `json:"leads"`
	ByRule  map[string]int `json:"by_rule"`
	Samples []Flip         `json:"samples"`
}

// RulesTried is what a change of the calling rules would do to a campaign's
// leads at one moment. Only the calling rules are asked: a lead may be held back
// by its status besides.
type RulesTried struct {
	Campaign dialer.CampaignID `json:"campaign"`
	At       time.Time         `json:"at"`
	Before   string            `json:"rules_before"`
	After    string            `json:"rules_after"`
	Leads    int               `json:"leads"`
	Allowed  int               `json:"allowed_before"`
	Then     int               `json:"allowed_after"`
	Gained   Flips             `json:"become_callable"`
	Lost     Flips             `json:"would_be_lost"`
}

const (
	tryBatch   = 2000
	tryAhead   = 4 // batches that are judged or wait for it while more are read
	trySamples = 5
)

// TryRules judges every lead of a campaign's active lists by the rules in use
// and by a draft. At the zero time it is the database's. told is called after
// each batch with the leads judged so far; nil: nobody is told. What it counted
// before an error comes back with it.
//
// The leads come in one reading of each list, and are judged beside it. The
// database is asked only about those of whose numbers it knows anything: for all
// others the rules have what they need.
func TryRules(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, draft *compliance.Draft, at time.Time, told func(int)) (RulesTried, error) {
	r := RulesTried{Campaign: id, At: at, Before: compliance.Version(), After: draft.Version(), Gained: noFlips(), Lost: noFlips()}
	if at.IsZero() {
		now, err := db.Now(ctx)
		if err != nil {
			return r, err
		}
		r.At = now
	}
	t := trial{draft: draft, at: r.At, store: mariadb.NewHopperStore(db), leads: mariadb.NewVerdicts(db), zones: map[int][]string{}}
	var err error
	if t.campaign, err = t.store.Campaign(ctx, id, r.At); err != nil {
		return r, err
	}
	sets, err := t.store.ZoneSets(ctx)
	if err != nil {
		return r, err
	}
	for _, s := range sets {
		t.zones[s.ID] = s.Set.Zones()
	}
	g, ctx := errgroup.WithContext(ctx)
	batches := make(chan *tried, tryAhead)
	g.Go(func() error {
		defer close(batches)
		return t.read(ctx, g, batches)
	})
	g.Go(func() error {
		for b := range batches {
			select {
			case <-b.judged:
			case <-ctx.Done():
				return ctx.Err() // whoever failed came first, and counts
			}
			r.add(b)
			if told != nil {
				told(r.Leads)
			}
		}
		return nil
	})
	err = g.Wait()
	return r, err
}

// trial is what all batches have in common.
type trial struct {
	campaign hopper.Campaign
	zones    map[int][]string // by zone set
	draft    *compliance.Draft
	at       time.Time
	store    *mariadb.HopperStore
	leads    *mariadb.Verdicts
}

// tried is a batch of a list's leads and what came of it.
type tried struct {
	list          hopper.List
	leads         []mariadb.LeadToJudge
	judged        chan struct{} // closed when the rest is there
	allowed, then int
	gained, lost  Flips
}

// read has the leads judged batch by batch, each beside the others.
func (t *trial) read(ctx context.Context, g *errgroup.Group, batches chan<- *tried) error {
	for _, list := range t.campaign.Lists {
		if !list.Active {
			continue
		}
		var b *tried
		hand := func() error {
			if b == nil {
				return nil
			}
			full := b
			b = nil
			select {
			case batches <- full: // as many as wait there are in work
			case <-ctx.Done():
				return ctx.Err()
			}
			g.Go(func() error {
				defer close(full.judged)
				return t.judge(ctx, full)
			})
			return nil
		}
		since := t.at.AddDate(0, 0, -compliance.HistoryDays)
		err := t.leads.LeadsToJudge(ctx, t.campaign.ID, list.ID, since, func(l mariadb.LeadToJudge) error {
			if b == nil {
				b = &tried{list: list, leads: make([]mariadb.LeadToJudge, 0, tryBatch), judged: make(chan struct{}), gained: noFlips(), lost: noFlips()}
			}
			if b.leads = append(b.leads, l); len(b.leads) < tryBatch {
				return nil
			}
			return hand()
		})
		if err == nil {
			err = hand()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) judge(ctx context.Context, b *tried) error {
	var numbers []string
	for _, l := range b.leads {
		if l.Known {
			numbers = append(numbers, l.E164)
		}
	}
	dnc, histories, err := t.store.Known(ctx, t.campaign.ID, numbers, t.at)
	if err != nil {
		return err
	}
	nobody, list := &compliance.History{}, b.list
	for _, l := range b.leads {
		lead := dialer.Lead{E164: l.E164, State: l.State, CalledCount: l.Calls, SecurityPhrase: l.Phrase,
			ListCallerID: list.CallerID, ListFrom: list.CallFrom, ListTo: list.CallTo, ListCallTime: list.CallTime}
		history := nobody
		if l.Known {
			history = histories[l.E164]
		}
		q := compliance.Ask(lead, t.campaign.Campaign, dnc[l.E164], history, t.at)
		q.Zones = t.zones[l.ZoneSet]
		before, after := compliance.Check(q), t.draft.Check(q)
		if before.Allowed {
			b.allowed++
		}
		if after.Allowed {
			b.then++
		}
		switch {
		case after.Allowed && !before.Allowed:
			b.gained.add(l, before)
		case before.Allowed && !after.Allowed:
			b.lost.add(l, after)
		}
	}
	return nil
}

// add takes in a batch.
func (r *RulesTried) add(b *tried) {
	r.Leads += len(b.leads)
	r.Allowed += b.allowed
	r.Then += b.then
	r.Gained.join(b.gained)
	r.Lost.join(b.lost)
}

func noFlips() Flips { return Flips{ByRule: map[string]int{}, Samples: []Flip{}} }

func (f *Flips) add(l mariadb.LeadToJudge, by compliance.Verdict) {
	f.Leads++
	f.ByRule[by.Rule]++
	if len(f.Samples) < trySamples {
		f.Samples = append(f.Samples, Flip{l.ID, l.E164, by.Rule, by.Reason})
	}
}

// join takes in those of more leads.
func (f *Flips) join(more Flips) {
	f.Leads += more.Leads
	for rule, n := range more.ByRule {
		f.ByRule[rule] += n
	}
	f.Samples = append(f.Samples, more.Samples[:min(len(more.Samples), trySamples-len(f.Samples))]...)
}
