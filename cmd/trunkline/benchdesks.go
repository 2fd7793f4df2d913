package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/cmd/internal/bench"
)

type benchDesksCmd struct {
	Desks []int         `default:"0,200,2000" help:"How many desks are connected, in turns." placeholder:"DESKS"`
	Leads int           `default:"1000000" help:"Leads of the campaign's lists."`
	Rate  int           `default:"200" help:"Changes a second over all desks: a busy agent sees one every ten seconds."`
	For   time.Duration `default:"15s" help:"How long things change at each number of desks." placeholder:"DURATION"`
	Idle  time.Duration `default:"10s" help:"How long nothing happens while the database's load is taken." placeholder:"DURATION"`
}

// Help is printed below the flags.
func (*benchDesksCmd) Help() string {
	return `Runs a MariaDB and a web process that may use one core, under .run/bench-desks and on loopback, and ends them.
Browsers are simulated: each follows its stream and answers its pings. Pages are found by their links. The table's
last line is JSON. It ends with an error when a page or an event is slower than we promise.`
}

// Validate refuses what cannot be meant.
func (b *benchDesksCmd) Validate() error {
	for _, n := range b.Desks {
		if n < 0 || n > 10_000 {
			return fmt.Errorf("--desks are numbers from 0 to 10000, not %d", n)
		}
	}
	if len(b.Desks) == 0 || slices.Max(b.Desks) == 0 {
		return fmt.Errorf("--desks needs a number above 0: the pages are fetched by agents that it makes")
	}
	if b.Leads < 10_000 || b.Leads > 20_000_000 {
		return fmt.Errorf("--leads is a number from 10000 to 20000000, not %d", b.Leads)
	}
	if b.Rate < 1 || b.Rate > 5000 || b.For < time.Second || b.Idle < time.Second {
		return fmt.Errorf("--rate is 1 to 5000, --for and --idle are a second or more")
	}
	return nil
}

// Run measures.
func (b *benchDesksCmd) Run(ctx context.Context, g *globals) error {
	return bench.RunDesks(ctx, bench.DeskOptions{
		Dir: ".run/bench-desks", Desks: b.Desks, Leads: b.Leads, Rate: b.Rate, For: b.For, Idle: b.Idle, Out: g.stdout, Progress: g.stderr,
	})
}
