package asteriskconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/dialer/proc"
)

// privateUID is the user an Asterisk started by root runs as when the run directory is root's too. It is nobody's:
// sharing the user nobody would let other services' processes reach into this one.
const privateUID = 64222

// way is how Asterisk is started on this machine: enclosed in a mount namespace that holds Asterisk and the instance's
// directory and nothing else, or plainly, and as whom.
type way struct {
	plain    bool
	uid, gid int
}

// way tries the ways that are possible here, best first, and returns the first that works.
func (rt Runtime) way(in *Instance) (way, error) {
	if err := os.MkdirAll(in.Dir, 0o755); err != nil {
		return way{}, err
	}
	var err error
	if in.Dir, err = filepath.EvalSymlinks(in.Dir); err != nil {
		return way{}, err
	}
	if in.only != nil {
		return *in.only, nil
	}
	me, group := os.Geteuid(), os.Getegid()
	if me != 0 {
		for _, w := range []way{{uid: me, gid: group}, {plain: true, uid: me, gid: group}} {
			if err = w.probe(rt, *in); err == nil {
				return w, nil
			}
		}
		return way{}, err
	}
	uid, gid := privateUID, privateUID
	if st, err := os.Stat(in.RunDir); err == nil {
		if s := st.Sys().(*syscall.Stat_t); s.Uid != 0 {
			uid, gid = int(s.Uid), int(s.Gid)
		}
	}
	for _, w := range []way{{uid: uid, gid: gid}, {plain: true, uid: uid, gid: gid}, {}, {plain: true}} {
		if w.plain && w.uid != 0 && !(openToAll(in.Dir) && openToAll(rt.root)) {
			continue
		}
		if err = w.probe(rt, *in); err == nil {
			if w.uid == 0 {
				fmt.Fprintf(in.Log, "%s: this machine allows no other user for it, Asterisk runs as root\n", in.Name)
			}
			return w, nil
		}
	}
	return way{}, err
}

// openToAll says whether any user can reach dir.
func openToAll(dir string) bool {
	for {
		st, err := os.Stat(dir)
		if err != nil || st.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// probe tries everything but running Asterisk as a server.
func (w way) probe(rt Runtime, in Instance) error {
	if err := w.chown(in.Dir); err != nil {
		return err
	}
	path, args, err := rt.plainCommand("-V")
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if !w.plain {
		cmd = exec.Command(selfExe, w.enclosure(rt, in, true))
		cmd.Args[0] = enterName
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	w.attributes(cmd.SysProcAttr)
	cmd.Dir = in.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// attributes asks the kernel for what the way needs.
func (w way) attributes(a *syscall.SysProcAttr) {
	me := os.Geteuid()
	switch {
	case w.plain && w.uid != me:
		a.Credential = &syscall.Credential{Uid: uint32(w.uid), Gid: uint32(w.gid)}
	case w.plain:
	case me == 0:
		a.Cloneflags |= syscall.CLONE_NEWNS
	default:
		// An ordinary user may mount in a user namespace of its own. The capability is given up before Asterisk runs.
		a.Cloneflags |= syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: w.uid, HostID: w.uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: w.gid, HostID: w.gid, Size: 1}}
		a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
	}
}

// enclosure is the argument of the process that encloses itself and becomes Asterisk.
func (w way) enclosure(rt Runtime, in Instance, probe bool) string {
	e := enclosure{
		Root: rt.root, Dir: in.Dir, UID: w.uid, GID: w.gid, Files: w.maxFiles(), Probe: probe,
		Argv: append([]string{rt.prog}, asteriskArgs(in)...),
	}
	if in.DiesWithParent {
		e.Parent = os.Getpid()
	}
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(raw)
}

func asteriskArgs(in Instance) []string {
	return []string{"-C", filepath.Join(in.Dir, "etc/asterisk.conf"), "-f", "-g"}
}

// spec is the start of the instance.
func (w way) spec(rt Runtime, in Instance) proc.Spec {
	s := proc.Spec{
		Name: in.Name, Dir: in.Dir, PidFile: in.PidFile(), LogFile: filepath.Join(in.Dir, "log", "console"),
		NewGroup: true, DiesWithParent: in.DiesWithParent,
		Env: []string{
			"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + in.Dir, "LANG=C.UTF-8",
			// glibc keeps what a burst of calls took; this gives half of it back.
			"MALLOC_TRIM_THRESHOLD_=131072",
		},
		Sys: w.attributes,
	}
	if w.plain {
		s.Path, s.Args, _ = rt.plainCommand(asteriskArgs(in)...)
		if w.loads(rt) {
			s.Args = append([]string{"--argv0", in.againFile()}, s.Args...)
		}
		return s
	}
	s.Path, s.Argv0, s.Args = selfExe, enterName, []string{w.enclosure(rt, in, false)}
	return s
}

// loads says whether Asterisk is run by a loader and with libraries that are not the host's.
func (w way) loads(rt Runtime) bool { return w.plain && rt.root != "/" }

// againFile is by which name Asterisk executes itself again on "core restart now": the first of its own arguments.
func (in Instance) againFile() string { return filepath.Join(in.Dir, "etc", "again") }

// again is the program of that name. Asterisk knows nothing of the loader that it was started with, and by its own
// name the host's would be taken, with libraries that are not there or do not fit.
func (w way) again(rt Runtime) ([]byte, error) {
	path, args, err := rt.plainCommand()
	if err != nil {
		return nil, err
	}
	line := "exec " + quoted(path) + ` --argv0 "$0"`
	for _, a := range args {
		line += " " + quoted(a)
	}
	return []byte("#!/bin/sh\n" + line + ` "$@"` + "\n"), nil
}

// quoted is a word that a shell takes as it is.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// asteriskDirs are the directories of Asterisk itself as it will see them.
func (w way) asteriskDirs(rt Runtime) (modules, data string, err error) {
	data = "/usr/share/asterisk"
	if _, err := os.Stat(filepath.Join(rt.root, data, "sounds")); err != nil {
		data = "/var/lib/asterisk"
	}
	if w.plain && rt.root != "/" {
		lib, err := rt.libDir()
		return filepath.Join(lib, "asterisk/modules"), filepath.Join(rt.root, data), err
	}
	return "", data, nil
}

// maxFiles is the number of open files Asterisk may ask for: four to six a call.
func (w way) maxFiles() uint64 {
	const enough = 65536
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return 1024
	}
	if os.Geteuid() == 0 && !w.plain {
		return max(enough, min(lim.Max, 1<<20))
	}
	return min(lim.Max, 1<<20)
}

// chown gives a file to the user Asterisk runs as.
func (w way) chown(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(path, w.uid, w.gid)
}

// own gives what an earlier start left in dir to the user of this one.
func (w way) own(dir string) error {
	db := filepath.Join(dir, "db")
	st, err := os.Stat(db)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	owner := int(st.Sys().(*syscall.Stat_t).Uid)
	if owner == w.uid {
		return nil
	}
	if os.Geteuid() != 0 {
		return errors.New(dir + " belongs to user " + strconv.Itoa(owner) + "; remove it or start as that user")
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return w.chown(path)
	})
}

// writeFile replaces a file by one that only Asterisk's user and group can read.
func (w way) writeFile(path string, text []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, text, 0o640); err != nil {
		return err
	}
	return errors.Join(w.chown(tmp), os.Rename(tmp, path))
}
