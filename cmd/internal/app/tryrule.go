package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/webui/facts"
)

// tryLimit is how long a page may take to judge a campaign's leads.
const tryLimit = 20 * time.Second

// TryRule tells what switching a rule would do to a campaign's leads. It changes
// nothing.
func (w whyNot) TryRule(ctx context.Context, campaign dialer.CampaignID, rule, status string) (facts.RuleTried, error) {
	draft, err := compliance.NewSwitched([]compliance.Setting{{Rule: rule, Status: compliance.Status(status), Why: "tried on the page"}})
	if err != nil {
		return facts.RuleTried{}, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("Rule %q cannot be switched to %q. Choose one of the list.", rule, status))
	}
	limited, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	var r RulesTried
	select {
	case w.trying <- struct{}{}:
		r, err = TryRules(limited, w.db, campaign, draft, time.Time{}, nil)
		<-w.trying
	case <-limited.Done():
		err = limited.Err()
	}
	if errors.Is(limited.Err(), context.DeadlineExceeded) {
		return facts.RuleTried{}, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf(
			"After %d leads the time of a page was over. Run trunkline compliance try --campaign %s --set %s=%s, which takes the time it needs.", r.Leads, campaign, rule, status))
	}
	return facts.RuleTried{Leads: r.Leads, Before: r.Allowed, Then: r.Then, Gained: r.Gained.facts(), Lost: r.Lost.facts()}, err
}

func (f Flips) facts() facts.Flips {
	all := facts.Flips{Leads: f.Leads}
	for _, rule := range slices.Sorted(maps.Keys(f.ByRule)) {
		all.ByRule = append(all.ByRule, facts.HeldBy{Rule: rule, Leads: f.ByRule[rule]})
	}
	for _, s := range f.Samples {
		all.Samples = append(all.Samples, facts.Flip{Lead: s.Lead, Number: s.Number, Reason: s.Reason})
	}
	return all
}
