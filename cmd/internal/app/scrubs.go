package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// scrubs are the do-not-call registers for the pages.
type scrubs struct{ db *mariadb.DB }

// Registers are those that the calling rules name, in their order.
func (s scrubs) Registers(ctx context.Context) ([]facts.Register, error) {
	last, err := mariadb.NewScrubs(s.db).Last(ctx)
	var all []facts.Register
	for _, r := range compliance.Scrubs() {
		country, _, _ := strings.Cut(r.Jurisdiction, "-")
		all = append(all, facts.Register{Name: r.Register, Rule: r.Rule, Country: country, Days: r.Days, Last: last[r.Register]})
	}
	return all, err
}

// Scrubbed notes a comparison. A register that no rule names, or a day that has
// not come, is a *dialer.Problem.
func (s scrubs) Scrubbed(ctx context.Context, sc facts.Scrub) error { return Scrubbed(ctx, s.db, sc) }

// Scrubbed is the same for the command line.
func Scrubbed(ctx context.Context, db *mariadb.DB, sc facts.Scrub) error {
	switch {
	case !compliance.KnownRegister(sc.Register):
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("No calling rule names a register %q.", sc.Register))
	case sc.At.After(sc.NotedAt.Add(24 * time.Hour)):
		return dialer.Explain(dialer.ErrInvalid, "That day has not come yet. Enter the day of the register's data.")
	case sc.Numbers < 0 || len([]rune(sc.Note)) > 120:
		return dialer.Explain(dialer.ErrInvalid, "The note has up to 120 letters, and the numbers are 0 or more.")
	}
	return mariadb.NewScrubs(db).Add(ctx, sc)
}

// Findings are what the calling rules ask of a campaign that nothing on record
// sees to: by its settings, and by how long ago lists were compared with the
// registers.
func Findings(ctx context.Context, db *mariadb.DB, c dialer.Campaign) ([]compliance.Finding, error) {
	all := compliance.Findings(c)
	last, err := mariadb.NewScrubs(db).Last(ctx)
	if err != nil {
		return all, err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return all, err
	}
	return append(all, compliance.ScrubFindings(c, last, now)...), nil
}
