package keepalive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"trunkline/dialer/proc"
)

// Child is a daemon to keep running. It writes its own pid file (proc.Self),
// and touches its beat file about each second while it makes progress.
type Child struct {
	Name     string
	Path     string
	Args     []string
	Env      []string            // whole environment; ours when nil
	As       *syscall.Credential // whom it runs as; ourselves when nil
	PidFile  string
	BeatFile string
	LogFile  string
	Grace    time.Duration // what it gets to end by itself at a stop
}

// Supervisor starts children, adopts those that run already, and replaces one
// that has died or makes no progress. The zero durations have usable defaults.
type Supervisor struct {
	Children []Child
	Log      *slog.Logger
	Looked   func()             // called after each look of Run, for whoever supervises the supervisor; may be nil
	Died     func(child string) // called for each child that has died or was killed for standing still; may be nil
	Look     time.Duration      // between two looks; default 250 ms
	Stale    time.Duration      // age of a beat that counts as stuck; default 10 s
	Young    time.Duration      // a child that dies younger died fast; default 5 s

	watched []*watched
}

// watched is one child's life as we know it.
type watched struct {
	Child
	own    *proc.Process // started by us; nil for an adopted one
	found  *proc.Found   // adopted
	since  time.Time     // when it was started or adopted
	beat   time.Time     // of its beat file, as last seen; by the wall clock
	beatAt time.Time     // when it was first seen like this
	next   time.Time     // not to be started before
	fast   int           // deaths in a row that came too soon
	mute   int           // starts in a row that were ended before their first beat
}

// Run supervises until ctx ends, then stops the children, each with its grace.
// The children of a killed Run live on.
func (s *Supervisor) Run(ctx context.Context) error {
	every(ctx, defaulted(s.Look, 250*time.Millisecond), func(now time.Time) {
		err := s.Step(ctx, now)
		if err != nil {
			s.Log.Error("supervising", "err", err)
		}
		if s.Looked != nil {
			s.Looked()
		}
	})
	return s.Stop(context.WithoutCancel(ctx))
}

// Step looks at each child once and does what is due.
func (s *Supervisor) Step(ctx context.Context, now time.Time) error {
	if s.watched == nil {
		for _, c := range s.Children {
			s.watched = append(s.watched, &watched{Child: c})
		}
	}
	var errs []error
	for _, w := range s.watched {
		errs = append(errs, s.look(ctx, w, now))
	}
	return errors.Join(errs...)
}

func (s *Supervisor) look(ctx context.Context, w *watched, now time.Time) error {
	if w.running() {
		s.unstick(w, now)
	}
	if w.running() {
		return nil
	}
	if w.own != nil || w.found != nil {
		s.mourn(w, now)
	}
	if found, ok := proc.Find(w.PidFile); ok {
		w.found, w.since = found, now
		s.Log.Info("adopted a running daemon", "daemon", w.Name, "pid", found.Pid)
		return nil
	}
	if now.Before(w.next) || ctx.Err() != nil {
		return nil
	}
	return s.start(w, now)
}

func (s *Supervisor) start(w *watched, now time.Time) error {
	// A session of its own: neither the terminal's Ctrl-C nor our own death
	// reaches it.
	own, err := proc.Start(proc.Spec{
		Name: w.Name, Path: w.Path, Args: w.Args, Env: w.Env, LogFile: w.LogFile, Credential: w.As,
		Sys: func(a *syscall.SysProcAttr) { a.Setsid = true },
	})
	if err != nil {
		w.fast++
		w.next = now.Add(backoff(w.fast))
		return fmt.Errorf("start %s, next try in %s: %w", w.Name, w.next.Sub(now), err)
	}
	w.own, w.since = own, now
	s.Log.Info("started", "daemon", w.Name, "pid", own.Pid)
	return nil
}

// mourn notes a death and decides when the next start is due.
func (s *Supervisor) mourn(w *watched, now time.Time) {
	if s.Died != nil {
		s.Died(w.Name)
	}
	lived := now.Sub(w.since)
	w.fast++
	if lived >= defaulted(s.Young, 5*time.Second) {
		w.fast = 0
	}
	w.next = now.Add(backoff(w.fast))
	attrs := []any{"daemon", w.Name, "lived", lived.Round(time.Millisecond)}
	if w.own != nil {
		attrs = append(attrs, "exit", exit(w.own.Err()))
	}
	if wait := w.next.Sub(now); wait > 0 {
		s.Log.Error("daemon died again soon after its start; waiting before the next one so as not to spin",
			append(attrs, "deaths", w.fast, "wait", wait, "see", w.LogFile)...)
	} else {
		s.Log.Warn("daemon died; starting it again", attrs...)
	}
	w.own, w.found = nil, nil
}

// unstick kills a child whose beat has stopped. It has not earned a farewell:
// whatever holds it up would hold up its end as well. QUIT first, since a Go
// program then writes where it stands. Who was killed before the first beat gets
// twice as long at the next start: a machine that is too busy for one start would
// be kept so by an endless row of them.
func (s *Supervisor) unstick(w *watched, now time.Time) {
	stale := defaulted(s.Stale, 10*time.Second)
	// The file's time tells that it was written again, and not how long ago: a
	// clock that is stepped must not kill who is well, nor spare who hangs.
	if info, err := os.Stat(w.BeatFile); err == nil && !info.ModTime().Equal(w.beat) {
		w.beat, w.beatAt = info.ModTime(), now
	}
	last := w.since
	beats := w.beatAt.After(last)
	if beats {
		last, w.mute = w.beatAt, 0
	} else {
		stale <<= min(w.mute, mostPatience)
	}
	if now.Sub(last) <= stale {
		return
	}
	if !beats {
		w.mute++
	}
	s.Log.Error("daemon makes no progress; killing it", "daemon", w.Name, "pid", w.pid(), "silent", now.Sub(last).Round(time.Second))
	_ = w.signal(syscall.SIGQUIT)
	select {
	case <-w.done():
	case <-time.After(300 * time.Millisecond):
		_ = w.signal(syscall.SIGKILL)
		<-w.done()
	}
}

// mostPatience bounds how often the time to the first beat is doubled.
const mostPatience = 3

// Stop ends all children at once, each within its grace.
func (s *Supervisor) Stop(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(s.watched))
	for i, w := range s.watched {
		if !w.running() {
			continue
		}
		wg.Go(func() {
			s.Log.Info("stopping", "daemon", w.Name, "pid", w.pid(), "grace", w.Grace)
			if w.own != nil {
				errs[i] = w.own.Stop(ctx, w.Grace)
			} else {
				errs[i] = w.found.Stop(ctx, w.Grace)
			}
			w.own, w.found = nil, nil
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// backoff is the wait before the start that follows so many fast deaths: none
// for the first, so that a single crash costs no time.
func backoff(fast int) time.Duration {
	if fast < 2 {
		return 0
	}
	return min(time.Second<<min(fast-2, 10), 30*time.Second)
}

func (w *watched) done() <-chan struct{} {
	if w.own != nil {
		return w.own.Done()
	}
	return w.found.Done()
}

func (w *watched) running() bool {
	switch {
	case w.own != nil:
		select {
		case <-w.own.Done():
			return false
		default:
			return true
		}
	case w.found != nil:
		return w.found.Alive()
	}
	return false
}

func (w *watched) pid() int {
	if w.own != nil {
		return w.own.Pid
	}
	return w.found.Pid
}

func (w *watched) signal(sig syscall.Signal) error {
	if w.own != nil {
		return w.own.Signal(sig)
	}
	return w.found.Signal(sig)
}

func exit(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

func defaulted(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
