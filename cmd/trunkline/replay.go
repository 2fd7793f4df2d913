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
	day, err := c.check()
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	s, with, was, err := c.stage(ctx, db, day)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "day\tmethod\tagents\tutilisation %\tabandonment %\twait s\tlive\tabandoned\tdials/connect\t")
	line := func(p lab.Result) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%.2f\t%.1f\t%d\t%d\t%.2f\t\n", p.Scenario, p.Method, p.Agents,
			100*p.Utilisation, 100*p.Abandonment, p.Wait, p.Live, p.Abandoned, p.DialsPerConnect)
	}
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
			with.Method, with.Seed = m, seed
			r, err := lab.Run(s, with)
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

// check looks at what was asked, and gives the day's begin.
func (c *replayCmd) check() (time.Time, error) {
	day := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	if c.Day != "" {
		var err error
		day, err = time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return day, fmt.Errorf("--day is a day such as 2026-01-31, not %q", c.Day)
		}
	}
	if !within(c.CPS, 0, 1000) {
		return day, fmt.Errorf("--cps is a number from 0 to 1000, not %g", c.CPS)
	}
	return day, methods(c.Method)
}

// stage makes a scenario of a campaign's day, with the settings and ledgers that
// every run has, and the day's own figures.
func (c *replayCmd) stage(ctx context.Context, db *mariadb.DB, day time.Time) (lab.Scenario, lab.Options, lab.Result, error) {
	fail := func(err error) (lab.Scenario, lab.Options, lab.Result, error) {
		return lab.Scenario{}, lab.Options{}, lab.Result{}, err
	}
	campaign, err := mariadb.NewWebCampaigns(db).Campaign(ctx, dialer.CampaignID(c.Campaign))
	if errors.Is(err, dialer.ErrNotFound) {
		return fail(noCampaign(c.Campaign))
	}
	if err != nil {
		return fail(err)
	}
	store := mariadb.NewPacing(db)
	record, err := store.Day(ctx, campaign.ID, day, day.AddDate(0, 0, 1))
	if err != nil {
		return fail(fmt.Errorf("reading the day: %w", err))
	}
	s, err := lab.Replay(c.Campaign+" "+day.Format(time.DateOnly), record)
	if err != nil {
		return fail(fmt.Errorf("%w; the day is from midnight to midnight UTC, and manual calls are no part of it", err))
	}
	// The ledgers go on from where they stood at the first call: by then the
	// server's day has begun, whatever its zone.
	first := day.Add(time.Duration(record.Calls[0].At * float64(time.Second)))
	book, err := store.Ledger(ctx, campaign.ID, first.Add(-ledger.Keeps), first)
	if err != nil {
		return fail(fmt.Errorf("reading the drop ledger: %w", err))
	}
	before := autodial.Budgets(campaign.Campaign, book, first, time.Local)
	servers, err := mariadb.NewServers(db).Telephony(ctx)
	if err != nil {
		return fail(err)
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
	with := lab.Options{Settings: pacing.SettingsOf(campaign.Campaign), Before: before, Zone: time.Local}
	return s, with, record.Figures(s.Key, dialer.LawfulWait.Seconds()), nil
}
