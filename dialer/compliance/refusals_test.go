package compliance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRefusalsForgetNoRule reads the constants of the rules that are no row of a
// pack out of the code that has them.
func TestRefusalsForgetNoRule(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "compliance.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all, n := Refusals(), 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Rule") {
			return true
		}
		n++
		id, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !slices.Contains(all, id) {
			t.Errorf("%s (%s) may refuse a call and is not among the Refusals", spec.Names[0].Name, id)
		}
		return true
	})
	if n < 10 {
		t.Errorf("%d rules were found in the code", n)
	}
	for _, id := range []string{"US-1", "US-4", "US-9", "US-10", "US-15-CALLS", "UK-4", "US-FL-HOURS"} {
		if !slices.Contains(all, id) {
			t.Errorf("%s of the packs is not among the Refusals", id)
		}
	}
	for _, id := range []string{"US-11", "US-CA-REC", "US-2"} {
		if slices.Contains(all, id) {
			t.Errorf("%s holds no call back, and is among the Refusals", id)
		}
	}
}

// TestZoneSetsCheckAsLeadsDo: what is said of a number nobody has called by its
// zone set alone is what Check says of it.
func TestZoneSetsCheckAsLeadsDo(t *testing.T) {
	for _, r := range current().rules {
		for i, v := range r.Vectors {
			if len(v.Attempts) > 0 || v.Consent != "" || r.Status == StatusOff {
				continue
			}
			q, err := v.question()
			if err != nil {
				t.Fatal(err)
			}
			want, got := Check(q), SetOf(q.E164, q.State).Check(q)
			if got != want {
				t.Errorf("rule %s, case %d: of %s is said\n%+v, of its zone set\n%+v", r.ID, i+1, v.Number, want, got)
			}
		}
	}
}
