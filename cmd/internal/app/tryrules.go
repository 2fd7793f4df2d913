package app

import (
	"context"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
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
	tryBatch   = 5000
	trySamples = 5
)

// TryRules judges every lead of a campaign's active lists by the rules in use
// and by a draft. At the zero time it is the database's. told is called after
// each batch with the leads judged so far; nil: nobody is told.
func TryRules(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, draft *compliance.Draft, at time.Time, told func(int)) (RulesTried, error) {
	r := RulesTried{
		Campaign: id, At: at, Before: compliance.Version(), After: draft.Version(),
		Gained: Flips{ByRule: map[string]int{}, Samples: []Flip{}}, Lost: Flips{ByRule: map[string]int{}, Samples: []Flip{}},
	}
	if at.IsZero() {
		now, err := db.Now(ctx)
		if err != nil {
			return r, err
		}
		r.At = now
	}
	campaign, err := mariadb.NewListen(db).Campaign(ctx, id)
	if err != nil {
		return r, err
	}
	leads, numbers := mariadb.NewVerdicts(db), mariadb.NewHopperStore(db)
	for last := dialer.LeadID(0); ; {
		batch, err := leads.LeadsAfter(ctx, id, last, tryBatch)
		if err != nil || len(batch) == 0 {
			return r, err
		}
		last = batch[len(batch)-1].ID
		if err := r.judge(ctx, numbers, campaign, draft, batch); err != nil {
			return r, err
		}
		if told != nil {
			told(r.Leads)
		}
	}
}

func (r *RulesTried) judge(ctx context.Context, numbers interface {
	Histories(context.Context, []string, time.Time) (map[string]*compliance.History, error)
	DNC(context.Context, dialer.CampaignID, []string) (map[string]bool, error)
}, campaign dialer.Campaign, draft *compliance.Draft, batch []dialer.Lead) error {
	e164s := make([]string, len(batch))
	for i, l := range batch {
		e164s[i] = l.E164
	}
	histories, err := numbers.Histories(ctx, e164s, r.At)
	if err != nil {
		return err
	}
	dnc, err := numbers.DNC(ctx, campaign.ID, e164s)
	if err != nil {
		return err
	}
	for _, l := range batch {
		l.Zones, _, _ = strings.Cut(l.Zones, ";")
		q := compliance.Ask(l, campaign, dnc[l.E164], histories[l.E164], r.At)
		before, after := compliance.Check(q), draft.Check(q)
		r.Leads++
		if before.Allowed {
			r.Allowed++
		}
		if after.Allowed {
			r.Then++
		}
		switch {
		case after.Allowed && !before.Allowed:
			r.Gained.add(l, before)
		case before.Allowed && !after.Allowed:
			r.Lost.add(l, after)
		}
	}
	return nil
}

func (f *Flips) add(l dialer.Lead, by compliance.Verdict) {
	f.Leads++
	f.ByRule[by.Rule]++
	if len(f.Samples) < trySamples {
		f.Samples = append(f.Samples, Flip{l.ID, l.E164, by.Rule, by.Reason})
	}
}
