package asteriskconf

import (
	"os"
	"testing"
)

func TestTmpBuild(t *testing.T) {
	if os.Getenv("B") != "" {
		if err := BuildRoot(t.Context(), os.Getenv("B"), os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
}
