package ami

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of what the peer may make us hold. Asterisk's own longest lines are
// channel variables and single lines of CLI output; a whole "dialplan show"
// comes as one message of many Output lines.
const (
	maxLine    = 256 << 10
	maxMessage = 16 << 20
)

var errTooLong = errors.New("ami: message from the peer is too long")

// reader cuts the byte stream into messages. It accepts LF for CRLF, lines
// without a colon and unknown headers, and refuses only what has no bound.
type reader struct {
	br  *bufio.Reader
	buf []byte
}

func newReader(r io.Reader) *reader { return &reader{br: bufio.NewReaderSize(r, 16<<10)} }

// line returns the next line without its line end. The slice is valid until
// the next call.
func (r *reader) line() ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		part, err := r.br.ReadSlice('\n')
		if err == nil && len(r.buf) == 0 {
			return trimEnd(part)
		}
		if len(r.buf)+len(part) > maxLine {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", errTooLong, maxLine)
		}
		r.buf = append(r.buf, part...)
		switch {
		case err == nil:
			return trimEnd(r.buf)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(r.buf) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

func trimEnd(b []byte) ([]byte, error) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r")), nil
}

// message returns the next message; blank lines before it are skipped. A
// stream that ends inside a message gives io.ErrUnexpectedEOF.
func (r *reader) message() (Event, error) {
	var e Event
	size := 0
	for {
		b, err := r.line()
		if err != nil {
			if errors.Is(err, io.EOF) && len(e.headers) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return Event{}, err
		}
		if len(b) == 0 {
			if len(e.headers) == 0 {
				continue
			}
			e.Name = e.Get("Event")
			return e, nil
		}
		// The length of a Header itself counts too, or a stream of tiny lines
		// would be held at many times the bound.
		if size += len(b) + 32; size > maxMessage {
			return Event{}, fmt.Errorf("%w: more than %d bytes", errTooLong, maxMessage)
		}
		e.headers = append(e.headers, parseHeader(string(b)))
	}
}

// parseHeader splits at the first colon and drops the single space after it;
// further spaces are kept, they are the indentation of CLI output.
func parseHeader(line string) Header {
	name, value, ok := strings.Cut(line, ":")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		return Header{Value: line}
	}
	return Header{Name: name, Value: strings.TrimPrefix(value, " ")}
}
