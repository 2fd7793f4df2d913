package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/dialer/proc"
)

// sleeper starts a process that does nothing for longer than any test.
func sleeper(t *testing.T, pidFile string) *proc.Process {
	t.Helper()
	p, err := proc.Start(proc.Spec{Path: "sleep", Args: []string{"3600"}, PidFile: pidFile, NewGroup: true, DiesWithParent: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestCleanStopsWhatIsOursAndNothingElse(t *testing.T) {
	root := t.TempDir()
	run := filepath.Join(root, ".run")
	if err := os.MkdirAll(filepath.Join(run, "asterisk-root"), 0o755); err != nil {
		t.Fatal(err)
	}
	ours := sleeper(t, filepath.Join(run, "web.pid"))
	stranger := sleeper(t, "")
	// A pid file of an earlier boot names a pid that is somebody else's now.
	if err := os.WriteFile(filepath.Join(run, "listen.pid"), []byte(strconv.Itoa(stranger.Pid)+"\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := clean(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ours.Done(): // a moment after its end, once its parent has collected it
	case <-time.After(time.Minute):
		t.Error("our process still runs")
	}
	select {
	case <-stranger.Done():
		t.Error("a stranger's process was stopped")
	default:
	}
	if exists(run) {
		t.Error(".run is still there")
	}
	if err := clean(t.Context(), root); err != nil {
		t.Errorf("cleaning twice: %v", err)
	}
}

func TestSupervisorsStopFirstAndTheDatabaseLast(t *testing.T) {
	run := t.TempDir()
	for _, name := range []string{"mariadbd", "web", "keepalive", "carrier", "something", "demo", "asterisk", "listen"} {
		if err := os.WriteFile(filepath.Join(run, name+".pid"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, file := range pidFiles(run) {
		got = append(got, strings.TrimSuffix(filepath.Base(file), ".pid"))
	}
	want := []string{"demo", "keepalive", "listen", "web", "asterisk", "carrier", "something", "mariadbd"}
	if !slices.Equal(got, want) {
		t.Errorf("stopped in the order %v, want %v", got, want)
	}
}

func TestFailureSaysWhatFailedAndHowToGoOn(t *testing.T) {
	r := newReport(filepath.Join(t.TempDir(), "setup.log"))
	defer r.close()
	err := r.run(t.Context(), task{what: "Installing the moon", hint: "Try the sun."},
		command{args: []string{"sh", "-c", "echo no such package >&2; exit 3"}})
	if err == nil {
		t.Fatal("it went well")
	}
	for _, want := range []string{"installing the moon failed", "exit status 3", "| no such package", r.logPath, "Try the sun."} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	log, err := os.ReadFile(r.logPath)
	if err != nil || string(log) != "no such package\n" {
		t.Errorf("the log holds %q, %v", log, err)
	}
}

func TestFirstFailureStopsTheOtherChains(t *testing.T) {
	broken := errors.New("broken")
	var failing, waiting chain
	failing.add(func(context.Context) error { return broken })
	failing.add(func(context.Context) error { t.Error("a step ran after a failed one"); return nil })
	waiting.add(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	if err := (chains{waiting, failing}).do(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v, want the first failure alone", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (chains{waiting}).do(ctx); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("an interrupt gave %v", err)
	}
}

func TestOneRunAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "setup.lock")
	unlock, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a second run got in: %v", err)
	}
	unlock()
	if unlock, err = lock(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestPackagesAreFetchedAgainOnlyForAnotherLockFile(t *testing.T) {
	s := &setup{root: t.TempDir()}
	s.run = filepath.Join(s.root, ".run")
	if s.npmWanted() {
		t.Error("npm is wanted without a lock file")
	}
	write := func(content string) {
		if err := os.MkdirAll(s.assets("node_modules"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.assets("package-lock.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("{}")
	if !s.npmWanted() {
		t.Error("a first lock file is not installed")
	}
	hash, err := hashFiles(s.assets("package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.setStamp("npm", hash); err != nil {
		t.Fatal(err)
	}
	if s.npmWanted() {
		t.Error("the same lock file is installed twice")
	}
	write("{ }")
	if !s.npmWanted() {
		t.Error("a changed lock file is not installed")
	}
	write("{}")
	if err := os.RemoveAll(s.assets("node_modules")); err != nil {
		t.Fatal(err)
	}
	if !s.npmWanted() {
		t.Error("removed packages are not fetched again")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var end tail
	for range 100_000 {
		end.Write([]byte("progress\n"))
	}
	end.Write([]byte("the reason\n"))
	if got := end.lines(2); got != "progress\nthe reason" {
		t.Errorf("kept %q", got)
	}
}
