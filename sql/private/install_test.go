package private

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPathWithASpace: MariaDB's installer fails there with a page about something
// else.
func TestPathWithASpace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my clone", "data")
	err := install(t.Context(), Binaries{Install: "mariadb-install-db"}, account{}, Options{Dir: dir, Notify: func(string) {}})
	if err == nil || !strings.Contains(err.Error(), "no path with a space in it, such as "+dir) {
		t.Errorf("says %v", err)
	}
}
