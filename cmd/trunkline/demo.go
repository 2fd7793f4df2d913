package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"

	"trunkline/cmd/internal/demo"
)

type demoCmd struct {
	Agents    int           `default:"3" help:"Simulated agents, 0 to 500."`
	For       time.Duration `help:"Dial for so long, then write a report and end; else until Ctrl-C." placeholder:"DURATION"`
	Report    string        `help:"File for the report; else it is printed." placeholder:"FILE" type:"path"`
	Leads     string        `help:"Lead file in place of the generated one." placeholder:"FILE" type:"existingfile"`
	DialLevel float64       `help:"Dial by RATIO, with so many calls for each agent who is ready; else by the campaign's own method, which begins as PREDICTIVE." placeholder:"LEVEL"`
	WebListen string        `help:"Where the pages are; another port if that is taken." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
	Seed      uint64        `help:"Of the simulated agents' habits." default:"1"`
}

// Help is printed below the flags.
func (*demoCmd) Help() string {
	return `Everything runs under .run in the working directory and on loopback: MariaDB, Asterisk as the
telephony server, a second Asterisk as the carrier, and all roles of Trunkline.

  trunkline demo
  trunkline demo --agents 10 --dial-level 2
  trunkline demo --agents 5 --for 60s --report r.json`
}

// Validate refuses what cannot be meant.
func (d *demoCmd) Validate() error {
	switch {
	case d.Agents < 0 || d.Agents > 500:
		return fmt.Errorf("--agents is a number from 0 to 500, not %d", d.Agents)
	case d.For < 0:
		return fmt.Errorf("--for is a duration such as 60s, not %s", d.For)
	case d.Report != "" && d.For == 0:
		return fmt.Errorf("--report needs --for: a demo without an end has no report")
	case d.DialLevel < 0 || d.DialLevel > 20:
		return fmt.Errorf("--dial-level is a number from 0 to 20, not %g", d.DialLevel)
	}
	if _, err := net.ResolveTCPAddr("tcp", d.WebListen); err != nil {
		return fmt.Errorf("--web-listen is host:port such as 127.0.0.1:8080, not %q", d.WebListen)
	}
	return nil
}

// Run runs the demo.
func (d *demoCmd) Run(ctx context.Context, g *globals) error {
	out := g.stdout
	if d.For > 0 && d.Report == "" {
		out = g.stderr // the report alone, for whoever reads it by program
	}
	return demo.Run(ctx, demo.Options{
		RunDir: ".run", Agents: d.Agents, For: d.For, Report: d.Report, Leads: d.Leads, DialLevel: d.DialLevel,
		WebListen: d.WebListen, Seed: d.Seed, Out: out, Width: width(out), ReportOut: g.stdout,
		Args: []string{"--log-level", g.LogLevel.String(), "--log-format", g.LogFormat},
	})
}

// width asks how wide a terminal is at the moment; it is nil for what is none.
func width(w io.Writer) func() int {
	f, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	return func() int {
		size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
		if err != nil || size.Col == 0 {
			return 80
		}
		return int(size.Col)
	}
}
