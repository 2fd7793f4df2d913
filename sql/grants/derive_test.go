package grants

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trunkline/sql/queries"
)

var update = flag.Bool("update", false, "write grants.txt as the code wants it")

// roots are the functions of cmd/internal/app in which a role begins.
var roots = map[string][]string{
	Web:       {"Web"},
	Telephony: {"Keepalive", "Listen", "HopperFill"},
}

// callers are the packages that call a role's stores, beside the role itself.
var callers = map[string][]string{
	Web: {"sql/mariadb", "dialer/asterisk", "dialer/report", "hopper", "hopper/leads", "webui", "webui/*", "webui/page/*"},
	Telephony: {
		"sql/mariadb", "dialer/asterisk", "dialer/autodial", "dialer/keepalive", "dialer/listen", "dialer/recordings", "dialer/retention", "dialer/capacity", "dialer/tally", "hopper", "hopper/leads",
	},
}

// Each role has the rights that the statements of its stores ask for, and no
// other: what a role's code can reach is read from the code itself.
func TestGrantsAreWhatTheCodeAsksFor(t *testing.T) {
	app, stores := read(t, "../../cmd/internal/app"), read(t, "../mariadb")
	tables := schema(t)
	var b strings.Builder
	b.WriteString("# What each role's statements ask of each table. Written by `go test ./sql/grants -update`.\n")
	for _, role := range Roles {
		from, named := map[string]bool{}, calls(t, callers[role]...)
		for _, use := range app.reach(slices.Clone(roots[role]), nil) {
			if name, ok := strings.CutPrefix(use, "mariadb."); ok {
				from[name] = true
			}
			if name, ok := strings.CutPrefix(use, "call "); ok {
				named[name] = true
			}
		}
		rights := map[string]map[string]bool{"goose_db_version": {"SELECT": true}} // Schema asks it
		for _, use := range stores.reach(slices.Collect(maps.Keys(from)), named) {
			if name, ok := strings.CutPrefix(use, "query "); ok {
				text, known := queries.All()[name]
				if !known {
					continue // a kind that has no such statement
				}
				for table, verbs := range asks(text, tables) {
					if rights[table] == nil {
						rights[table] = map[string]bool{}
					}
					for _, v := range verbs {
						rights[table][v] = true
					}
				}
			}
		}
		for _, table := range slices.Sorted(maps.Keys(rights)) {
			fmt.Fprintln(&b, role, table, strings.Join(ordered(slices.Collect(maps.Keys(rights[table]))), " "))
		}
	}
	if *update {
		if err := os.WriteFile("grants.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(text, "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("grants.txt and the code differ; `go test ./sql/grants -update` writes it:\n%s", diff)
	}
}

// asks is what a statement needs of each table.
func asks(statement string, tables map[string]bool) map[string][]string {
	all := map[string][]string{}
	add := func(table string, verbs ...string) {
		if tables[table] {
			all[table] = append(all[table], verbs...)
		}
	}
	for _, m := range reads.FindAllStringSubmatch(statement, -1) {
		add(m[2], "SELECT")
	}
	for _, m := range lists.FindAllStringSubmatch(statement, -1) {
		for name := range strings.SplitSeq(m[1], ",") {
			if f := strings.Fields(name); len(f) > 0 {
				add(f[0], "SELECT")
			}
		}
	}
	for _, m := range inserts.FindAllStringSubmatch(statement, -1) {
		add(m[1], "INSERT")
		if strings.Contains(statement, "ON DUPLICATE KEY UPDATE") {
			add(m[1], "UPDATE", "SELECT")
		}
	}
	for _, m := range updates.FindAllStringSubmatch(statement, -1) {
		add(m[1], "UPDATE", "SELECT")
	}
	for _, m := range deletes.FindAllStringSubmatch(statement, -1) {
		add(m[1], "DELETE", "SELECT")
	}
	return all
}

var (
	reads   = regexp.MustCompile(`\b(FROM|JOIN)\s+([a-z_]+)`)
	lists   = regexp.MustCompile(`\bFROM\s+([a-z_]+(?:\s+[a-z_]+)?(?:\s*,\s*[a-z_]+(?:\s+[a-z_]+)?)+)`)
	inserts = regexp.MustCompile(`\bINSERT\s+(?:IGNORE\s+)?INTO\s+([a-z_]+)`)
	updates = regexp.MustCompile(`(?m)^\s*UPDATE\s+([a-z_]+)`)
	deletes = regexp.MustCompile(`\bDELETE\s+(?:[a-z_]+\s+)?FROM\s+([a-z_]+)`)
)

// schema are the tables that the migrations make.
func schema(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations", err)
	}
	form := regexp.MustCompile(`CREATE TABLE ([a-z_]+)`)
	all := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range form.FindAllStringSubmatch(string(text), -1) {
			all[m[1]] = true
		}
	}
	return all
}

// code is a package as names that use names. A type uses all that its methods
// use, since they may be called through an interface.
type code map[string][]string

// topLevel are the declarations of a file, and what they specify: a name that
// one of them declares is the package's.
type topLevel map[any]bool

func read(t *testing.T, dir string) code {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	c := code{}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		file := topLevel{}
		for _, d := range f.Decls {
			file[d] = true
			if d, ok := d.(*ast.GenDecl); ok {
				for _, s := range d.Specs {
					file[s] = true
				}
			}
		}
		for _, d := range f.Decls {
			c.take(file, d)
		}
	}
	return c
}

func (c code) take(file topLevel, d ast.Decl) {
	add := func(name string, n ast.Node) { c[name] = append(c[name], uses(file, n)...) }
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name.Name, d)
			return
		}
		of := receiver(d.Recv.List[0].Type)
		c[of] = append(c[of], "method "+of+"."+d.Name.Name)
		add("method "+of+"."+d.Name.Name, d)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					for _, v := range s.Values {
						add(id.Name, v)
					}
				}
			case *ast.TypeSpec:
				add(s.Name.Name, s.Type)
			}
		}
	}
}

// receiver is the type whose method it is, without * and parameters of types.
func receiver(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.StarExpr:
		return receiver(n.X)
	case *ast.IndexExpr:
		return receiver(n.X)
	case *ast.Ident:
		return n.Name
	}
	return ""
}

// uses are the package's names, and those of other packages, in a piece of code;
// a statement's name and a kind's stand in calls.
func uses(file topLevel, n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			// Its own name and receiver are no use of them.
			for _, part := range []ast.Node{n.Type, n.Body} {
				all = append(all, uses(file, part)...)
			}
			return false
		case *ast.Field:
			all = append(all, uses(file, n.Type)...)
			return false
		case *ast.CompositeLit:
			if _, ok := n.Type.(*ast.MapType); ok {
				return true // its keys are values
			}
			if n.Type != nil {
				all = append(all, uses(file, n.Type)...)
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if _, field := kv.Key.(*ast.Ident); field {
						e = kv.Value
					}
				}
				all = append(all, uses(file, e)...)
			}
			return false
		case *ast.Ident:
			if local := n.Obj != nil && !file[n.Obj.Decl]; !local {
				all = append(all, n.Name)
			}
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && id.Obj == nil {
				all = append(all, id.Name+"."+n.Sel.Name)
			}
			all = append(append(all, "call "+n.Sel.Name), uses(file, n.X)...)
			return false // a field or method is no name of the package
		case *ast.CallExpr:
			all = append(all, called(n)...)
		}
		return true
	})
	return all
}

func called(n *ast.CallExpr) (all []string) {
	text := func(i int) string {
		if len(n.Args) > i {
			if lit, ok := n.Args[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				return s
			}
		}
		return ""
	}
	switch f := n.Fun.(type) {
	case *ast.SelectorExpr:
		if id, ok := f.X.(*ast.Ident); ok && id.Name == "queries" && f.Sel.Name == "Get" {
			all = append(all, "query "+text(0))
		}
	case *ast.Ident:
		if f.Name == "catalog" {
			for _, statement := range []string{"all", "one", "add", "save", "delete", "used"} {
				all = append(all, "query "+text(1)+"-"+statement)
			}
		}
	}
	return all
}

// reach is all that is used from some names on. A method counts where somebody
// calls one of its name; with no calls, any.
func (c code) reach(from []string, calls map[string]bool) []string {
	seen := map[string]bool{}
	for len(from) > 0 {
		name := from[len(from)-1]
		from = from[:len(from)-1]
		if method, ok := strings.CutPrefix(name, "method "); ok {
			if _, m, _ := strings.Cut(method, "."); calls != nil && !calls[m] {
				continue
			}
		}
		if !seen[name] {
			seen[name] = true
			from = append(from, c[name]...)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// calls are the names behind a dot in the folders, which may be methods'.
func calls(t *testing.T, dirs ...string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					all[s.Sel.Name] = true
				}
				return true
			})
		}
	}
	return all
}

// From where an account comes stands in what MariaDB shows of it, be it an address,
// a network or a name.
func TestHost(t *testing.T) {
	for want, shown := range map[string][]string{
		"192.0.2.7": {"GRANT USAGE ON *.* TO `trunkline_tel_2`@`192.0.2.7` IDENTIFIED BY PASSWORD '*0'", "GRANT SELECT ON `trunkline`.`calls` TO `trunkline_tel_2`@`192.0.2.7`"},
		"192.0.2.%": {"GRANT USAGE ON *.* TO `trunkline_web`@`192.0.2.%`"},
		"":          {"what is this"},
	} {
		if got := Host(shown); got != want {
			t.Errorf("%q, want %q of %q", got, want, shown)
		}
	}
}
