package main

import (
	"context"
	"time"

	"trunkline/cmd/internal/bench"
)

type benchCmd struct {
	For   time.Duration `default:"30s" help:"How long to dial at each rate." placeholder:"DURATION"`
	Rates []float64     `default:"5,20,50" help:"Calls a second." placeholder:"CPS"`
	Parts []bench.Part  `default:"answers,cost,originate" enum:"answers,cost,originate" help:"What to measure: ${enum}." placeholder:"PART"`
}

// Help is printed below the flags.
func (*benchCmd) Help() string {
	return `Runs a system of its own under .run/bench and on loopback, and ends it. The table's last line is JSON.`
}

// Run measures.
func (b *benchCmd) Run(ctx context.Context, g *globals) error {
	return bench.Run(ctx, bench.Options{
		Dir: ".run/bench", Asterisk: ".run", Parts: b.Parts, Rates: b.Rates, For: b.For, Out: g.stdout, Progress: g.stderr,
	})
}
