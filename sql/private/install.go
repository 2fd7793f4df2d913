package private

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// install creates the data directory. It is made under another name and renamed
// when complete, so that an interrupted first start leaves nothing that a second
// one would take for a database.
func install(ctx context.Context, bin Binaries, acc account, o Options) error {
	if _, err := os.Stat(o.Dir); err == nil {
		if _, err := os.Stat(filepath.Join(o.Dir, "mysql")); errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("the data directory %s belongs to another account: run as that account or as root, or remove it", o.Dir)
		} else if err != nil {
			return fmt.Errorf("%s is not a MariaDB data directory: remove it or name another", o.Dir)
		}
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if strings.ContainsAny(o.Dir, " \t") { // which the script does not quote
		return fmt.Errorf("MariaDB's %s takes no path with a space in it, such as %s: use a folder without one", filepath.Base(bin.Install), o.Dir)
	}
	o.Notify("Creating MariaDB's data directory")
	partial := o.Dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := acc.ownDir(partial, 0o700); err != nil {
		return err
	}
	inside, _ := acc.inside(partial, "")
	// The socket method leaves one account, root, without a usable password;
	// the first start gives it one. Forced, because otherwise a machine without
	// a resolvable host name, which this needs nowhere, is refused.
	args := append(settings(inside, o.Fast, 0), "--force", "--auth-root-authentication-method=socket", "--auth-root-socket-user=root", "--skip-test-db")
	if acc.root {
		args = append(args, "--user=root")
	}
	run := acc.program(partial, partial, false, bin.Install, args...)
	cmd := exec.CommandContext(ctx, run.path, run.args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "HOME="+inside, "TMPDIR="+inside)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: run.credential}
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(lines) > 12 {
			lines = lines[len(lines)-12:]
		}
		return fmt.Errorf("could not create MariaDB's data directory (%w); the last lines of %s:\n%s",
			err, filepath.Base(bin.Install), strings.Join(lines, "\n"))
	}
	return os.Rename(partial, o.Dir)
}

// holder is the process that has the data directory's tables locked, 0 when none.
// MariaDB itself would try for half a minute before it says so.
func holder(dir string) int {
	f, err := os.Open(filepath.Join(dir, "ibdata1"))
	if err != nil {
		return 0
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil || lock.Type == syscall.F_UNLCK {
		return 0
	}
	return int(lock.Pid)
}
