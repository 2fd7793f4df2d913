package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// lan is the cluster's network: one namespace for each host, and one for the
// switch that they hang on.
type lan struct {
	prefix string // of the namespaces' names, so that two runs do not meet
	hosts  []string
}

// subnet is free for private use (RFC 1918) and exists in no namespace but ours.
const subnet = "10.77.0"

// errNoRight says that this machine lets us make no network namespaces.
var errNoRight = errors.New("making network namespaces takes the rights of root (CAP_NET_ADMIN and CAP_SYS_ADMIN)")

func (l *lan) name(host string) string { return l.prefix + host }

// address is a host's.
func (l *lan) address(host string) string {
	for i, h := range l.hosts {
		if h == host {
			return fmt.Sprintf("%s.%d", subnet, 10+i)
		}
	}
	return ""
}

// run runs ip(8).
func ip(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// in runs ip in a host's namespace.
func (l *lan) in(ctx context.Context, host string, args ...string) error {
	return ip(ctx, append([]string{"-n", l.name(host)}, args...)...)
}

// build makes the namespaces and the wires.
func (l *lan) build(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errNoRight
	}
	err := ip(ctx, "netns", "add", l.name("sw"))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoRight, err)
	}
	err = l.in(ctx, "sw", "link", "add", "br0", "type", "bridge")
	if err == nil {
		err = l.in(ctx, "sw", "link", "set", "br0", "up")
	}
	for _, h := range l.hosts {
		if err != nil {
			return err
		}
		err = l.plug(ctx, h)
	}
	return err
}

func (l *lan) plug(ctx context.Context, host string) error {
	for _, step := range [][]string{
		{"netns", "add", l.name(host)},
		{"-n", l.name("sw"), "link", "add", "p-" + host, "type", "veth", "peer", "name", "eth0", "netns", l.name(host)},
		{"-n", l.name("sw"), "link", "set", "p-" + host, "master", "br0", "up"},
		{"-n", l.name(host), "addr", "add", l.address(host) + "/24", "dev", "eth0"},
		{"-n", l.name(host), "link", "set", "lo", "up"},
		{"-n", l.name(host), "link", "set", "eth0", "up"},
	} {
		err := ip(ctx, step...)
		if err != nil {
			return err
		}
	}
	return nil
}

// unplug pulls a host's cable, or puts it back.
func (l *lan) unplug(ctx context.Context, host string, out bool) error {
	state := "up"
	if out {
		state = "down"
	}
	return l.in(ctx, "sw", "link", "set", "p-"+host, state)
}

// part lets two hosts not reach each other, or again; both reach all others.
func (l *lan) part(ctx context.Context, a, b string, apart bool) error {
	verb := "del"
	if apart {
		verb = "add"
	}
	return errors.Join(
		l.in(ctx, a, "route", verb, "blackhole", l.address(b)+"/32"),
		l.in(ctx, b, "route", verb, "blackhole", l.address(a)+"/32"))
}

// pids are the processes of a host.
func (l *lan) pids(ctx context.Context, host string) (pids []int) {
	out, err := exec.CommandContext(ctx, "ip", "netns", "pids", l.name(host)).Output()
	if err != nil {
		return nil
	}
	for word := range strings.FieldsSeq(string(out)) {
		var pid int
		if _, err := fmt.Sscan(word, &pid); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// power ends all processes of a host at once, as when the power goes.
func (l *lan) power(ctx context.Context, host string) error {
	err := l.unplug(ctx, host, true)
	for range 20 { // one may have started another meanwhile
		pids := l.pids(ctx, host)
		if len(pids) == 0 {
			return err
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already, maybe
		}
	}
	return err
}

// tear removes all.
func (l *lan) tear(ctx context.Context) error {
	var errs []error
	for _, h := range append(l.hosts, "sw") {
		for _, pid := range l.pids(ctx, h) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if _, err := os.Stat("/run/netns/" + l.name(h)); err == nil {
			errs = append(errs, ip(ctx, "netns", "del", l.name(h)))
		}
	}
	return errors.Join(errs...)
}
