package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
)

type hopperCmd struct {
	Fill    hopperFillOnceCmd `cmd:"" help:"Fill a campaign's hopper once and say what it took."`
	Recycle hopperRecycleCmd  `cmd:"" help:"Have leads of a status called again without a reset of their list."`
	Filter  hopperFilterCmd   `cmd:"" help:"Filters: which leads a campaign dials."`
	Mix     hopperMixCmd      `cmd:"" help:"Share a campaign's hopper out among lists by per cent."`
	Alt     hopperAltCmd      `cmd:"" help:"Have further numbers of a lead dialed once a call has reached nobody."`
	Then    hopperThenCmd     `cmd:"" help:"Set the order among leads that are equal by a campaign's lead order."`
	Explain hopperExplainCmd  `cmd:"" help:"Count what holds a campaign's leads back now, or say it of one."`
}

type hopperFillOnceCmd struct {
	Once     bool   `required:"" help:"Once, now; hopper-fill does it all the time."`
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	At       string `placeholder:"TIME" help:"Judge calling hours and delays by this time, RFC 3339, in place of now."`
	JSON     bool   `name:"json" help:"Print the report as one JSON object."`
}

// Run fills the hopper.
func (h *hopperFillOnceCmd) Run(ctx context.Context, g *globals) error {
	at, err := parseAt(h.At)
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := app.FillOnce(ctx, db, dialer.CampaignID(h.Campaign), at)
	if errors.Is(err, dialer.ErrNotFound) {
		return noCampaign(h.Campaign)
	}
	if err != nil {
		return err
	}
	if h.JSON {
		return json.NewEncoder(g.stdout).Encode(r)
	}
	fmt.Fprintf(g.stdout, "%d leads put into the hopper of %s, which is kept at %d, in %.1f ms: %d statements, %d rows read.\n",
		r.Inserted, r.Campaign, r.Level, r.MS, r.Count, r.RowsRead)
	for _, reason := range hopper.Reasons() {
		if n := r.Held[reason]; n > 0 {
			says, _ := reason.Says()
			fmt.Fprintf(g.stdout, "  %d of those looked at: each %s\n", n, says)
		}
	}
	return nil
}

func parseAt(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%q is no time; write it like 2026-11-23T17:30:00Z", text)
	}
	return at.UTC(), nil
}

type hopperExplainCmd struct {
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	Lead     int64  `placeholder:"ID" help:"Say it of this lead."`
	At       string `placeholder:"TIME" help:"Judge by this time, RFC 3339, in place of now."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

// Run counts each lead under the first reason that holds it back.
func (h *hopperExplainCmd) Run(ctx context.Context, g *globals) error {
	at, err := parseAt(h.At)
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if h.Lead != 0 {
		a, err := app.ExplainLead(ctx, db, dialer.CampaignID(h.Campaign), dialer.LeadID(h.Lead), at)
		switch {
		case errors.Is(err, app.ErrNoLead):
			return fmt.Errorf("campaign %s has no lead %d on any of its lists", h.Campaign, h.Lead)
		case errors.Is(err, dialer.ErrNotFound):
			return noCampaign(h.Campaign)
		case err != nil:
			return err
		case h.JSON:
			return json.NewEncoder(g.stdout).Encode(a)
		}
		fmt.Fprintf(g.stdout, "Lead %d, list %d, status %s: %s\n", a.Lead, a.List, a.Status, a.Says)
		if a.Until != nil {
			fmt.Fprintf(g.stdout, "Not before %s UTC.\n", a.Until.UTC().Format("Mon 2 Jan 2006 15:04:05"))
		}
		for _, r := range a.Checked {
			says, _ := r.Says()
			fmt.Fprintf(g.stdout, "Besides, it %s.\n", says)
		}
		return nil
	}
	c, took, err := app.Explain(ctx, db, dialer.CampaignID(h.Campaign), at)
	if errors.Is(err, dialer.ErrNotFound) {
		return noCampaign(h.Campaign)
	}
	if err != nil {
		return err
	}
	if h.JSON {
		return json.NewEncoder(g.stdout).Encode(struct {
			hopper.Census
			MS float64 `json:"ms"`
		}{c, app.Millis(took)})
	}
	if c.Problem != "" {
		fmt.Fprintf(g.stdout, "Nothing is filled: %s\n", c.Problem)
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "LEADS\t EACH OF THEM\n%d\t can be called now\n", c.Dialable)
	for _, n := range c.Counts {
		fmt.Fprintf(w, "%d\t %s (%s)\n", n.Leads, n.Says, n.Reason)
		for _, by := range n.Rules {
			if by.Rule != string(n.Reason) {
				day := ""
				if by.Holiday != "" {
					day = "as it is " + by.Holiday + ", "
				}
				fmt.Fprintf(w, "\t   %d of them %sby rule %s%s\n", by.Leads, day, by.Rule, ruleSays(by.Rule))
			}
		}
	}
	noun := strings.TrimPrefix(counted(c.Leads, "lead"), fmt.Sprint(c.Leads))
	fmt.Fprintf(w, "%d\t%s of %s, counted in %.0f ms\n", c.Leads, noun, counted(len(c.Lists), "list"), app.Millis(took))
	if err := w.Flush(); err != nil {
		return err
	}
	for _, ask := range c.Asks {
		fmt.Fprintf(g.stdout, "Holds back nobody, but should be seen to: %s\n", ask.Says)
	}
	return nil
}

// ruleSays is what a rule of a pack says, to stand behind its id.
func ruleSays(id string) string {
	if r, ok := compliance.RuleOf(id); ok {
		return ": " + r.Says
	}
	return ""
}
