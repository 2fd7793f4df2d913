package main

import (
	"context"
	"fmt"
	"time"

	"trunkline/cmd/internal/boardbench"
)

type benchBoardsCmd struct {
	Boards []int         `default:"1,50,200" help:"Boards open at a time." placeholder:"N"`
	Agents int           `default:"300" help:"Agents on shift."`
	Rate   float64       `default:"50" help:"Changes of agents' states a second."`
	For    time.Duration `default:"20s" help:"How long each number of boards is measured."`
}

// Help is printed below the flags.
func (*benchBoardsCmd) Help() string {
	return `Runs a MariaDB of its own under .run/bench-boards and ends it. The table's last line is JSON.`
}

// Validate refuses what cannot be meant.
func (b *benchBoardsCmd) Validate() error {
	for _, n := range b.Boards {
		if n < 1 || n > 2000 {
			return fmt.Errorf("--boards are numbers from 1 to 2000, not %d", n)
		}
	}
	if b.Agents < 1 || b.Agents > 5000 || b.Rate <= 0 || b.Rate > 1000 || b.For < time.Second {
		return fmt.Errorf("--agents is from 1 to 5000, --rate up to 1000 a second, --for 1s or more")
	}
	return nil
}

// Run measures.
func (b *benchBoardsCmd) Run(ctx context.Context, g *globals) error {
	return boardbench.Run(ctx, boardbench.Options{
		Dir: ".run/bench-boards", Boards: b.Boards, Agents: b.Agents, Rate: b.Rate, For: b.For, Out: g.stdout, Say: g.stderr,
	})
}
