//go:build chaos

package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/rig"
	"trunkline/sql/private"
)

// TestMain lets the test binary be the daemons that are broken.
func TestMain(m *testing.M) {
	if code, ok := rig.Daemon(os.Args); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestNothingIsLost is make chaos in short, with the race detector in every
// daemon: go test -race -tags chaos ./cmd/internal/chaos. It stands outside of
// make test until it holds on a machine that does other things besides. How long a restart takes is printed and judged by make chaos: here it
// hangs on what else the machine does.
func TestNothingIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes minutes")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built)
	if err := errors.Join(noMaria, noAsterisk); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must not skip: %v", err)
		}
		t.Skipf("SKIPPED, NOT TESTED: %v; make test installs it", err)
	}
	// A folder that stays: what a killed run left there is ended by the next.
	dir := filepath.Join(built, "chaos-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	races := filepath.Join(dir, "race")
	forget(t, races)
	// For the daemons: our own detector has read its options long ago.
	t.Setenv("GORACE", "log_path="+races)
	seed := uint64(1)
	if s := os.Getenv("SEED"); s != "" {
		seed, err = strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
	}
	err = Run(t.Context(), Options{
		Dir: dir, Asterisk: built, Seed: seed, For: 90 * time.Second, Agents: 20, CPS: 10, Restarts: true, Out: t.Output(),
	})
	if err != nil {
		t.Error(err)
	}
	found, _ := filepath.Glob(races + ".*")
	for _, name := range found {
		text, err := os.ReadFile(name)
		t.Errorf("%s: %v\n%s", filepath.Base(name), err, text)
	}
}

func forget(t *testing.T, races string) {
	t.Helper()
	old, err := filepath.Glob(races + ".*")
	for _, name := range old {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}
