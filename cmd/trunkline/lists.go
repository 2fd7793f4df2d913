package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

type listCmd struct {
	Add  listAddCmd  `cmd:"" help:"Make a list for a campaign; leads import fills it."`
	List listListCmd `cmd:"" help:"List the lists."`
}

type listAddCmd struct {
	ID       int64  `arg:"" help:"Number of the list, of your choice."`
	Name     string `arg:"" help:"Name as admins see it."`
	Campaign string `required:"" help:"Campaign that dials it." placeholder:"ID"`
}

// Validate refuses what the table does not hold.
func (l *listAddCmd) Validate() error {
	switch n := utf8.RuneCountInString(l.Name); {
	case l.ID < 1 || l.ID > 1<<32-1:
		return fmt.Errorf("a list's number is from 1 to %d, not %d", 1<<32-1, l.ID)
	case n < 1 || n > 80:
		return fmt.Errorf("a list's name has 1 to 80 letters, not %d", n)
	}
	return nil
}

// Run makes the list.
func (l *listAddCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	list := dialer.List{ID: dialer.ListID(l.ID), CampaignID: dialer.CampaignID(l.Campaign), Name: l.Name}
	err = mariadb.NewLeadStore(db).AddList(ctx, list, commandLine, now)
	switch {
	case errors.Is(err, dialer.ErrNotFound):
		return noCampaign(l.Campaign)
	case errors.Is(err, dialer.ErrConflict):
		return fmt.Errorf("there is a list %d already; `trunkline list list` shows them", l.ID)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "Added list %d to campaign %s; `trunkline leads import --list %d FILE` fills it.\n", l.ID, l.Campaign, l.ID)
	return err
}

type listListCmd struct{}

// Run lists the lists.
func (*listListCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	lists, err := mariadb.NewLeadStore(db).Lists(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LIST\tCAMPAIGN\tSTATE\tLEADS\tNAME")
	for _, l := range lists {
		state := "off"
		if l.Active {
			state = "active"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\n", l.ID, l.CampaignID, state, l.Leads, l.Name)
	}
	return w.Flush()
}
