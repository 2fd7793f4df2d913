package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"trunkline/cmd/internal/app"
)

// TestMain lets the test binary be the program: a demo starts its roles as
// processes of whatever binary it is itself.
func TestMain(m *testing.M) {
	if os.Getenv("TRUNKLINE_TEST_BINARY") == "is trunkline" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// trunkline runs the program in this process.
func trunkline(args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = run(args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TRUNKLINE_CONFIG", "")
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("[web]\nlisten = 'x'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.toml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	away := filepath.Join(t.TempDir(), "away.toml")
	if err := os.WriteFile(away, []byte("run_dir = 'run'\n[database]\ndsn = 'u:p@unix(/nonexistent/socket)/x'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	over := filepath.Join(t.TempDir(), app.DemoConfig) // of a demo that has ended
	if err := errors.Join(os.Mkdir(filepath.Dir(over), 0o755), os.Link(away, over)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string // in what is written to stderr
	}{
		{[]string{"--help"}, 0, ""},
		{[]string{"--version"}, 0, ""},
		{[]string{"demo", "--help"}, 0, ""},
		{[]string{"dance"}, exitUsage, "see trunkline --help"},
		{[]string{"hopper", "explain", "DEMO"}, exitUsage, "see trunkline hopper explain --help"},
		{[]string{"web", "--nonsense"}, exitUsage, "--nonsense"},
		{[]string{"demo", "--agents", "-1"}, exitUsage, "--agents"},
		{[]string{"demo", "--agents", "many"}, exitUsage, `--agents: expected a whole number, not "many"`},
		{[]string{"demo", "--dial-level", "high"}, exitUsage, `--dial-level: expected a number, not "high"`},
		{[]string{"demo", "--for", "3"}, exitUsage, `--for: expected a time such as 90s, 10m or 8h, not "3"`},
		{[]string{"demo", "--report", "r.json"}, exitUsage, "--for"},
		{[]string{"demo", "--web-listen", "8080"}, exitUsage, "--web-listen"},
		{[]string{"demo", "--for", "1s", "--report", "no/such/folder/r.json"}, exitFailure, "the report cannot be written"},
		{[]string{"leads", "import", "x.csv"}, exitUsage, "--list"},
		{[]string{"leads", "export", "--list", "101", "leads.pdf"}, exitFailure, ".csv or .xlsx"},
		{[]string{"web"}, exitUsage, "/etc/trunkline/trunkline.toml"},
		{[]string{"config", "check", "--config", "none.toml"}, exitUsage, "none.toml"},
		{[]string{"listen", "--config", bad}, exitUsage, "web.listen"},
		{[]string{"config", "check", "--config", empty}, exitUsage, "database.dsn"},
		{[]string{"keepalive", "--config", empty}, exitUsage, "database.dsn"},
		{[]string{"user", "list", "--config", away}, exitFailure, "does not answer; `trunkline doctor`"},
		{[]string{"user", "list", "--config", over}, exitFailure, "does not answer; it runs as long as its demo does"},
		{[]string{"doctor", "--config", away}, exitFailure, ""},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			code, out, errs := trunkline(c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, errs)
			}
			if !strings.Contains(errs, c.says) || strings.Count(errs, "\n") > 1 {
				t.Errorf("stderr is not one line with %q: %q", c.says, errs)
			}
			if c.code == 0 && out == "" {
				t.Error("says nothing")
			}
		})
	}
}

// TestHelpIsForPeople: each command says what it is for, and what a flag wants
// in a word of the field and not in one of Go's types.
func TestHelpIsForPeople(t *testing.T) {
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": "", "demoConfig": "", "systemConfig": ""})
	if err != nil {
		t.Fatal(err)
	}
	types := regexp.MustCompile(`=(INT|UINT|FLOAT|STRING|""|.*,\.\.\.,\.\.\.)`)
	var look func(n *kong.Node)
	look = func(n *kong.Node) {
		if n.Help == "" && n.Parent != nil {
			t.Errorf("%s has no help", n.FullPath())
		}
		for _, f := range n.Flags {
			if f.Hidden {
				continue
			}
			if s := f.String(); f.Help == "" || types.MatchString(s) {
				t.Errorf("%s: %s %q", n.FullPath(), s, f.Help)
			}
		}
		for _, a := range n.Positional {
			if a.Help == "" {
				t.Errorf("%s: %s has no help", n.FullPath(), a.Summary())
			}
		}
		for _, below := range n.Children {
			look(below)
		}
	}
	look(parser.Model.Node)
}
