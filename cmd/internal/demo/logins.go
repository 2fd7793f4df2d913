package demo

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// logins are the demo's passwords, generated at the first run and kept in a file
// that only its owner may read.
type logins struct {
	path     string
	password map[string]string // by user
}

func loadLogins(path string) (logins, error) {
	l := logins{path, map[string]string{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if w := strings.Fields(s.Text()); len(w) == 2 && !strings.HasPrefix(w[0], "#") {
			l.password[w[0]] = w[1]
		}
	}
	return l, nil
}

func (l logins) save() error {
	var b strings.Builder
	b.WriteString("# Users and passwords of the demo in this folder.\n")
	names := make([]string, 0, len(l.password))
	for name := range l.password {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%-12s %s\n", name, l.password[name])
	}
	err := os.WriteFile(l.path, []byte(b.String()), 0o600)
	if err != nil {
		return err
	}
	return os.Chmod(l.path, 0o600)
}

type login struct{ what, name, password string }

// people are the logins for whoever is at the browser.
func (l logins) people() []login {
	return []login{{"Agent", "agent", l.password["agent"]}, {"Admin", "admin", l.password["admin"]}}
}

// handName is the login of a simulated agent.
func handName(i int) string { return fmt.Sprintf("sim%d", i+1) }
