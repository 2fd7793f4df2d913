package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

// Imports is the web role's work on lead files: it keeps what is sent, shows how
// it would be read, and does the imports one after the other. Files and work are
// in the database: of several web servers, each answers for every import, and
// one at a time works on it.
type Imports struct {
	store  *mariadb.Imports
	files  *mariadb.LeadFiles
	db     *mariadb.DB
	host   string // this server's name
	dir    string // where versions before this one kept files
	log    *slog.Logger
	wake   chan struct{}
	holder string
}

// NewImports is the work of one web server. dir is the folder in which a version
// before this one kept lead files; what imports need of them is taken from there.
func NewImports(db *mariadb.DB, host, dir string, log *slog.Logger) *Imports {
	return &Imports{
		store: mariadb.NewImports(db), files: mariadb.NewLeadFiles(db), db: db, host: host, dir: dir, log: log, wake: make(chan struct{}, 1),
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

// Keep takes a file in for a list, part by part as it is sent: memory does not
// grow with it.
func (m *Imports) Keep(ctx context.Context, list dialer.ListID, by dialer.UserID, name string, r io.Reader) (dialer.ImportID, error) {
	file, size, err := m.files.Keep(ctx, io.LimitReader(r, leads.MaxFile+1))
	switch {
	case errors.Is(err, mariadb.ErrCutOff):
		err = dialer.Explain(dialer.ErrInvalid, "The file did not arrive whole. Send it again.")
	case err == nil && size > leads.MaxFile:
		err = dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The file is longer than %s, the most that one import takes. Split it, and import the parts one after the other.", leads.Bytes(leads.MaxFile)))
	}
	var id dialer.ImportID
	if err == nil {
		id, err = m.add(ctx, dialer.Import{ListID: list, UserID: by, FileName: cutName(name), File: file, Host: m.host, Bytes: size})
	}
	if err != nil && file != 0 {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if dropErr := m.files.Drop(last, file); dropErr != nil {
			m.log.Warn("a lead file that was refused is deleted tomorrow", "err", dropErr)
		}
	}
	return id, err
}

// add makes an import of a file that has come. What is no lead file at all is
// refused.
func (m *Imports) add(ctx context.Context, im dialer.Import) (dialer.ImportID, error) {
	now, err := m.db.Now(ctx)
	if err != nil {
		return 0, err
	}
	im.CreatedAt = now
	file := m.files.Open(ctx, im.File, im.Bytes)
	if _, err := leads.Preview(file, dialer.ImportOptions{}, nil, now); err != nil {
		return 0, err
	}
	if im.Digest, err = leads.Digest(file); err != nil {
		return 0, err
	}
	id, err := m.store.Add(ctx, im)
	if errors.Is(err, dialer.ErrNotFound) {
		err = dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no list %d.", im.ListID))
	}
	return id, err
}

func cutName(name string) string {
	name = filepath.Base(name)
	if r := []rune(name); len(r) > 255 {
		return string(r[:255])
	}
	return name
}

// open opens the file of an import.
func (m *Imports) open(ctx context.Context, im dialer.Import) (leads.File, error) {
	switch {
	case im.File != 0:
		return m.files.Open(ctx, im.File, im.Bytes), nil
	case im.Path != "":
		return nil, dialer.Explain(dialer.ErrUnavailable, fmt.Sprintf("The file is on the web server %s, which has an older version of Trunkline. It can be read here as soon as that server is upgraded.", im.Host))
	}
	return nil, dialer.Explain(dialer.ErrNotFound, "The file is not here any more: files are kept for a week. Send it again.")
}

// Preview is how the beginning of the file is understood with these options.
func (m *Imports) Preview(ctx context.Context, im dialer.Import, o dialer.ImportOptions) (dialer.ImportPreview, error) {
	f, err := m.open(ctx, im)
	if err != nil {
		return dialer.ImportPreview{}, err
	}
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

// Run works on imports until ctx ends: those that were asked for, on whichever
// web server, and those that a process before us did not live to end.
func (m *Imports) Run(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	brought, swept := false, time.Time{}
	for {
		if !brought {
			err := m.bring(ctx)
			if brought = err == nil; err != nil && !errors.Is(err, dialer.ErrUnavailable) && ctx.Err() == nil {
				m.log.Warn("lead files of the version before this one could not be taken over; trying again", "err", err)
			}
		}
		m.round(ctx)
		if time.Since(swept) > 10*time.Minute {
			m.sweep(ctx)
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

func (m *Imports) round(ctx context.Context) {
	ids, err := m.store.Waiting(ctx, leads.Silence)
	if err != nil {
		return // others say that the database is away
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

// sweep deletes what nobody reads any more.
func (m *Imports) sweep(ctx context.Context) {
	n, err := m.files.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		m.log.Warn("old lead files could not be deleted; trying again", "err", err)
	}
	if n > 0 {
		m.log.Info("lead files that no import needs any more were deleted", "files", n)
	}
	m.sweepFolder()
}

// bring takes into the database what imports need of the files that a version
// before this one kept in a folder of this server.
func (m *Imports) bring(ctx context.Context) error {
	all, err := m.store.InFolder(ctx, m.host)
	if err != nil {
		return err
	}
	for _, im := range all {
		var file dialer.LeadFileID
		f, done, err := LeadFile(im.Path)
		if err != nil {
			m.log.Warn("the file of an import is gone", "import", im.ID, "err", err)
		} else {
			file, _, err = m.files.Keep(ctx, io.NewSectionReader(f, 0, im.Bytes))
			done()
			if err != nil {
				return err // Sweep takes what came of it
			}
		}
		if err := m.store.SetFile(ctx, im.ID, file); err != nil {
			return err
		}
		if file != 0 {
			if err := os.Remove(im.Path); err != nil {
				m.log.Warn("a lead file could not be deleted", "file", im.Path, "err", err)
			}
		}
	}
	return nil
}

// sweepFolder deletes old files from the folder of versions before this one.
func (m *Imports) sweepFolder() {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return // there was none
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.IsDir() || time.Since(info.ModTime()) < 7*24*time.Hour {
			continue
		}
		if err := os.Remove(filepath.Join(m.dir, e.Name())); err != nil {
			m.log.Warn("an old lead file could not be deleted", "file", e.Name(), "err", err)
		}
	}
}
