package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	asteriskconf "trunkline/asterisk-conf"
)

// asterisk sees to an Asterisk that can be started: the machine's own, or a
// Debian root under .run.
//
// The machine's apt is not asked even where it has a new enough Asterisk: that
// package brings a system service which starts at once and at every boot, on
// the SIP port, and a quick start must change nothing on the machine. The root
// holds the same program and belongs to this folder alone.
func (s *setup) asterisk(ctx context.Context) error {
	_, err := asteriskconf.Find(s.run)
	if err == nil {
		return nil
	}
	if !errors.Is(err, asteriskconf.ErrNoAsterisk) {
		return fmt.Errorf("%w; `make clean` removes it, and the next start fetches it again", err)
	}
	t := task{
		what: "Fetching Asterisk 22 into .run/asterisk-root (130 MB)",
		hint: "Start over when the network is back, or install Asterisk 20 or newer yourself: one in PATH is used first.",
	}
	return s.out.during(t, func() error {
		var end tail
		err := asteriskconf.BuildRoot(ctx, asteriskconf.RootDir(s.run), io.MultiWriter(s.out, &end))
		if err != nil && ctx.Err() == nil {
			return s.out.failure(t, "apt", err, end.lines(12))
		}
		return err
	})
}
