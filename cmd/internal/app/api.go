package app

import (
	"context"
	"errors"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// ledger is the ledger of consents in the API's shapes.
type ledger struct{ db *mariadb.DB }

func (l ledger) Say(ctx context.Context, s facts.Said) error {
	return mariadb.NewConsents(l.db).Add(ctx, compliance.ConsentRow{
		At: s.At, E164: s.Number, Kind: compliance.Said(s.Kind), Level: compliance.Level(s.Level), Source: s.Source, User: s.User, Evidence: s.Evidence,
	})
}

func (l ledger) Said(ctx context.Context, e164 string) ([]facts.Said, error) {
	rows, err := mariadb.NewConsents(l.db).Of(ctx, e164)
	var all []facts.Said
	for _, r := range rows {
		all = append(all, facts.Said{At: r.At, Number: r.E164, Kind: string(r.Kind), Level: string(r.Level), Source: r.Source, Evidence: r.Evidence, User: r.User})
	}
	return all, err
}

// callNext puts a lead into its campaign's hopper with a priority, if it may be
// called now: the same judgement as the filler's, which dialing asks once more.
func callNext(db *mariadb.DB) func(context.Context, dialer.CampaignID, dialer.LeadID, int) (facts.HopperAdd, error) {
	return func(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, priority int) (facts.HopperAdd, error) {
		now, err := db.Now(ctx)
		if err != nil {
			return facts.HopperAdd{}, err
		}
		a, err := ExplainLead(ctx, db, campaign, lead, now)
		if errors.Is(err, ErrNoLead) {
			return facts.HopperAdd{Says: "None of the campaign's lists that are dialed has the lead."}, nil
		}
		if err != nil {
			return facts.HopperAdd{}, err
		}
		switch {
		case a.Reason == hopper.InHopper && len(a.Checked) > 0: // it is about to be taken out again
			says, _ := a.Checked[0].Says()
			return facts.HopperAdd{Says: "The lead " + says + "."}, nil
		case a.Reason != hopper.Dialable && a.Reason != hopper.InHopper:
			return facts.HopperAdd{Says: a.Says, Rule: a.Rule, Until: a.Until}, nil
		}
		in, err := mariadb.NewAPI(db).HopperNext(ctx, campaign, lead, a.Status, priority, now)
		says := ""
		if !in {
			says = "The campaign or its list is not dialing, or the lead has changed this moment. Start the campaign, then try again."
		}
		return facts.HopperAdd{In: in, Says: says}, err
	}
}
