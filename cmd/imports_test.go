// Package cmd_test holds the rules of the repository's layout.
package cmd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "trunkline"

// pure are the packages that decide and do nothing.
var pure = []string{"dialer", "dialer/agent", "dialer/call", "dialer/compliance", "dialer/pacing", "dialer/pacing/ledger"}

// mayImport holds, for each package, which of ours it may import; "..." at the
// end stands for everything below. Imports flow inward to the nouns, and no
// technology knows another.
var mayImport = map[string][]string{
	"dialer":               {},
	"dialer/agent":         {"dialer"},
	"dialer/call":          {"dialer"},
	"dialer/pacing":        {"dialer"},
	"dialer/pacing/ledger": {},
	"dialer/audit":         {"dialer"},
	"dialer/report":        {"dialer", "dialer/pacing/ledger"},
	"dialer/tally":         {"dialer", "dialer/report"},
	"dialer/lab":           {"dialer", "dialer/pacing"},
	"dialer/compliance":    {"dialer"},
	"dialer/proc":          {},
	"dialer/sound":         {},
	"dialer/autodial":      pure,
	"dialer/listen":        pure,
	"dialer/keepalive":     {"dialer", "dialer/proc"},
	"dialer/recordings":    {"dialer"},
	"dialer/retention":     {"dialer"},
	"dialer/capacity":      {"dialer"},
	"dialer/asterisk":      {"dialer", "ami", "ami/ari"},

	"ami":                {"ami/internal/queue"},
	"ami/ari":            {"ami/internal/queue"},
	"ami/internal/queue": {},

	"hopper":       {"dialer", "dialer/compliance"},
	"hopper/leads": {"dialer", "dialer/compliance"},

	"sql/migrations": {},
	"sql/queries":    {},
	"sql/private":    {"dialer/proc"},
	"sql/migrated":   {"sql/private", "sql/mariadb"}, // for tests alone
	"sql/grants":     {},
	// The stores fill the interfaces that these declare.
	"sql/mariadb": {
		"dialer", "dialer/audit", "dialer/call", "dialer/compliance", "dialer/autodial", "dialer/capacity", "dialer/lab", "dialer/pacing", "dialer/pacing/ledger", "dialer/keepalive", "dialer/listen", "dialer/recordings", "dialer/report", "dialer/retention", "dialer/tally",
		"hopper", "hopper/leads", "webui/facts", "sql/migrations", "sql/queries",
	},

	"webui":              {"dialer", "dialer/audit", "dialer/report", "webui/..."},
	"webui/facts":        {"dialer", "dialer/audit"},
	"webui/form":         {"dialer"},
	"webui/leadform":     {"dialer", "webui/facts", "webui/form"},
	"webui/api":          {"dialer", "dialer/audit", "webui/facts", "webui/form", "webui/leadform", "webui/signin"},
	"webui/script":       {"dialer"},
	"webui/catalog":      {"dialer", "dialer/audit", "webui/facts", "webui/form", "webui/signin", "webui/ui"},
	"webui/board":        {"dialer", "webui/facts", "webui/tail"},
	"webui/counts":       {},
	"webui/live":         {"dialer", "webui/signin", "webui/sse"},
	"webui/sse":          {},
	"webui/tail":         {"dialer", "webui/facts"},
	"webui/ringer":       {"dialer", "webui/facts"},
	"webui/signin":       {"dialer", "dialer/audit", "webui/facts"},
	"webui/ui":           {"dialer", "dialer/audit", "webui/facts", "webui/form", "webui/signin", "webui/assets"},
	"webui/assets":       {},
	"webui/assets/build": {"webui/assets"},
	"webui/sheet":        {"dialer/report"},
	// A page never imports another page.
	"webui/page/*": {"dialer", "dialer/audit", "dialer/report", "webui/board", "webui/catalog", "webui/counts", "webui/facts", "webui/form", "webui/leadform", "webui/live", "webui/ringer", "webui/script", "webui/sheet", "webui/signin", "webui/sse", "webui/tail", "webui/ui"},

	"webui/page/sounds":    {"dialer", "dialer/sound", "webui/catalog", "webui/facts", "webui/form", "webui/signin", "webui/ui"},
	"webui/page/capacity":  {"dialer/capacity", "webui/facts", "webui/ui"},
	"webui/page/retention": {"dialer", "dialer/audit", "dialer/retention", "webui/facts", "webui/form", "webui/signin", "webui/ui"},

	"asterisk-conf": {"dialer/proc"},

	"cmd/setup": {"asterisk-conf", "sql/private", "dialer/proc", "webui/assets/..."},
	// Where all is put together.
	"cmd/trunkline":    {"..."},
	"cmd/internal/*":   {"..."},
	"cmd/internal/e2e": {"..."},
}

// testsMayImport is what tests may import besides: the real services that they
// run against.
var testsMayImport = map[string][]string{
	"":            {"sql/private", "sql/migrated", "asterisk-conf", "dialer/proc"},
	"sql/grants":  {"sql/queries"},
	"sql/mariadb": {"webui/..."}, // that the stores fill the pages' interfaces
	"webui":       {"..."},       // page flows in a browser run on the whole system
	"cmd":         {"..."},
}

// onlyIn holds which packages may import a library that the others are to know
// nothing of; its tests too.
var onlyIn = map[string][]string{
	"database/sql":                    {"sql/mariadb", "sql/private", "cmd/internal/backup", "cmd/internal/e2e", "cmd/internal/pages"}, // its tests read the rows themselves
	"github.com/jmoiron/sqlx":         {"sql/mariadb"},
	"github.com/go-sql-driver/mysql":  {"sql/mariadb", "sql/private", "cmd/internal/app", "cmd/internal/demo", "cmd/internal/doctor", "cmd/internal/join", "cmd/internal/pages", "cmd/internal/rig"},
	"github.com/heltonmarx/goami":     {"ami"},
	"github.com/CyCoreSystems/ari/v6": {"ami/ari", "dialer/asterisk"},
	"github.com/alecthomas/kong":      {"cmd/trunkline"},
	"github.com/prometheus":           {"cmd/internal/app"},
	"github.com/BurntSushi/toml":      {"cmd/internal/app", "cmd/internal/join", "dialer/lab"},
}

// file is a Go file of the repository.
type file struct {
	pkg  string // its folder below the root, "" for the root
	name string
	test bool
	ast  *ast.File
}

func TestImports(t *testing.T) {
	files := parse(t)
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.pkg] = true
		rows, ok := row(f.pkg)
		switch {
		case !ok && f.pkg == "cmd":
		case !ok:
			t.Errorf("%s has no row in mayImport: a new package says here what it may know", f.pkg)
			continue
		}
		if f.test {
			rows = slices.Concat(rows, testsMayImport[""], testsMayImport[f.pkg], []string{f.pkg})
		}
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && !allowed(rows, ours) {
				t.Errorf("%s imports %s; it may import only %s", f.name, ours, strings.Join(rows, ", "))
			}
			for library, users := range onlyIn {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(users, f.pkg) {
					t.Errorf("%s imports %s, which only %s may", f.name, imported, strings.Join(users, ", "))
				}
			}
		}
	}
	for pkg := range mayImport {
		if !strings.HasSuffix(pkg, "/*") && !seen[pkg] {
			t.Errorf("mayImport has a row for %s, which does not exist", pkg)
		}
	}
}

func TestPackagesAreNamedAndExplained(t *testing.T) {
	explained, name := map[string]bool{}, map[string]string{}
	for _, f := range parse(t) {
		if f.test {
			continue
		}
		name[f.pkg] = f.ast.Name.Name
		doc := f.ast.Doc.Text()
		if strings.HasPrefix(doc, "Package "+f.ast.Name.Name+" ") || f.ast.Name.Name == "main" && doc != "" {
			explained[f.pkg] = true
		}
	}
	for pkg, name := range name {
		if !explained[pkg] {
			t.Errorf("package %s has no doc comment", pkg)
		}
		for _, word := range []string{"util", "utils", "common", "helper", "helpers", "misc", "shared"} {
			if name == word || path.Base(pkg) == word {
				t.Errorf("%s: a package is named for the one thing it is about", pkg)
			}
		}
	}
}

func row(pkg string) ([]string, bool) {
	if rows, ok := mayImport[pkg]; ok {
		return rows, true
	}
	rows, ok := mayImport[path.Dir(pkg)+"/*"]
	return rows, ok
}

func allowed(rows []string, imported string) bool {
	return slices.ContainsFunc(rows, func(r string) bool {
		below, all := strings.CutSuffix(r, "...")
		return r == imported || all && strings.HasPrefix(imported, below)
	})
}

// parse reads the imports and the doc comment of every Go file. It opens them
// itself, so that the test's cached result is forgotten when one changes.
func parse(t *testing.T) []file {
	t.Helper()
	root := ".."
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal("the repository's root is not where it was: ", err)
	}
	var files []file
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		base := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "node_modules" || base == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(base) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(set, name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(short))
		files = append(files, file{pkg, filepath.ToSlash(short), strings.HasSuffix(base, "_test.go"), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
