package demo

import (
	"context"
	"fmt"
	"math"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing"
	"trunkline/dialer/pacing/ledger"
	"trunkline/sql/mariadb"
)

// Pace is how busy the agents were and what it cost: of the run, from the
// database, and of the simulator, from the run's own calls and shifts.
type Pace struct {
	Method      dialer.DialMethod `json:"method"`
	Utilisation float64           `json:"utilisation"` // (talk + wrap-up) / (ready + talk + wrap-up), 0 to 1
	Abandonment float64           `json:"abandonment"` // abandoned / live, 0 to 1
	Wait        float64           `json:"wait_s"`      // ready time per connect
	Live        int               `json:"live"`

	Predicted struct {
		Runs        int     `json:"runs"`
		Utilisation float64 `json:"utilisation"`
		Abandonment float64 `json:"abandonment"`
		Wait        float64 `json:"wait_s"`
		Live        int     `json:"live"` // of a run, in the mean
	} `json:"predicted"`
}

// ledgers are where the campaign's drop counts stand.
type ledgers struct {
	budgets []pacing.Budget
	model   []byte
}

// paceBefore is what pacing carries over from earlier runs.
func (d *demo) paceBefore(ctx context.Context) (ledgers, error) {
	var before ledgers
	store := mariadb.NewPacing(d.db)
	learnt, err := store.Model(ctx, campaignID)
	if err == nil {
		before.model = learnt.Model
	}
	c, err := mariadb.NewWebCampaigns(d.db).Campaign(ctx, campaignID)
	if err != nil {
		return before, err
	}
	l, err := store.Ledger(ctx, campaignID, d.began.Add(-ledger.Keeps), d.began)
	if err != nil {
		return before, fmt.Errorf("the drop ledger: %w", err)
	}
	before.budgets = autodial.Budgets(c.Campaign, l, d.began, time.Local)
	return before, nil
}

// predictions is how many simulated runs a prediction is the mean of.
const predictions = 16

// pace reads the run back from the database and lets the simulator work its
// calls and its agents by the same method. The run's time is dialed.
func (d *demo) pace(ctx context.Context, before ledgers, dialed time.Duration) (*Pace, error) {
	store := mariadb.NewPacing(d.db)
	campaigns := mariadb.NewWebCampaigns(d.db)
	c, err := campaigns.Campaign(ctx, campaignID)
	if err != nil {
		return nil, err
	}
	limits, err := mariadb.NewCalls(d.db).Limits(ctx, d.server.ID)
	if err != nil {
		return nil, err
	}
	now, err := d.db.Now(ctx)
	if err != nil {
		return nil, err
	}
	day, err := store.Day(ctx, campaignID, d.began, now)
	if err != nil {
		return nil, err
	}
	day = day.Until(dialed.Seconds())
	for i := range day.Agents { // they are at their desks still
		day.Agents[i].To = dialed.Seconds()
	}
	s, err := lab.Replay(string(campaignID), day)
	if err != nil {
		return nil, err
	}
	s.CPS, s.Channels = limits.CPS, limits.MaxTrunks
	s.Drop = float64(c.DropMillis) / 1000
	real := day.Figures(s.Key, dialer.LawfulWait.Seconds())
	p := &Pace{Method: c.DialMethod, Utilisation: rounded(real.Utilisation, 4), Abandonment: rounded(real.Abandonment, 4), Wait: rounded(real.Wait, 2), Live: real.Live}
	var all []lab.Result
	for seed := range uint64(predictions) {
		o := lab.Options{Method: string(c.DialMethod), Seed: d.Seed + seed, Settings: pacing.SettingsOf(c.Campaign), Before: before.budgets}
		if len(before.model) > 0 {
			o.Model, err = pacing.Restore(before.model)
			if err != nil {
				return nil, err
			}
		}
		r, err := lab.Run(s, o)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	said := lab.Pool(all)
	p.Predicted.Runs = predictions
	p.Predicted.Utilisation, p.Predicted.Abandonment = rounded(said.Utilisation, 4), rounded(said.Abandonment, 4)
	p.Predicted.Wait = rounded(said.Wait, 2)
	p.Predicted.Live = said.Live / predictions
	return p, nil
}

func rounded(x float64, n int) float64 {
	p := math.Pow10(n)
	return math.Round(x*p) / p
}

// telling is how many live answers it takes for a drop or two not to be all of the
// abandonment.
const telling = 100

// show is the comparison as a table.
func (p *Pace) show() string {
	table := fmt.Sprintf(`%s, the run and what the simulator makes of the same calls and shifts (mean of %d):
                  the run  simulated
  utilisation     %5.1f %%    %5.1f %%
  abandonment     %5.2f %%    %5.2f %%   of %d and %d live answers
  wait for a call %5.1f s    %5.1f s`,
		p.Method, p.Predicted.Runs, 100*p.Utilisation, 100*p.Predicted.Utilisation,
		100*p.Abandonment, 100*p.Predicted.Abandonment, p.Live, p.Predicted.Live, p.Wait, p.Predicted.Wait)
	if min(p.Live, p.Predicted.Live) < telling {
		table += "\n  So few people answered that this means little; --for 10m tells more."
	}
	return table
}
