// Package sheet writes tables of a report as files that a spreadsheet opens: CSV
// and XLSX.
package sheet

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer/report"
)

// MaxRows is how many rows an XLSX sheet holds below its heads.
const MaxRows = excelize.TotalRows - 1

// CSV writes rows as they come: UTF-8 with its mark, CRLF, values as
// report.Raw has them.
type CSV struct {
	columns []report.Column
	guard   func([]string) []string
	out     *csv.Writer
	cells   []string
}

// NewCSV begins a file with the columns' heads. guard keeps a spreadsheet from
// taking a value for a formula.
func NewCSV(w io.Writer, columns []report.Column, guard func([]string) []string) (*CSV, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	c := &CSV{columns: columns, guard: guard, out: csv.NewWriter(w), cells: make([]string, len(columns))}
	c.out.UseCRLF = true
	for i, col := range columns {
		c.cells[i] = col.Heading()
	}
	return c, c.out.Write(guard(c.cells))
}

// Row writes a row.
func (c *CSV) Row(values []report.Value) error {
	for i, col := range c.columns {
		c.cells[i] = report.Raw(col.Kind, values[i])
	}
	return c.out.Write(c.guard(c.cells))
}

// Close writes what is left.
func (c *CSV) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// Book is an XLSX file in the making. What is written goes to a temporary file
// once it is large, so that memory stays flat.
type Book struct {
	file   *excelize.File
	sheets int
	styles map[report.Kind]int
	head   int
}

// NewBook begins an XLSX file.
func NewBook() (*Book, error) {
	b := &Book{file: excelize.NewFile(), styles: map[report.Kind]int{}}
	var err error
	b.head, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	for kind, format := range map[report.Kind]string{
		report.Count: "#,##0", report.Bytes: "#,##0", report.Percent: "0.0%", report.Decimal: "#,##0.0", report.Seconds: "[h]:mm:ss", report.Moment: "yyyy-mm-dd hh:mm:ss", report.Date: "yyyy-mm-dd",
	} {
		if err == nil {
			b.styles[kind], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		}
	}
	return b, err
}

// Sheet is one sheet of a Book. Only the newest takes rows.
type Sheet struct {
	book    *Book
	columns []report.Column
	out     *excelize.StreamWriter
	rows    int
	cells   []any
}

// Sheet begins the next sheet with the columns' heads. Whole text is written as
// text: nothing in it is a formula.
func (b *Book) Sheet(name string, columns []report.Column) (*Sheet, error) {
	name = sheetName(name)
	var err error
	if b.sheets == 0 {
		err = b.file.SetSheetName("Sheet1", name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err != nil {
		return nil, err
	}
	b.sheets++
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{book: b, columns: columns, out: out, cells: make([]any, len(columns))}
	for i, c := range columns {
		width := max(10, float64(utf8.RuneCountInString(c.Name)+3))
		if c.Kind == report.Moment || c.Kind == report.Text && i == 0 {
			width = 24
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
		s.cells[i] = excelize.Cell{StyleID: b.head, Value: c.Name}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return s, s.put()
}

// Row writes a row.
func (s *Sheet) Row(values []report.Value) error {
	for i, c := range s.columns {
		v := values[i]
		cell := excelize.Cell{StyleID: s.book.styles[c.Kind], Value: v.N}
		switch {
		case v.None:
			cell.Value = nil
		case c.Kind == report.Percent:
			cell.Value = v.N / 100
		case c.Kind == report.Seconds:
			cell.Value = v.N / 86400
		case c.Kind == report.Moment:
			// A spreadsheet knows no zones: it gets the office's wall clock.
			y, m, d := v.At.Date()
			cell.Value = time.Date(y, m, d, v.At.Hour(), v.At.Minute(), v.At.Second(), 0, time.UTC)
		case c.Kind == report.Date && !v.At.IsZero():
			y, m, d := v.At.Date()
			cell.Value = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		case !c.Kind.Number():
			cell.Value = strings.ToValidUTF8(v.Text, "")
		}
		s.cells[i] = cell
	}
	return s.put()
}

func (s *Sheet) put() error {
	s.rows++
	at, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return err
	}
	return s.out.SetRow(at, s.cells)
}

// Close ends the sheet.
func (s *Sheet) Close() error { return s.out.Flush() }

// Write writes the file and removes what it kept beside.
func (b *Book) Write(w io.Writer) error {
	defer b.file.Close()
	buffered := bufio.NewWriterSize(w, 1<<16)
	if err := b.file.Write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// sheetName is a name that a spreadsheet takes: at most 31 letters, none of
// those with a meaning in references.
func sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 31 {
		name = string(r[:31])
	}
	return strings.TrimSpace(name)
}
