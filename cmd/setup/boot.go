package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// boot takes the packages of `make deb` to a host that serves, on a Debian of its
// own: a root made by mmdebstrap below .run, in which systemd runs as process 1
// in namespaces, so that the units, their hardening and their readiness are those
// of an installed host. Nothing of this machine is seen from there but its kernel,
// and the network is a loopback of its own.
func boot(ctx context.Context, root string) error {
	if os.Geteuid() != 0 {
		return errors.New("a system is booted by root")
	}
	b := &booted{dir: filepath.Join(root, ".run", "boot")}
	debs, err := b.packages(root)
	if err != nil {
		return err
	}
	if err := b.makeRoot(ctx, debs); err != nil {
		return err
	}
	fmt.Println("Booting systemd …")
	if err := b.start(ctx); err != nil {
		return err
	}
	defer b.stop()
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"systemd is up", b.up},
		{fmt.Sprintf("trunkline setup, from the packages to both roles serving in less than %s", setupLimit), b.setup},
		{"trunkline setup, done again while all runs", func(ctx context.Context) error { return b.run(ctx, "", "trunkline", "setup") }},
		{"every unit is active, and none has failed", b.active},
		{"systemd-analyze finds nothing wrong with them", b.verified},
		{"trunkline doctor finds nothing wrong", func(ctx context.Context) error { return b.run(ctx, "", "trunkline", "doctor") }},
		{"keepalive killed: it is back, and listen has gone on", b.adopted},
		{"each other unit killed: it is back, and both roles serve", b.revived},
		{"the backup's unit makes one that verifies", b.backup},
		{"a new version of the packages: the roles begin anew, the database and Asterisk go on", b.upgraded},
		{"restarted as a host: all comes up by itself", b.again},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			_ = b.print(ctx, "journalctl", "--no-pager", "--lines", "40", "--unit", "trunkline-*")
			return fmt.Errorf("%s: %w", step.what, err)
		}
		fmt.Printf("ok  %5.1f s  %s\n", time.Since(began).Seconds(), step.what)
	}
	return b.print(ctx, "sh", "-c", "systemd-analyze --no-pager security 2>/dev/null | grep trunkline")
}

// setupLimit is how long setup may take.
const setupLimit = 40 * time.Second

// bootUnits are what setup starts, in its order.
var bootUnits = []string{"trunkline-mariadb", "trunkline-asterisk", "trunkline-keepalive", "trunkline-web"}

type booted struct {
	dir    string
	group  string // its control group
	cmd    *exec.Cmd
	first  int // its process 1, as we see it
	files  []string
	waited chan struct{}
}

func (b *booted) root() string { return filepath.Join(b.dir, "root") }

// packages are those of `make deb`.
func (b *booted) packages(root string) (names []string, err error) {
	for _, p := range []string{"trunkline", "trunkline-web", "trunkline-telephony", "trunkline-database", "trunkline-asterisk"} {
		found, err := filepath.Glob(filepath.Join(root, ".run", "deb", p+"_*.deb"))
		if err != nil || len(found) == 0 {
			return nil, fmt.Errorf("there is no package %s: make deb builds it", p)
		}
		newest := found[0]
		for _, f := range found[1:] {
			if a, err := os.Stat(f); err == nil {
				if z, err := os.Stat(newest); err == nil && a.ModTime().After(z.ModTime()) {
					newest = f
				}
			}
		}
		names = append(names, newest)
	}
	return names, nil
}

// makeRoot makes a bare Debian, once, and installs the packages on a fresh copy
// of it.
func (b *booted) makeRoot(ctx context.Context, debs []string) error {
	bare := filepath.Join(b.dir, "bare")
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if !exists(filepath.Join(bare, "usr/lib/systemd/systemd")) {
		fmt.Println("Making a bare Debian …")
		if err := os.RemoveAll(bare); err != nil {
			return err
		}
		source := "/etc/apt/sources.list"
		if list, err := filepath.Glob("/etc/apt/sources.list.d/debian*.sources"); err == nil && len(list) > 0 {
			source = list[0]
		}
		release, err := os.ReadFile("/etc/os-release")
		suite := regexp.MustCompile(`(?m)^VERSION_CODENAME="?(\w+)`).FindSubmatch(release)
		if err != nil || suite == nil {
			return errors.New("this system does not say which release it is")
		}
		out, err := exec.CommandContext(ctx, "mmdebstrap", "--variant=minbase",
			"--include=systemd,dbus,mariadb-server-core,mariadb-client-core,ca-certificates,iproute2,procps", string(suite[1]), bare, source).CombinedOutput()
		if err != nil {
			_ = os.RemoveAll(bare)
			return fmt.Errorf("mmdebstrap: %w: %s", err, lastLines(out, 5))
		}
	}
	fmt.Println("Installing the packages …")
	if err := os.RemoveAll(b.root()); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-a", bare, b.root()).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	args := []string{b.root(), "dpkg", "--install"}
	for _, deb := range debs {
		text, err := os.ReadFile(deb)
		if err == nil {
			err = os.WriteFile(filepath.Join(b.root(), filepath.Base(deb)), text, 0o644)
		}
		if err != nil {
			return err
		}
		b.files = append(b.files, "/"+filepath.Base(deb))
	}
	out, err := exec.CommandContext(ctx, "chroot", append(args, b.files...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("installing the packages: %w: %s", err, lastLines(out, 8))
	}
	// A login prompt has no terminal here.
	return os.Symlink("/dev/null", filepath.Join(b.root(), "etc/systemd/system/console-getty.service"))
}

func lastLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// bootInit is the name by which this program is the process that becomes systemd.
const bootInit = "trunkline: boot"

// start runs systemd in namespaces and a control group of its own.
func (b *booted) start(ctx context.Context) error {
	hierarchy := "/sys/fs/cgroup"
	if !exists(hierarchy + "/cgroup.procs") {
		hierarchy += "/unified" // beside the older kind
	}
	b.group = filepath.Join(hierarchy, fmt.Sprintf("trunkline-boot-%d", os.Getpid()))
	if err := os.Mkdir(b.group, 0o755); err != nil {
		return fmt.Errorf("a control group (version 2) of its own: %w", err)
	}
	group, err := os.Open(b.group)
	if err != nil {
		return err
	}
	defer group.Close()
	log, err := os.Create(filepath.Join(b.dir, "boot.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	b.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{bootInit, b.root()}, Stdout: log, Stderr: log,
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET | unix.CLONE_NEWCGROUP,
			Setsid:     true, Pdeathsig: syscall.SIGKILL, UseCgroupFD: true, CgroupFD: int(group.Fd()),
		},
	}
	if err := b.cmd.Start(); err != nil {
		return err
	}
	b.first, b.waited = b.cmd.Process.Pid, make(chan struct{})
	go func() {
		defer close(b.waited)
		_ = b.cmd.Wait()
	}()
	return ctx.Err()
}

// stop ends every process there, and takes the control groups away.
func (b *booted) stop() {
	_ = os.WriteFile(filepath.Join(b.group, "cgroup.kill"), []byte("1"), 0o644)
	<-b.waited
	var groups []string
	_ = filepath.WalkDir(b.group, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			groups = append(groups, path)
		}
		return nil
	})
	for i := len(groups) - 1; i >= 0; i-- {
		for range 50 {
			if os.Remove(groups[i]) == nil {
				break
			}
			time.Sleep(20 * time.Millisecond) // its last process is still going
		}
	}
}

func init() {
	if len(os.Args) != 2 || os.Args[0] != bootInit {
		return
	}
	fmt.Fprintln(os.Stderr, "boot:", becomeSystemd(os.Args[1]))
	os.Exit(1)
}

// becomeSystemd makes the root what systemd expects of a container, moves into it and
// executes systemd.
func becomeSystemd(root string) error {
	at := func(name string) string { return filepath.Join(root, name) }
	mounts := []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE, ""},
		{root, root, "", unix.MS_BIND, ""},
		{"proc", at("proc"), "proc", 0, ""},
		{"sysfs", at("sys"), "sysfs", unix.MS_RDONLY, ""},
		{"tmpfs", at("run"), "tmpfs", 0, "mode=755"},
		{"tmpfs", at("tmp"), "tmpfs", 0, ""},
		{"tmpfs", at("dev"), "tmpfs", 0, "mode=755"},
		{"cgroup2", at("sys/fs/cgroup"), "cgroup2", 0, ""},
	}
	for _, m := range mounts {
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mounting %s: %w", m.target, err)
		}
	}
	for _, d := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		err := os.WriteFile(at("dev/"+d), nil, 0o644)
		if err == nil {
			err = unix.Mount("/dev/"+d, at("dev/"+d), "", unix.MS_BIND, "")
		}
		if err != nil {
			return err
		}
	}
	err := errors.Join(os.Mkdir(at("dev/shm"), 0o1777), os.Mkdir(at("dev/pts"), 0o755), os.Symlink("pts/ptmx", at("dev/ptmx")), os.Symlink("/proc/self/fd", at("dev/fd")),
		os.WriteFile(at("dev/console"), nil, 0o600), unix.Mount("devpts", at("dev/pts"), "devpts", 0, "newinstance,ptmxmode=0666"),
		unix.Sethostname([]byte("booted")), os.MkdirAll(at("mnt"), 0o755), os.Chdir(root))
	if err != nil {
		return err
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("the loopback: %w: %s", err, out)
	}
	if err := errors.Join(unix.PivotRoot(".", "mnt"), os.Chdir("/"), unix.Unmount("/mnt", unix.MNT_DETACH)); err != nil {
		return err
	}
	return unix.Exec("/lib/systemd/systemd", []string{"/lib/systemd/systemd", "--system", "--log-target=journal", "--show-status=0"},
		[]string{"container=trunkline", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"})
}

// command is a command inside.
func (b *booted) command(ctx context.Context, args ...string) *exec.Cmd {
	enter := []string{"-t", strconv.Itoa(b.first), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C"}
	return exec.CommandContext(ctx, "nsenter", append(enter, args...)...)
}

// run runs a command inside; what it says is its error's.
func (b *booted) run(ctx context.Context, input string, args ...string) error {
	_, err := b.ask(ctx, input, args...)
	return err
}

func (b *booted) ask(ctx context.Context, input string, args ...string) (string, error) {
	cmd := b.command(ctx, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, lastLines(out, 20))
	}
	return strings.TrimSpace(string(out)), nil
}

func (b *booted) print(ctx context.Context, args ...string) error {
	cmd := b.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// until asks until it is so, for a minute at most.
func (b *booted) until(ctx context.Context, so func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := so(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-b.waited:
			return errors.New("systemd has ended; see .run/boot/boot.log")
		case <-ctx.Done():
			return err
		}
	}
}

func (b *booted) up(ctx context.Context) error {
	return b.until(ctx, func(ctx context.Context) error {
		return b.run(ctx, "", "systemctl", "is-active", "multi-user.target")
	})
}

func (b *booted) setup(ctx context.Context) error {
	began := time.Now()
	// Nothing is asked but the password: the rest of the input would stay unread.
	out, err := b.ask(ctx, "a long password\n", "trunkline", "setup")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		fmt.Print("     " + line)
	}
	fmt.Println()
	if took := time.Since(began); took > setupLimit {
		return fmt.Errorf("it took %s", took.Round(time.Second))
	}
	return b.serve(ctx)
}

// serve tells whether both roles serve, by what each says of itself.
func (b *booted) serve(ctx context.Context) error {
	for _, role := range []string{"web", "keepalive", "listen", "hopper-fill"} {
		address, err := b.ask(ctx, "", "cat", "/run/trunkline/"+role+".metrics")
		if err != nil {
			return err
		}
		host, port, _ := strings.Cut(address, ":")
		out, err := b.ask(ctx, "", "bash", "-c", fmt.Sprintf(`exec 3<>/dev/tcp/%s/%s; printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3; cat <&3`, host, port))
		if err != nil || !strings.HasPrefix(out, "HTTP/1.0 200") {
			return fmt.Errorf("%s is not well: %s %w", role, lastLines([]byte(out), 5), err)
		}
	}
	return nil
}

func (b *booted) active(ctx context.Context) error {
	if err := b.run(ctx, "", append([]string{"systemctl", "is-active"}, bootUnits...)...); err != nil {
		return err
	}
	failed, err := b.ask(ctx, "", "systemctl", "list-units", "--failed", "--no-legend", "--plain")
	if err == nil && failed != "" {
		err = errors.New(failed)
	}
	return err
}

// verified has systemd itself read the units that the packages brought.
func (b *booted) verified(ctx context.Context) error {
	out, err := b.ask(ctx, "", "sh", "-c", "systemd-analyze verify --man=no /lib/systemd/system/trunkline-*.service /lib/systemd/system/trunkline-*.timer 2>&1")
	if err == nil && strings.Contains(out, "trunkline") { // others' units are read too
		err = errors.New(out)
	}
	return err
}

// pid is the main process of a role by its pid file.
func (b *booted) pid(ctx context.Context, role string) (string, error) {
	text, err := b.ask(ctx, "", "cat", "/run/trunkline/"+role+".pid")
	line, _ := bufio.NewReader(strings.NewReader(text + "\n")).ReadString('\n')
	return strings.TrimSpace(line), err
}

// dies kills a unit's main process and waits for the next one.
func (b *booted) dies(ctx context.Context, unit string) error {
	main := func() (string, error) {
		return b.ask(ctx, "", "systemctl", "show", "--property=MainPID", "--value", unit)
	}
	before, err := main()
	if err != nil {
		return err
	}
	if err := b.run(ctx, "", "systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit); err != nil {
		return err
	}
	return b.until(ctx, func(ctx context.Context) error {
		now, err := main()
		if err == nil && (now == before || now == "0") {
			err = fmt.Errorf("%s is not back", unit)
		}
		return errors.Join(err, b.run(ctx, "", "systemctl", "is-active", unit))
	})
}

func (b *booted) adopted(ctx context.Context) error {
	before, err := b.pid(ctx, "listen")
	if err != nil {
		return err
	}
	if err := b.dies(ctx, "trunkline-keepalive"); err != nil {
		return err
	}
	after, err := b.pid(ctx, "listen")
	if err == nil && before != after {
		err = fmt.Errorf("listen was process %s and is %s", before, after)
	}
	return err
}

func (b *booted) revived(ctx context.Context) error {
	for _, unit := range []string{"trunkline-web", "trunkline-asterisk", "trunkline-mariadb"} {
		if err := b.dies(ctx, unit); err != nil {
			return err
		}
	}
	return b.until(ctx, b.serve)
}

func (b *booted) backup(ctx context.Context) error {
	if err := b.run(ctx, "", "systemctl", "start", "trunkline-backup.service"); err != nil {
		return err
	}
	return b.run(ctx, "", "sh", "-c", "trunkline restore --verify /var/backups/trunkline/*.tar.gz")
}

// upgraded installs the same packages again, which dpkg does like any others.
func (b *booted) upgraded(ctx context.Context) error {
	mains := func() (all []string, err error) {
		for _, unit := range bootUnits {
			pid, err := b.ask(ctx, "", "systemctl", "show", "--property=MainPID", "--value", unit)
			if err != nil {
				return nil, err
			}
			all = append(all, pid)
		}
		return all, nil
	}
	before, err := mains()
	if err != nil {
		return err
	}
	if err := b.run(ctx, "", append([]string{"dpkg", "--install"}, b.files...)...); err != nil {
		return err
	}
	after, err := mains()
	if err != nil {
		return err
	}
	for i, unit := range bootUnits {
		goesOn := unit == "trunkline-mariadb" || unit == "trunkline-asterisk"
		if goesOn != (before[i] == after[i]) {
			return fmt.Errorf("%s was process %s and is %s", unit, before[i], after[i])
		}
	}
	return b.until(ctx, b.serve)
}

// again ends the system as a host that goes down, and boots it once more.
func (b *booted) again(ctx context.Context) error {
	_ = b.run(ctx, "", "systemctl", "poweroff") // the connection may break off
	select {
	case <-b.waited:
	case <-time.After(2 * time.Minute):
		return errors.New("it does not go down")
	}
	b.stop()
	if err := b.start(ctx); err != nil {
		return err
	}
	if err := b.up(ctx); err != nil {
		return err
	}
	return b.until(ctx, b.serve)
}
