package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"trunkline/sql/private"
)

// tests runs `go test` with the given arguments and ends with a list of what was
// skipped and why: go test itself hides that of a package that passes. With
// CI=true in the environment a skip is a failure, unless this machine gives nobody
// but root the right to what the test needs: that is said, and no installing helps.
//
// All packages (./...) are begun in an order of ours: see sorted. With --beside and
// a target of make first, that is made meanwhile; it fails the run as a test does.
func tests(ctx context.Context, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	beside := func() error { return nil }
	if len(args) > 1 && args[0] == "--beside" {
		beside = makeBeside(ctx, args[1])
		args = args[2:]
	}
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"test", "-json"}, sorted(args, self))...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), private.SkipsAreListed+"=yes")
	// Interrupted, the tests want to end what they started.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	t := newTally(os.Stdout)
	readErr := t.read(out)
	err = cmd.Wait()
	besideErr := beside()
	skipped := t.close()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; the tests did not come to their end")
	case err != nil:
		return errors.Join(errors.New("tests failed"), besideErr)
	case besideErr != nil:
		return besideErr
	case readErr != nil:
		return fmt.Errorf("reading what go test says: %w", readErr)
	case skipped > t.excused() && os.Getenv("CI") == "true":
		return errors.New("CI=true, and not every test ran")
	}
	return nil
}

// makeBeside makes a target behind what else runs; done waits for it and passes on
// what it said.
func makeBeside(ctx context.Context, target string) (done func() error) {
	cmd := exec.CommandContext(ctx, "nice", "-n", strconv.Itoa(behind), "make", "--no-print-directory", target)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	var said []byte
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		said, err = cmd.CombinedOutput()
	}()
	return func() error {
		<-ended
		fmt.Printf("\nmake %s:\n%s", target, said)
		if err != nil {
			return fmt.Errorf("make %s failed: %w", target, err)
		}
		return nil
	}
}

// testEvent is a line of `go test -json` (see go doc test2json).
type testEvent struct {
	Action     string
	Package    string
	ImportPath string // of what does not compile
	Test       string
	Output     string
}

// tally reads the events of a run: it passes on what `go test` would print, and
// keeps the skips.
type tally struct {
	out   io.Writer
	said  map[[2]string][]string // by package and test, until its result
	skips map[skip][]string      // tests
	fails []failure
	ran   int
}

// failure is a test that failed, and the first of what it said against itself.
type failure struct {
	pkg, test string
	why       []string
}

// skip is a reason for which tests of a package were skipped.
type skip struct{ pkg, why string }

func newTally(out io.Writer) *tally {
	return &tally{out: out, said: map[[2]string][]string{}, skips: map[skip][]string{}}
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e testEvent
			if json.Unmarshal([]byte(line), &e) == nil {
				t.event(e)
			} else {
				fmt.Fprint(t.out, line) // not of test2json, such as a flag's complaint
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) event(e testEvent) {
	at := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "output":
		t.said[at] = append(t.said[at], e.Output)
	case "pass", "skip", "fail":
		said := t.said[at]
		delete(t.said, at)
		if e.Test == "" {
			t.packageEnds(e, said)
			return
		}
		t.ran++
		if e.Action == "skip" {
			key := skip{e.Package, reason(said)}
			t.skips[key] = append(t.skips[key], e.Test)
		}
		if e.Action == "fail" {
			t.fails = append(t.fails, failure{e.Package, e.Test, complaints(said)})
			for _, line := range said {
				if !strings.HasPrefix(line, "=== ") {
					fmt.Fprint(t.out, line)
				}
			}
		}
	}
}

// packageEnds prints a package's last words: its line of ok or FAIL, and all it
// said if it failed. A test without a result was running when the package died.
func (t *tally) packageEnds(e testEvent, said []string) {
	for at, lines := range t.said {
		if at[0] != e.Package {
			continue
		}
		if e.Action == "fail" {
			t.fails = append(t.fails, failure{e.Package, at[1], []string{"it had no result when its package ended"}})
			fmt.Fprint(t.out, strings.Join(lines, ""))
		}
		delete(t.said, at)
	}
	if e.Action == "fail" && !slices.ContainsFunc(t.fails, func(f failure) bool { return f.pkg == e.Package }) {
		t.fails = append(t.fails, failure{e.Package, "outside of its tests", lastWords(said)})
	}
	for _, line := range said {
		if e.Action == "fail" || strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "? ") {
			fmt.Fprint(t.out, line)
		}
	}
}

// reason is what a skipped test said, without the place in the source.
func reason(said []string) string {
	var why []string
	for _, line := range said {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if place, rest, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = rest
		}
		line = strings.TrimPrefix(strings.TrimPrefix(line, "SKIPPED, NOT TESTED: "), "SKIPPED: ")
		why = append(why, line)
	}
	if why == nil {
		return "it gives no reason"
	}
	return strings.Join(why, " ")
}

// complaintsKept and complaintLength keep the list of failures short enough to be
// read at a glance, logs and all; of the first complaint restKept more lines stay.
const complaintsKept, complaintLength, restKept = 4, 400, 5

// complaints are the first lines that carry their place in a test's source, and
// how the first of them goes on: what follows the others, a log perhaps, has been
// printed already.
func complaints(said []string) (lines []string) {
	places, rest := 0, 0
	for _, line := range said {
		if strings.HasPrefix(strings.TrimSpace(line), "--- ") {
			rest = 0 // the test's end, or a part's beginning
			continue
		}
		place, _, ok := strings.Cut(strings.TrimSpace(line), ": ")
		switch ok = ok && strings.Contains(place, "_test.go:") && !strings.Contains(place, " "); {
		case ok && places == complaintsKept:
			return lines
		case ok && places == 0:
			places, rest = 1, restKept
			lines = append(lines, cut(strings.TrimSpace(line)))
		case ok:
			places, rest = places+1, 0
			lines = append(lines, cut(strings.TrimSpace(line)))
		case rest > 0:
			rest--
			lines = append(lines, cut("  "+strings.TrimSpace(line)))
		}
	}
	return lines
}

// lastWords are what a package says that fails by itself: when its tests were over,
// or because it did not get as far.
func lastWords(said []string) (lines []string) {
	for _, line := range said {
		line = strings.TrimSpace(line)
		if line == "" || line == "PASS" || line == "FAIL" || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "-test.shuffle ") || strings.HasPrefix(line, "exit status ") {
			continue
		}
		if lines = append(lines, cut(line)); len(lines) == restKept {
			break
		}
	}
	return lines
}

func cut(line string) string {
	if len(line) <= complaintLength {
		return line
	}
	return strings.ToValidUTF8(line[:complaintLength], "") + " …"
}

// close prints the skips, each reason once a package, counts the tests, and names
// last what failed: where a long output is cut, its end is kept.
func (t *tally) close() (skipped int) {
	skipped = t.skipped()
	if len(t.fails) == 0 {
		return skipped
	}
	fmt.Fprintf(t.out, "\nFAILED: %d, of %d tests that ran.\n", len(t.fails), t.ran)
	for _, f := range t.fails {
		fmt.Fprintf(t.out, "  %s %s\n", f.pkg, f.test)
		for _, line := range f.why {
			fmt.Fprintf(t.out, "    %s\n", line)
		}
	}
	return skipped
}

// noRight begins the reason of a test that takes a right which we do not have.
const noRight = "NO RIGHT: "

// excused are the skipped tests for which that is the reason.
func (t *tally) excused() (n int) {
	for key, tests := range t.skips {
		if strings.HasPrefix(key.why, noRight) {
			n += len(tests)
		}
	}
	return n
}

func (t *tally) skipped() (skipped int) {
	for _, tests := range t.skips {
		skipped += len(tests)
	}
	if skipped == 0 {
		fmt.Fprintf(t.out, "\nNothing was skipped: all %d tests ran.\n", t.ran)
		return 0
	}
	fmt.Fprintf(t.out, "\nSKIPPED, NOT TESTED: %d of %d tests.\n", skipped, t.ran)
	keys := make([]skip, 0, len(t.skips))
	for key := range t.skips {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b skip) int { return strings.Compare(a.pkg+"\n"+a.why, b.pkg+"\n"+b.why) })
	for _, key := range keys {
		tests := t.skips[key]
		slices.Sort(tests)
		fmt.Fprintf(t.out, "  %s: %s\n    %s\n", key.pkg, key.why, strings.Join(tests, " "))
	}
	return skipped
}
