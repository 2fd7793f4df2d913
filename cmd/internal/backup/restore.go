package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
)

// errCut says that a stream ends before its end.
var errCut = errors.New("the backup ends before its end: it was cut off, or is damaged")

// reader is a backup that is read, and verified while it is.
type reader struct {
	tar  *tar.Reader
	seen strings.Builder // the sums as they come out
}

func open(from io.Reader) (*reader, Manifest, error) {
	var m Manifest
	zip, err := gzip.NewReader(from)
	if err != nil {
		return nil, m, fmt.Errorf("this is no backup of Trunkline's: %w", err)
	}
	r := &reader{tar: tar.NewReader(zip)}
	name, text, err := r.next()
	if err != nil || name != manifestName {
		return nil, m, errors.Join(errors.New("this is no backup of Trunkline's: it does not begin with a manifest"), err)
	}
	body, err := r.whole(name, text)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		return nil, m, fmt.Errorf("the backup's manifest: %w", err)
	}
	if m.Format != format {
		return nil, m, fmt.Errorf("the backup is of form %d, which this Trunkline (form %d) does not know; it was made by %s", m.Format, format, m.Version)
	}
	return r, m, nil
}

// next is the next entry; io.EOF after the last.
func (r *reader) next() (name string, text io.Reader, err error) {
	h, err := r.tar.Next()
	if err != nil {
		return "", nil, cut(err)
	}
	if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
		return "", nil, fmt.Errorf("the backup holds %q, which no backup does", h.Name)
	}
	return h.Name, r.tar, nil
}

func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("%w (%w)", errCut, err)
	}
	return err
}

// copy hands an entry on and notes its sum.
func (r *reader) copy(name string, to io.Writer, from io.Reader) error {
	sum := sha256.New()
	_, err := io.Copy(io.MultiWriter(to, sum), from)
	if err != nil {
		return cut(err)
	}
	fmt.Fprintf(&r.seen, "%s  %s\n", hexOf(sum), name)
	return nil
}

func (r *reader) whole(name string, from io.Reader) ([]byte, error) {
	var b bytes.Buffer
	err := r.copy(name, &b, from)
	return b.Bytes(), err
}

// sums compares the last entry with what came out.
func (r *reader) sums(text io.Reader) error {
	said, err := io.ReadAll(text)
	if err != nil {
		return cut(err)
	}
	if string(said) == r.seen.String() {
		// Whatever the archive says after its last entry is read, too: gzip's own sum
		// comes at the very end.
		if _, _, err := r.next(); !errors.Is(err, io.EOF) {
			return errors.Join(errors.New("the backup goes on after its end"), err)
		}
		return nil
	}
	got := strings.Split(r.seen.String(), "\n")
	for i, line := range strings.Split(string(said), "\n") {
		if i >= len(got) || got[i] != line {
			return fmt.Errorf("the backup is damaged: %q is not what was written", strings.TrimSpace(line[min(64, len(line)):]))
		}
	}
	return errors.New("the backup is damaged: it holds more than its sums tell of")
}

// Verify reads a whole backup and says what is in it, if nothing is damaged.
func Verify(from io.Reader) (Result, error) {
	var res Result
	r, m, err := open(from)
	if err != nil {
		return res, err
	}
	res.Manifest = m
	for {
		name, text, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return res, errCut // without its sums
		case err != nil:
			return res, err
		case name == sumsName:
			return res, r.sums(text)
		}
		var lines counter
		err = r.copy(name, &lines, text)
		if err != nil {
			return res, err
		}
		switch {
		case strings.HasPrefix(name, databaseDir):
			res.Rows += int64(lines)
		case strings.HasPrefix(name, recordingDir):
			res.Files++
		}
	}
}

// counter counts lines.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

// RestoreOptions are what can be asked of a restore.
type RestoreOptions struct {
	Force    bool // wipe what is there
	Log      *slog.Logger
	Progress func(line string)
}

// Restore makes the system of a backup again, in the database and the folder of
// recordings that the configuration names; the backup's own configuration is
// laid beside the host's. A system that is more than new is left alone unless
// Force; one that lives is left alone in any case. What is damaged on the way
// leaves an empty database behind, not half a system.
func Restore(ctx context.Context, c app.Config, db *mariadb.DB, from io.Reader, o RestoreOptions) (Result, error) {
	var res Result
	r, m, err := open(from)
	if err != nil {
		return res, err
	}
	res.Manifest = m
	unknown, err := mariadb.Unknown(m.Schema)
	if err != nil {
		return res, err
	}
	if unknown != 0 {
		return res, fmt.Errorf("the backup was made by a newer Trunkline (%s): this one does not know version %d of the schema. Install that one first", m.Version, unknown)
	}
	if len(m.Schema) > 0 {
		err = clear(ctx, db, o.Force)
		if err != nil {
			return res, err
		}
	}
	s := &restore{reader: r, Result: &res, cfg: c, db: db, RestoreOptions: o}
	err = s.run(ctx)
	if err != nil && s.loader != nil {
		wiped := db.Wipe(context.WithoutCancel(ctx))
		return res, errors.Join(fmt.Errorf("nothing was restored, and the database is empty: %w", err), wiped)
	}
	return res, err
}

// clear makes room for a backup's tables.
func clear(ctx context.Context, db *mariadb.DB, force bool) error {
	have, want, err := db.Schema(ctx)
	if err != nil {
		return fmt.Errorf("asking the database for its schema: %w", err)
	}
	if have != 0 && have < want { // who is at work there could not be asked
		return fmt.Errorf("this database has version %d of the schema, and this Trunkline is made for %d: run `trunkline migrate` first", have, want)
	}
	alive, err := db.Alive(ctx)
	if err != nil {
		return fmt.Errorf("asking who works with the database: %w", err)
	}
	if len(alive) > 0 {
		return fmt.Errorf("%s at work with this database: stop every role there first (systemctl stop trunkline-web trunkline-keepalive), and wait 15 s", are(alive))
	}
	filled, err := db.Filled(ctx)
	if err != nil {
		return err
	}
	if filled != "" && !force {
		return fmt.Errorf("this database holds %s. --force deletes all that and puts the backup in its place", filled)
	}
	return db.Wipe(ctx)
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

// restore is one under way.
type restore struct {
	*reader
	*Result
	RestoreOptions
	cfg    app.Config
	db     *mariadb.DB
	loader *mariadb.Loader
	tables map[string]mariadb.Table
	said   string // the table whose progress was told
}

func (s *restore) run(ctx context.Context) (err error) {
	s.tables = map[string]mariadb.Table{}
	if len(s.Schema) > 0 {
		s.loader, err = mariadb.NewLoader(ctx, s.db, s.Schema)
		if err != nil {
			s.loader = &mariadb.Loader{} // so that half-made tables go
			return err
		}
	}
	for _, t := range s.Tables {
		known, err := s.loader.Known(ctx, t)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("the backup has a table %q that its schema does not", t.Name)
		}
		s.tables[t.Name] = t
	}
	for {
		name, text, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return errCut
		case err != nil:
			return err
		case name == sumsName:
			err = s.sums(text)
			if err == nil && s.loader != nil {
				err = s.loader.Finish(ctx, s.Tables, s.Log)
			}
			return err
		case name == configName:
			err = s.config(name, text)
		case strings.HasPrefix(name, databaseDir):
			err = s.rows(ctx, name, text)
		case strings.HasPrefix(name, recordingDir):
			err = s.recording(name, text)
		default:
			err = fmt.Errorf("the backup holds %q, which this Trunkline does not know", name)
		}
		if err != nil {
			return err
		}
	}
}

// FromBackup is added to the name of the host's configuration for that of the
// backup.
const FromBackup = ".from-backup"

func (s *restore) config(name string, text io.Reader) error {
	body, err := s.whole(name, text)
	if err != nil {
		return err
	}
	return os.WriteFile(s.cfg.File()+FromBackup, body, 0o600)
}

// atOnce is how many rows go into one statement.
const atOnce = 500

func (s *restore) rows(ctx context.Context, name string, text io.Reader) error {
	table, _, _ := strings.Cut(strings.TrimPrefix(name, databaseDir), "/")
	t, ok := s.tables[table]
	if !ok {
		return fmt.Errorf("the backup has rows of a table %q that its manifest does not name", table)
	}
	body, err := s.whole(name, text)
	if err != nil {
		return err
	}
	var rows [][]any
	put := func() error {
		err := s.loader.Put(ctx, t, rows)
		s.Rows += int64(len(rows))
		rows = rows[:0]
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		return nil
	}
	lines := bufio.NewReader(bytes.NewReader(body))
	size := 0
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			row, bad := values(line)
			if bad != nil {
				return fmt.Errorf("table %s: %w", table, bad)
			}
			rows, size = append(rows, row), size+len(line)
		}
		if err != nil || len(rows) == atOnce || size > 1<<20 {
			if bad := put(); bad != nil {
				return bad
			}
			size = 0
		}
		if err != nil {
			break
		}
	}
	if s.Progress != nil && s.said != table {
		s.said = table
		s.Progress("table " + table)
	}
	return ctx.Err()
}

// values are what written wrote.
func values(line []byte) ([]any, error) {
	var all []any
	err := json.Unmarshal(line, &all)
	if err != nil {
		return nil, fmt.Errorf("a line is no row: %w", err)
	}
	for i, v := range all {
		if a, ok := v.([]any); ok && len(a) == 1 {
			text, _ := a[0].(string)
			all[i], err = base64.StdEncoding.DecodeString(text)
			if err != nil {
				return nil, fmt.Errorf("a binary value is damaged: %w", err)
			}
		}
	}
	return all, nil
}

// recording lays a file where the host keeps them. One that is there is left, if
// it is the same.
func (s *restore) recording(name string, text io.Reader) error {
	dir := s.cfg.Asterisk.RecordingsDir
	path := filepath.Join(dir, strings.TrimPrefix(name, recordingDir))
	err := os.MkdirAll(filepath.Dir(path), 0o2770)
	for below := filepath.Dir(path); err == nil && below != filepath.Clean(dir); below = filepath.Dir(below) {
		err = givenAs(dir, below)
	}
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".restore-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // renamed by then
	err = errors.Join(s.copy(name, f, text), f.Chmod(0o640), f.Close(), givenAs(dir, f.Name()))
	if err != nil {
		return err
	}
	s.Files++
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist) || s.Force && err == nil:
		return os.Rename(f.Name(), path)
	case err != nil:
		return err
	}
	same, err := equal(path, f.Name())
	if err == nil && !same {
		err = fmt.Errorf("%s is there and is another recording; --force puts the backup's in its place", path)
	}
	return err
}

// givenAs gives a file or a folder that root has made to whom the folder of
// recordings (dir) belongs: Asterisk writes there, and the roles read and delete there.
func givenAs(dir, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}

func equal(a, b string) (bool, error) {
	one, err := sum(a)
	if err != nil {
		return false, err
	}
	other, err := sum(b)
	return one == other, err
}

func sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hexOf(h), err
}
