package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// lan is the cluster's network: one namespace for each host, and one for the
// switch that they hang on.
type lan struct {
	hosts []string
}

// subnet is free for private use (RFC 1918) and exists in no namespace but ours.
const subnet = "10.77.0"

// errNoRight says that this machine lets us make no network namespaces.
var errNoRight = errors.New("making network namespaces takes root, or the right to make user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, or an AppArmor profile)")

// noRight is the exit code of a process that was to make the network and may not.
const noRight = 77

// powers are what making networks takes, and breaking them: over what lies in
// our own user namespace, where we are not root.
var powers = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_PTRACE}

// enclosed is a process of this program that may make networks and the names by
// which ip(8) knows them, and sees both alone: what it makes ends with it. Anybody
// but root is given a user namespace for it.
func enclosed(ctx context.Context, args ...string) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe, append([]string{"cluster-network"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if me, group := os.Geteuid(), os.Getegid(); me != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: me, HostID: me, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: group, HostID: group, Size: 1}}
		cmd.SysProcAttr.AmbientCaps = powers
	}
	return cmd, nil
}

// forbidden tells whether starting such a process failed for want of the right:
// clone(2) says so in several ways.
func forbidden(err error) bool {
	for _, why := range []error{unix.EPERM, unix.ENOSPC, unix.EUSERS, unix.EINVAL, unix.ENOSYS} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// network makes the hosts' networks and runs this program with the arguments
// in the one that looks on. Its exit code is the program's.
func network(ctx context.Context, args []string) (code int, err error) {
	err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, "")
	if err == nil {
		err = unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") // ip keeps the names there
	}
	if err != nil {
		return noRight, fmt.Errorf("%w: a mount namespace: %w", errNoRight, err)
	}
	l := &lan{hosts: hosts}
	defer func() { // the networks themselves end with us
		for _, host := range l.hosts {
			l.end(context.WithoutCancel(ctx), host)
		}
	}()
	err = l.build(ctx)
	if err != nil {
		if errors.Is(err, errNoRight) {
			return noRight, err
		}
		return 1, err
	}
	exe, err := os.Executable()
	if err != nil {
		return 1, err
	}
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", l.name("ctl"), exe}, args...)...)
	cmd.Env = append(os.Environ(), inside+"=yes")
	if why := l.mayFilter(ctx); why != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", unwalled, why)
		cmd.Env = append(cmd.Env, openly+"=yes")
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// inside is set for what runs within the network, and openly, too, where no
// firewall may be loaded there.
const (
	inside = "TRUNKLINE_CLUSTER"
	openly = "TRUNKLINE_CLUSTER_OPEN"
)

func (l *lan) name(host string) string { return "tl-" + host }

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
	l.end(ctx, host)
	return err
}

func (l *lan) end(ctx context.Context, host string) {
	for range 20 { // one may have started another meanwhile
		pids := l.pids(ctx, host)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already, maybe
		}
	}
}
