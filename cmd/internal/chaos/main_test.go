package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

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

// folder is one of a test's own, where a whole system may run, and where the
// race detectors of its daemons find it when the test is over. It is below the
// folder of what make test builds, and stays: what a killed run left there is
// ended by the next.
func folder(t *testing.T, name string) (dir, built string) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: it takes minutes")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built)
	private.Missing(t, errors.Join(noMaria, noAsterisk))
	dir = filepath.Join(built, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	races := filepath.Join(dir, "race")
	found := func() []string {
		names, _ := filepath.Glob(races + ".*")
		return names
	}
	for _, old := range found() {
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	}
	// For the daemons: our own detector has read its options long ago.
	t.Setenv("GORACE", "log_path="+races)
	t.Cleanup(func() {
		for _, name := range found() {
			text, err := os.ReadFile(name)
			t.Errorf("%s: %v\n%s", filepath.Base(name), err, text)
		}
	})
	return dir, built
}
