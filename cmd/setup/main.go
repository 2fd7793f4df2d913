// Command setup installs what one of the make targets needs on a Debian 12 or
// newer machine that has Go and git, and nothing that is already there. It also
// runs the tests and says which of them were skipped.
//
//	go run ./cmd/setup demo    what `make build` and `make demo` need
//	go run ./cmd/setup test    that, and what `make test` needs
//	go run ./cmd/setup clean   stops what runs under .run and removes it
//	go run ./cmd/setup deb     packages for Debian into .run/deb
//	go run ./cmd/setup boot    these packages on a Debian with systemd of its own
//	go run ./cmd/setup tests [--beside TARGET] …
//	                           go test with these arguments, a make target beside it,
//	                           and a list of the skips
//
// Packages of the system come from apt and start no service; everything else
// goes under .run, so that removing that folder removes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 || (len(os.Args) > 2 && !slices.Contains([]string{"tests", "exec", "deb"}, os.Args[1])) {
		usage()
	}
	root, err := findRoot()
	if err != nil {
		fail(err)
	}
	switch os.Args[1] {
	case "demo", "test":
		err = setUp(ctx, root, os.Args[1] == "test")
	case "clean":
		err = clean(ctx, root)
	case "deb":
		err = debs(ctx, root, strings.Join(os.Args[2:], ""))
	case "boot":
		err = boot(ctx, root)
	case "tests":
		err = tests(ctx, os.Args[2:])
	case "exec": // for tests
		err = become(root, os.Args[2:])
	default:
		usage()
	}
	if err != nil {
		fail(err)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: go run ./cmd/setup demo|test|clean|deb [VERSION]|boot|tests [--beside TARGET] [ARGUMENTS OF GO TEST]")
	os.Exit(2)
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "setup: %v\n", err)
	os.Exit(1)
}

// findRoot is the folder of our go.mod, at or above the working directory.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run it inside Trunkline's source folder")
		}
		dir = parent
	}
}

// setUp does every step that is needed, the slow ones side by side: a newcomer
// waits for the longest and not for the sum.
func setUp(ctx context.Context, root string, forTest bool) error {
	begin := time.Now()
	run := filepath.Join(root, ".run")
	if err := os.MkdirAll(run, 0o755); err != nil {
		return err
	}
	unlock, err := lock(ctx, filepath.Join(run, "setup.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	s := &setup{root: root, run: run, forTest: forTest, out: newReport(filepath.Join(run, "setup.log"))}
	defer s.out.close()

	work, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if err := work.do(ctx); err != nil {
		return err
	}
	if s.out.said() {
		fmt.Printf("ready after %.0f s\n", time.Since(begin).Seconds())
	} else {
		fmt.Println("ready")
	}
	return nil
}

// setup is one run of this program.
type setup struct {
	root, run string
	forTest   bool
	out       *report
}

// path is a path inside the source folder.
func (s *setup) path(elem ...string) string {
	return filepath.Join(append([]string{s.root}, elem...)...)
}

// plan decides what is missing. The chains run side by side, the steps of one
// chain one after the other.
func (s *setup) plan(ctx context.Context) (chains, error) {
	packages, later, err := s.missingPackages(ctx)
	if err != nil {
		return nil, err
	}
	if len(packages)+len(later) > 0 {
		if err := s.becomeRoot(ctx, append(packages.names(), later.names()...)); err != nil {
			return nil, err
		}
	}
	var system, compile, pbx chain
	installed := make(chan struct{})
	system.add(func(ctx context.Context) error {
		defer close(installed)
		return s.apt(ctx, packages)
	})
	// The compiler for the race detector has to be there before anything is
	// built for tests; Chromium, the largest package, need not.
	system.add(func(ctx context.Context) error { return s.apt(ctx, later) })
	pbx.add(s.asterisk)

	compile.add(s.warm)
	if s.forTest {
		compile.add(s.staticcheck)
	}
	compile.add(func(ctx context.Context) error { return wait(ctx, installed) })
	compile.add(s.npm)
	compile.add(s.bundle)
	if s.forTest && len(packages)+len(later) > 0 {
		compile.add(s.warmTests)
	}
	return chains{system, pbx, compile}, nil
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lock keeps two runs in one folder from each other's files.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%w (was an earlier run made by another account? remove %s as that account)", err, filepath.Dir(path))
	}
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, err
		}
		if !told {
			fmt.Println("Waiting for another set-up in this folder to finish")
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		}
	}
}
