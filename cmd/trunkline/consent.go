package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

type consentCmd struct {
	Add    consentAddCmd    `cmd:"" help:"Record that somebody may be called. It takes no number off a do-not-call list."`
	Import consentImportCmd `cmd:"" help:"Record the consents of a file of numbers."`
	Revoke consentRevokeCmd `cmd:"" help:"Record that somebody wants no more calls: the number goes on the do-not-call list at once. It cannot be undone, only followed by a new consent."`
	Show   consentShowCmd   `cmd:"" help:"Show all that was said of a number, for instance to answer its owner."`
	Verify consentVerifyCmd `cmd:"" help:"Check that no row of the ledger was changed or taken out, and name the first that was."`
}

type consentAddCmd struct {
	Number   string `arg:"" help:"The number, +12125550123."`
	Level    string `default:"express" enum:"express,written" help:"express or written; a recorded voice needs written in the US, any call to Oklahoma."`
	Evidence string `required:"" placeholder:"TEXT" help:"Where the proof lies: a form, a recording, a file."`
	At       string `placeholder:"TIME" help:"When it was given, 2026-11-23T15:04:05Z; default: now."`
}

// Run appends a consent.
func (c *consentAddCmd) Run(ctx context.Context, g *globals) error {
	return addConsent(ctx, g, c.At, compliance.ConsentRow{E164: c.Number, Kind: compliance.SaidConsent, Level: compliance.Level(c.Level), Evidence: c.Evidence})
}

type consentRevokeCmd struct {
	Number   string `arg:"" help:"The number, +12125550123."`
	Evidence string `placeholder:"TEXT" help:"What was said, and how it reached you."`
	At       string `placeholder:"TIME" help:"When it was said, 2026-11-23T15:04:05Z; default: now."`
}

// Run appends a revocation.
func (c *consentRevokeCmd) Run(ctx context.Context, g *globals) error {
	return addConsent(ctx, g, c.At, compliance.ConsentRow{E164: c.Number, Kind: compliance.SaidRevoke, Evidence: c.Evidence})
}

func addConsent(ctx context.Context, g *globals, at string, row compliance.ConsentRow) error {
	number, err := typedNumber(row.E164)
	if err != nil {
		return err
	}
	row.E164 = number
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	row.Source = "cli"
	if row.At, err = saidAt(ctx, db, at); err != nil {
		return err
	}
	if err := mariadb.NewConsents(db).Add(ctx, row); err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "Recorded: %s of %s.\n", row.Kind, row.E164)
	return nil
}

type consentShowCmd struct {
	Number string `arg:"" help:"The number, +12125550123."`
	JSON   bool   `help:"As JSON."`
}

// Run shows a number's rows.
func (c *consentShowCmd) Run(ctx context.Context, g *globals) error {
	number, err := typedNumber(c.Number)
	if err != nil {
		return err
	}
	c.Number = number
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := mariadb.NewConsents(db).Of(ctx, c.Number)
	if err != nil {
		return err
	}
	var now compliance.Consent
	for _, r := range rows {
		now = now.Fold(r)
	}
	if c.JSON {
		return json.NewEncoder(g.stdout).Encode(map[string]any{"number": c.Number, "withdrawn": now.Withdrawn(), "rows": rows})
	}
	if len(rows) == 0 {
		fmt.Fprintf(g.stdout, "Nothing is on record of %s.\n", c.Number)
		return nil
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROW\tWHEN\tWHAT\tLEVEL\tFROM\tEVIDENCE")
	for _, r := range rows {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", r.N, r.At.Format(time.DateTime), r.Kind, r.Level, r.Source, r.Evidence)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if now.Withdrawn() {
		fmt.Fprintf(g.stdout, "%s is not called: its last word was no.\n", c.Number)
	}
	return nil
}

type consentVerifyCmd struct {
	JSON bool `help:"As JSON: rows, ok, error."`
}

// Run verifies the ledger.
func (c *consentVerifyCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := mariadb.NewConsents(db).Verify(ctx)
	if c.JSON {
		out := map[string]any{"rows": rows, "ok": err == nil}
		if err != nil {
			out["error"] = err.Error()
		}
		if e := json.NewEncoder(g.stdout).Encode(out); e != nil {
			return e
		}
		return err
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "The ledger is whole: %s, each follows the one before it.\n", counted(int(rows), "row"))
	return nil
}
