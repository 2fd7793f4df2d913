package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

type leadsCmd struct {
	Import leadsImportCmd `cmd:"" help:"Read a lead file into a list: CSV, tab or pipe, with a header row of VICIdial's column names."`
}

type leadsImportCmd struct {
	File    string `arg:"" help:"Lead file." type:"path"`
	List    int64  `required:"" help:"Number of the list."`
	Country string `help:"Country of numbers that do not say theirs, as ISO 3166." default:"US"`
	JSON    bool   `help:"Print the report as one JSON object."`
}

// Run imports the file and says what became of each row that was not taken as
// it stood.
func (l *leadsImportCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	o := hopper.ImportOptions{List: dialer.ListID(l.List), Country: l.Country}
	if !l.JSON {
		o.Problem = func(p hopper.Problem) { fmt.Fprintln(g.stdout, p) }
	}
	report, err := app.ImportLeads(ctx, db, o, l.File)
	if err != nil {
		return err
	}
	if l.JSON {
		return json.NewEncoder(g.stdout).Encode(report)
	}
	return tellImport(g.stdout, report)
}

func tellImport(w io.Writer, r hopper.Report) error {
	for _, name := range r.Ignored {
		fmt.Fprintf(w, "Column %q is no field of a lead and was ignored.\n", name)
	}
	for _, name := range r.Repeated {
		fmt.Fprintf(w, "Column %q stands twice, under this or another name of the same field, and was ignored.\n", name)
	}
	_, err := fmt.Fprintf(w, "%d rows (%s): %d leads added, %d rejected, %d already in the list, in %.1f s.\n",
		r.Rows, r.Encoding, r.Accepted, r.Rejected, r.Duplicates, r.Seconds)
	return err
}

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
	_, err = fmt.Fprintf(g.stdout, "Campaign %s %s at %s UTC.\n", id, word, now.Format(time.TimeOnly))
	return err
}
