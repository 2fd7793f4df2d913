package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"trunkline/cmd/internal/chaos"
)

type chaosCmd struct {
	For      time.Duration `default:"10m" help:"How long to strike." placeholder:"DURATION"`
	Seed     uint64        `help:"Of the blows; else one is drawn." placeholder:"NUMBER"`
	Agents   int           `default:"20" help:"Simulated agents, 1 to 100."`
	CPS      float64       `name:"cps" default:"10" help:"Calls a second, 1 to 50."`
	Every    time.Duration `default:"5s" help:"Between two blows." placeholder:"DURATION"`
	Only     string        `help:"Only blows whose name contains this." placeholder:"TEXT"`
	Outbound bool          `help:"Asterisk connects to listen for its events, not listen to Asterisk."`
	Adopt    int           `help:"Instead: kill listen under so many talking calls, and print how long the next one takes to have them in hand." placeholder:"CALLS"`
	Crashes  int           `default:"1" help:"End Asterisk by SIGSEGV so often in the storm, as a fault of its own would." placeholder:"NUMBER"`
	Restarts bool          `default:"true" negatable:"" help:"Restart Asterisk, too, at the end."`
}

// How --adopt fills the floor, and how often it kills.
const (
	adoptCPS   = 20
	adoptKills = 3
)

// Help is printed below the flags.
func (*chaosCmd) Help() string {
	return `Runs a system of its own under .run/chaos and on loopback, breaks it and ends it. It fails when
anything was lost.`
}

// Validate refuses what cannot be meant.
func (c *chaosCmd) Validate() error {
	switch {
	case c.For < 10*time.Second || c.For > 24*time.Hour:
		return fmt.Errorf("--for is a duration from 10s to 24h, not %s", c.For)
	case c.Every < 50*time.Millisecond:
		return fmt.Errorf("--every is a duration from 50ms, not %s", c.Every)
	case c.Agents < 1 || c.Agents > 100:
		return fmt.Errorf("--agents is a number from 1 to 100, not %d", c.Agents)
	case c.Crashes < 0 || c.Crashes > int(c.For/(30*time.Second)):
		return fmt.Errorf("--crashes is a number from 0 to one for each 30 s of --for, not %d", c.Crashes)
	case c.Adopt < 0 || c.Adopt > 500:
		return fmt.Errorf("--adopt is a number of calls up to 500, not %d", c.Adopt)
	case c.CPS < 1 || c.CPS > 50:
		return fmt.Errorf("--cps is a number from 1 to 50, not %g", c.CPS)
	}
	return nil
}

// Run strikes.
func (c *chaosCmd) Run(ctx context.Context, g *globals) error {
	if c.Seed == 0 {
		c.Seed = rand.Uint64N(1_000_000) + 1
	}
	o := chaos.Options{
		Dir: ".run/chaos", Asterisk: ".run", Seed: c.Seed, For: c.For, Agents: c.Agents, CPS: c.CPS,
		Every: c.Every, Only: c.Only, Outbound: c.Outbound, Restarts: c.Restarts, Crashes: c.Crashes, Strict: true, Out: g.stdout,
		Args: []string{"--log-level", g.LogLevel.String(), "--log-format", g.LogFormat},
	}
	if c.Adopt > 0 {
		o.Agents, o.CPS = c.Adopt, adoptCPS
		return chaos.Adopt(ctx, o, adoptKills)
	}
	return chaos.Run(ctx, o)
}
