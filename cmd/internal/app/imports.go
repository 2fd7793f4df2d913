package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

// Imports is the web role's work on lead files: it keeps what is sent, shows how
// it would be read, and does the imports one after the other.
type Imports struct {
	store  *mariadb.Imports
	db     *mariadb.DB
	host   string // this server's name
	dir    string // where files are kept
	log    *slog.Logger
	wake   chan struct{}
	holder string
}

// NewImports is the work of one web server.
func NewImports(db *mariadb.DB, host, dir string, log *slog.Logger) *Imports {
	return &Imports{
		store: mariadb.NewImports(db), db: db, host: host, dir: dir, log: log, wake: make(chan struct{}, 1),
		holder: fmt.Sprintf("web %s/%d", host, os.Getpid()),
	}
}

// Latest are the last imports, of one list or (0) of all.
func (m *Imports) Latest(ctx context.Context, list dialer.ListID, limit int) ([]dialer.Import, error) {
	return m.store.Latest(ctx, list, limit)
}

// Import is one import.
func (m *Imports) Import(ctx context.Context, id dialer.ImportID) (dialer.Import, error) {
	return m.store.Import(ctx, id)
}

// Keep takes a file in for a list. The file is on disk as it is sent: memory does
// not grow with it. Its name here is ours.
func (m *Imports) Keep(ctx context.Context, list dialer.ListID, by dialer.UserID, name string, r io.Reader) (dialer.ImportID, error) {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return 0, m.noRoom(err)
	}
	f, err := os.CreateTemp(m.dir, "leads-*")
	if err != nil {
		return 0, m.noRoom(err)
	}
	defer f.Close()
	n, err := io.Copy(f, io.LimitReader(r, leads.MaxFile+1))
	switch {
	case err != nil:
		os.Remove(f.Name())
		var full *os.PathError
		if errors.As(err, &full) {
			return 0, m.noRoom(err)
		}
		return 0, dialer.Explain(dialer.ErrInvalid, "The file did not arrive whole. Send it again.")
	case n > leads.MaxFile:
		os.Remove(f.Name())
		return 0, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The file is longer than %s, the most that one import takes. Split it, and import the parts one after the other.", leads.Bytes(leads.MaxFile)))
	}
	file := io.NewSectionReader(f, 0, n)
	now, err := m.db.Now(ctx)
	if err != nil {
		os.Remove(f.Name())
		return 0, err
	}
	// What is no lead file at all is refused before it is anything here.
	if _, err = leads.Preview(file, dialer.ImportOptions{}, nil, now); err == nil {
		var digest [32]byte
		if digest, err = leads.Digest(file); err == nil {
			var id dialer.ImportID
			id, err = m.store.Add(ctx, dialer.Import{
				ListID: list, UserID: by, FileName: cutName(name), Path: f.Name(), Host: m.host, Bytes: n, Digest: digest, CreatedAt: now,
			})
			if err == nil {
				return id, nil
			}
		}
	}
	os.Remove(f.Name())
	if errors.Is(err, dialer.ErrNotFound) {
		return 0, dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no list %d.", list))
	}
	return 0, err
}

func cutName(name string) string {
	name = filepath.Base(name)
	if r := []rune(name); len(r) > 255 {
		return string(r[:255])
	}
	return name
}

func (m *Imports) noRoom(err error) error {
	m.log.Error("a lead file could not be kept", "dir", m.dir, "err", err)
	return dialer.Explain(dialer.ErrUnavailable, fmt.Sprintf("This server cannot keep the file: its folder %s cannot be written, or its disk is full. Tell your administrator.", m.dir))
}

// open opens the file of an import of ours.
func (m *Imports) open(im dialer.Import) (leads.File, func(), error) {
	if im.Host != m.host {
		return nil, nil, dialer.Explain(dialer.ErrUnavailable, fmt.Sprintf("The file is on the web server %s. Open this page there.", im.Host))
	}
	f, done, err := LeadFile(im.Path)
	if err != nil {
		m.log.Warn("the file of an import is gone", "import", im.ID, "err", err)
		return nil, nil, dialer.Explain(dialer.ErrNotFound, "The file is not here any more: files are kept for a week. Send it again.")
	}
	return f, done, nil
}

// Preview is how the beginning of the file is understood with these options.
func (m *Imports) Preview(ctx context.Context, im dialer.Import, o dialer.ImportOptions) (dialer.ImportPreview, error) {
	f, done, err := m.open(im)
	if err != nil {
		return dialer.ImportPreview{}, err
	}
	defer done()
	custom, err := m.store.CustomFields(ctx, im.ListID)
	if err != nil {
		return dialer.ImportPreview{}, err
	}
	return leads.Preview(f, o, custom, im.CreatedAt)
}

// Begin starts a dry run (CHECKING) or the import (RUNNING) with these options.
func (m *Imports) Begin(ctx context.Context, im dialer.Import, state dialer.ImportState, o dialer.ImportOptions) error {
	o, err := leads.Defaults(o)
	if err != nil {
		return err
	}
	now, err := m.db.Now(ctx)
	if err != nil {
		return err
	}
	if err := m.store.Begin(ctx, im.ID, state, o, now); err != nil {
		return err
	}
	m.poke()
	return nil
}

// Switch does what a person asks for.
func (m *Imports) Switch(ctx context.Context, id dialer.ImportID, to dialer.ImportState, from ...dialer.ImportState) error {
	err := m.store.Switch(ctx, id, to, from...)
	m.poke()
	return err
}

// Rejects writes the rows that an import did not take.
func (m *Imports) Rejects(ctx context.Context, w io.Writer, im dialer.Import) error {
	return leads.RejectFile(ctx, w, im, m.store.Rejects)
}

func (m *Imports) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// keptFor is how long a file stays after it was sent.
const keptFor = 7 * 24 * time.Hour

// Run works on the imports of this server until ctx ends: those that were asked
// for, and those that a process before us did not live to end.
func (m *Imports) Run(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	swept := time.Time{}
	if err := m.FreeDead(ctx); err != nil {
		m.log.Warn("imports of a process that is gone are taken up when they have been silent for long enough", "err", err)
	}
	for {
		m.round(ctx)
		if time.Since(swept) > time.Hour {
			m.sweep()
			swept = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.wake:
		case <-tick.C:
		}
	}
}

// FreeDead gives back the imports that a web process of this host held and whose
// process is gone, as after a crash: nobody need wait until they count as silent.
func (m *Imports) FreeDead(ctx context.Context) error {
	now, err := m.db.Now(ctx)
	if err != nil {
		return err
	}
	ids, err := m.store.Orphaned(ctx, m.host, now.Add(time.Hour)) // however lately they were heard of
	if err != nil {
		return err
	}
	for _, id := range ids {
		im, err := m.store.Import(ctx, id)
		if err != nil {
			return err
		}
		of, ours := strings.CutPrefix(im.Holder, "web "+m.host+"/")
		pid, err := strconv.Atoi(of)
		if !ours || err != nil || proc.Runs(pid) {
			continue
		}
		if err := m.store.Release(ctx, id, im.Holder); err != nil && !errors.Is(err, dialer.ErrConflict) {
			return err
		}
	}
	return nil
}

func (m *Imports) round(ctx context.Context) {
	now, err := m.db.Now(ctx)
	if err != nil {
		return // others say that the database is away
	}
	ids, err := m.store.Orphaned(ctx, m.host, now.Add(-leads.Silence))
	if err != nil {
		return
	}
	for _, id := range ids {
		im, err := leads.Work(ctx, m.store, id, m.holder, m.open, m.db.Now, leads.Watcher{})
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, dialer.ErrConflict): // paused, or another's
		case err != nil:
			m.log.Warn("an import ended early", "import", id, "row", im.Position, "err", err)
		default:
			m.log.Info("import", "import", id, "list", im.ListID, "state", im.State, "accepted", im.Counts.Accepted, "rejected", im.Counts.Rejected)
		}
	}
}

// sweep deletes files past their time.
func (m *Imports) sweep() {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return // there was no upload yet
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.IsDir() || time.Since(info.ModTime()) < keptFor {
			continue
		}
		if err := os.Remove(filepath.Join(m.dir, e.Name())); err != nil {
			m.log.Warn("an old lead file could not be deleted", "file", e.Name(), "err", err)
		}
	}
}
