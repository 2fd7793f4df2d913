package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing"
	"trunkline/dialer/pacing/ledger"
	"trunkline/sql/mariadb"
)

type replayCmd struct {
	Day      string   `placeholder:"2026-01-31" help:"The day, UTC; else yesterday."`
	Campaign string   `required:"" placeholder:"ID" help:"The campaign's id."`
	Method   []string `default:"PREDICTIVE" help:"Dial methods, as of simulate."`
	Seeds    string   `default:"1-4" placeholder:"A-B" help:"Seeds, one run each."`
	CPS      float64  `name:"cps" placeholder:"N" help:"Calls a second; else what the telephony servers may send together."`
	JSON     bool     `name:"json" help:"Print one object per run."`
}

// Help is printed below the flags.
func (*replayCmd) Help() string {
	return `The day's own figures stand first, AS IT WAS. What a method makes of the day is drawn from the calls
that were placed at the same time of day: their rings, outcomes, talks and wrap-ups; the agents' shifts
and pauses are theirs. Settings are the campaign's, drops go on its ledgers as they stood that day, and PREDICTIVE begins having learnt
nothing.`
}

// Run lets a method work a recorded day: its calls' rings and outcomes, its
// talks and wrap-ups, its agents' shifts and pauses.
func (c *replayCmd) Run(ctx context.Context, g *globals) error {
	from, to, err := seeds(c.Seeds)
	if err != nil {
		return err
	}
	day := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	if c.Day != "" {
		day, err = time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return fmt.Errorf("--day is a day such as 2026-01-31, not %q", c.Day)
		}
	}
	if !within(c.CPS, 0, 1000) {
		return fmt.Errorf("--cps is a number from 0 to 1000, not %g", c.CPS)
	}
	err = methods(c.Method)
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	campaign, err := mariadb.NewWebCampaigns(db).Campaign(ctx, dialer.CampaignID(c.Campaign))
	if errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("no campaign %q: trunkline campaign list names them", c.Campaign)
	}
	if err != nil {
		return err
	}
	store := mariadb.NewPacing(db)
	record, err := store.Day(ctx, campaign.ID, day, day.AddDate(0, 0, 1))
	if err != nil {
		return fmt.Errorf("reading the day: %w", err)
	}
	s, err := lab.Replay(c.Campaign+" "+day.Format(time.DateOnly), record)
	if err != nil {
		return fmt.Errorf("%w; the day is from midnight to midnight UTC, and manual calls are no part of it", err)
	}
	// The ledgers go on from where they stood at the first call: by then the
	// server's day has begun, whatever its zone.
	first := day.Add(time.Duration(record.Calls[0].At * float64(time.Second)))
	book, err := store.Ledger(ctx, campaign.ID, first.Add(-ledger.Keeps), first)
	if err != nil {
		return fmt.Errorf("reading the drop ledger: %w", err)
	}
	before := autodial.Budgets(campaign.Campaign, book, first, time.Local)
	servers, err := mariadb.NewServers(db).Telephony(ctx)
	if err != nil {
		return err
	}
	cps, channels := 0.0, 0
	for _, server := range servers {
		cps, channels = cps+server.CPS, channels+server.MaxTrunks
	}
	if c.CPS > 0 {
		cps = c.CPS
	}
	if cps > 0 && channels > 0 {
		s.CPS, s.Channels = min(cps, 1000), channels
	}
	s.Drop = min(max(float64(campaign.DropMillis)/1000, 0.1), 60)
	settings := pacing.SettingsOf(campaign.Campaign)
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "day\tmethod\tagents\tutilisation %\tabandonment %\twait s\tlive\tabandoned\tdials/connect\t")
	line := func(p lab.Result) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%.2f\t%.1f\t%d\t%d\t%.2f\t\n", p.Scenario, p.Method, p.Agents,
			100*p.Utilisation, 100*p.Abandonment, p.Wait, p.Live, p.Abandoned, p.DialsPerConnect)
	}
	was := record.Figures(s.Key, dialer.LawfulWait.Seconds())
	line(was)
	if c.JSON {
		err = json.NewEncoder(g.stdout).Encode(was)
		if err != nil {
			return err
		}
	}
	for _, m := range c.Method {
		var all []lab.Result
		for seed := from; seed <= to; seed++ {
			r, err := lab.Run(s, lab.Options{Method: m, Seed: seed, Settings: settings, Before: before, Zone: time.Local})
			if err != nil {
				return err
			}
			all = append(all, r)
			if c.JSON {
				err = json.NewEncoder(g.stdout).Encode(r)
				if err != nil {
					return err
				}
			}
		}
		p := lab.Pool(all) // counts as of one run
		n := len(all)
		p.Live, p.Abandoned = (p.Live+n/2)/n, (p.Abandoned+n/2)/n
		line(p)
	}
	if c.JSON {
		return nil
	}
	return w.Flush()
}
