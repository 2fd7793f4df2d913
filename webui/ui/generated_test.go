package ui_test

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	parser "github.com/a-h/templ/parser/v2"

	"trunkline/webui/ui"
)

// What is committed beside each template is what the template gives.
func TestTemplatesAreGenerated(t *testing.T) {
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".templ" {
			return nil
		}
		found++
		want, err := generated(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		have, err := os.ReadFile(strings.TrimSuffix(path, ".templ") + "_templ.go")
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s has changed: run `go tool templ generate` and commit what it writes (%v)", path, err)
		}
		return nil
	})
	if err != nil || found < 4 {
		t.Errorf("%d templates, %v", found, err)
	}
}

func generated(path string) ([]byte, error) {
	file, err := parser.Parse(path)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	// The name is the one that templ sees from the top of the repository.
	name := "webui/" + filepath.ToSlash(strings.TrimPrefix(path, "../"))
	if _, err := generator.Generate(file, &b, generator.WithVersion(templ.Version()), generator.WithFileName(name)); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

func TestMissingBundleIsSaid(t *testing.T) {
	f := ui.Frame{Title: "Desk", Script: "not-built.js"}
	var b strings.Builder
	if err := ui.Unbuilt(f).Render(t.Context(), &b); err != nil || !strings.Contains(b.String(), "make build") {
		t.Errorf("%q, %v", b.String(), err)
	}
	f.Script = ""
	b.Reset()
	if err := ui.Unbuilt(f).Render(t.Context(), &b); err != nil || b.Len() != 0 {
		t.Errorf("%q, %v", b.String(), err)
	}
}
