// Package proc is a process we started: its pid file, its life and its end.
//
// Everything a demo, a test or keepalive starts goes through Start, so that each process has a pid file that can
// never be mistaken for a stranger's, an appended log whose end explains a failed start, and an end that takes the
// whole process group with it. Find is the same process seen from another program.
package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Spec says what to start and where its traces go. Only Path is required.
type Spec struct {
	Name    string   // for errors; the base name of Path when empty
	Path    string   // the program; looked up in PATH when it has no slash
	Args    []string // without the program's own name
	Argv0   string   // what the program sees as its own name; Path when empty
	Env     []string // the whole environment; ours when nil
	Dir     string   // working directory; ours when empty
	PidFile string   // written once the process runs, removed when it has ended; empty for none, and for a daemon that calls Self
	LogFile string   // standard output and error are appended to it; discarded when empty

	// NewGroup makes the process the leader of its own process group, so that Stop reaches its whole subtree and a
	// Ctrl-C in the terminal does not reach it.
	NewGroup bool
	// DiesWithParent has the kernel kill the process when this one ends, however it ends. The kernel clears the wish
	// when the process changes its user id, so such a program must ask for it again itself.
	DiesWithParent bool
	// Credential is the user to run as; ours when nil.
	Credential *syscall.Credential
	// Sys may adjust what the fields above do not cover (namespaces, capabilities, a root directory).
	Sys func(*syscall.SysProcAttr)
}

// Process is a running child of ours.
type Process struct {
	Name string
	Pid  int

	spec  Spec
	group bool
	done  chan struct{}
	err   error // set before done is closed
}

// ErrRunning is returned by Start and Self when the pid file belongs to a process that is alive.
var ErrRunning = errors.New("already running")

// Start starts the process and returns at once. It refuses, with ErrRunning, when PidFile names a living process.
func Start(s Spec) (*Process, error) {
	if s.Name == "" {
		s.Name = filepath.Base(s.Path)
	}
	if s.PidFile != "" {
		if f, ok := Find(s.PidFile); ok {
			return nil, fmt.Errorf("%s is %w (pid %d, %s)", s.Name, ErrRunning, f.Pid, s.PidFile)
		}
	}
	cmd := exec.Command(s.Path, s.Args...)
	if s.Argv0 != "" {
		cmd.Args[0] = s.Argv0
	}
	cmd.Env, cmd.Dir = s.Env, s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: s.NewGroup, Credential: s.Credential}
	if s.DiesWithParent {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if s.Sys != nil {
		s.Sys(cmd.SysProcAttr)
	}
	if s.LogFile != "" {
		log, err := os.OpenFile(s.LogFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}
	p := &Process{Name: s.Name, spec: s, group: cmd.SysProcAttr.Setpgid, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(cmd, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return p, nil
}

// run starts the child and waits for it on one locked thread: the kernel ties "dies with its parent" to the thread
// that forked, and the Go runtime ends idle threads that were locked, never one that is still waiting here.
func (p *Process) run(cmd *exec.Cmd, started chan<- error) {
	if cmd.SysProcAttr.Pdeathsig != 0 {
		lockThread()
		defer unlockThread()
	}
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	p.Pid = cmd.Process.Pid
	var err error
	if p.spec.PidFile != "" {
		if err = writePidFile(p.spec.PidFile, p.Pid); err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			started <- err
			return
		}
	}
	started <- nil
	// While the dead leader is not collected yet its number is nobody else's: the moment to end what it left behind.
	if p.group && waitDead(p.Pid) {
		_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	}
	p.err = cmd.Wait()
	removePidFile(p.spec.PidFile, p.Pid)
	close(p.done)
}

// waitDead returns when the child has ended, without collecting it.
func waitDead(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err == nil
		}
	}
}

// Done is closed when the process has ended and its pid file is gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the process and returns how it ended (nil for exit code 0).
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Err is how the process ended; nil while it lives.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Signal sends a signal to the process alone.
func (p *Process) Signal(sig syscall.Signal) error {
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
		return syscall.Kill(p.Pid, sig)
	}
}

// Stop asks the process to end with SIGTERM and kills its group when the grace is over or ctx ends. It returns nil
// once the process has ended, whatever its exit code. What is left of its own process group ends with it.
func (p *Process) Stop(ctx context.Context, grace time.Duration) error {
	_ = p.Signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	p.Kill()
	return nil
}

// Kill ends the process and its group at once.
func (p *Process) Kill() {
	pid := p.Pid
	if p.group {
		pid = -pid
	}
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-p.done
}

// LogTail returns the last n lines of the log, for the error of a start that failed.
func (p *Process) LogTail(n int) string { return Tail(p.spec.LogFile, n) }
