package leads

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

type rack []ExportRow

func (r rack) ExportPage(_ context.Context, _ dialer.ListID, _ dialer.Status, after dialer.LeadID, limit int) ([]ExportRow, error) {
	var page []ExportRow
	for _, l := range r {
		if l.ID > after && len(page) < limit {
			page = append(page, l)
		}
	}
	return page, nil
}

func (r rack) CustomFields(context.Context, dialer.ListID) ([]dialer.CustomField, error) {
	return []dialer.CustomField{{Name: "tariff", Label: "Tariff", Type: dialer.CustomText}}, nil
}

// TestExportComesBack: what is exported holds no formula, and imported again is
// what it was.
func TestExportComesBack(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	var r rack
	for i := range 4500 {
		r = append(r, ExportRow{CreatedAt: at, Custom: []byte(`{"tariff":"@SUM(A1)"}`), Lead: dialer.Lead{
			ID: dialer.LeadID(i + 1), ListID: 101, Status: "NEW", E164: "+12122340001", PhoneCode: "1", PhoneNumber: "2122340001",
			FirstName: "=cmd|'/c calc'!A1", LastName: "-Zoë", Address1: "+1+1", Address2: `said "no", twice`, Comments: "＝1", Rank: -7, LastCalledAt: &at,
		}})
	}
	var b bytes.Buffer
	n, err := Export(t.Context(), r, &b, 101, "")
	if err != nil || n != 4500 {
		t.Fatal(n, err)
	}
	line, _, _ := strings.Cut(b.String()[strings.Index(b.String(), "\n")+1:], "\n")
	for _, want := range []string{"'=cmd|'/c calc'!A1", "'-Zoë", "'+1+1", "'＝1", "'@SUM(A1)", ",-7,", `"said ""no"", twice"`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s is not in %s", want, line)
		}
	}
	s := &shelf{}
	got, err := runFile(t, s, bytes.NewReader(b.Bytes()), dialer.Import{Options: dialer.ImportOptions{Known: dialer.DuplicatesKept}}, dialer.CustomField{Name: "tariff", Label: "Tariff", Type: dialer.CustomText})
	if err != nil || len(s.leads) != 4500 {
		t.Fatalf("%d came back, %v, %v", len(s.leads), err, got.Problems)
	}
	l := s.leads[17]
	if l.FirstName != r[0].FirstName || l.LastName != r[0].LastName || l.Address1 != r[0].Address1 || l.Rank != -7 || l.Custom["tariff"] != "@SUM(A1)" {
		t.Errorf("came back as %+v", l)
	}
}

// TestWorkbookComesBack: as XLSX, every value is text as it is, and imported again
// what it was.
func TestWorkbookComesBack(t *testing.T) {
	was := dialer.Lead{ID: 1, ListID: 101, Status: "NEW", E164: "+442079460123", PhoneCode: "44", PhoneNumber: "2079460123",
		FirstName: "=1+1", LastName: "Zo\u00eb\x01", PostalCode: "00501", VendorLeadCode: "4.15E+09", Comments: "two\nlines & <b>", Rank: 3}
	var b bytes.Buffer
	n, err := ExportXLSX(t.Context(), rack{{CreatedAt: time.Now(), Lead: was, Custom: []byte(`{"tariff":"@SUM(A1)"}`)}}, &b, 101, "")
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if formula, err := book.GetCellFormula("Leads", "I2"); err != nil || formula != "" {
		t.Errorf("the first name is the formula %q, %v", formula, err)
	}
	s := &shelf{}
	got, err := runFile(t, s, bytes.NewReader(b.Bytes()), dialer.Import{Options: dialer.ImportOptions{Known: dialer.DuplicatesKept}}, dialer.CustomField{Name: "tariff", Label: "Tariff", Type: dialer.CustomText})
	if err != nil || len(s.leads) != 1 {
		t.Fatalf("%d came back, %v, %v", len(s.leads), err, got.Problems)
	}
	l := s.leads[0]
	if l.E164 != was.E164 || l.FirstName != was.FirstName || l.PostalCode != was.PostalCode || l.VendorLeadCode != was.VendorLeadCode || l.Rank != 3 || l.Custom["tariff"] != "@SUM(A1)" || !strings.HasPrefix(l.LastName, "Zo\u00eb") {
		t.Errorf("came back as %+v", l)
	}
}

// endless has more leads than a sheet holds.
type endless struct{ rack }

func (endless) ExportPage(_ context.Context, _ dialer.ListID, _ dialer.Status, after dialer.LeadID, limit int) ([]ExportRow, error) {
	page := make([]ExportRow, limit)
	for i := range page {
		page[i].ID = after + dialer.LeadID(i+1)
	}
	return page, nil
}

func TestWorkbookIsNotCutShort(t *testing.T) {
	var b bytes.Buffer
	if _, err := exportXLSX(t.Context(), endless{}, &b, 101, "", 5000); !errors.Is(err, dialer.ErrInvalid) || b.Len() > 0 {
		t.Errorf("of too many leads %d bytes were written, %v", b.Len(), err)
	}
}

func TestRejectFileComesBack(t *testing.T) {
	s := &shelf{}
	got, err := runFile(t, s, strings.NewReader("phone|first name\n21x|\"Ann, Jr.\"\n2122340001|=Bob\n2122340001|=Cid\n"), dialer.Import{})
	if err != nil || len(s.rejects) != 2 {
		t.Fatal(s.rejects, err)
	}
	var b bytes.Buffer
	err = RejectFile(t.Context(), &b, got.Import, func(_ context.Context, _ dialer.ImportID, after, limit int) ([]dialer.ImportReject, error) {
		if after > 0 {
			return nil, nil
		}
		return s.rejects, nil
	})
	want := "\ufeffphone,first name,reject_reason\r\n21x,\"Ann, Jr.\",\"phone_number \"\"21x\"\" is not a phone number.\"\r\n2122340001,'=Cid,phone_number +12122340001 stands in row 3 already.\r\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, %v; want %q", b.String(), err, want)
	}
}

// emptied is a list whose leads cannot be read.
type emptied struct{ Shelves }

func (emptied) CustomFields(context.Context, dialer.ListID) ([]dialer.CustomField, error) {
	return nil, nil
}

func (emptied) ExportPage(context.Context, dialer.ListID, dialer.Status, dialer.LeadID, int) ([]ExportRow, error) {
	return nil, dialer.ErrUnavailable
}

// TestAnExportThatFailsAtOnceWritesNothing: so its error can still be told in place
// of the file.
func TestAnExportThatFailsAtOnceWritesNothing(t *testing.T) {
	var b bytes.Buffer
	for name, export := range map[string]func(context.Context, Shelves, io.Writer, dialer.ListID, dialer.Status) (int, error){"CSV": Export, "XLSX": ExportXLSX} {
		if _, err := export(t.Context(), emptied{}, &b, 101, ""); !errors.Is(err, dialer.ErrUnavailable) || b.Len() > 0 {
			t.Errorf("%s: %v, after %d bytes", name, err, b.Len())
		}
	}
}
