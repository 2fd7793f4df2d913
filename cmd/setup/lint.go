package main

import (
	"context"
	"debug/buildinfo"
	"path/filepath"
	"runtime"
)

// The linter is built beside the module and not required by it: whoever uses
// Trunkline as a library need not resolve its dependencies.
const (
	staticcheckPath    = "honnef.co/go/tools/cmd/staticcheck"
	staticcheckVersion = "v0.8.2"
)

// staticcheck builds the linter with the Go that is used here; one built with an
// older Go could not read its packages.
func (s *setup) staticcheck(ctx context.Context) error {
	bin := filepath.Join(s.run, "bin")
	if info, err := buildinfo.ReadFile(filepath.Join(bin, "staticcheck")); err == nil &&
		info.Main.Version == staticcheckVersion && info.GoVersion == runtime.Version() {
		return nil
	}
	install := s.goTool("install", staticcheckPath+"@"+staticcheckVersion)
	install.env = []string{"GOBIN=" + bin, "GOFLAGS="}
	return s.out.run(ctx, task{what: "Building staticcheck " + staticcheckVersion}, install)
}
