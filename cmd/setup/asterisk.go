package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	asteriskconf "trunkline/asterisk-conf"
)

// oldestAsterisk is the first release whose AMI and ARI we drive.
const oldestAsterisk = 20

// asterisk sees to an Asterisk that can be started: the machine's own, or a
// Debian root under .run.
//
// The machine's apt is not asked even where it has a new enough Asterisk: that
// package brings a system service which starts at once and at every boot, on
// the SIP port, and a quick start must change nothing on the machine. The root
// holds the same program and belongs to this folder alone.
func (s *setup) asterisk(ctx context.Context) error {
	if hostAsterisk(ctx) >= oldestAsterisk {
		return nil
	}
	root := filepath.Join(s.run, "asterisk-root")
	if _, err := os.Stat(filepath.Join(root, "usr/sbin/asterisk")); err == nil {
		return nil
	}
	t := task{
		what: "Fetching Asterisk 22 into .run/asterisk-root (130 MB)",
		hint: "Start over when the network is back, or install Asterisk 20 or newer yourself: one in PATH is used first.",
	}
	return s.out.during(t, func() error {
		var end tail
		err := asteriskconf.BuildRoot(ctx, root, io.MultiWriter(s.out, &end))
		if err != nil && ctx.Err() == nil {
			return s.out.failure(t, "apt", err, end.lines(12))
		}
		return err
	})
}

var asteriskVersion = regexp.MustCompile(`Asterisk (\d+)\.`)

// hostAsterisk is the major version of the machine's Asterisk, 0 when it has none.
func hostAsterisk(ctx context.Context) int {
	path := program("asterisk")
	if path == "" {
		return 0
	}
	out, err := exec.CommandContext(ctx, path, "-V").Output()
	if err != nil {
		return 0
	}
	m := asteriskVersion.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(m[1]))
	return major
}
