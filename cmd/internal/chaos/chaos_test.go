package chaos

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// TestNothingIsLost is make chaos in short, with the race detector in every
// daemon. SEED=7 draws the same blows again. How long a restart takes is printed
// here and judged by make chaos: it hangs on what else the machine does.
func TestNothingIsLost(t *testing.T) {
	dir, built := folder(t, "chaos-test")
	seed := uint64(time.Now().UnixNano() % 1_000_000)
	if s := os.Getenv("SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
	}
	err := Run(t.Context(), Options{
		Dir: dir, Asterisk: built, Seed: seed, For: 90 * time.Second, Agents: 20, CPS: 10, Restarts: true, Crashes: 1, Out: t.Output(),
	})
	if err != nil {
		t.Error(err)
	}
}
