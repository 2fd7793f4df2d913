package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

type campaignCmd struct {
	List  campaignListCmd  `cmd:"" help:"List the campaigns."`
	Start campaignStartCmd `cmd:"" help:"Start dialing."`
	Stop  campaignStopCmd  `cmd:"" help:"Stop dialing; calls that are up go on."`
}

type campaignListCmd struct{}

// Run lists the campaigns.
func (*campaignListCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	lines, err := mariadb.NewWebCampaigns(db).CampaignLines(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CAMPAIGN\tSTATE\tMETHOD\tLEVEL\tAGENTS\tCALLS\tHOPPER\tNAME")
	for _, l := range lines {
		state := "stopped"
		if l.Active {
			state = "dialing"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%g\t%d\t%d\t%d\t%s\n", l.ID, state, l.DialMethod, l.DialLevel, l.Agents, l.Calls, l.Hopper, l.Name)
	}
	return w.Flush()
}

type campaignStartCmd struct {
	ID string `arg:"" help:"Campaign."`
}

// Run starts the campaign.
func (c *campaignStartCmd) Run(ctx context.Context, g *globals) error {
	return setActive(ctx, g, c.ID, true)
}

type campaignStopCmd struct {
	ID string `arg:"" help:"Campaign."`
}

// Run stops the campaign.
func (c *campaignStopCmd) Run(ctx context.Context, g *globals) error {
	return setActive(ctx, g, c.ID, false)
}

// commandLine stands for a user in the audit rows of what commands change.
const commandLine dialer.UserID = 0

func noCampaign(id string) error {
	return fmt.Errorf("there is no campaign %q; `trunkline campaign list` shows them", id)
}

// setActive does what the admin page does, with its audit row.
func setActive(ctx context.Context, g *globals, id string, active bool) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	err = mariadb.NewWebCampaigns(db).SetCampaignActive(ctx, facts.CampaignChange{Campaign: dialer.CampaignID(id), By: audit.By{User: commandLine, At: now}}, active)
	if errors.Is(err, dialer.ErrNotFound) {
		return noCampaign(id)
	}
	if err != nil {
		return err
	}
	word := map[bool]string{true: "started", false: "stopped"}[active]
	fmt.Fprintf(g.stdout, "Campaign %s %s at %s UTC.\n", id, word, now.Format(time.TimeOnly))
	if !active {
		return nil
	}
	row, err := mariadb.NewListen(db).Campaign(ctx, dialer.CampaignID(id))
	if err != nil {
		return err
	}
	found, err := app.Findings(ctx, db, row)
	if err != nil {
		return err
	}
	for _, f := range found {
		fmt.Fprintln(g.stderr, "Warning: "+f.Says)
	}
	return nil
}
