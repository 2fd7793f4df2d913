package proc

import (
	"os"
	"strings"
	"testing"
)

// TestNice takes priority off this process, which everybody may, and looks at
// every thread.
func TestNice(t *testing.T) {
	if err := Nice(3); err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || len(threads) < 2 {
		t.Fatalf("%d threads: %v", len(threads), err)
	}
	for _, thread := range threads {
		raw, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/stat")
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		if f := strings.Fields(rest); f[16] != "3" {
			t.Errorf("thread %s has nice value %s", thread.Name(), f[16])
		}
	}
}
