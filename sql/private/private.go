// Package private runs a MariaDB of our own: the distribution's server binary on
// a data directory we choose, as an ordinary account, reachable through a socket
// or the loopback address only. The demo keeps its data in one, and every test
// that needs a database gets a fresh one from it, so that nothing installed on
// the machine is read, changed or needed to be running.
package private

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNotInstalled says that the server's binaries are not on this machine.
var ErrNotInstalled = errors.New("MariaDB's server binaries are not installed")

// Binaries are the programs a private server needs.
type Binaries struct {
	Server  string // mariadbd
	Install string // mariadb-install-db, which creates a data directory
}

// Find looks for MariaDB's programs in PATH and in /usr/sbin, which an ordinary
// user's PATH often lacks. The error wraps ErrNotInstalled and names the package.
func Find() (Binaries, error) {
	b := Binaries{Install: lookup("mariadb-install-db", "mysql_install_db")}
	// A bare mysqld may be MySQL's, which has no install-db: it counts only
	// where MariaDB's installer lies beside it.
	names := []string{"mariadbd"}
	if b.Install != "" {
		names = append(names, "mysqld")
	}
	b.Server = lookup(names...)
	if b.Server == "" || b.Install == "" {
		missing := "mariadbd"
		if b.Server != "" {
			missing = "mariadb-install-db"
		}
		return Binaries{}, fmt.Errorf("%w: no %s found; they come with the package mariadb-server-core, which `make demo` and `make test` install",
			ErrNotInstalled, missing)
	}
	return b, nil
}

func lookup(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec"} {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path
			}
		}
	}
	return ""
}
