package proc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const limit = 20 * time.Second

// The main function stays on the process's first thread where that one is to end.
func init() {
	if os.Getenv("TRUNKLINE_TEST_ROLE") == "headless" {
		runtime.LockOSThread()
	}
}

// TestMain plays the programs that the tests start.
func TestMain(m *testing.M) {
	switch os.Getenv("TRUNKLINE_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "self":
		release, err := Self(os.Getenv("TRUNKLINE_TEST_FILE"))
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		fmt.Println("up")
		_, _ = os.Stdin.Read(make([]byte, 1))
		release()
	case "headless":
		_, err := Self(os.Getenv("TRUNKLINE_TEST_FILE"))
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		go func() {
			for raw := ""; !strings.Contains(raw, ") Z "); {
				all, _ := os.ReadFile("/proc/self/stat")
				raw = string(all)
			}
			fmt.Println("up")
			<-time.After(time.Hour)
		}()
		_, _, _ = syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0) // this thread's alone
	case "parent":
		p, err := Start(Spec{Path: "sleep", Args: []string{"600"}, PidFile: os.Getenv("TRUNKLINE_TEST_FILE"), NewGroup: true, DiesWithParent: true})
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		fmt.Println("up")
		_ = p.Wait()
	}
}

// role starts this test program in a role and waits until it says that it is up.
func role(t *testing.T, name, file string) (cmd *exec.Cmd, said string, end func()) {
	t.Helper()
	cmd = exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "TRUNKLINE_TEST_ROLE="+name, "TRUNKLINE_TEST_FILE="+file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	reaped := make(chan struct{})
	go func() { _ = cmd.Wait(); close(reaped) }()
	end = func() { in.Close(); <-reaped }
	t.Cleanup(func() { _ = cmd.Process.Kill(); end() })
	return cmd, strings.TrimSpace(line), end
}

func ended(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s does not end", what)
	}
}

func TestStartFindStop(t *testing.T) {
	dir := t.TempDir()
	s := Spec{Path: "sleep", Args: []string{"600"}, PidFile: filepath.Join(dir, "sleep.pid"), NewGroup: true}
	p, err := Start(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(s); !errors.Is(err, ErrRunning) {
		t.Errorf("a second start: %v", err)
	}
	f, alive := Find(s.PidFile)
	if !alive || f.Pid != p.Pid {
		t.Fatalf("found %+v, %v", f, alive)
	}
	if raw, _ := os.ReadFile(s.PidFile); !strings.HasPrefix(string(raw), strconv.Itoa(p.Pid)+"\n") {
		t.Errorf("pid file %q", raw)
	}
	if err := p.Stop(t.Context(), limit); err != nil {
		t.Error(err)
	}
	ended(t, "what was found", f.Done())
	if _, err := os.Stat(s.PidFile); err == nil {
		t.Error("the pid file is left")
	}
	if p.Err() == nil || p.Signal(syscall.SIGTERM) == nil {
		t.Error("it was ended by a signal and is gone")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStopTakesTheWholeGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	for name, script := range map[string]string{
		"ignores SIGTERM": `trap "" TERM; sleep 600 & echo $! >"$1.new"; mv "$1.new" "$1"; wait; wait`,
		"leaves a child":  `(trap "" TERM; exec sleep 600) & echo $! >"$1.new"; mv "$1.new" "$1"; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(file)
			p, err := Start(Spec{Path: "sh", Args: []string{"-c", script, "sh", file}, NewGroup: true})
			if err != nil {
				t.Fatal(err)
			}
			var pid int
			waitFor(t, "the child", func() bool {
				raw, err := os.ReadFile(file)
				pid, _ = strconv.Atoi(strings.TrimSpace(string(raw)))
				return err == nil && pid > 0
			})
			if err := p.Stop(t.Context(), 50*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the child's end", func() bool { _, ok := startTime(pid); return !ok })
		})
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.After(limit); !ok(); {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestFindIsNotMisled: a pid that belongs to somebody else now, and files that are no pid files.
func TestFindIsNotMisled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pid")
	pid := os.Getpid()
	ticks, ok := startTime(pid)
	if !ok {
		t.Fatal("no start time")
	}
	for text, want := range map[string]bool{
		fmt.Sprintf("%d\n%s\n", pid, ticks): true, fmt.Sprintf("%d\n%s1\n", pid, ticks): false,
		fmt.Sprint(pid): false, "": false, "x\ny\n": false, "-1\n5\n": false, "1\n0\n": false, "99999999\n5\n": false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, got := Find(file)
		if got != want {
			t.Errorf("%q: alive %v", text, got)
		}
		if f != nil && !got {
			ended(t, text, f.Done())
			if err := f.Signal(syscall.SIGKILL); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("%q: a signal went somewhere: %v", text, err)
			}
		}
	}
	if _, ok := Find(file + ".none"); ok {
		t.Error("found without a file")
	}
}

// TestFoundStop ends a process that is another one's child.
func TestFoundStop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "self.pid")
	_, said, _ := role(t, "self", file)
	if said != "up" {
		t.Fatal(said)
	}
	f, alive := Find(file)
	if !alive {
		t.Fatal("not found")
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := f.Stop(ctx, limit); err != nil {
		t.Fatal(err)
	}
	if f.Alive() {
		t.Error("alive")
	}
}

// TestFoundKill: who is killed is not asked first.
func TestFoundKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sleep.pid")
	p, err := Start(Spec{Path: "sleep", Args: []string{"600"}, PidFile: file, NewGroup: true})
	if err != nil {
		t.Fatal(err)
	}
	f, alive := Find(file)
	if !alive {
		t.Fatal("not found")
	}
	f.Kill()
	if err := p.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("ended by %v", err)
	}
}

func TestSelfRefusesASecondCopy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "self.pid")
	cmd, said, gone := role(t, "self", file)
	if said != "up" {
		t.Fatal(said)
	}
	if _, err := Self(file); !errors.Is(err, ErrRunning) {
		t.Errorf("a second copy: %v", err)
	}
	// One that dies without a word leaves the file and loses the lock.
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone()
	if _, alive := Find(file); alive {
		t.Error("dead, but found")
	}
	_, said, end := role(t, "self", file)
	if said != "up" {
		t.Fatal(said)
	}
	end()
	if _, err := os.Stat(file); err == nil {
		t.Error("released, but the file is there")
	}
	release, err := Self(file)
	if err != nil {
		t.Fatal(err)
	}
	if f, alive := Find(file); !alive || f.Pid != os.Getpid() {
		t.Error("we are not found")
	}
	release()
}

// TestSelfOfMany has many copies start at once: exactly one may run.
func TestSelfOfMany(t *testing.T) {
	file := filepath.Join(t.TempDir(), "self.pid")
	said := make(chan string)
	for range 10 {
		go func() {
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), "TRUNKLINE_TEST_ROLE=self", "TRUNKLINE_TEST_FILE="+file)
			in, _ := cmd.StdinPipe()
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				said <- err.Error()
				return
			}
			line, _ := bufio.NewReader(out).ReadString('\n')
			said <- strings.TrimSpace(line)
			<-t.Context().Done()
			in.Close()
			_ = cmd.Wait()
		}()
	}
	up := 0
	for range 10 {
		switch s := <-said; {
		case s == "up":
			up++
		case !strings.Contains(s, ErrRunning.Error()):
			t.Error(s)
		}
	}
	if up != 1 {
		t.Errorf("%d copies run", up)
	}
}

// TestHalfDead: the kernel kills a daemon's threads one after the other. Until the
// last is gone it has its files, and the next one cannot have the pid file.
func TestHalfDead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "self.pid")
	cmd, said, gone := role(t, "headless", file)
	if said != "up" {
		t.Fatal(said)
	}
	if _, err := Self(file); !errors.Is(err, ErrRunning) {
		t.Errorf("a second copy: %v", err)
	}
	f, alive := Find(file)
	if !alive {
		t.Fatal("taken for dead while a thread of it has its files")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended(t, "the daemon", f.Done())
	gone()
}

func TestDiesWithParent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sleep.pid")
	cmd, said, _ := role(t, "parent", file)
	if said != "up" {
		t.Fatal(said)
	}
	f, alive := Find(file)
	if !alive {
		t.Fatal("not found")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended(t, "the child of the killed", f.Done())
}

func TestLogIsAppendedAndExplains(t *testing.T) {
	log := filepath.Join(t.TempDir(), "x.log")
	for i := range 3 {
		p, err := Start(Spec{Path: "sh", Args: []string{"-c", `echo "run $1"; echo "bad $1" >&2; exit 7`, "sh", strconv.Itoa(i)}, LogFile: log})
		if err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := p.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Errorf("ended with %v", err)
		}
		if got, want := p.LogTail(1), fmt.Sprintf("bad %d", i); got != want {
			t.Errorf("tail %q", got)
		}
	}
	if got := Tail(log, 3); got != "bad 1\nrun 2\nbad 2" {
		t.Errorf("tail %q", got)
	}
	if Tail(log, 0) != "" || Tail(log+".none", 5) != "" {
		t.Error("lines from nowhere")
	}
	big := strings.Repeat(strings.Repeat("x", 99)+"\n", 5000) + "end\n"
	if err := os.WriteFile(log, []byte(big), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Tail(log, 1); got != "end" {
		t.Errorf("tail of a big file %q", got)
	}
}

func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []Spec{
		{Path: filepath.Join(dir, "none")}, {Path: "true", Dir: filepath.Join(dir, "none")},
		{Path: "true", LogFile: filepath.Join(dir, "none", "log")},
		{Path: "sleep", Args: []string{"600"}, PidFile: filepath.Join(dir, "none", "x.pid")},
	} {
		if _, err := Start(s); err == nil {
			t.Errorf("%+v was started", s)
		}
	}
}

func TestParentMayLive(t *testing.T) {
	// A child that dies with its parent must not die with a thread of it.
	p, err := Start(Spec{Path: "sleep", Args: []string{"600"}, DiesWithParent: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		c, err := Start(Spec{Path: "true", DiesWithParent: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("a short child: %v", err)
		}
	}
	if err := p.Err(); err != nil {
		t.Errorf("ended by itself: %v", err)
	}
	p.Kill()
}
