package main

import (
	"context"
	"fmt"
	"time"

	"trunkline/cmd/internal/bench"
)

type benchGrowthCmd struct {
	Servers []int         `default:"1,2,4,8" help:"How many telephony servers, in turns." placeholder:"N"`
	Agents  int           `default:"6" help:"Agents on each server."`
	Rate    float64       `default:"2" help:"Calls a second that each server places."`
	For     time.Duration `default:"30s" help:"How long each number of servers is measured, or longer, until each server has placed 240 calls." placeholder:"DURATION"`
	Parts   []bench.Part  `default:"fake,real,full" enum:"fake,real,full" help:"What to measure: ${enum}: servers whose Asterisk is scripted; one real Asterisk and a pair; the load at which MariaDB is full." placeholder:"PART"`
}

// Help is printed below the flags.
func (*benchGrowthCmd) Help() string {
	return `Each telephony server is a real keepalive with its listen and hopper-fill, all on one MariaDB, with a web server and agents at
its desks. Their Asterisks are scripted where real ones would not fit on the machine. Everything runs under .run/bench-growth and on
loopback. The table's last line is JSON; the exit code is 1 when the work of a call grows with the number of servers.`
}

// Validate refuses what cannot be meant.
func (b *benchGrowthCmd) Validate() error {
	for _, n := range b.Servers {
		if n < 1 || n > 16 {
			return fmt.Errorf("--servers are numbers from 1 to 16, not %d", n)
		}
	}
	if b.Agents < 1 || b.Agents > 50 || b.Rate <= 0 || b.Rate > 20 || b.For < 5*time.Second || b.For > 5*time.Minute {
		return fmt.Errorf("--agents is from 1 to 50, --rate up to 20 calls a second, --for from 5s to 5m")
	}
	return nil
}

// Run measures.
func (b *benchGrowthCmd) Run(ctx context.Context, g *globals) error {
	return bench.RunGrowth(ctx, bench.GrowthOptions{
		Dir: ".run/bench-growth", Asterisk: ".run", Parts: b.Parts, Servers: b.Servers, Agents: b.Agents, Rate: b.Rate, For: b.For, Out: g.stdout, Progress: g.stderr,
	})
}
