package app

import (
	"context"
	"errors"
	"slices"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// whyNot answers the page of what holds leads back: the hopper's census and the
// rules, in the page's shapes.
type whyNot struct {
	db     *mariadb.DB
	trying chan struct{} // one trial of rules at a time: it keeps several of the pool's connections
}

func newWhyNot(db *mariadb.DB) whyNot { return whyNot{db, make(chan struct{}, 1)} }

// WhyNot counts what holds a campaign's leads back.
func (w whyNot) WhyNot(ctx context.Context, campaign dialer.CampaignID) (facts.WhyNot, error) {
	now, err := w.db.Now(ctx)
	if err != nil {
		return facts.WhyNot{}, err
	}
	c, took, err := Explain(ctx, w.db, campaign, now)
	if err != nil {
		return facts.WhyNot{}, err
	}
	f := facts.WhyNot{At: c.At, Took: took, Leads: c.Leads, Dialable: c.Dialable, Opens: c.Opens, Problem: c.Problem}
	for _, n := range c.Counts {
		if n.Reason != hopper.Dialable {
			held := facts.HeldCount{Reason: string(n.Reason), Says: n.Says, Class: string(n.Class), Leads: n.Leads}
			for _, by := range n.Rules {
				held.Rules = append(held.Rules, facts.HeldRule{Rule: by.Rule, Law: law(by.Rule), Holiday: by.Holiday, Leads: by.Leads})
			}
			f.Counts = append(f.Counts, held)
		}
	}
	for _, ask := range c.Asks {
		f.Asks = append(f.Asks, facts.Finding{Rule: ask.Rule, Says: ask.Says})
	}
	for _, l := range c.Lists {
		f.Lists = append(f.Lists, facts.HeldList{ID: l.List, Name: l.Name, Leads: l.Leads, Dialable: l.Dialable})
	}
	return f, nil
}

// law is what a rule of a pack says, with its source; "" for the campaign's own.
func law(rule string) string {
	if r, ok := compliance.RuleOf(rule); ok {
		return r.Says + " (" + r.Citation + ")"
	}
	return ""
}

// WhyNotLead says what holds one lead back, found by its id or its number.
func (w whyNot) WhyNotLead(ctx context.Context, campaign dialer.CampaignID, asked string) (facts.WhyNotLead, error) {
	lead, err := mariadb.NewVerdicts(w.db).LeadAsked(ctx, campaign, asked)
	if err != nil {
		return facts.WhyNotLead{}, err
	}
	now, err := w.db.Now(ctx)
	if err != nil {
		return facts.WhyNotLead{}, err
	}
	a, err := ExplainLead(ctx, w.db, campaign, lead.ID, now)
	if errors.Is(err, ErrNoLead) {
		err = dialer.ErrNotFound
	}
	f := facts.WhyNotLead{
		Lead: lead.ID, Name: lead.Name(), Number: lead.E164, List: a.List, Status: a.Status,
		Can: a.Reason == hopper.Dialable, Says: a.Says, Rule: a.Rule, Until: a.Until,
	}
	f.Law = law(a.Rule)
	for _, also := range a.Checked {
		says, _ := also.Says()
		f.Also = append(f.Also, says)
	}
	return f, err
}

// Revoke records that a lead's number is not to be called again.
func (w whyNot) Revoke(ctx context.Context, campaign dialer.CampaignID, asked, words string, by dialer.UserID) (string, error) {
	lead, err := mariadb.NewVerdicts(w.db).LeadAsked(ctx, campaign, asked)
	if err != nil {
		return "", err
	}
	now, err := w.db.Now(ctx)
	if err != nil {
		return "", err
	}
	return lead.E164, mariadb.NewConsents(w.db).Add(ctx, compliance.ConsentRow{
		At: now, E164: lead.E164, Kind: compliance.SaidRevoke, Source: "admin", User: by, Evidence: words,
	})
}

// Findings are what the rules ask of a campaign that its settings do not see to.
func (w whyNot) Findings(ctx context.Context, c dialer.Campaign) ([]facts.Finding, error) {
	found, err := Findings(ctx, w.db, c)
	var all []facts.Finding
	for _, f := range found {
		all = append(all, facts.Finding{Rule: f.Rule, Setting: f.Setting, Says: f.Says})
	}
	return all, err
}

// Rulebook is the calling rules in use.
func (w whyNot) Rulebook() facts.Rulebook {
	b := facts.Rulebook{Version: compliance.Version()}
	for _, p := range compliance.Packs() {
		b.Packs = append(b.Packs, facts.RulePack{Name: p.Name, Version: p.Version, Note: p.Note})
	}
	all := compliance.Rules()
	slices.SortStableFunc(all, compliance.Compare)
	for _, r := range all {
		b.Rules = append(b.Rules, facts.RuleLine{
			ID: r.ID, Jurisdiction: r.Jurisdiction, Kind: string(r.Kind), Status: string(r.Status), Says: r.Says, Citation: r.Citation,
			Note: r.Note, KeptBy: r.KeptBy, Pack: r.Pack, From: r.EffectiveFrom, To: r.EffectiveTo,
		})
	}
	return b
}
