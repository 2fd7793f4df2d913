package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/retention"
	"trunkline/sql/mariadb"
)

type retentionCmd struct {
	Show    retentionShowCmd    `cmd:"" default:"1" help:"Show for how long things are kept (also without a word)."`
	Set     retentionSetCmd     `cmd:"" help:"Keep recordings, calls, agent_log or samples for so many days; 0 is for ever."`
	Unset   retentionUnsetCmd   `cmd:"" help:"Take a campaign's own rule for recordings away."`
	Hold    retentionHoldCmd    `cmd:"" help:"Keep a call and its recordings whatever is set, as for a dispute."`
	Release retentionReleaseCmd `cmd:"" help:"End a hold."`
	Holds   retentionHoldsCmd   `cmd:"" help:"List what is on hold."`
}

// keeping opens the store, and says who asks when.
func keeping(ctx context.Context, g *globals) (*mariadb.Retention, audit.By, func() error, error) {
	_, db, err := g.database(ctx)
	if err != nil {
		return nil, audit.By{}, nil, err
	}
	now, err := db.Now(ctx)
	if err != nil {
		db.Close()
		return nil, audit.By{}, nil, err
	}
	return mariadb.NewRetention(db), audit.By{User: commandLine, At: now}, db.Close, nil
}

type retentionShowCmd struct{}

// Run shows the rules.
func (*retentionShowCmd) Run(ctx context.Context, g *globals) error {
	store, _, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	rules, err := store.Rules(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHAT\tCAMPAIGN\tKEPT")
	for _, what := range retention.All {
		fmt.Fprintf(w, "%s\t\t%s\n", what, retention.Kept(retention.Days(rules, what, "")))
		for _, r := range rules {
			if r.What == what && r.Campaign != "" {
				fmt.Fprintf(w, "%s\t%s\t%s\n", what, r.Campaign, retention.Kept(r.Days))
			}
		}
	}
	return w.Flush()
}

type retentionSetCmd struct {
	What     string `arg:"" help:"recordings, calls, agent_log or samples."`
	Days     int    `arg:"" help:"Days; 0 is for ever."`
	Campaign string `help:"Of one campaign only; recordings only." placeholder:"ID"`
	Yes      bool   `help:"Do it although it deletes at once."`
}

// Help is what --help says beside.
func (*retentionSetCmd) Help() string {
	return "What is older is deleted: rows by one process of the cluster, recordings by the server that made them, within minutes. A deleted recording's row stays, with its hash and the day of its deletion; what is on hold stays. The law may ask you to keep records: the FTC's Telemarketing Sales Rule (16 CFR 310.5) wants calls kept for five years."
}

// Run sets a rule. One that deletes at once wants to be told so.
func (c *retentionSetCmd) Run(ctx context.Context, g *globals) error {
	store, by, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	rule := retention.Rule{What: retention.What(c.What), Campaign: dialer.CampaignID(c.Campaign), Days: c.Days}
	err = rule.Check()
	if err != nil {
		return err
	}
	loss, err := store.WouldDelete(ctx, rule, by.At)
	if err != nil {
		return err
	}
	if loss.Rows > 0 && !c.Yes {
		return fmt.Errorf("this deletes %s at once, and nothing brings them back; repeat it with --yes", loss.Of(rule.What))
	}
	err = store.Set(ctx, by, rule)
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "%s: %s.\n", c.What, retention.Kept(c.Days))
	return nil
}

type retentionUnsetCmd struct {
	What     string `arg:"" help:"recordings."`
	Campaign string `required:"" help:"Whose rule." placeholder:"ID"`
}

// Run takes the rule away.
func (c *retentionUnsetCmd) Run(ctx context.Context, g *globals) error {
	store, by, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	err = store.Unset(ctx, by, retention.What(c.What), dialer.CampaignID(c.Campaign))
	if errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("campaign %s has no rule of its own for %s; `trunkline retention` shows the rules", c.Campaign, c.What)
	}
	return err
}

type retentionHoldCmd struct {
	Call   int64  `arg:"" help:"The call's id, as the page Recordings shows it."`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run keeps the call.
func (c *retentionHoldCmd) Run(ctx context.Context, g *globals) error {
	store, by, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	who := "command line"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	err = store.Hold(ctx, by, retention.Hold{Call: dialer.CallID(c.Call), Reason: c.Reason, By: who})
	if errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("there is no call %d", c.Call)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "Call %d and its recordings are kept until `trunkline retention release %d`.\n", c.Call, c.Call)
	return nil
}

type retentionReleaseCmd struct {
	Call int64 `arg:"" help:"The call's id."`
}

// Run ends the hold.
func (c *retentionReleaseCmd) Run(ctx context.Context, g *globals) error {
	store, by, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	err = store.Release(ctx, by, dialer.CallID(c.Call))
	if errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("call %d is not on hold; `trunkline retention holds` lists those that are", c.Call)
	}
	return err
}

type retentionHoldsCmd struct{}

// Run lists the holds.
func (*retentionHoldsCmd) Run(ctx context.Context, g *globals) error {
	store, _, done, err := keeping(ctx, g)
	if err != nil {
		return err
	}
	defer done()
	holds, err := store.Holds(ctx)
	if err != nil {
		return err
	}
	if len(holds) == 0 {
		fmt.Fprintln(g.stdout, "Nothing is on hold.")
		return nil
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALL\tSINCE\tBY\tREASON")
	for _, h := range holds {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", h.Call, h.At.Format(time.DateTime), h.By, h.Reason)
	}
	return w.Flush()
}
