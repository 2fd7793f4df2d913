package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestOrderNamesPackagesWithTests(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(order, live) {
		if files, _ := filepath.Glob(filepath.Join(root, p, "*_test.go")); len(files) == 0 {
			t.Errorf("%s has no tests", p)
		}
	}
}

func TestSortedKeepsArguments(t *testing.T) {
	some := []string{"-race", "./cmd/setup"}
	if got := sorted(some, "self"); !slices.Equal(got, some) {
		t.Errorf("some packages: %q", got)
	}
	got := sorted([]string{"-race", "-timeout", "9m", everything}, "/a b/self")
	text := strings.Join(got, " ")
	if !strings.Contains(text, "-exec='/a b/self' exec") || !strings.Contains(text, "-race -timeout 9m ./cmd/internal/chaos ./cmd/internal/e2e") || got[len(got)-1] != everything {
		t.Errorf("all packages: %q", got)
	}
}

// TestBecomeChild is the process that the next test turns into nice(1), which tells
// how far behind it is; on its own it does nothing.
func TestBecomeChild(t *testing.T) {
	if root := os.Getenv("TRUNKLINE_TEST_ROOT"); root != "" {
		t.Fatal(become(root, []string{os.Getenv("TRUNKLINE_TEST_NICE")}))
	}
}

func TestWhatComputesGivesWay(t *testing.T) {
	nice, err := exec.LookPath("nice")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := exec.Command(nice).Output()
	if err != nil {
		t.Fatal(err)
	}
	had, err := strconv.Atoi(string(bytes.TrimSpace(ours)))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for pkg, want := range map[string]int{live[0]: had, "dialer/pacing": min(had+behind, 19)} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBecomeChild$")
		cmd.Dir = filepath.Join(root, pkg)
		if err := os.MkdirAll(cmd.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(os.Environ(), "TRUNKLINE_TEST_ROOT="+root, "TRUNKLINE_TEST_NICE="+nice)
		out, err := cmd.CombinedOutput()
		if got, _ := strconv.Atoi(string(bytes.TrimSpace(out))); err != nil || got != want {
			t.Errorf("%s runs at %s, want %d (%v)", pkg, out, want, err)
		}
	}
}

// What is made beside the tests fails the run, and what it said is shown.
func TestMadeBeside(t *testing.T) {
	t.Chdir(t.TempDir())
	makefile := "good:\n\t@echo fine\nbad:\n\t@echo broken; exit 3\n"
	if err := os.WriteFile("Makefile", []byte(makefile), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := makeBeside(t.Context(), "good")(); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := makeBeside(t.Context(), "bad")(); !errors.As(err, &exit) || !strings.Contains(err.Error(), "make bad failed") {
		t.Errorf("a target that fails: %v", err)
	}
}
