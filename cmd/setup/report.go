package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// report is what the user reads, and the log that holds what the tools said.
type report struct {
	mu      sync.Mutex
	logPath string
	log     *os.File
	lines   int
}

func newReport(logPath string) *report { return &report{logPath: logPath} }

func (r *report) close() {
	if r.log != nil {
		r.log.Close()
	}
}

// said is true once anything has been printed.
func (r *report) said() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines > 0
}

func (r *report) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines++
	fmt.Printf(format+"\n", args...)
}

// Write appends a tool's output to the log, which is made when first needed.
func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.log == nil {
		f, err := os.Create(r.logPath)
		if err != nil {
			return 0, err
		}
		r.log = f
	}
	return r.log.Write(p)
}

// task is one slow thing: told at its start, now and then, and at its end.
type task struct {
	what string // "Installing …", without an end mark
	hint string // how to go on when it fails
}

// during tells the user about a task while fn does it.
func (r *report) during(t task, fn func() error) error {
	begin := time.Now()
	r.say("%s …", t.what)
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(15 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.say("  still %s%s (%.0f s)", strings.ToLower(t.what[:1]), t.what[1:], time.Since(begin).Seconds())
			case <-done:
				return
			}
		}
	})
	err := fn()
	close(done)
	group.Wait()
	if err == nil {
		r.say("  done: %s%s (%.1f s)", strings.ToLower(t.what[:1]), t.what[1:], time.Since(begin).Seconds())
	}
	return err
}

// command is a tool to run for a task.
type command struct {
	args []string
	env  []string // added to ours
	dir  string
}

// run runs a task's commands one after the other; a failure tells what failed,
// the last lines it printed and how to go on.
func (r *report) run(ctx context.Context, t task, commands ...command) error {
	return r.during(t, func() error {
		for _, c := range commands {
			if err := r.exec(ctx, t, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *report) exec(ctx context.Context, t task, c command) error {
	var end tail
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	cmd.Stdin = nil
	cmd.Stdout = io.MultiWriter(r, &end)
	cmd.Stderr = cmd.Stdout
	// Interrupted half-way, a package manager wants to be asked, not killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return r.failure(t, strings.Join(c.args, " "), err, end.lines(12))
}

// failure is a task's error as the user reads it.
func (r *report) failure(t task, what string, err error, lastLines string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s failed.\n", strings.ToLower(t.what[:1]), t.what[1:])
	fmt.Fprintf(&b, "  %s: %v\n", what, err)
	for line := range strings.Lines(lastLines) {
		fmt.Fprintf(&b, "  | %s\n", strings.TrimRight(line, "\r\n"))
	}
	fmt.Fprintf(&b, "  All it printed is in %s.", r.logPath)
	if t.hint != "" {
		fmt.Fprintf(&b, " %s", t.hint)
	}
	return errors.New(b.String())
}

// tail keeps the end of what is written to it.
type tail struct{ buf bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if t.buf.Len()+len(p) > 64<<10 {
		keep := t.buf.Bytes()
		if len(keep) > 8<<10 {
			keep = bytes.Clone(keep[len(keep)-8<<10:])
		}
		t.buf.Reset()
		t.buf.Write(keep)
	}
	return t.buf.Write(p)
}

func (t *tail) lines(n int) string {
	all := strings.Split(strings.TrimSpace(t.buf.String()), "\n")
	if len(all) > n {
		all = all[len(all)-n:]
	}
	return strings.Join(all, "\n")
}
