package leads

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

const sniffSize = 64 << 10

const emptyFile = "The file is empty: a lead file is a table saved as CSV, with a header row."

// readText finds out what a file is. One that is no text is refused with a
// sentence that says so.
//
// encoding is what the file's owner says it is, "" when nobody has said.
func readText(r io.Reader, encoding string) (*lines, error) {
	in := bufio.NewReaderSize(r, sniffSize)
	sample, err := in.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	wide := false
	switch {
	case len(bytes.TrimSpace(sample)) == 0:
		return nil, dialer.Explain(nil, emptyFile)
	case bytes.HasPrefix(sample, []byte("\xd0\xcf\x11\xe0")):
		return nil, dialer.Explain(nil, "The file is an old Excel file (.xls): save it as XLSX or CSV and import that.")
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		in.Discard(3) //nolint:errcheck // it was peeked
	case bytes.HasPrefix(sample, []byte("\xff\xfe")), bytes.HasPrefix(sample, []byte("\xfe\xff")), encoding == UTF16:
		wide = true
		in = bufio.NewReader(transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()))
	default:
		if order, ok := bareUTF16(sample); ok {
			wide = true
			in = bufio.NewReader(transform.NewReader(in, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()))
		} else if isBinary(sample) {
			return nil, dialer.Explain(nil, "The file is not text: a lead file is a table saved as CSV, with a header row.")
		}
	}
	l := &lines{in: in, wide: wide, forced: encoding == Windows1252, legacy: encoding == Windows1252}
	// Only carriage returns: the line ends of very old programs.
	if !wide && !bytes.ContainsRune(sample, '\n') && bytes.ContainsRune(sample, '\r') {
		l.end = '\r'
	} else {
		l.end = '\n'
	}
	return l, nil
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

// isBinary tells bytes that no table has: a zero in its header, or control bytes
// all over. A few in a row are that row's damage and no reason to refuse the
// others.
func isBinary(sample []byte) bool {
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

// The encodings of a lead file.
const (
	UTF8        = "UTF-8"
	UTF16       = "UTF-16"
	Windows1252 = "windows-1252"
)

// lines reads a file line by line, as UTF-8 and without line ends.
type lines struct {
	in     *bufio.Reader
	end    byte
	wide   bool     // it is UTF-16
	legacy bool     // a line was not UTF-8
	forced bool     // its owner says that it is windows-1252, though a line may look like UTF-8
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
	if l.forced && !ascii(line) || !utf8.Valid(line) {
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

// encoding is the file's, as far as it has been read.
func (l *lines) encoding() string {
	switch {
	case l.wide:
		return UTF16
	case l.legacy:
		return Windows1252
	}
	return UTF8
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
