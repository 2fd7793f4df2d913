package asteriskconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// A process that is to become Asterisk first encloses itself: it needs a moment in the new mount namespace before
// Asterisk is executed. It is this same program under another name, so that no shell and no helper program is needed;
// the name is one that nobody types.
const (
	enterName = "trunkline: enter asterisk"
	selfExe   = "/proc/self/exe"
)

func init() {
	if len(os.Args) != 2 || os.Args[0] != enterName {
		return
	}
	// Capabilities and the wish to die with the parent belong to a thread: it has to be the one that executes.
	runtime.LockOSThread()
	var e enclosure
	err := json.Unmarshal([]byte(os.Args[1]), &e)
	if err == nil {
		err = e.enter()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "enclose Asterisk:", err)
		os.Exit(126)
	}
	os.Exit(0)
}

// enclosure is what Asterisk is to see and to be.
type enclosure struct {
	Root     string   // of the system that holds Asterisk
	Dir      string   // the instance's own, at the same path inside
	UID, GID int      // to run as
	Files    uint64   // limit of open files
	Parent   int      // die with this process; 0 for no
	Argv     []string // of Asterisk
	Probe    bool     // do everything but execute
}

// enter builds a file system in memory, binds into it what Asterisk needs, makes it the root, gives up every
// privilege and executes Asterisk.
func (e enclosure) enter() error {
	syscall.Umask(0o022)
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("a private mount namespace: %w", err)
	}
	// The sources may lie anywhere, under the mount point of the new root too: first the old root moves aside.
	const base = "/tmp"
	if err := unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return fmt.Errorf("a root in memory: %w", err)
	}
	if err := errors.Join(os.Mkdir(base+"/old", 0o755), os.Mkdir(base+"/new", 0o755)); err != nil {
		return err
	}
	if err := unix.PivotRoot(base, base+"/old"); err != nil {
		return fmt.Errorf("move the old root aside: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Mount("/new", "/new", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if err := e.populate(tree{old: "/old", new: "/new"}); err != nil {
		return err
	}
	if err := os.Chdir("/new"); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("enter the new root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the old root: %w", err)
	}
	if err := os.Chdir(e.Dir); err != nil {
		return err
	}
	return e.become()
}

// become gives up every privilege and executes Asterisk.
func (e enclosure) become() error {
	if os.Geteuid() == 0 {
		// Where even root may not raise the limit, Asterisk runs with the old one and says so in its log.
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: e.Files, Max: e.Files})
	}
	if e.UID != os.Geteuid() {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(e.GID, e.GID, e.GID), syscall.Setresuid(e.UID, e.UID, e.UID)); err != nil {
			return fmt.Errorf("become user %d: %w", e.UID, err)
		}
	}
	if e.UID != 0 {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
			return fmt.Errorf("give up capabilities: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if e.Parent != 0 {
		// The change of user cleared the wish that the start expressed.
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
			return err
		}
		if os.Getppid() != e.Parent {
			return errors.New("the process that started it has ended")
		}
	}
	if e.Probe {
		_, err := os.Stat(e.Argv[0])
		return err
	}
	// What Asterisk writes, recordings above all, is for its user and group.
	syscall.Umask(0o027)
	return syscall.Exec(e.Argv[0], e.Argv, os.Environ())
}

// populate lays out the new root.
func (e enclosure) populate(t tree) error {
	for _, d := range []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "opt", "var/lib/asterisk", "etc/alternatives"} {
		if err := t.mirror(filepath.Join(e.Root, d), d); err != nil {
			return err
		}
	}
	if err := t.mirror("/etc/ssl", "etc/ssl"); err != nil {
		return err
	}
	// Copies of the few files that Asterisk's libraries look at; the ones that follow are links on many systems.
	for _, f := range []string{"etc/resolv.conf", "etc/hosts", "etc/localtime"} {
		if raw, err := os.ReadFile(filepath.Join(t.old, f)); err == nil {
			if err := t.file(f, string(raw)); err != nil {
				return err
			}
		}
	}
	if e.Root == "/" {
		if raw, err := os.ReadFile("/old/etc/ld.so.cache"); err == nil {
			if err := t.file("etc/ld.so.cache", string(raw)); err != nil {
				return err
			}
		}
	}
	passwd := fmt.Sprintf("root:x:0:0::/:/\nasterisk:x:%d:%d::%s:/\n", e.UID, e.GID, e.Dir)
	if err := errors.Join(t.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
		t.file("etc/passwd", passwd), t.file("etc/group", fmt.Sprintf("root:x:0:\nasterisk:x:%d:\n", e.GID))); err != nil {
		return err
	}
	for _, d := range []string{"null", "zero", "full", "random", "urandom"} {
		if err := t.file("dev/"+d, ""); err != nil {
			return err
		}
		if err := t.bind("/dev/"+d, "dev/"+d, 0); err != nil {
			return err
		}
	}
	for _, d := range []string{"tmp", "dev/shm"} {
		if err := t.dir(d); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(t.new, d), 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	if err := t.dir("proc"); err != nil {
		return err
	}
	if err := t.bind("/proc", "proc", unix.MS_REC); err != nil {
		return err
	}
	if err := t.dir(e.Dir); err != nil {
		return err
	}
	return t.bind(e.Dir, e.Dir, 0)
}

// tree is a root under construction: paths of the old one and of the new one.
type tree struct{ old, new string }

func (t tree) dir(path string) error { return os.MkdirAll(filepath.Join(t.new, path), 0o755) }

func (t tree) file(path, text string) error {
	if err := t.dir(filepath.Dir(path)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(t.new, path), []byte(text), 0o644)
}

func (t tree) bind(from, to string, flags uintptr) error {
	if err := unix.Mount(filepath.Join(t.old, from), filepath.Join(t.new, to), "", unix.MS_BIND|flags, ""); err != nil {
		return fmt.Errorf("bind %s: %w", from, err)
	}
	return nil
}

// mirror shows a directory of the old root read-only in the new one, or repeats it if it is a link; what does not
// exist is left out.
func (t tree) mirror(from, to string) error {
	st, err := os.Lstat(filepath.Join(t.old, from))
	if err != nil {
		return nil
	}
	if st.Mode()&os.ModeSymlink != 0 {
		target, err := os.Readlink(filepath.Join(t.old, from))
		if err != nil {
			return err
		}
		return os.Symlink(target, filepath.Join(t.new, to))
	}
	if err := t.dir(to); err != nil {
		return err
	}
	if err := t.bind(from, to, 0); err != nil {
		return err
	}
	// A namespace may add to the flags a mount already has, never take from them.
	var fs unix.Statfs_t
	if err := unix.Statfs(filepath.Join(t.new, to), &fs); err != nil {
		return err
	}
	keep := uintptr(fs.Flags) & (unix.MS_NODEV | unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME)
	if err := unix.Mount("", filepath.Join(t.new, to), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|keep, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", from, err)
	}
	return nil
}
