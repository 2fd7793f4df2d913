package private

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// TB is what the helpers need of a *testing.T, *testing.B or *testing.F.
type TB interface {
	Name() string
	Helper()
	Cleanup(func())
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// ForTest returns this test binary's own server, started for the first test that
// asks and gone, with its files, when the binary ends in whatever way. Where
// MariaDB is not installed the test is skipped; with CI=true in the environment
// it fails.
func ForTest(tb TB) *Server {
	tb.Helper()
	s, err := testServer()
	if errors.Is(err, ErrNotInstalled) {
		Missing(tb, err)
	}
	if err != nil {
		tb.Fatalf("no database for this test: %v", err)
	}
	return s
}

// Database makes an empty database with an account of its own and returns its
// DSN; both are gone when the test has ended.
func Database(tb TB) (dsn string) {
	tb.Helper()
	_, dsn = empty(tb)
	return dsn
}

// DatabaseLike is Database with the tables and rows of a template of this test
// binary's server.
func DatabaseLike(tb TB, template *Template) (dsn string) {
	tb.Helper()
	name, dsn := empty(tb)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := template.Copy(ctx, name); err != nil {
		tb.Fatalf("%v", err)
	}
	return dsn
}

func empty(tb TB) (name, dsn string) {
	tb.Helper()
	s := ForTest(tb)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	name = "test_" + secret()[:12]
	password := secret()
	if err := s.CreateDatabase(ctx, name, name, password); err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.DropDatabase(ctx, name, name); err != nil {
			tb.Errorf("%v", err)
		}
	})
	return name, s.DSNAs(name, password, name)
}

var testServer = sync.OnceValues(func() (*Server, error) {
	if _, err := Find(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	// The server's account must get through to its data.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	if err := sweep(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return Start(ctx, Options{Dir: filepath.Join(dir, "data"), Fast: true, DieWithParent: true})
})

// prefix begins the names of the folders that hold a test binary's server.
const prefix = "trunkline-test-"

// sweeper is the argument by which a test binary, started once more, is the one
// that clears up.
const sweeper = "trunkline-test-sweep"

// Before any TestMain: a test binary that has none of ours clears up as well.
func init() {
	if len(os.Args) == 3 && os.Args[1] == sweeper && strings.HasPrefix(filepath.Base(os.Args[2]), prefix) {
		_, _ = io.Copy(io.Discard, os.Stdin)
		// The kernel kills the server at the same moment; it may still be
		// writing while the first removal runs, hence several.
		for range 50 {
			if os.RemoveAll(os.Args[2]) == nil {
				break
			}
			<-time.After(100 * time.Millisecond)
		}
		os.Exit(0)
	}
}

// sweep has dir removed when this process is gone. A test binary has no end that
// a package could hook into, and it may be killed; so a child waits for its
// standard input, a pipe only we hold, to close.
func sweep(dir string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(exe, sweeper, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("could not arrange for %s to be removed: %w", dir, err)
	}
	go func() {
		cmd.Wait()
		pipe.Close() // named here, so that the collector does not close it earlier
	}()
	return nil
}
