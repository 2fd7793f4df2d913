package leads

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

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
	custom, err := from.CustomFields(ctx, list)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	header := []string{"lead_id", "list_id", "status", "phone_code", "phone_number", "vendor_lead_code", "source_id", "title", "first_name", "middle_initial",
		"last_name", "address1", "address2", "address3", "city", "state", "province", "postal_code", "country_code", "gender", "date_of_birth", "alt_phone",
		"email", "security_phrase", "comments", "rank", "owner", "verified_zone", "called_count", "last_called_at", "created_at"}
	for _, f := range custom {
		header = append(header, "custom:"+f.Name)
	}
	if err := out.Write(header); err != nil {
		return 0, err
	}
	n := 0
	for after := dialer.LeadID(0); ; {
		rows, err := from.ExportPage(ctx, list, status, after, exportPage)
		if err != nil {
			return n, err
		}
		for _, l := range rows {
			if err := out.Write(Guarded(exported(l, custom))); err != nil {
				return n, err
			}
			after = l.ID
			n++
		}
		out.Flush()
		if err := out.Error(); err != nil || len(rows) < exportPage {
			return n, err
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
