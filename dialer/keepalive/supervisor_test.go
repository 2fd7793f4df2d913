package keepalive

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trunkline/dialer/proc"
)

// TestMain turns the test binary into the daemon of its own tests.
func TestMain(m *testing.M) {
	dir := os.Getenv("KEEPALIVE_TEST_DIR")
	switch os.Getenv("KEEPALIVE_TEST_AS") {
	case "daemon":
		daemon(dir)
	case "dies":
		os.Exit(3)
	case "mute":
		select {}
	case "keeper":
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		s := &Supervisor{Children: []Child{child(dir, "daemon")}, Log: slog.New(slog.DiscardHandler)}
		_ = s.Run(ctx)
	default:
		os.Exit(m.Run())
	}
}

// daemon beats once and then waits for its end, to which it says farewell.
func daemon(dir string) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	release, err := proc.Self(filepath.Join(dir, "daemon.pid"))
	if err != nil {
		os.Exit(4)
	}
	_ = os.WriteFile(filepath.Join(dir, "daemon.beat"), nil, 0o644)
	<-term
	_ = os.WriteFile(filepath.Join(dir, "farewell"), nil, 0o644)
	release()
}

func child(dir, as string) Child {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Child{
		Name: "daemon", Path: exe, Grace: 20 * time.Second,
		Env:     append(os.Environ(), "KEEPALIVE_TEST_AS="+as, "KEEPALIVE_TEST_DIR="+dir),
		PidFile: filepath.Join(dir, "daemon.pid"), BeatFile: filepath.Join(dir, "daemon.beat"),
		LogFile: filepath.Join(dir, "daemon.log"),
	}
}

type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func supervisor(t *testing.T, dir, as string) (*Supervisor, *logText) {
	t.Helper()
	text := &logText{}
	s := &Supervisor{Children: []Child{child(dir, as)}, Log: slog.New(slog.NewTextHandler(text, nil))}
	t.Cleanup(func() { _ = s.Stop(t.Context()) })
	return s, text
}

// eventually waits for a condition of another process; the test's own deadline
// ends a wait that never comes true.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	limit := time.After(time.Minute)
	for !cond() {
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

func ready(t *testing.T, dir string) *proc.Found {
	t.Helper()
	var found *proc.Found
	eventually(t, "the daemon is up", func() bool {
		f, ok := proc.Find(filepath.Join(dir, "daemon.pid"))
		_, err := os.Stat(filepath.Join(dir, "daemon.beat"))
		found = f
		return ok && err == nil
	})
	return found
}

func step(t *testing.T, s *Supervisor, now time.Time) {
	t.Helper()
	err := s.Step(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
}

func TestKilledChildIsStartedAgain(t *testing.T) {
	dir := t.TempDir()
	s, _ := supervisor(t, dir, "daemon")
	now := time.Now()
	step(t, s, now)
	first := ready(t, dir)
	if err := first.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.watched[0].done()
	step(t, s, now.Add(time.Second))
	second := ready(t, dir)
	if second.Pid == first.Pid || !second.Alive() {
		t.Errorf("pid %d after %d: not a new living daemon", second.Pid, first.Pid)
	}
}

func TestStuckChildIsReplaced(t *testing.T) {
	dir := t.TempDir()
	s, text := supervisor(t, dir, "daemon")
	now := time.Now()
	step(t, s, now)
	first := ready(t, dir)

	later := now.Add(11 * time.Second)
	beat := filepath.Join(dir, "daemon.beat")
	if err := os.Chtimes(beat, later, later); err != nil {
		t.Fatal(err)
	}
	step(t, s, later)
	if !first.Alive() {
		t.Fatal("a daemon that beats was killed")
	}
	step(t, s, later.Add(11*time.Second))
	second := ready(t, dir)
	if first.Alive() || second.Pid == first.Pid {
		t.Errorf("the stuck daemon lives on: %d, now %d", first.Pid, second.Pid)
	}
	if !strings.Contains(text.String(), "no progress") {
		t.Errorf("the log does not say why: %s", text)
	}
	if !strings.Contains(proc.Tail(filepath.Join(dir, "daemon.log"), 200), "goroutine") {
		t.Error("the stuck daemon's log does not say where it stood")
	}
}

// A daemon that a busy machine does not let start gets longer each time; once it
// beats, it is held to that again.
func TestSlowStartsGetLonger(t *testing.T) {
	dir := t.TempDir()
	s, _ := supervisor(t, dir, "mute")
	now := time.Now()
	step(t, s, now)
	lives := func(patience time.Duration) {
		t.Helper()
		before := s.watched[0].pid()
		now = now.Add(patience)
		step(t, s, now)
		if s.watched[0].pid() != before {
			t.Fatalf("a start was ended within %s", patience)
		}
		now = now.Add(time.Second)
		step(t, s, now)
		if s.watched[0].pid() == before {
			t.Fatalf("a daemon that has not begun is spared after %s", patience+time.Second)
		}
	}
	for _, patience := range []time.Duration{10, 20, 40, 80, 80} {
		lives(patience * time.Second)
	}
	if err := os.WriteFile(filepath.Join(dir, "daemon.beat"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	step(t, s, now)
	lives(10 * time.Second) // silent after its first beat
	lives(10 * time.Second) // a start that is the first again
	lives(20 * time.Second)
}

// TestSteppedClockKillsNobody: what a beat file's time says of its age is wrong
// when the clock was stepped, and who hangs is found all the same.
func TestSteppedClockKillsNobody(t *testing.T) {
	dir := t.TempDir()
	s, _ := supervisor(t, dir, "daemon")
	now := time.Now()
	step(t, s, now)
	first := ready(t, dir)
	beat := filepath.Join(dir, "daemon.beat")
	for n, wall := range []time.Time{now.Add(-time.Hour), now.Add(time.Hour)} {
		if err := os.Chtimes(beat, wall, wall); err != nil {
			t.Fatal(err)
		}
		step(t, s, now.Add(time.Duration(n+1)*9*time.Second))
		if !first.Alive() {
			t.Fatalf("a daemon whose beat says %s was killed", wall.Sub(now))
		}
	}
	step(t, s, now.Add(30*time.Second))
	if second := ready(t, dir); first.Alive() || second.Pid == first.Pid {
		t.Error("a daemon that stopped beating was spared")
	}
}

func TestFastDeathsAreSpacedOut(t *testing.T) {
	dir := t.TempDir()
	s, text := supervisor(t, dir, "dies")
	now := time.Now()
	die := func() {
		t.Helper()
		step(t, s, now)
		if s.watched[0].own == nil {
			t.Fatalf("not started at %v", now)
		}
		<-s.watched[0].done()
	}
	die() // the first
	now = now.Add(100 * time.Millisecond)
	die() // started again at once
	for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		now = now.Add(100 * time.Millisecond)
		step(t, s, now) // finds it dead
		now = now.Add(wait - time.Millisecond)
		step(t, s, now)
		if s.watched[0].own != nil {
			t.Fatalf("started before %v had passed", wait)
		}
		now = now.Add(time.Millisecond)
		die()
	}
	if !strings.Contains(text.String(), "not to spin") {
		t.Errorf("the log does not say why it waits: %s", text)
	}
	now = now.Add(time.Hour) // it lived long: forgiven
	die()
}

func TestDaemonsOutliveAKilledKeepaliveAndAreAdopted(t *testing.T) {
	dir := t.TempDir()
	keeper := exec.Command(os.Args[0])
	keeper.Env = append(os.Environ(), "KEEPALIVE_TEST_AS=keeper", "KEEPALIVE_TEST_DIR="+dir)
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	orphan := ready(t, dir)
	t.Cleanup(func() { _ = orphan.Signal(syscall.SIGKILL) })
	if err := keeper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = keeper.Wait()

	s, _ := supervisor(t, dir, "daemon")
	step(t, s, time.Now())
	if !orphan.Alive() {
		t.Fatal("the daemon died with its keepalive")
	}
	if w := s.watched[0]; w.own != nil || w.found == nil || w.found.Pid != orphan.Pid {
		t.Fatalf("not adopted: %+v", w)
	}
	if err := orphan.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-orphan.Done()
	step(t, s, time.Now().Add(time.Second))
	if next := ready(t, dir); next.Pid == orphan.Pid {
		t.Error("the adopted daemon was not replaced after its death")
	}
}

func TestStopIsGraceful(t *testing.T) {
	dir := t.TempDir()
	keeper := exec.Command(os.Args[0])
	keeper.Env = append(os.Environ(), "KEEPALIVE_TEST_AS=keeper", "KEEPALIVE_TEST_DIR="+dir)
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	found := ready(t, dir)
	if err := keeper.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := keeper.Wait(); err != nil {
		t.Error("keepalive:", err)
	}
	if found.Alive() {
		t.Error("the daemon runs on after its keepalive was stopped")
	}
	if _, err := os.Stat(filepath.Join(dir, "farewell")); err != nil {
		t.Error("the daemon was not given the time to end by itself")
	}
}
