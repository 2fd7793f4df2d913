package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (s *setup) assets(elem ...string) string {
	return s.path(append([]string{"webui", "assets"}, elem...)...)
}

// npmWanted compares the lock file with the one that was installed last.
func (s *setup) npmWanted() bool {
	lock, err := hashFiles(s.assets("package-lock.json"))
	if err != nil {
		return false
	}
	return !exists(s.assets("node_modules")) || s.stamp("npm") != lock
}

// npm fetches the locked packages; none of their scripts runs.
func (s *setup) npm(ctx context.Context) error {
	lock, err := hashFiles(s.assets("package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		s.out.say("No webui/assets/package-lock.json here: the browser's packages are left out")
		return nil
	}
	if err != nil || !s.npmWanted() {
		return err
	}
	t := task{
		what: "Fetching the browser's packages with npm",
		hint: "Start over when the registry can be reached.",
	}
	err = s.out.run(ctx, t, command{
		args: []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"}, dir: s.assets(),
	})
	if err != nil {
		return err
	}
	return s.setStamp("npm", lock)
}

// bundleInputs is everything the bundle is made of.
func (s *setup) bundleInputs() (string, error) {
	var files []string
	err := filepath.WalkDir(s.assets(), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
			return fs.SkipDir
		case d.Type().IsRegular():
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	// go.sum holds the bundler's version.
	return hashFiles(append(files, s.path("go.sum"))...)
}

func (s *setup) bundleWanted() bool {
	inputs, err := s.bundleInputs()
	if err != nil {
		return false
	}
	if built, _ := filepath.Glob(s.assets("dist", "*.js")); len(built) == 0 {
		return true
	}
	return s.stamp("bundle") != inputs
}

// bundle makes webui/assets/dist of the sources and the packages.
func (s *setup) bundle(ctx context.Context) error {
	if program, _ := filepath.Glob(s.assets("build", "*.go")); len(program) == 0 {
		s.out.say("No webui/assets/build here: nothing to bundle")
		return nil
	}
	if !s.bundleWanted() {
		return nil
	}
	t := task{what: "Bundling the browser's scripts and styles"}
	if err := s.out.run(ctx, t, s.goTool("run", "./webui/assets/build")); err != nil {
		return err
	}
	inputs, err := s.bundleInputs()
	if err != nil {
		return err
	}
	return s.setStamp("bundle", inputs)
}

// warm compiles all the code while packages are being fetched, so that the build
// that follows finds it in Go's cache. Once is enough for one set of modules.
func (s *setup) warm(ctx context.Context) error {
	modules, err := hashFiles(s.path("go.sum"))
	if err != nil || s.stamp("modules") == modules || !exists(s.path("cmd", "trunkline", "main.go")) {
		return err
	}
	t := task{what: "Fetching Go modules and compiling", hint: "Start over when that is mended."}
	if err := s.out.run(ctx, t, s.goTool("build", "-o", os.DevNull, "./cmd/trunkline")); err != nil {
		return err
	}
	return s.setStamp("modules", modules)
}

// warmTests compiles what the tests are made of, with the race detector; linking
// them is left to go test.
func (s *setup) warmTests(ctx context.Context) error {
	t := task{what: "Compiling the tests' packages for the race detector"}
	return s.out.run(ctx, t, s.goTool("list", "-race", "-test", "-export", "-f", "{{.ImportPath}}", "./..."))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// goTool is a call of the go command that runs this program: go run puts it
// first in PATH.
func (s *setup) goTool(args ...string) command {
	return command{args: append([]string{"go"}, args...), dir: s.root}
}

// stamp is what was noted at the last success of a step.
func (s *setup) stamp(name string) string {
	b, err := os.ReadFile(filepath.Join(s.run, "stamps", name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func (s *setup) setStamp(name, value string) error {
	if err := os.MkdirAll(filepath.Join(s.run, "stamps"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.run, "stamps", name), []byte(value+"\n"), 0o644)
}

// hashFiles is one number for the names and contents of files.
func hashFiles(paths ...string) (string, error) {
	all := sha256.New()
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%s %x\n", path, sha256.Sum256(b))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}
