package leads

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

// An XLSX file is a zip archive of XML, so a small one may unpack into all of the
// disk. A worksheet has 1,048,576 rows at most; with VICIdial's fields that is
// 1 GB of XML, packed some twenty times smaller. What is beyond these bounds is
// no list of leads.
const (
	maxWorkbook     = 256 << 20 // as it comes, bytes
	maxUnpacked     = 1536 << 20
	ratioMatters    = 64 << 20 // unpacked; below it no ratio does harm
	maxRatio        = 150
	inMemory        = 16 << 20 // larger parts are unpacked to temporary files
	maxColumns      = 300      // of a lead file of any kind
	maxArchiveParts = 2000
)

// workbook is the first visible sheet of an XLSX file as rows.
type workbook struct {
	file   *excelize.File
	sheet  string
	rows   *excelize.Rows
	number int
}

func openWorkbook(f File) (source, error) {
	if f.Size() > maxWorkbook {
		return nil, dialer.Explain(nil, fmt.Sprintf("The workbook is %s long; one of up to %s is read. Save it as CSV and import that.", Bytes(f.Size()), Bytes(maxWorkbook)))
	}
	if err := checkArchive(f); err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(io.NewSectionReader(f, 0, f.Size()), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: inMemory,
	})
	if err != nil {
		return nil, dialer.Explain(nil, "The workbook cannot be read: it is damaged or protected by a password. Save it again, or as CSV.")
	}
	sheet := ""
	for _, name := range file.GetSheetList() {
		if visible, err := file.GetSheetVisible(name); err == nil && visible {
			sheet = name
			break
		}
	}
	rows, err := file.Rows(sheet)
	if err != nil {
		file.Close()
		return nil, dialer.Explain(nil, "The workbook has no sheet with a table in it.")
	}
	return &workbook{file: file, sheet: sheet, rows: rows}, nil
}

// checkArchive looks at what an archive says it holds. Go's reader gives up when
// a part turns out longer than it said.
func checkArchive(f File) error {
	archive, err := zip.NewReader(f, f.Size())
	if err != nil {
		return dialer.Explain(nil, "The workbook cannot be read: it is cut off or damaged. Copy or save it again.")
	}
	if !slices.ContainsFunc(archive.File, func(p *zip.File) bool { return p.Name == "xl/workbook.xml" }) {
		return dialer.Explain(nil, "The file is an archive, not a table: unpack it and import the CSV or XLSX file in it.")
	}
	unpacked := uint64(0)
	for _, part := range archive.File {
		if part.UncompressedSize64 > maxUnpacked {
			unpacked = maxUnpacked + 1
			break
		}
		unpacked += part.UncompressedSize64
	}
	switch packed := uint64(max(f.Size(), 1)); {
	case unpacked > maxUnpacked, len(archive.File) > maxArchiveParts, unpacked > ratioMatters && unpacked/packed > maxRatio:
		return dialer.Explain(nil, "The workbook unpacks into far more than a list of leads can be, so it was not opened. Save the table as CSV and import that.")
	}
	return nil
}

// next is the next row of the sheet. Rows without a cell count, as they do in
// the spreadsheet.
func (w *workbook) next() (row, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return row{}, dialer.Explain(nil, fmt.Sprintf("The workbook is damaged after row %d. Save it again, or as CSV.", w.number))
		}
		return row{}, io.EOF
	}
	w.number++
	values, err := w.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return row{number: w.number, problem: problem{code: "zero", sentence: "The row is damaged in the workbook."}}, nil
	}
	for i, v := range values {
		if len(v) > maxLine {
			return row{number: w.number, problem: problem{code: "longrow", sentence: fmt.Sprintf("Cell %d of the row is longer than %d kB.", i+1, maxLine>>10)}}, nil
		}
		values[i] = strings.ToValidUTF8(v, "\uFFFD")
	}
	return row{number: w.number, values: values}, nil
}

func (w *workbook) encoding() string  { return "XLSX" }
func (w *workbook) separator() string { return "" }

func (w *workbook) close() {
	w.rows.Close() //nolint:errcheck // read only
	w.file.Close() //nolint:errcheck // and its temporary files
}

// size is about how many rows the sheet has, 0 when it does not say.
func (w *workbook) size() int {
	dimension, err := w.file.GetSheetDimension(w.sheet)
	if err != nil {
		return 0
	}
	_, last, _ := strings.Cut(dimension, ":")
	_, rows, err := excelize.CellNameToCoordinates(last)
	if err != nil {
		return 0
	}
	return rows
}
