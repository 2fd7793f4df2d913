package leads

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

// workbookOf is an XLSX file of rows.
func workbookOf(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = f.SetSheetRow("Sheet1", cell, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportOfAWorkbook(t *testing.T) {
	s := &shelf{}
	// Numbers come as numbers, and one as the text that a narrow column showed.
	got, err := runFile(t, s, bytes.NewReader(workbookOf(t,
		[]any{"Phone", "First name", "DOB", "Rank"},
		[]any{2122340001, "Zoë", 29221, 5},
		[]any{"(212) 234-0002", "Łukasz", "1980-01-02", ""},
		[]any{},
		[]any{"4.15E+09", "Rune", "", ""},
		[]any{2.122340003e9, "Ann", 1, ""},
	)), dialer.Import{})
	if err != nil || s.numbers() != "+12122340001 +12122340002 +12122340003" {
		t.Fatalf("took %s, %v, %v", s.numbers(), got.Problems, err)
	}
	if s.leads[0].DateOfBirth != "1980-01-01" || s.leads[0].Rank != 5 || s.leads[1].FirstName != "Łukasz" || s.leads[2].DateOfBirth != "" {
		t.Errorf("leads %+v", s.leads)
	}
	want := []string{`Row 5: phone_number "4.15E+09" was rounded by a spreadsheet; its digits are lost.`,
		`Row 6: date_of_birth "1" is what a spreadsheet makes of an empty date; it was left empty.`}
	if !slices.Equal(got.Problems, want) || got.Encoding != "XLSX" {
		t.Errorf("says %q", got.Problems)
	}
}

// TestImportOfWhatASpreadsheetMakes: times, moments and ZIP codes come out of a
// workbook as numbers.
func TestImportOfWhatASpreadsheetMakes(t *testing.T) {
	s := &shelf{}
	got, err := runFile(t, s, bytes.NewReader(workbookOf(t,
		[]any{"Phone", "Zip", "Country", "Call at", "Since", "last_local_call_time"},
		[]any{2122340001, 2139, "", 0.7291666666666666, 46022, 46022.5},
		[]any{2122340002, 907, "USA", 0.75, "", ""},
		[]any{2122340003, 90210, "", "", "", ""},
		[]any{2122340004, 2139, "CA", "", "", ""},
	)), dialer.Import{Options: dialer.ImportOptions{Past: true}}, dialer.CustomField{Name: "call_at", Label: "Call at", Type: dialer.CustomTime}, dialer.CustomField{Name: "since", Label: "Since", Type: dialer.CustomDate})
	if err != nil || len(s.leads) != 4 {
		t.Fatalf("took %s, %v, %v", s.numbers(), got.Problems, err)
	}
	l := s.leads[0]
	if l.PostalCode != "02139" || l.State != "MA" || l.Custom["call_at"] != "17:30" || l.Custom["since"] != "2025-12-31" || l.LastCalledAt == nil || l.LastCalledAt.Format(time.DateTime) != "2025-12-31 12:00:00" {
		t.Errorf("came as %+v, called %v", l, l.LastCalledAt)
	}
	if s.leads[1].PostalCode != "00907" || s.leads[1].Custom["call_at"] != "18:00" || s.leads[2].PostalCode != "90210" || s.leads[3].PostalCode != "2139" {
		t.Errorf("postal codes %q, %q, %q", s.leads[1].PostalCode, s.leads[2].PostalCode, s.leads[3].PostalCode)
	}
	if want := `Row 2: postal_code "2139" lost its first zero to a spreadsheet; 02139 was taken.`; len(got.Problems) != 2 || got.Problems[0] != want {
		t.Errorf("says %q", got.Problems)
	}
}

func TestCustomValues(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("one,two,", 60), ",")
	for _, test := range []struct {
		kind                 dialer.CustomType
		value, country, kept string
		ok                   bool
	}{
		{dialer.CustomNumber, "1,234.5", "US", "1234.5", true},
		{dialer.CustomNumber, "-1,234,567", "US", "-1234567", true},
		{dialer.CustomNumber, "12,50", "US", "", false}, // twelve and a half, elsewhere
		{dialer.CustomNumber, "1,2345", "US", "", false},
		{dialer.CustomNumber, "0x10", "US", "", false},
		{dialer.CustomDate, "3/4/2026", "US", "2026-03-04", true},
		{dialer.CustomDate, "3/4/2026", "GB", "2026-04-03", true},
		{dialer.CustomDate, "31/12/2026", "GB", "2026-12-31", true},
		{dialer.CustomDate, "31/12/2026", "US", "", false},
		{dialer.CustomTime, "5:30 pm", "US", "17:30", true},
		{dialer.CustomTime, "1.5", "US", "", false},
		{dialer.CustomMulti, many, "US", many, true},
		{dialer.CustomText, many, "US", "", false},
	} {
		kept, says := CheckCustom(dialer.CustomField{Name: "f", Type: test.kind, Options: "one\ntwo"}, test.value, test.country)
		if kept != test.kept || (says == "") != test.ok {
			t.Errorf("%s %.20q of %s became %.20q, %q", test.kind, test.value, test.country, kept, says)
		}
	}
}

// zipOf is an archive of one part of so many megabytes, beside what makes it look
// like a workbook. Packing them all would take half a minute under the race
// detector; a megabyte that is packed by itself may stand any number of times.
func zipOf(t *testing.T, name string, megabytes int) []byte {
	t.Helper()
	blank := bytes.Repeat([]byte(" "), 1<<20)
	var once, end bytes.Buffer
	pack, err := flate.NewWriter(&once, flate.BestSpeed)
	if err == nil {
		_, err = pack.Write(blank)
	}
	if err == nil {
		err = pack.Flush()
	}
	if err == nil {
		pack.Reset(&end)
		err = pack.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	packed := append(bytes.Repeat(once.Bytes(), megabytes), end.Bytes()...)
	sum := crc32.NewIEEE()
	for range megabytes {
		sum.Write(blank)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	to, err := w.Create("xl/workbook.xml")
	if err == nil {
		_, err = io.WriteString(to, "<workbook/>")
	}
	if err == nil {
		to, err = w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum.Sum32(),
			CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(megabytes) << 20})
	}
	if err == nil {
		_, err = to.Write(packed)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The archive is a true one: what it says is in it comes out of it.
func TestZipOf(t *testing.T) {
	bomb := zipOf(t, "x", 3)
	r, err := zip.NewReader(bytes.NewReader(bomb), int64(len(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	part, err := r.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	if n, err := io.Copy(io.Discard, part); err != nil || n != 3<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// huge is a file of so many bytes that nobody has.
type huge struct {
	*strings.Reader
	size int64
}

func (h huge) Size() int64 { return h.size }

// TestImportOfBadFiles: whatever the file, a sentence says what is wrong with it,
// and nothing is written.
func TestImportOfBadFiles(t *testing.T) {
	garbage := make([]byte, 100_000)
	for i := range garbage {
		garbage[i] = byte(rand.IntN(256))
	}
	book := workbookOf(t, []any{"phone"}, []any{2122340001})
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	if _, err := w.Create("leads.csv"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	lying := zipOf(t, "xl/worksheets/sheet1.xml", 1)
	for name, test := range map[string]struct {
		file File
		says string
	}{
		"0 bytes":            {strings.NewReader(""), "The file is empty"},
		"2 GB":               {huge{strings.NewReader("phone\n"), 2 << 30}, "The file is 2.0 GB long; one import takes up to 1.0 GB."},
		"binary":             {bytes.NewReader(garbage), "The file is not text"},
		"old Excel":          {strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Excel file"},
		"a picture":          {strings.NewReader("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x00\x00\rIHDR\x00\x00", 50)), "The file is not text"},
		"an archive":         {bytes.NewReader(archive.Bytes()), "an archive, not a table"},
		"a workbook cut off": {bytes.NewReader(book[:len(book)/2]), "cut off or damaged"},
		"a zip bomb":         {bytes.NewReader(zipOf(t, "xl/worksheets/sheet1.xml", 300)), "unpacks into far more"},
		"a bomb beside it":   {bytes.NewReader(zipOf(t, "xl/media/image1.png", 300)), "unpacks into far more"},
		"a lying workbook":   {bytes.NewReader(bytes.ReplaceAll(lying, []byte{0, 0, 0x10, 0}, []byte{0, 1, 0, 0})), ""},
		"an empty workbook":  {bytes.NewReader(workbookOf(t)), "The file is empty"},
		"301 columns":        {strings.NewReader("phone" + strings.Repeat(",x", 300) + "\n2122340001\n"), "The first row has 301 columns"},
		"a header of quotes": {strings.NewReader("\"phone\n2122340001\n"), "A quotation mark opens and is never closed."},
		"one wrong column":   {strings.NewReader("name\nAnn\n"), "The first row names no column phone_number"},
	} {
		s := &shelf{}
		_, err := runFile(t, s, test.file, dialer.Import{})
		var p *dialer.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Sentence, test.says) || s.batches > 0 {
			t.Errorf("%s: %v, %d batches", name, err, s.batches)
		}
	}
}

func TestImportOfOddFiles(t *testing.T) {
	// One column, and three hundred.
	s, _ := importText(t, "phone\n2122340001\n2122340002\n")
	if len(s.leads) != 2 {
		t.Errorf("one column: %d leads", len(s.leads))
	}
	wide := strings.Repeat("x,", 299) + "phone\n"
	s, _ = importText(t, wide+strings.Repeat(",", 299)+"2122340001\n")
	if len(s.leads) != 1 {
		t.Errorf("300 columns: %d leads", len(s.leads))
	}
	// A quotation mark that is never closed costs its own row.
	s, got := importText(t, "phone,name\n2122340001,\"Ann\n2122340002,Bob\n2122340003,Cid\n")
	if s.numbers() != "+12122340002 +12122340003" || got.Rejected != 1 || got.Reasons[0].Code != "quote" {
		t.Errorf("unclosed: took %s, %v", s.numbers(), got.Problems)
	}
	// What an export guarded against formulas comes back as it was.
	s, _ = importText(t, "phone,comments\n'+12122340001,'=1+1\n")
	if s.numbers() != "+12122340001" || s.leads[0].Comments != "=1+1" {
		t.Errorf("guarded: %+v", s.leads)
	}
	// Without a header, by chosen columns.
	s = &shelf{}
	_, err := runFile(t, s, strings.NewReader("Ann,2122340001,x,2122340009\n"), dialer.Import{Options: dialer.ImportOptions{NoHeader: true, Columns: []string{"first_name", "phone_number", "-", "phone:work"}}})
	if err != nil || s.numbers() != "+12122340001" || s.leads[0].FirstName != "Ann" || len(s.leads[0].Phones) != 1 || s.leads[0].Phones[0].Label != "work" {
		t.Errorf("no header: %+v, %v", s.leads, err)
	}
	// A dry run writes nothing, and finds doubles within the file.
	s = &shelf{}
	dry, err := runFile(t, s, strings.NewReader("phone\n"+strings.Repeat("2122340001\n", 2500)), dialer.Import{State: dialer.ImportChecking})
	if err != nil || len(s.leads) > 0 || dry.Counts != (dialer.ImportCounts{Accepted: 1, Duplicates: 2499}) {
		t.Errorf("dry run: %+v, %d written, %v", dry.Counts, len(s.leads), err)
	}
}

func TestImportOfRoundedNumbers(t *testing.T) {
	for given, want := range map[string]string{"4.15E+09": "rounded", "4,15E+09": "rounded", "2.12234E+09": "rounded", "2.122340001E+09": "", "2.122340001E9": "", "2122340001.0": "", "1.2122340001E+10": ""} {
		num, wrong := newNumbers("US").parse(given, "", "", "phone_number")
		if wrong.code != want || want == "" && num.e164 != "+12122340001" {
			t.Errorf("%s: %v, %q; want %q", given, num, wrong.code, want)
		}
	}
}

// TestYoungAreaCodes: area codes that libphonenumber's tables do not have, or not
// whole, are those of states; what is no number in an old one is none in a young one.
func TestYoungAreaCodes(t *testing.T) {
	for given, want := range map[string]string{
		"(436) 234-5678": "+14362345678", "1 357 555 0124": "+13575550124", "+1 274 555 0124": "+12745550124", "387-555-0124": "+13875550124",
		"357 155 0124": "", "357 055 0124": "", "357 555 012": "", "357 555 01245": "", "340 234 5678": "", "242 234 5678": "", "200 234 5678": "", "800 234 5678": "+18002345678",
	} {
		for _, country := range []string{"US", "CA", "GB"} {
			typed := given
			if country == "GB" && typed[0] != '+' {
				typed = "+1 " + strings.TrimPrefix(typed, "1 ")
			}
			e164, err := ParseNumber(typed, country)
			if e164 != want || (err == nil) != (want != "") {
				t.Errorf("%s, typed in %s: %q, %v; want %q", typed, country, e164, err, want)
			}
		}
	}
}

// TestExchangesDecide: in libphonenumber's tables the last four digits of a North
// American number decide nothing, so that one number of an exchange tells of all.
func TestExchangesDecide(t *testing.T) {
	n := newNumbers("US")
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		exchange := fmt.Sprintf("%d%d", 200+random.IntN(800), 100+random.IntN(900))
		want := -1
		for _, line := range []int{0, 9999, 100, 123, 4567, random.IntN(10_000)} {
			given := fmt.Sprintf("%s%04d", exchange, line)
			_, ok := n.northAmerican(given)
			p, err := phonenumbers.Parse(given, "US")
			valid := err == nil && valid(p)
			if ok != valid || want >= 0 && valid != (want == 1) {
				t.Errorf("%s: %v, asked by itself it is %v", given, ok, valid)
			}
			want = map[bool]int{true: 1, false: 0}[valid]
		}
	}
}

// TestImportMemoryStaysFlat reads a file of 60 MB and of 6 MB: the larger one
// needs no more memory.
func TestImportMemoryStaysFlat(t *testing.T) {
	peak := func(rows int) uint64 {
		var b strings.Builder
		b.WriteString("phone,first_name,comments\n")
		for i := range rows {
			fmt.Fprintf(&b, "212%07d,Ann,%s\n", 2_340_000+i%60_000, strings.Repeat("x", 250))
		}
		text := b.String()
		b.Reset()
		runtime.GC()
		var before, m runtime.MemStats
		runtime.ReadMemStats(&before)
		most := uint64(0)
		im := dialer.Import{ListID: 101, State: dialer.ImportRunning, CreatedAt: importNow, Options: dialer.ImportOptions{Known: dialer.DuplicatesKept}}
		_, err := Run(t.Context(), nowhere{}, im, strings.NewReader(text), nil, Watcher{Progress: func(im dialer.Import) {
			if im.Position%20_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(text)
		return most
	}
	small, large := peak(20_000), peak(200_000)
	if large > 2*small+8<<20 {
		t.Errorf("a file of 20,000 rows took %s, one of 200,000 %s", Bytes(int64(small)), Bytes(int64(large)))
	}
}

// nowhere takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) DoNotCall(context.Context, dialer.ListID, []string) (map[string]dialer.DNCScope, error) {
	return nil, nil
}

func (nowhere) AddBatch(_ context.Context, _ dialer.Import, b Batch) error {
	b.Settle(KnownLeads{})
	return nil
}
