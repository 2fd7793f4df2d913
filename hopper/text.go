package hopper

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"trunkline/dialer"
)

// text is a lead file as lines of UTF-8.
type text struct {
	lines *lines
	utf16 bool
}

// encoding is the file's, as far as it has been read: it is windows-1252 once a
// line was no valid UTF-8.
func (t text) encoding() string {
	switch {
	case t.utf16:
		return "UTF-16"
	case t.lines.legacy:
		return "windows-1252"
	}
	return "UTF-8"
}

const sniffSize = 64 << 10

const emptyFile = "The file is empty: a lead file is a table saved as CSV, with a header row."

// readText finds out what a file is. One that is no text is refused with a
// sentence that says so.
func readText(r io.Reader) (text, error) {
	in := bufio.NewReaderSize(r, sniffSize)
	sample, err := in.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return text{}, err
	}
	var t text
	switch {
	case len(bytes.TrimSpace(sample)) == 0:
		return text{}, dialer.Explain(nil, emptyFile)
	case bytes.HasPrefix(sample, []byte("PK\x03\x04")), bytes.HasPrefix(sample, []byte("\xd0\xcf\x11\xe0")):
		return text{}, dialer.Explain(nil, "The file is a spreadsheet or an archive, not text: save it as CSV and import that.")
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		in.Discard(3) //nolint:errcheck // it was peeked
	case bytes.HasPrefix(sample, []byte("\xff\xfe")), bytes.HasPrefix(sample, []byte("\xfe\xff")):
		t.utf16 = true
		in = bufio.NewReader(transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()))
	default:
		if order, ok := bareUTF16(sample); ok {
			t.utf16 = true
			in = bufio.NewReader(transform.NewReader(in, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()))
		} else if binary(sample) {
			return text{}, dialer.Explain(nil, "The file is not text: a lead file is a table saved as CSV, with a header row.")
		}
	}
	t.lines = &lines{in: in}
	// Only carriage returns: the line ends of very old programs.
	if !t.utf16 && !bytes.ContainsRune(sample, '\n') && bytes.ContainsRune(sample, '\r') {
		t.lines.end = '\r'
	} else {
		t.lines.end = '\n'
	}
	return t, nil
}

// bareUTF16 recognises UTF-16 without its mark: in a table's header, half of
// the bytes are zero, and always the same half.
func bareUTF16(sample []byte) (unicode.Endianness, bool) {
	sample = sample[:len(sample)/2*2]
	var zero [2]int
	for i, b := range sample {
		if b == 0 {
			zero[i%2]++
		}
	}
	most := len(sample) / 2 * 7 / 10
	switch {
	case len(sample) < 8:
	case zero[1] > most && zero[0] == 0:
		return unicode.LittleEndian, true
	case zero[0] > most && zero[1] == 0:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// binary tells bytes that no table has: a zero in its header, or control bytes
// all over. A few in a row are that row's damage and no reason to refuse the
// others.
func binary(sample []byte) bool {
	header, _, _ := bytes.Cut(bytes.TrimLeft(sample, "\r\n"), []byte("\n"))
	if bytes.IndexByte(header, 0) >= 0 {
		return true
	}
	control := 0
	for _, b := range sample {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			control++
		}
	}
	return control > max(len(sample)/100, 10)
}

// maxLine is the longest line that is taken for one: a row of VICIdial's fields
// has 1 kB at most.
const maxLine = 256 << 10

var errLongLine = errors.New("line too long")

// longLine stands for a skipped line among those put back.
const longLine = "\x00skipped\x00"

// lines reads a file line by line, as UTF-8 and without line ends.
type lines struct {
	in     *bufio.Reader
	end    byte
	legacy bool     // a line was not UTF-8
	back   []string // lines put back, the next one last
	buf    []byte
}

// next is the next line. errLongLine stands for one that was skipped.
func (l *lines) next() (string, error) {
	if n := len(l.back); n > 0 {
		line := l.back[n-1]
		l.back = l.back[:n-1]
		if line == longLine {
			return "", errLongLine
		}
		return line, nil
	}
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.in.ReadSlice(l.end)
		if long = long || len(l.buf)+len(part) > maxLine; !long {
			l.buf = append(l.buf, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && (err != io.EOF || (len(l.buf) == 0 && !long)) {
			return "", err
		}
		break
	}
	if long {
		return "", errLongLine
	}
	line := bytes.TrimRight(l.buf, "\r\n")
	if !utf8.Valid(line) {
		l.legacy = true
		if decoded, err := charmap.Windows1252.NewDecoder().Bytes(line); err == nil {
			line = decoded
		}
	}
	return string(line), nil
}

// unread puts lines back, to be read again in the same order.
func (l *lines) unread(lines []string) {
	for i := len(lines) - 1; i >= 0; i-- {
		l.back = append(l.back, lines[i])
	}
}
