package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func lockThread()   { runtime.LockOSThread() }
func unlockThread() { runtime.UnlockOSThread() }

// startTime is the tick after boot at which the process started, field 22 of /proc/PID/stat: the same pid with
// another start time is another process. ok is false for a process that is gone, or has ended and is not collected.
//
// A killed process of several threads shows as a zombie as soon as its first thread is one, while the others are
// still ending and hold its files, and with them the locks on them. So a zombie counts as ended when it is the last
// of its threads (field 20).
func startTime(pid int) (ticks string, ok bool) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// The second field is the program's name in parentheses and may itself hold blanks and parentheses.
	i := bytes.LastIndexByte(raw, ')')
	if i < 0 {
		return "", false
	}
	fields := strings.Fields(string(raw[i+1:]))
	if len(fields) < 20 || fields[0] == "X" || fields[0] == "Z" && fields[17] == "1" {
		return "", false
	}
	return fields[19], true
}

// pidText is a pid file's content: the pid, then the start time that makes it unmistakable.
func pidText(pid int) (string, error) {
	ticks, ok := startTime(pid)
	if !ok {
		return "", fmt.Errorf("process %d ended at once", pid)
	}
	return fmt.Sprintf("%d\n%s\n", pid, ticks), nil
}

// writePidFile writes by rename, so that a reader sees a whole file or none.
func writePidFile(path string, pid int) error {
	text, err := pidText(pid)
	if err != nil {
		// The process is already gone: there is nothing to point at, and Wait will tell how it ended.
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// removePidFile removes the file only while it still names pid: another start may have replaced it.
func removePidFile(path string, pid int) {
	if path == "" {
		return
	}
	if got, _, ok := readPidFile(path); ok && got == pid {
		_ = os.Remove(path)
	}
}

func readPidFile(path string) (pid int, ticks string, ok bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, "", false
	}
	lines := strings.Fields(string(raw))
	if len(lines) != 2 {
		return 0, "", false
	}
	pid, err = strconv.Atoi(lines[0])
	if err != nil || pid <= 1 {
		return 0, "", false
	}
	return pid, lines[1], true
}

// Found is a living process named by a pid file; it need not be a child of ours.
type Found struct {
	Pid int

	ticks string
	once  sync.Once
	done  chan struct{}
}

// Find returns the process a pid file names, and whether it is alive and really that one: a pid that the kernel has
// given to somebody else since does not count.
func Find(pidFile string) (*Found, bool) {
	pid, ticks, ok := readPidFile(pidFile)
	if !ok {
		return nil, false
	}
	f := &Found{Pid: pid, ticks: ticks, done: make(chan struct{})}
	return f, f.Alive()
}

// Runs tells whether there is a process of that id, whichever it is.
func Runs(pid int) bool {
	_, ok := startTime(pid)
	return ok
}

// Alive says whether the process still runs.
func (f *Found) Alive() bool {
	now, ok := startTime(f.Pid)
	return ok && now == f.ticks
}

// Done is closed when the process has ended.
func (f *Found) Done() <-chan struct{} {
	f.once.Do(func() { go f.watch() })
	return f.done
}

// watch waits on a pidfd, which the kernel makes readable at the process's end; where there is none it looks at
// /proc. Either way the start time decides, since the pid may have changed hands before the pidfd was opened.
func (f *Found) watch() {
	defer close(f.done)
	fd, err := unix.PidfdOpen(f.Pid, 0)
	if err == nil {
		defer unix.Close(fd)
	}
	for f.Alive() {
		if err != nil {
			<-time.After(20 * time.Millisecond)
			continue
		}
		// The second is only for a zombie whose parent does not collect it: /proc tells, a pidfd already has.
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
	}
}

// Signal sends a signal to the process if it is still the one that was found.
func (f *Found) Signal(sig syscall.Signal) error {
	fd, err := unix.PidfdOpen(f.Pid, 0)
	if err == nil {
		defer unix.Close(fd)
	}
	if !f.Alive() {
		return os.ErrProcessDone
	}
	if fd > 0 && err == nil {
		return unix.PidfdSendSignal(fd, sig, nil, 0)
	}
	return syscall.Kill(f.Pid, sig)
}

// Stop asks the process to end with SIGTERM and kills it, with its group if it leads one, when the grace is over or
// ctx ends.
func (f *Found) Stop(ctx context.Context, grace time.Duration) error {
	leads := f.leads()
	if err := f.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop process %d: %w", f.Pid, err)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-f.Done():
	case <-timer.C:
	case <-ctx.Done():
	}
	f.kill(leads)
	return nil
}

// Kill ends the process, with its group if it leads one, without asking it first: it has no time to put anything in
// order.
func (f *Found) Kill() { f.kill(f.leads()) }

func (f *Found) kill(leads bool) {
	if leads {
		_ = syscall.Kill(-f.Pid, syscall.SIGKILL)
	} else {
		_ = f.Signal(syscall.SIGKILL)
	}
	<-f.Done()
}

// leads says whether the process is the first of a group.
func (f *Found) leads() bool {
	pgid, err := syscall.Getpgid(f.Pid)
	return err == nil && f.Alive() && pgid == f.Pid
}
