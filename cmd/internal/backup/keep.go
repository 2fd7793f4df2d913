package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// Nightly is where the package's timer puts backups.
const Nightly = "/var/backups/trunkline"

// kind is the end of a backup's name: one with a part of the system is no older
// state of a whole one.
func (o Options) kind() string {
	switch {
	case o.Only:
		return "-recordings.tar.gz"
	case !o.Recordings:
		return "-database.tar.gz"
	}
	return ".tar.gz"
}

// Name is the file name of a server's backup of a moment.
func Name(server string, at time.Time, o Options) string {
	return "trunkline-" + server + "-" + at.UTC().Format("20060102-150405") + o.kind()
}

// Kept are the paths of a server's backups of one kind in a folder, the oldest
// first. Files of other names are not among them.
func Kept(dir, server string, o Options) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	ours := regexp.MustCompile(`^trunkline-` + regexp.QuoteMeta(server) + `-\d{8}-\d{6}` + regexp.QuoteMeta(o.kind()) + `$`)
	var paths []string
	for _, e := range entries { // by name, which is by time
		if e.Type().IsRegular() && ours.MatchString(e.Name()) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// Thin deletes a server's oldest backups of one kind in a folder, all but keep,
// and never made, the one that has just been written. It gives back what it deleted.
func Thin(made, server string, o Options, keep int) (deleted []string, err error) {
	if keep < 1 {
		return nil, fmt.Errorf("%d backups cannot be kept: 1 is the least", keep)
	}
	kept, err := Kept(filepath.Dir(made), server, o)
	if err != nil {
		return nil, err
	}
	// A clock that was wrong may have named others later than the newest.
	older := slices.DeleteFunc(kept, func(path string) bool { return path == made })
	for len(older) > keep-1 {
		if err := os.Remove(older[0]); err != nil {
			return deleted, err
		}
		deleted, older = append(deleted, older[0]), older[1:]
	}
	return deleted, nil
}
