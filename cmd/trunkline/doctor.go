package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"trunkline/cmd/internal/doctor"
)

type doctorCmd struct {
	JSON bool `name:"json" help:"Print the findings as JSON."`
}

// Help is what --help says beside.
func (*doctorCmd) Help() string {
	return "Each fault is named with its cure. The exit code is 0 when this host's roles can work, 1 when something keeps them from it, and 2 when the configuration cannot be read. Nothing is changed."
}

// Run prints what was found and fails if something is wrong.
func (d *doctorCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	findings := doctor.Examine(ctx, c, doctor.Options{})
	if d.JSON {
		err = json.NewEncoder(g.stdout).Encode(findings)
		if err != nil {
			return err
		}
	} else {
		tellFindings(g.stdout, findings)
	}
	for _, f := range findings {
		if f.Level == doctor.Fault {
			return errSaid
		}
	}
	return nil
}

func tellFindings(w io.Writer, findings []doctor.Finding) {
	marks := map[doctor.Level]string{doctor.OK: "ok   ", doctor.Warn: "note ", doctor.Fault: "WRONG"}
	count := map[doctor.Level]int{}
	for _, f := range findings {
		count[f.Level]++
		fmt.Fprintf(w, "%s  %-16s %s\n", marks[f.Level], f.Check, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(w, "%23s→ %s\n", "", f.Fix)
		}
	}
	switch {
	case count[doctor.Fault] > 0:
		fmt.Fprintf(w, "\n%d wrong, %d worth knowing.\n", count[doctor.Fault], count[doctor.Warn])
	case count[doctor.Warn] > 0:
		fmt.Fprintf(w, "\nNothing is wrong; %d worth knowing.\n", count[doctor.Warn])
	default:
		fmt.Fprintln(w, "\nAll is well.")
	}
}
