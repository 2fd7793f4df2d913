package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

type complianceTryCmd struct {
	Campaign string   `required:"" placeholder:"ID" help:"Campaign whose leads are judged."`
	Pack     string   `placeholder:"FILE" help:"A rule pack to try beside those in use."`
	Set      []string `placeholder:"RULE=STATE" help:"Switch a rule: US-PA-HOURS=on, or strict, or off. May be repeated."`
	At       string   `placeholder:"TIME" help:"Judge by this time, RFC 3339, in place of now."`
	JSON     bool     `name:"json" help:"As JSON."`
}

// Run tells which leads a change of rules would turn. It changes nothing.
func (c *complianceTryCmd) Run(ctx context.Context, g *globals) error {
	at, err := parseAt(c.At)
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	draft, err := c.draft()
	if err != nil {
		return err
	}
	said := 0
	r, err := app.TryRules(ctx, db, dialer.CampaignID(c.Campaign), draft, at, func(n int) {
		if n-said >= 100_000 {
			said = n
			fmt.Fprintf(g.stderr, "%d leads judged\n", n)
		}
	})
	if errors.Is(err, dialer.ErrNotFound) {
		return noCampaign(c.Campaign)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(g.stdout).Encode(r)
	}
	fmt.Fprintf(g.stdout, "Of %d leads of %s the calling rules allow %d now, and would allow %d. Nothing was changed.\n", r.Leads, r.Campaign, r.Allowed, r.Then)
	for _, f := range []struct {
		flips app.Flips
		says  string
	}{{r.Gained, "would become callable, held back today by"}, {r.Lost, "would be held back, by"}} {
		for _, rule := range slices.Sorted(maps.Keys(f.flips.ByRule)) {
			fmt.Fprintf(g.stdout, "  %d %s %s\n", f.flips.ByRule[rule], f.says, rule)
		}
		for _, s := range f.flips.Samples {
			fmt.Fprintf(g.stdout, "    such as lead %d, %s: %s\n", s.Lead, s.Number, s.Reason)
		}
	}
	return nil
}

// draft is the rules in use with the change.
func (c *complianceTryCmd) draft() (*compliance.Draft, error) {
	if c.Pack == "" && len(c.Set) == 0 {
		return nil, fmt.Errorf("name a change: --pack FILE, or --set RULE=on")
	}
	set := []compliance.Setting{}
	for _, s := range c.Set {
		rule, status, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no change of a rule; write US-PA-HOURS=on", s)
		}
		set = append(set, compliance.Setting{Rule: rule, Status: compliance.Status(status), Why: "tried on the command line"})
	}
	d, err := compliance.NewSwitched(set)
	if err != nil || c.Pack == "" {
		return d, err
	}
	text, err := os.ReadFile(c.Pack)
	if err != nil {
		return nil, err
	}
	return d.With(filepath.Base(c.Pack), text)
}
