package mariadb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// LeadFiles keeps the lead files that the pages took, in parts, so that any web
// server reads them and none has to hold one whole.
type LeadFiles struct{ db *DB }

// NewLeadFiles is the store on a database.
func NewLeadFiles(db *DB) *LeadFiles { return &LeadFiles{db} }

// leadPart is how long the parts of a file are, in bytes. Written out in a
// statement one is twice as long at most, and so far below the 16 MB that
// MariaDB takes in one (max_allowed_packet), and below the 4 MB of older ones.
const leadPart = 512 << 10

var (
	leadFileInsert      = queries.Get("lead-file-insert")
	leadFilePartInsert  = queries.Get("lead-file-part-insert")
	leadFilePart        = queries.Get("lead-file-part")
	leadFilesDoneWith   = queries.Get("lead-files-done-with")
	leadFileUnlink      = queries.Get("lead-file-unlink")
	leadFilePartsDelete = queries.Get("lead-file-parts-delete")
	leadFileDelete      = queries.Get("lead-file-delete")
)

// ErrCutOff is a file whose sender did not send it to its end.
var ErrCutOff = errors.New("the file did not arrive whole")

// Keep writes a file as it comes, and says how long it was. One that ends with an
// error of the reader is ErrCutOff. What is there of a file that did not come
// whole is deleted by Sweep, where its caller does not.
func (s *LeadFiles) Keep(ctx context.Context, r io.Reader) (id dialer.LeadFileID, size int64, err error) {
	res, err := s.db.x.ExecContext(ctx, leadFileInsert)
	if err != nil {
		return 0, 0, kind(err)
	}
	n, err := res.LastInsertId()
	if err != nil {
		return 0, 0, err
	}
	id = dialer.LeadFileID(n)
	var body bytes.Buffer
	for part := 0; ; part++ {
		body.Reset()
		n, err := body.ReadFrom(io.LimitReader(r, leadPart))
		if err != nil {
			return id, size, fmt.Errorf("%w: %w", ErrCutOff, err)
		}
		if n == 0 {
			return id, size, nil
		}
		digest := sha256.Sum256(body.Bytes())
		if _, err := s.db.atOnce(ctx, leadFilePartInsert, id, part, digest[:], body.Bytes()); err != nil {
			return id, size, err
		}
		size += n
	}
}

// Open reads a file of so many bytes for as long as ctx lives.
func (s *LeadFiles) Open(ctx context.Context, id dialer.LeadFileID, size int64) *LeadFile {
	return &LeadFile{ctx: ctx, db: s.db, id: id, size: size, n: -1}
}

// LeadFile is a file that the database keeps. It fills leads.File and holds one
// part of it at a time: made for who reads from front to back.
type LeadFile struct {
	ctx  context.Context //nolint:containedctx // io.ReaderAt takes none
	db   *DB
	id   dialer.LeadFileID
	size int64

	mu   sync.Mutex
	n    int64 // which part is at hand; -1: none
	part []byte
}

// Size is its length in bytes.
func (f *LeadFile) Size() int64 { return f.size }

// ReadAt fills io.ReaderAt. A part that is missing or damaged is a
// *dialer.Problem.
func (f *LeadFile) ReadAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	read := 0
	for read < len(p) {
		if at >= f.size {
			return read, io.EOF
		}
		if err := f.fetch(at / leadPart); err != nil {
			return read, err
		}
		n := copy(p[read:], f.part[at%leadPart:])
		read, at = read+n, at+int64(n)
	}
	return read, nil
}

func (f *LeadFile) fetch(n int64) error {
	if n == f.n {
		return nil
	}
	f.n = -1
	var row struct {
		Digest []byte `db:"digest"`
		Body   []byte `db:"body"`
	}
	err := kind(f.db.x.GetContext(f.ctx, &row, leadFilePart, f.id, n))
	if errors.Is(err, dialer.ErrNotFound) {
		return f.broken(n, "is missing")
	}
	if err != nil {
		return err
	}
	digest := sha256.Sum256(row.Body)
	if !bytes.Equal(digest[:], row.Digest) || int64(len(row.Body)) != min(leadPart, f.size-n*leadPart) {
		return f.broken(n, "is damaged")
	}
	f.n, f.part = n, row.Body
	return nil
}

func (f *LeadFile) broken(n int64, is string) error {
	return dialer.Explain(nil, fmt.Sprintf("The file is not whole any more: part %d of %d %s in the database. Send the file again.", n+1, (f.size+leadPart-1)/leadPart, is))
}

// Drop deletes a file, some of its parts at a time. Its import has none then.
func (s *LeadFiles) Drop(ctx context.Context, id dialer.LeadFileID) error {
	if _, err := s.db.atOnce(ctx, leadFileUnlink, id); err != nil {
		return err
	}
	for {
		n, err := s.db.atOnce(ctx, leadFilePartsDelete, id)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	_, err := s.db.atOnce(ctx, leadFileDelete, id)
	return err
}

// Sweep deletes the files that no import reads any more, and says how many.
func (s *LeadFiles) Sweep(ctx context.Context) (dropped int, err error) {
	for {
		var ids []dialer.LeadFileID
		if err := s.db.x.SelectContext(ctx, &ids, leadFilesDoneWith); err != nil || len(ids) == 0 {
			return dropped, kind(err)
		}
		for _, id := range slices.Compact(ids) {
			if err := s.Drop(ctx, id); err != nil {
				return dropped, err
			}
			dropped++
		}
	}
}
