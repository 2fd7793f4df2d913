package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/sql/mariadb"
)

type pacingCmd struct {
	Log   pacingLogCmd   `cmd:"" help:"List the logged decisions of a campaign, the newest first."`
	Again pacingAgainCmd `cmd:"" help:"Make logged decisions again from what they rested on, and compare."`
}

// Help is printed below the commands.
func (*pacingCmd) Help() string {
	return `Of a campaign on PREDICTIVE one decision in five minutes is logged with all that it rested on, and
kept for a week:

  trunkline pacing log --campaign C1
  trunkline pacing again 1042
  trunkline pacing again --campaign C1 --day 2026-01-31`
}

type loggedOf struct {
	Campaign string `placeholder:"ID" help:"The campaign's id."`
	Day      string `placeholder:"2026-01-31" help:"The day, UTC; else the last 24 hours."`
	Last     int    `default:"50" placeholder:"N" help:"At most so many, 1 to 5000."`
}

func (l loggedOf) read(ctx context.Context, store *mariadb.Pacing) ([]mariadb.LoggedDecision, error) {
	if l.Last < 1 || l.Last > 5000 {
		return nil, fmt.Errorf("--last is a number from 1 to 5000, not %d", l.Last)
	}
	to := time.Now().UTC().Add(time.Minute)
	from := to.Add(-24 * time.Hour)
	if l.Day != "" {
		day, err := time.Parse(time.DateOnly, l.Day)
		if err != nil {
			return nil, fmt.Errorf("--day is a day such as 2026-01-31, not %q", l.Day)
		}
		from, to = day, day.AddDate(0, 0, 1)
	}
	all, err := store.Logged(ctx, dialer.CampaignID(l.Campaign), from, to, l.Last)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no decision of campaign %q is logged there: one in five minutes is while it dials by PREDICTIVE, and is kept for a week", l.Campaign)
	}
	return all, err
}

type pacingLogCmd struct {
	loggedOf
}

// Validate refuses what cannot be meant.
func (c *pacingLogCmd) Validate() error {
	if c.Campaign == "" {
		return errors.New("--campaign says whose decisions")
	}
	return nil
}

// Run lists decisions.
func (c *pacingLogCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := c.read(ctx, mariadb.NewPacing(db))
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tat (UTC)\tserver\tdecision")
	for _, d := range all {
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\n", d.ID, d.Share.At.Format(time.DateTime), d.Share.Server, d.Share.Reason)
	}
	return w.Flush()
}

type pacingAgainCmd struct {
	ID []int64 `arg:"" optional:"" help:"Ids of logged decisions; else all that --campaign and --day choose."`
	loggedOf
}

// Validate refuses what cannot be meant.
func (c *pacingAgainCmd) Validate() error {
	if (c.Campaign == "") == (len(c.ID) == 0) {
		return errors.New("name the decisions by id, or by --campaign")
	}
	return nil
}

// Run makes decisions again. One that comes out otherwise is a failure: this
// trunkline decides otherwise than the one that logged it.
func (c *pacingAgainCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	store := mariadb.NewPacing(db)
	ids := c.ID
	if len(ids) == 0 {
		all, err := c.read(ctx, store)
		if err != nil {
			return err
		}
		for _, d := range all {
			ids = append(ids, d.ID)
		}
	}
	other := 0
	for _, id := range ids {
		was, err := store.LoggedByID(ctx, id)
		if errors.Is(err, dialer.ErrNotFound) {
			return fmt.Errorf("no decision %d is logged: trunkline pacing log --campaign ID lists them", id)
		}
		if err != nil {
			return err
		}
		now, err := autodial.Again(was.Input, was.Model)
		if err != nil {
			return fmt.Errorf("decision %d: %w", id, err)
		}
		// The log keeps 500 bytes of a sentence.
		if now.Place == was.Share.Place && now.Bound == was.Share.Bound && strings.HasPrefix(now.Reason, was.Share.Reason) {
			fmt.Fprintf(g.stdout, "%d the same: %s\n", id, now.Reason)
			continue
		}
		other++
		fmt.Fprintf(g.stdout, "%d OTHERWISE\n  then: %s\n  now:  %s\n", id, was.Share.Reason, now.Reason)
	}
	if other > 0 {
		return fmt.Errorf("%d of %d decisions come out otherwise", other, len(ids))
	}
	return nil
}
