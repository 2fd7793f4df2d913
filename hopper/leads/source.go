package leads

import (
	"bytes"
	"fmt"
	"io"

	"trunkline/dialer"
)

// File is a lead file: an *io.SectionReader, a *strings.Reader, a file that is
// wrapped so.
type File interface {
	io.ReaderAt
	Size() int64
}

// notedFile knows why a file could not be read, where a library that read it says
// only that what it got is none of its own.
type notedFile struct {
	File
	err error
}

// ReadAt fills io.ReaderAt.
func (f *notedFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(p, at)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// MaxFile is the largest lead file that is taken, in bytes.
const MaxFile = dialer.MaxLeadFile

// source is a lead file as rows.
type source interface {
	// next is the next row, or io.EOF.
	next() (row, error)
	encoding() string
	separator() string
	close()
}

// open finds out what a file is. One that is no table is a *dialer.Problem.
func open(f File, o dialer.ImportOptions) (source, error) {
	size := f.Size()
	if size > MaxFile {
		return nil, dialer.Explain(nil, fmt.Sprintf("The file is %s long; one import takes up to %s. Split it, and import the parts one after the other.",
			Bytes(size), Bytes(MaxFile)))
	}
	magic := make([]byte, 4)
	n, err := f.ReadAt(magic, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.Equal(magic[:n], []byte("PK\x03\x04")) {
		noted := &notedFile{File: f}
		w, err := openWorkbook(noted)
		if noted.err != nil { // nothing is wrong with the workbook
			return nil, noted.err
		}
		return w, err
	}
	l, err := readText(io.NewSectionReader(f, 0, size), o.Encoding)
	if err != nil {
		return nil, err
	}
	r := newRows(l)
	if o.Delimiter != "" {
		r.delimiter = o.Delimiter[0]
		return r, nil
	}
	return r, r.sniff()
}

// sniff sets the delimiter by the first line that is not empty.
func (r *rows) sniff() error {
	line, err := r.lines.next()
	for err == nil && len(bytes.TrimSpace([]byte(line))) == 0 {
		r.number++
		line, err = r.lines.next()
	}
	switch {
	case err == io.EOF:
		return dialer.Explain(nil, emptyFile)
	case err == errLongLine:
		return dialer.Explain(nil, fmt.Sprintf("The first row is longer than %d kB: this is not a lead file.", maxLine>>10))
	case err != nil:
		return err
	}
	r.delimiter = sniff(line)
	r.lines.unread([]string{line})
	return nil
}

// Bytes is a number of bytes for a sentence: 1.5 GB.
func Bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
