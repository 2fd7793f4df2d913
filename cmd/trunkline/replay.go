package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/lab"
	"trunkline/sql/mariadb"
)

type replayCmd struct {
	Day      string   `placeholder:"2026-01-31" help:"The day, UTC; else yesterday."`
	Campaign string   `required:"" help:"The campaign's id."`
	Method   []string `default:"PREDICTIVE" help:"Dial methods, as of simulate."`
	Seeds    string   `default:"1-4" placeholder:"A-B" help:"Seeds, one run each."`
	CPS      float64  `name:"cps" help:"Calls a second; else as many as the agents would have in simulate."`
	JSON     bool     `name:"json" help:"Print one object per run."`
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
			return fmt.Errorf("--day: %w", err)
		}
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	record, err := mariadb.NewPacing(db).Day(ctx, dialer.CampaignID(c.Campaign), day, day.AddDate(0, 0, 1))
	if err != nil {
		return fmt.Errorf("reading the day: %w", err)
	}
	s, err := lab.Replay(c.Campaign+" "+day.Format(time.DateOnly), record)
	if err != nil {
		return err
	}
	if c.CPS > 0 {
		s.CPS = c.CPS
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "day\tmethod\tagents\tutilisation %\tabandonment %\twait s\tlive\tabandoned\tdials/connect\t")
	for _, m := range c.Method {
		var all []lab.Result
		for seed := from; seed <= to; seed++ {
			r, err := lab.Run(s, lab.Options{Method: m, Seed: seed})
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
		p := lab.Pool(all)
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%.2f\t%.1f\t%d\t%d\t%.2f\t\n", p.Scenario, p.Method, p.Agents,
			100*p.Utilisation, 100*p.Abandonment, p.Wait, p.Live, p.Abandoned, p.DialsPerConnect)
	}
	if c.JSON {
		return nil
	}
	return w.Flush()
}
