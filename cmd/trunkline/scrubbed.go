package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

type complianceScrubbedCmd struct {
	Register string `arg:"" optional:"" help:"Register, as the calling rules name it, such as TPS."`
	Day      string `placeholder:"DATE" help:"Day of the register's data, 2026-11-28; default: today."`
	Numbers  int    `placeholder:"N" help:"Numbers that it had and that were taken off the lists."`
	Note     string `placeholder:"TEXT" help:"Who compared, and where the proof lies."`
}

// Run notes a comparison, or lists the last ones.
func (c *complianceScrubbedCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	if c.Register == "" {
		return c.list(ctx, g, db, now)
	}
	day := now
	if c.Day != "" {
		if day, err = time.Parse(time.DateOnly, c.Day); err != nil {
			return fmt.Errorf("--day is a day such as 2026-11-28, not %q", c.Day)
		}
	}
	err = app.Scrubbed(ctx, db, facts.Scrub{Register: c.Register, At: day, Numbers: c.Numbers, Note: c.Note, NotedAt: now})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "Noted: lists were compared with %s of %s.\n", c.Register, day.Format("2 January 2006"))
	return err
}

func (c *complianceScrubbedCmd) list(ctx context.Context, g *globals, db *mariadb.DB, now time.Time) error {
	last, err := mariadb.NewScrubs(db).Last(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REGISTER\tRULE\tEVERY\tLAST COMPARED")
	for _, s := range compliance.Scrubs() {
		says := "never, as far as is known"
		if at := last[s.Register]; !at.IsZero() {
			says = fmt.Sprintf("%s, %d days ago", at.Format(time.DateOnly), int(now.Sub(at)/(24*time.Hour)))
		}
		fmt.Fprintf(w, "%s\t%s\t%d days\t%s\n", s.Register, s.Rule, s.Days, says)
	}
	return w.Flush()
}
