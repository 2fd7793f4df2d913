package main

import (
	"context"
	"fmt"

	"trunkline/cmd/internal/hopperbench"
)

type benchHopperCmd struct {
	Sizes  []int `default:"100000,1000000" help:"Leads of the campaign, each 50,000 or more; the database keeps them for the next run." placeholder:"LEADS"`
	Rounds int   `default:"5" help:"Fills of each order at each size."`
	Claims int   `default:"1000000" help:"Claims in all."`
	Import int   `default:"200000" help:"Rows of the imported file."`
}

// Help is printed below the flags.
func (*benchHopperCmd) Help() string {
	return `Runs a MariaDB of its own under .run/bench-hopper and ends it. Ten million leads (--sizes 100000,10000000)
take about 9 GB of disk, 8 GB of memory and some minutes to make; the folder may be removed afterwards.`
}

// Validate refuses what cannot be meant.
func (b *benchHopperCmd) Validate() error {
	for _, n := range b.Sizes {
		if n < 50_000 || n > 20_000_000 {
			return fmt.Errorf("--sizes are numbers from 50000 to 20000000, not %d", n)
		}
	}
	if b.Rounds < 1 || b.Claims < 1 || b.Import < 1000 {
		return fmt.Errorf("--rounds and --claims are 1 or more, --import 1000 or more")
	}
	return nil
}

// Run measures.
func (b *benchHopperCmd) Run(ctx context.Context, g *globals) error {
	return hopperbench.Run(ctx, hopperbench.Options{
		Dir: ".run/bench-hopper", Sizes: b.Sizes, Rounds: b.Rounds, Claims: b.Claims, Import: b.Import, Out: g.stdout, Say: g.stderr,
	})
}
