package backup

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The oldest of a kind go, and nothing else in the folder.
func TestOnlyTheOldestOfAKindAreDeleted(t *testing.T) {
	whole, part := Options{Recordings: true}, Options{Recordings: true, Only: true}
	night := func(day int) time.Time { return time.Date(2026, 11, day, 3, 30, 0, 0, time.UTC) }
	dir := t.TempDir()
	others := []string{
		"notes.txt", "trunkline-tel-1-20261101-033000.tar.gz.part", "trunkline-tel-1-before-upgrade.tar.gz",
		Name("tel-10", night(1), whole), Name("tel", night(1), whole), Name("tel-1", night(1), part), Name("tel-1", night(1), Options{}),
	}
	for _, name := range others {
		touch(t, dir, name)
	}
	for day := 1; day <= 5; day++ {
		touch(t, dir, Name("tel-1", night(day), whole))
	}
	// Made by a clock that was put back: it stays, whatever its name says.
	made := touch(t, dir, Name("tel-1", night(2).Add(time.Hour), whole))
	if deleted, err := Thin(made, "tel-1", whole, 7); err != nil || len(deleted) > 0 {
		t.Errorf("%v, %v: 6 are no more than 7", deleted, err)
	}
	deleted, err := Thin(made, "tel-1", whole, 3)
	gone := []string{filepath.Join(dir, Name("tel-1", night(1), whole)), filepath.Join(dir, Name("tel-1", night(2), whole)), filepath.Join(dir, Name("tel-1", night(3), whole))}
	if err != nil || !slices.Equal(deleted, gone) {
		t.Errorf("%v, %v", deleted, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	want := append(others, filepath.Base(made), Name("tel-1", night(4), whole), Name("tel-1", night(5), whole))
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("left are %v,\nand should be %v", names, want)
	}
	if deleted, err := Thin(made, "tel-1", whole, 1); err != nil || len(deleted) != 2 {
		t.Errorf("%v, %v", deleted, err)
	}
	if _, err := os.Stat(made); err != nil {
		t.Errorf("the only one is gone: %v", err)
	}
	if _, err := Thin(made, "tel-1", whole, 0); err == nil {
		t.Error("none was to be kept")
	}
}

func touch(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
