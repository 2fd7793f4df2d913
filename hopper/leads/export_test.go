package leads

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

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
