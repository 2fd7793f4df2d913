package leads

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

// ExportRow is a lead on its way out.
type ExportRow struct {
	dialer.Lead
	CreatedAt    time.Time `db:"created_at"`
	VerifiedZone string    `db:"verified_zone"`
	Custom       []byte    `db:"custom"` // JSON object, or empty
}

// Shelves is where leads are exported from.
type Shelves interface {
	// ExportPage are a list's next leads after one, of a status or ("") of any.
	ExportPage(ctx context.Context, list dialer.ListID, status dialer.Status, after dialer.LeadID, limit int) ([]ExportRow, error)
	CustomFields(ctx context.Context, list dialer.ListID) ([]dialer.CustomField, error)
}

// exportPage is how many leads are read at once: memory stays flat.
const exportPage = 2000

// Export writes a list's leads as CSV that a spreadsheet opens and Import reads
// again: UTF-8 with its mark, VICIdial's column names, values that a spreadsheet
// would take for a formula behind an apostrophe (which Import takes off).
func Export(ctx context.Context, from Shelves, w io.Writer, list dialer.ListID, status dialer.Status) (int, error) {
	buffer := bufio.NewWriterSize(w, 64<<10) // what fails at once has written nothing
	if _, err := buffer.WriteString("\ufeff"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(buffer)
	out.UseCRLF = true
	n, err := exportRows(ctx, from, list, status, func(row []string) error { return out.Write(Guarded(row)) })
	if err != nil {
		return n, err
	}
	out.Flush()
	return n, errors.Join(out.Error(), buffer.Flush())
}

// mostInSheet is how many leads an XLSX sheet holds below its heading.
const mostInSheet = excelize.TotalRows - 1

// ExportXLSX writes the same as a workbook, all of whose cells are text: no
// number loses digits and nothing is a formula. It is written once it is whole;
// more leads than a sheet holds are a *dialer.Problem, and nothing is written.
func ExportXLSX(ctx context.Context, from Shelves, w io.Writer, list dialer.ListID, status dialer.Status) (int, error) {
	return exportXLSX(ctx, from, w, list, status, mostInSheet)
}

func exportXLSX(ctx context.Context, from Shelves, w io.Writer, list dialer.ListID, status dialer.Status, most int) (int, error) {
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", "Leads"); err != nil {
		return 0, err
	}
	out, err := book.NewStreamWriter("Leads") // a large sheet goes to a temporary file
	if err != nil {
		return 0, err
	}
	at, cells := 0, []any{}
	n, err := exportRows(ctx, from, list, status, func(row []string) error {
		if at++; at > most+1 {
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("An XLSX file holds %d leads, and these are more. Take the CSV file, which holds any number, or the leads of one status.", most))
		}
		cells = cells[:0]
		for _, v := range row {
			cells = append(cells, strings.ToValidUTF8(v, "\ufffd"))
		}
		cell, err := excelize.CoordinatesToCellName(1, at)
		if err != nil {
			return err
		}
		return out.SetRow(cell, cells)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return 0, err
	}
	return n, book.Write(w)
}

// exportRows gives the heading and then each lead, and says how many those were.
func exportRows(ctx context.Context, from Shelves, list dialer.ListID, status dialer.Status, put func([]string) error) (int, error) {
	custom, err := from.CustomFields(ctx, list)
	if err != nil {
		return 0, err
	}
	header := []string{"lead_id", "list_id", "status", "phone_code", "phone_number", "vendor_lead_code", "source_id", "title", "first_name", "middle_initial",
		"last_name", "address1", "address2", "address3", "city", "state", "province", "postal_code", "country_code", "gender", "date_of_birth", "alt_phone",
		"email", "security_phrase", "comments", "rank", "owner", "verified_zone", "called_count", "last_called_at", "created_at"}
	for _, f := range custom {
		header = append(header, "custom:"+f.Name)
	}
	if err := put(header); err != nil {
		return 0, err
	}
	n := 0
	for after := dialer.LeadID(0); ; {
		rows, err := from.ExportPage(ctx, list, status, after, exportPage)
		if err != nil {
			return n, err
		}
		for _, l := range rows {
			if err := put(exported(l, custom)); err != nil {
				return n, err
			}
			after = l.ID
			n++
		}
		if len(rows) < exportPage {
			return n, nil
		}
	}
}

func exported(l ExportRow, custom []dialer.CustomField) []string {
	last := ""
	if l.LastCalledAt != nil {
		last = l.LastCalledAt.UTC().Format(time.DateTime)
	}
	row := []string{strconv.FormatInt(int64(l.ID), 10), strconv.FormatInt(int64(l.ListID), 10), string(l.Status), l.PhoneCode, l.PhoneNumber, l.VendorLeadCode,
		l.SourceID, l.Title, l.FirstName, l.MiddleInitial, l.LastName, l.Address1, l.Address2, l.Address3, l.City, l.State, l.Province, l.PostalCode,
		l.CountryCode, l.Gender, l.DateOfBirth, l.AltPhone, l.Email, l.SecurityPhrase, l.Comments, strconv.Itoa(l.Rank), l.Owner, l.VerifiedZone,
		strconv.Itoa(l.CalledCount), last, l.CreatedAt.UTC().Format(time.DateTime)}
	vals := map[string]string{}
	if len(l.Custom) > 0 {
		_ = json.Unmarshal(l.Custom, &vals) // what is no object has no values
	}
	for _, f := range custom {
		row = append(row, vals[f.Name])
	}
	return row
}

// Guarded puts an apostrophe before each value that a spreadsheet would run as a
// formula (OWASP, CSV injection): one that begins with = + - @, their full-width
// twins, a tab or a line end, and is no plain number.
func Guarded(values []string) []string {
	for i, v := range values {
		if formula(v) {
			values[i] = "'" + v
		}
	}
	return values
}

func formula(v string) bool {
	if v == "" {
		return false
	}
	switch []rune(v)[0] {
	case '=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		for i, c := range v[1:] {
			if !('0' <= c && c <= '9' || c == '.' && i > 0) {
				return true
			}
		}
		return len(v) == 1
	}
	return false
}

// RejectFile writes the rows that an import did not take, as they stood, each
// with its reason in a last column: corrected, the file is imported again.
func RejectFile(ctx context.Context, w io.Writer, im dialer.Import, page func(ctx context.Context, id dialer.ImportID, after, limit int) ([]dialer.ImportReject, error)) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	width := len(im.Report.Header)
	if !im.Options.NoHeader {
		if err := out.Write(append(Guarded(append([]string(nil), im.Report.Header...)), "reject_reason")); err != nil {
			return err
		}
	}
	for after := 0; ; {
		rows, err := page(ctx, im.ID, after, exportPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.Row
			values, err := fieldsOf(r.Record)
			if err != nil {
				values = []string{r.Record} // a row that cannot be taken apart stands as it was
			}
			for len(values) < width {
				values = append(values, "")
			}
			if err := out.Write(append(Guarded(values), r.Reason)); err != nil {
				return err
			}
		}
		out.Flush()
		if err := out.Error(); err != nil || len(rows) < exportPage {
			return err
		}
	}
}

func fieldsOf(record string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(record))
	r.FieldsPerRecord = -1
	return r.Read()
}
