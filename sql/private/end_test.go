package private_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"trunkline/sql/private"
)

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// until waits for a condition, looking often.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("still waiting for: %s", what)
		}
	}
}

// TestChild is the binary that the next test kills; on its own it does nothing.
func TestChild(t *testing.T) {
	if os.Getenv("TRUNKLINE_TEST_CHILD") == "" {
		return
	}
	s := private.ForTest(t)
	fmt.Printf("server %d %s\n", s.Pid(), s.Dir)
	bufio.NewReader(os.Stdin).ReadString('\n') // until killed
}

func TestServerAndFilesGoWithTheTestBinary(t *testing.T) {
	private.ForTest(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "TRUNKLINE_TEST_CHILD=1")
	if _, err := cmd.StdinPipe(); err != nil { // held open, never written
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 {
		cmd.Process.Kill()
		t.Fatalf("the child said %q, %v", line, err)
	}
	pid, _ := strconv.Atoi(words[1])
	if err := cmd.Process.Kill(); err != nil { // SIGKILL: no deferred call runs
		t.Fatal(err)
	}
	cmd.Wait()
	until(t, "the server to die", func() bool { return dead(pid) })
	until(t, "its files to go", func() bool {
		_, err := os.Stat(filepath.Dir(words[2]))
		return errors.Is(err, os.ErrNotExist)
	})
}

// dead is true for a process that is gone or a zombie nobody has collected yet.
func dead(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}
