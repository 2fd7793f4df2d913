package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trunkline/dialer/proc"
)

// stopOrder puts those first that would start the others again, and the database
// last, because the others still write to it.
var stopOrder = []string{"demo", "keepalive", "hopper-fill", "listen", "web", "asterisk", "carrier", "mariadbd"}

// clean stops what runs by the pid files under .run and removes the folder.
func clean(ctx context.Context, root string) error {
	run := filepath.Join(root, ".run")
	if _, err := os.Stat(run); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, file := range pidFiles(run) {
		found, alive := proc.Find(file)
		if !alive {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), ".pid")
		fmt.Printf("Stopping %s (pid %d)\n", name, found.Pid)
		if err := found.Stop(ctx, 20*time.Second); err != nil {
			return fmt.Errorf("could not stop %s: %w", name, err)
		}
	}
	// Removing through a mount would reach what is mounted.
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], run+"/") {
			return fmt.Errorf("%s is still mounted: unmount it first", fields[4])
		}
	}
	if err := os.RemoveAll(run); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w (made by another account: clean up as that account or as root)", err)
		}
		return err
	}
	for _, built := range []string{"webui/assets/node_modules"} {
		if err := os.RemoveAll(filepath.Join(root, built)); err != nil {
			return err
		}
	}
	return nil
}

// pidFiles are in the order their processes have to stop.
func pidFiles(run string) []string {
	var files []string
	filepath.WalkDir(run, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && d.Name() == "asterisk-root":
			return fs.SkipDir
		case strings.HasSuffix(path, ".pid"):
			files = append(files, path)
		}
		return nil
	})
	rank := func(path string) int {
		name := strings.TrimSuffix(filepath.Base(path), ".pid")
		if i := slices.Index(stopOrder, name); i >= 0 {
			return 2 * i
		}
		return 2*len(stopOrder) - 3 // one we do not know: just before the database
	}
	slices.SortStableFunc(files, func(a, b string) int { return rank(a) - rank(b) })
	return files
}
