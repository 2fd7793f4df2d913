// Package backup writes a whole system into one stream, and makes one of it
// again: the database as it was at one moment, the recordings whose rows are in
// it, the configuration.
//
// The stream is a tar file, compressed by gzip, which can be looked into by their
// tools:
//
//	manifest.json            what is in it, of which version, as of when
//	config/trunkline.toml    with its passwords: keep a backup like those
//	database/TABLE/00001     rows, a JSON array a line; binary values in an array with their base64
//	recordings/…             files as they are
//	SHA256SUMS               of all these, as sha256sum reads them; last, so that a stream that was cut off is known
package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
)

// format is the version of the stream; a restore refuses others.
const format = 1

const (
	manifestName = "manifest.json"
	configName   = "config/trunkline.toml"
	sumsName     = "SHA256SUMS"
	databaseDir  = "database/"
	recordingDir = "recordings/"
)

// Manifest says what is in a backup.
type Manifest struct {
	Format     int             `json:"format"`
	Version    string          `json:"trunkline"`
	Server     string          `json:"server"`
	At         time.Time       `json:"at"`     // the database's moment
	Schema     []int64         `json:"schema"` // versions, as they were applied
	Tables     []mariadb.Table `json:"tables"`
	Recordings int             `json:"recordings"` // files
	Bytes      int64           `json:"bytes"`      // of the recordings
}

// Options are what can be asked of a backup.
type Options struct {
	Recordings bool              // take this host's files along
	Only       bool              // nothing but them: for the other telephony servers of a cluster
	Progress   func(line string) // a word now and then
}

// Result is what a backup or a restore did.
type Result struct {
	Manifest
	Rows    int64
	Files   int
	Missing []string // recordings whose files are not on this host
}

// chunk is how much of a table stands in one entry; what a restore holds in
// memory at a time.
const chunk = 4 << 20

// writer is a backup under way.
type writer struct {
	tar  *tar.Writer
	sums strings.Builder
	at   time.Time
}

// Write writes a backup of the host's system.
func Write(ctx context.Context, c app.Config, db *mariadb.DB, to io.Writer, o Options) (Result, error) {
	var r Result
	snapshot, err := db.Snapshot(ctx)
	if err != nil {
		return r, fmt.Errorf("the database's snapshot: %w", err)
	}
	defer snapshot.Close()
	var files []mariadb.RecordingFile
	if o.Recordings || o.Only {
		all, err := snapshot.Recordings(ctx)
		if err != nil {
			return r, fmt.Errorf("the recordings' rows: %w", err)
		}
		for _, f := range all {
			if !filepath.IsLocal(f.File) {
				return r, fmt.Errorf("a recording is named %q, which is no file below a folder", f.File)
			}
			info, err := os.Stat(filepath.Join(c.Asterisk.RecordingsDir, f.File))
			switch {
			case errors.Is(err, fs.ErrNotExist) && f.Server != c.Server:
				// On the server that made it.
			case errors.Is(err, fs.ErrNotExist):
				r.Missing = append(r.Missing, f.File)
			case err != nil:
				return r, err
			default:
				r.Bytes += info.Size()
				files = append(files, f)
			}
		}
	}
	r.Manifest = Manifest{
		Format: format, Version: app.Version(), Server: c.Server, At: snapshot.At.UTC(), Schema: snapshot.Versions, Tables: snapshot.Tables,
		Recordings: len(files), Bytes: r.Bytes,
	}
	if o.Only {
		r.Schema, r.Tables = nil, nil
	}
	zip := gzip.NewWriter(to)
	w := &writer{tar: tar.NewWriter(zip), at: r.At}
	text, err := json.MarshalIndent(r.Manifest, "", " ")
	if err != nil {
		return r, err
	}
	err = w.entry(manifestName, text)
	if err == nil && !o.Only {
		text, err = os.ReadFile(c.File())
		if err == nil {
			err = w.entry(configName, text)
		}
	}
	for _, t := range r.Tables {
		if err != nil {
			break
		}
		var n int64
		n, err = w.table(ctx, snapshot, t)
		r.Rows += n
		if err == nil && n > 0 && o.Progress != nil {
			o.Progress(fmt.Sprintf("%s: %d rows", t.Name, n))
		}
	}
	for i, f := range files {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = w.file(c.Asterisk.RecordingsDir, f)
			r.Files++
		}
		if err == nil && o.Progress != nil && (i+1)%1000 == 0 {
			o.Progress(fmt.Sprintf("recordings: %d of %d", i+1, len(files)))
		}
	}
	if err == nil {
		err = w.raw(sumsName, int64(w.sums.Len()), strings.NewReader(w.sums.String()))
	}
	if err != nil {
		return r, err
	}
	return r, errors.Join(w.tar.Close(), zip.Close())
}

// raw writes an entry and no sum of it.
func (w *writer) raw(name string, size int64, from io.Reader) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	n, err := io.Copy(w.tar, from)
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d of %d bytes", name, n, size)
	}
	return err
}

func (w *writer) entry(name string, text []byte) error {
	sum := sha256.Sum256(text)
	w.add(hex.EncodeToString(sum[:]), name)
	return w.raw(name, int64(len(text)), bytes.NewReader(text))
}

func (w *writer) add(sum, name string) { fmt.Fprintf(&w.sums, "%s  %s\n", sum, name) }

// table writes a table's rows, some in an entry.
func (w *writer) table(ctx context.Context, s *mariadb.Snapshot, t mariadb.Table) (rows int64, err error) {
	var b bytes.Buffer
	n := 0
	flush := func() error {
		if b.Len() == 0 {
			return nil
		}
		n++
		err := w.entry(fmt.Sprintf("%s%s/%05d", databaseDir, t.Name, n), b.Bytes())
		b.Reset()
		return err
	}
	err = s.Rows(ctx, t, func(values []sql.RawBytes) error {
		rows++
		line := make([]any, len(values))
		for i, v := range values {
			line[i] = written(v)
		}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		b.Write(text)
		b.WriteByte('\n')
		if b.Len() >= chunk {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return rows, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return rows, nil
}

// written is a value as it stands in a line: null, a string, or an array with one
// string, the base64 of what is no text.
func written(v sql.RawBytes) any {
	switch {
	case v == nil:
		return nil
	case utf8.Valid(v):
		return string(v)
	}
	return []any{[]byte(bytes.Clone(v))} // encoding/json writes bytes as base64
}

// file writes a recording, which must be what its row says.
func (w *writer) file(dir string, f mariadb.RecordingFile) error {
	in, err := os.Open(filepath.Join(dir, f.File))
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	sum := sha256.New()
	name := path.Join(recordingDir, f.File)
	err = w.raw(name, info.Size(), io.TeeReader(io.LimitReader(in, info.Size()), sum))
	if err != nil {
		return err
	}
	got := hexOf(sum)
	if f.SHA256 != "" && got != f.SHA256 {
		return fmt.Errorf("the recording %s is not what it was when it was complete: its hash is %s, and the books have %s", f.File, got, f.SHA256)
	}
	w.add(got, name)
	return nil
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
