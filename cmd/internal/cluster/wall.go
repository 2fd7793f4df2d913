package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"trunkline/cmd/internal/app"
)

// unwalled begins the line that says that hosts have no firewalls, and why.
const unwalled = "The hosts have no firewalls: "

// nft is nftables' program; an ordinary user's PATH often lacks its folder.
func nft() (string, error) {
	if path, err := exec.LookPath("nft"); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("/usr/sbin/nft")
	if err != nil {
		return "", fmt.Errorf("no nft found; it comes with the package nftables, which `make test` installs: %w", err)
	}
	return path, nil
}

// load runs a text of nftables; where says in whose network, if not in ours.
func load(ctx context.Context, text string, where ...string) error {
	program, err := nft()
	if err != nil {
		return err
	}
	command := append(where, program, "-f", "-")
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// load runs a text of nftables in a host's network.
func (l *lan) load(ctx context.Context, host, text string) error {
	return load(ctx, text, "ip", "netns", "exec", l.name(host))
}

// mayFilter tries whether we may load rules at all: the kernel may have none, or
// not for whom it has given a user namespace.
func (l *lan) mayFilter(ctx context.Context) error {
	return l.load(ctx, "sw", "table inet trunkline {\n chain input {\n type filter hook input priority filter; policy accept;\n ct state established accept\n }\n}\n")
}

// wall loads what `trunkline grants` prints for a host of this role, before
// anything of it is up.
func (s spec) wall(ctx context.Context, c app.Config, role string, rtpFirst, rtpLast int) error {
	if os.Getenv(openly) != "" {
		return nil
	}
	n := s.Neighbours
	n.RTPFirst, n.RTPLast = rtpFirst, rtpLast
	return load(ctx, app.Firewall(c, []string{role}, n))
}
