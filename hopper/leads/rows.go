package leads

import (
	"fmt"
	"io"
	"strings"
)

// row is one row of the file.
type row struct {
	number  int // as a spreadsheet counts: the header is 1
	values  []string
	problem problem // why it cannot be read; zero: it can
}

func (r row) blank() bool {
	if r.problem.code != "" {
		return false
	}
	for _, v := range r.values {
		if strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

// rows splits a text file into rows. It is not encoding/csv because there a quotation
// mark that is never closed swallows the rest of the file; here it costs its own
// row.
type rows struct {
	lines     *lines
	delimiter byte
	number    int
}

func newRows(l *lines) *rows { return &rows{lines: l, delimiter: ','} }

// close frees nothing: the file is its opener's.
func (r *rows) close() {}

// encoding is the file's, as far as it has been read.
func (r *rows) encoding() string { return r.lines.encoding() }

// separator is what stands between two values.
func (r *rows) separator() string { return string(r.delimiter) }

// A quoted value may go over several lines, but not over more than these: then
// its opening mark is a mistake.
const maxQuotedLines = 30

// next is the next row, or io.EOF.
func (r *rows) next() (row, error) {
	line, err := r.lines.next()
	if err == errLongLine {
		r.number++
		return row{number: r.number, problem: problem{code: "longrow", sentence: fmt.Sprintf("The row is longer than %d kB.", maxLine>>10)}}, nil
	}
	if err != nil {
		return row{}, err
	}
	r.number++
	values, closed, wrong := split(line, r.delimiter)
	if closed {
		return row{r.number, values, wrong}, nil
	}
	// The value goes on in the next line.
	var more []string
	record := line
	for len(more) < maxQuotedLines {
		next, err := r.lines.next()
		if err == errLongLine {
			more = append(more, longLine)
			break
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return row{}, err
		}
		more = append(more, next)
		record += "\n" + next
		values, closed, wrong = split(record, r.delimiter)
		if closed && wrong.code != "" {
			break // closed by another row's opening mark: the rows between are not to blame
		}
		if closed {
			return row{r.number, values, problem{}}, nil
		}
	}
	r.lines.unread(more)
	return row{number: r.number, values: []string{line}, problem: problem{code: "quote", sentence: "A quotation mark opens and is never closed."}}, nil
}

// split takes a record apart (RFC 4180). closed is false when a quoted value
// goes beyond its end. A quotation mark within an unquoted value is taken as it
// stands: 5" pipe.
func split(s string, delimiter byte) (values []string, closed bool, wrong problem) {
	all := s
	values = make([]string, 0, 32)
	for {
		if trimmed := strings.TrimLeft(s, " "); strings.HasPrefix(trimmed, `"`) {
			value, rest, ok := quoted(trimmed[1:])
			if !ok {
				return nil, false, problem{}
			}
			rest = strings.TrimLeft(rest, " ")
			if rest == "" {
				return append(values, value), true, problem{}
			}
			if rest[0] != delimiter {
				return []string{all}, true, problem{code: "afterquote", sentence: fmt.Sprintf("After the closing quotation mark of value %d there is more text.", len(values)+1)}
			}
			values, s = append(values, value), rest[1:]
			continue
		}
		i := strings.IndexByte(s, delimiter)
		if i < 0 {
			return append(values, s), true, problem{}
		}
		values, s = append(values, s[:i]), s[i+1:]
	}
}

// quoted reads up to the closing mark; two in a row are one of the value's.
func quoted(s string) (value, rest string, ok bool) {
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return "", "", false
	}
	if i+1 == len(s) || s[i+1] != '"' {
		return s[:i], s[i+1:], true // the common case, without a copy
	}
	var b strings.Builder
	for {
		b.WriteString(s[:i])
		s = s[i+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
		if i = strings.IndexByte(s, '"'); i < 0 {
			return "", "", false
		}
	}
}

// sniff finds the delimiter of a header line: the one that stands in it most
// often outside quotation marks; comma where there is none.
func sniff(line string) byte {
	best, most := byte(','), 0
	for _, d := range []byte{',', '\t', '|', ';'} {
		n, inside := 0, false
		for i := range len(line) {
			switch line[i] {
			case '"':
				inside = !inside
			case d:
				if !inside {
					n++
				}
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}
