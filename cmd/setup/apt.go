package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// need is something a target cannot do without, and the packages that bring it.
type need struct {
	what     string
	packages []string
	size     string // on disk, roughly
	has      func(context.Context) bool
}

type needs []need

func (n needs) names() (out []string) {
	for _, one := range n {
		out = append(out, one.packages...)
	}
	return out
}

// missingPackages are the needs this machine does not meet yet: those the next
// steps wait for, and those that may come later.
//
// MariaDB comes as its core packages, which hold the programs and no service.
func (s *setup) missingPackages(ctx context.Context) (first, later needs, err error) {
	now := []need{{
		what: "MariaDB's programs", packages: []string{"mariadb-server-core", "mariadb-client-core"}, size: "63 MB",
		has: programs([]string{"mariadbd"}, []string{"mariadb-install-db"}, []string{"mariadb"}),
	}}
	if s.npmWanted() {
		now = append(now, need{what: "Node.js and npm", packages: []string{"nodejs", "npm"}, size: "200 MB", has: usableNpm})
	}
	var then []need
	if s.forTest {
		now = append(now, need{
			what: "a C compiler for Go's race detector", packages: []string{"gcc", "libc6-dev"}, size: "150 MB", has: canCompile,
		})
		then = append(then, need{
			what: "ip, for the networks of a cluster", packages: []string{"iproute2"}, size: "3 MB", has: programs([]string{"ip"}),
		}, need{
			what: "nft, for the firewalls of a cluster", packages: []string{"nftables"}, size: "1 MB", has: programs([]string{"nft"}),
		}, need{
			what: "sipp, as a SIP phone", packages: []string{"sip-tester"}, size: "4 MB", has: programs([]string{"sipp"}),
		}, need{
			what: "Chromium", packages: []string{"chromium", "fonts-dejavu-core"}, size: "690 MB",
			has: programs([]string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}),
		})
	}
	for _, n := range now {
		if !n.has(ctx) {
			first = append(first, n)
		}
	}
	for _, n := range then {
		if !n.has(ctx) {
			later = append(later, n)
		}
	}
	if len(first)+len(later) > 0 {
		if _, err := exec.LookPath("apt-get"); err != nil {
			var list []string
			for _, n := range append(first, later...) {
				list = append(list, n.what)
			}
			return nil, nil, fmt.Errorf("this machine has no apt, so please install by its own means: %s", strings.Join(list, ", "))
		}
	}
	return first, later, nil
}

// programs is met when one of each group's names is there.
func programs(groups ...[]string) func(context.Context) bool {
	return func(context.Context) bool {
		for _, group := range groups {
			found := false
			for _, name := range group {
				found = found || program(name) != ""
			}
			if !found {
				return false
			}
		}
		return true
	}
}

// program finds a program in PATH or where an ordinary user's PATH does not look.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path := filepath.Join("/usr/sbin", name)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return path
	}
	return ""
}

// usableNpm wants npm with Node 18 or newer, which is Debian 12's.
func usableNpm(ctx context.Context) bool {
	if program("npm") == "" {
		return false
	}
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return false
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 18
}

// canCompile is true where there is a compiler with the C library's headers.
func canCompile(context.Context) bool {
	if program("gcc") == "" && program("cc") == "" {
		return false
	}
	_, err := os.Stat("/usr/include/stdlib.h")
	return err == nil
}

// becomeRoot makes sure that apt can be run, before anything slow begins and
// while a password can still be asked for.
func (s *setup) becomeRoot(ctx context.Context, packages []string) error {
	if os.Geteuid() == 0 {
		return nil
	}
	byHand := "sudo apt-get install --no-install-recommends " + strings.Join(packages, " ")
	if _, err := exec.LookPath("sudo"); err != nil {
		return fmt.Errorf("some packages are missing and there is no sudo here; have an administrator run\n  %s\nand start again", strings.TrimPrefix(byHand, "sudo "))
	}
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil {
		return nil
	}
	s.out.say("Packages to install: %s. sudo may ask for your password.", strings.Join(packages, " "))
	ask := exec.CommandContext(ctx, "sudo", "-v")
	ask.Stdin, ask.Stdout, ask.Stderr = os.Stdin, os.Stdout, os.Stderr
	if ask.Run() != nil {
		return fmt.Errorf("some packages are missing and sudo did not let us install them; run\n  %s\nand start again", byHand)
	}
	return nil
}

// apt installs packages; the lists are fetched only when they are needed.
func (s *setup) apt(ctx context.Context, missing needs) error {
	if len(missing) == 0 {
		return nil
	}
	var what []string
	for _, n := range missing {
		what = append(what, n.what+" ("+n.size+")")
	}
	install := aptGet(append([]string{"install", "--no-install-recommends"}, missing.names()...)...)
	update := aptGet("update")
	t := task{
		what: "Installing with apt: " + strings.Join(what, ", "),
		hint: "When apt works again, start over: what is there already is kept. By hand: apt-get install --no-install-recommends " + strings.Join(missing.names(), " "),
	}
	if !freshLists(time.Now()) {
		return s.out.run(ctx, t, update, install)
	}
	err := s.out.run(ctx, t, install)
	if err == nil || ctx.Err() != nil {
		return err
	}
	// A list of yesterday may name a version its archive no longer has.
	s.out.say("  that did not work; fetching apt's lists and trying again")
	return s.out.run(ctx, t, update, install)
}

// aptGet is a call of apt-get that asks nothing and waits for another one.
func aptGet(args ...string) command {
	call := []string{
		"apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0",
	}
	env := []string{"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	if os.Geteuid() != 0 {
		// sudo does not hand the environment on; env(1) sets it again.
		call = append(append([]string{"sudo", "-n", "env"}, env...), call...)
	}
	return command{args: append(call, args...), env: env}
}

// freshLists is true when apt has its package lists and asked for them within the
// last day. The lists themselves carry the archive's dates; their folder changes
// when apt asks.
func freshLists(now time.Time) bool {
	lists, _ := filepath.Glob("/var/lib/apt/lists/*_Packages*")
	info, err := os.Stat("/var/lib/apt/lists/partial")
	return len(lists) > 0 && err == nil && now.Sub(info.ModTime()) < 24*time.Hour
}
