package main

import (
	"context"
	"fmt"

	"trunkline/cmd/internal/reportbench"
)

type benchReportsCmd struct {
	Calls  int `default:"1000000" help:"Calls of the log, 111,111 a day; the database keeps them for the next run."`
	Rounds int `default:"5" help:"Times that each report is made."`
}

// Help is printed below the flags.
func (*benchReportsCmd) Help() string {
	return `Runs a MariaDB of its own under .run/bench-reports and ends it. Ten million calls (--calls 10000000) take
about 8 GB of disk, 4 GB of memory and twenty minutes to make; the folder may be removed afterwards.`
}

// Validate refuses what cannot be meant.
func (b *benchReportsCmd) Validate() error {
	if b.Calls < 100_000 || b.Calls > 50_000_000 || b.Rounds < 1 || b.Rounds > 100 {
		return fmt.Errorf("--calls is a number from 100000 to 50000000, --rounds one from 1 to 100")
	}
	return nil
}

// Run measures.
func (b *benchReportsCmd) Run(ctx context.Context, g *globals) error {
	return reportbench.Run(ctx, reportbench.Options{Dir: ".run/bench-reports", Calls: b.Calls, Rounds: b.Rounds, Out: g.stdout, Say: g.stderr})
}
