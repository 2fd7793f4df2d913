package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

type complianceCmd struct {
	Rules    complianceRulesCmd    `cmd:"" help:"List the calling rules in use: which are applied, which are strict or off, and why."`
	Check    complianceCheckCmd    `cmd:"" help:"Judge a call to a number, now or at another time."`
	Call     complianceCallCmd     `cmd:"" help:"Show why a past call was placed: rule packs, rule, and what was known."`
	Scrubbed complianceScrubbedCmd `cmd:"" help:"Note that lists were compared with a do-not-call register; without one, show when they last were."`
	Try      complianceTryCmd      `cmd:"" help:"Tell which leads a change of the rules would turn, before it is made."`
}

type complianceRulesCmd struct {
	JSON bool `help:"As JSON."`
}

// Run lists the rules. It needs no database.
func (c *complianceRulesCmd) Run(g *globals) error {
	file := app.Find(g.ConfigFile) // it may name packs of one's own
	if _, err := os.Stat(file); err == nil || g.ConfigFile != "" {
		if _, err := app.Load(file); err != nil {
			return err
		}
	}
	rules := compliance.Rules()
	slices.SortStableFunc(rules, compliance.Compare)
	if c.JSON {
		return json.NewEncoder(g.stdout).Encode(map[string]any{"version": compliance.Version(), "packs": compliance.Packs(), "rules": rules})
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tWHERE\tSTATE\tKIND\tSAYS\tSOURCE")
	for _, r := range rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Jurisdiction, r.Status, r.Kind, r.Says, r.Citation)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "\nVersion %s. strict: applied though nobody compared it with its source, since it only narrows what is allowed. off: not applied.\n", compliance.Version())
	return nil
}

type complianceCheckCmd struct {
	Number   string `arg:"" help:"The number, +12125550123."`
	Campaign string `placeholder:"ID" help:"By the settings of this campaign; default: any hours, no limits of its own."`
	State    string `placeholder:"NY" help:"State or province of the lead's address."`
	At       string `placeholder:"TIME" help:"2026-11-23T15:04:05Z; default: now."`
	JSON     bool   `help:"As JSON."`
}

// Run judges a call.
func (c *complianceCheckCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	if c.At != "" {
		now, err = time.Parse(time.RFC3339, c.At)
		if err != nil {
			return fmt.Errorf("%q is not a time such as 2026-11-23T15:04:05Z", c.At)
		}
	}
	campaign := dialer.Campaign{CallTo: 1440, CallerID: "any"}
	if c.Campaign != "" {
		campaign, err = mariadb.NewListen(db).Campaign(ctx, dialer.CampaignID(c.Campaign))
		if err != nil {
			return noCampaign(c.Campaign)
		}
	}
	store := mariadb.NewHopperStore(db)
	histories, err := store.Histories(ctx, []string{c.Number}, now)
	if err != nil {
		return err
	}
	dnc, err := store.DNC(ctx, campaign.ID, []string{c.Number})
	if err != nil {
		return err
	}
	v := compliance.Check(compliance.Ask(dialer.Lead{E164: c.Number, State: c.State}, campaign, dnc[c.Number], histories[c.Number], now))
	if c.JSON {
		out := map[string]any{"number": c.Number, "allowed": v.Allowed, "rule": v.Rule, "reason": v.Reason, "rules": compliance.Version()}
		if !v.Until.IsZero() {
			out["until"] = v.Until
		}
		return json.NewEncoder(g.stdout).Encode(out)
	}
	word := "may not be called"
	if v.Allowed {
		word = "may be called"
	}
	fmt.Fprintf(g.stdout, "%s %s. %s\n", c.Number, word, v.Reason)
	if !v.Allowed && !v.Until.IsZero() {
		fmt.Fprintf(g.stdout, "From %s UTC it may, if nothing else happens.\n", v.Until.UTC().Format(time.DateTime))
	}
	return nil
}

type complianceCallCmd struct {
	ID   int64 `arg:"" help:"The call."`
	JSON bool  `help:"As JSON."`
}

// Run explains a past call.
func (c *complianceCallCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := mariadb.NewVerdicts(db).OfCall(ctx, dialer.CallID(c.ID))
	if err != nil {
		return fmt.Errorf("call %d: %w", c.ID, err)
	}
	if c.JSON {
		return json.NewEncoder(g.stdout).Encode(v)
	}
	fmt.Fprintf(g.stdout, "Call %d to %s, campaign %s, placed %s UTC.\n", v.ID, v.E164, v.CampaignID, v.PlacedAt.Format(time.DateTime))
	if v.Verdict == 0 {
		fmt.Fprintln(g.stdout, "It was placed before verdicts were kept.")
		return nil
	}
	until := "nothing but its own end"
	if v.Until != nil {
		until = v.Until.Format(time.DateTime) + " UTC"
	}
	fmt.Fprintf(g.stdout, "It was allowed; rule %s would have ended first, at %s.\nKnown of the number: %s.\nJudged by: %s\n", v.Rule, until, v.Knew, v.Inputs)
	if v.Notice != "" {
		told := "the campaign played no announcement: saying so was the agent's"
		if v.ToldAt != nil {
			told = "the announcement began at " + v.ToldAt.Format(time.DateTime) + " UTC"
		}
		fmt.Fprintf(g.stdout, "Rule %s wants the callee told if the call is recorded: %s.\n", v.Notice, told)
	}
	return nil
}
