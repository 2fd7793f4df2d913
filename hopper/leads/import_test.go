package leads

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"trunkline/dialer"
)

// shelf is a Store in memory.
type shelf struct {
	leads   []NewLead
	rejects []dialer.ImportReject
	dnc     map[string]dialer.DNCScope
	fail    error
	batches int
	failAt  int // the batch that fails; 0: every one, if fail is set
}

func (s *shelf) DoNotCall(_ context.Context, _ dialer.ListID, e164s []string) (map[string]dialer.DNCScope, error) {
	found := map[string]dialer.DNCScope{}
	for _, e164 := range e164s {
		if scope := s.dnc[e164]; scope != "" {
			found[e164] = scope
		}
	}
	return found, nil
}

func (s *shelf) AddBatch(_ context.Context, im dialer.Import, b Batch) error {
	s.batches++
	if s.fail != nil && (s.failAt == 0 || s.batches >= s.failAt) {
		return s.fail
	}
	known := map[string]Known{}
	for _, l := range b.Leads {
		if slices.ContainsFunc(s.leads, func(k NewLead) bool { return k.E164 == l.E164 }) {
			known[NumberKey(im.Options.Known, l.ListID, l.E164)] = Known{List: 101}
		}
	}
	done := b.Settle(KnownLeads{Numbers: known})
	if again := b.Settle(KnownLeads{Numbers: known}); !reflect.DeepEqual(done, again) {
		return errors.New("settled another way the second time")
	}
	if !b.Dry {
		s.leads = append(s.leads, done.Take...)
	}
	s.rejects = append(s.rejects, done.Rejects...)
	return nil
}

func (s *shelf) numbers() string {
	var all []string
	for _, l := range s.leads {
		all = append(all, l.E164)
	}
	return strings.Join(all, " ")
}

var importNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// outcome is an import as a test looks at it.
type outcome struct {
	dialer.Import
	dialer.ImportCounts
	dialer.ImportReport
	Problems []string
}

func runFile(t *testing.T, s *shelf, f File, im dialer.Import, custom ...dialer.CustomField) (outcome, error) {
	t.Helper()
	var got outcome
	im.ListID, im.State, im.CreatedAt = 101, cmp.Or(im.State, dialer.ImportRunning), importNow
	im, err := Run(t.Context(), s, im, f, custom, Watcher{Problem: func(r dialer.ImportReject, _ bool) {
		got.Problems = append(got.Problems, fmt.Sprintf("Row %d: %s", r.Row, r.Reason))
	}})
	got.Import, got.ImportCounts, got.ImportReport = im, im.Counts, im.Report
	return got, err
}

func importText(t *testing.T, file string) (*shelf, outcome) {
	t.Helper()
	s := &shelf{}
	got, err := runFile(t, s, strings.NewReader(file), dialer.Import{})
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	return s, got
}

func TestImportReportsBadRowsAndKeepsGoodOnes(t *testing.T) {
	file := strings.Join([]string{
		`Phone Number,First Name,State,Rank,Favourite Colour`, // row 1
		`212-234-0001,Ann,NY,1,red`,
		`12x,Bob,,,`,
		`(212) 234-0002,"Carl, Jr.",New York,,`,
		`,Dora,,,`,
		``,
		`+44 20 7946 0000,Eve,,,`,
		`2122340003,Fay,,many,`,
		`4.15E+09,Gus,,,`,
		`2122340004,Hal,Nowhereshire,,`,
		`2122340001,Ann again,,,`, // row 11
		`2122340005,"Ida,,,`,      // its quotation mark never closes
		`2122340006,Jim,,,`,
		`2122340007,"Kit"x,,,`,
		`2122340008,Lou,,,,too,many`,
		`2122340009,` + strings.Repeat("M", 31) + `,,,`,
		`2122340010`,
	}, "\r\n")
	s, report := importText(t, file)
	if want := "+12122340001 +12122340002 +442079460000 +12122340006 +12122340009 +12122340010"; s.numbers() != want {
		t.Errorf("took %s, want %s", s.numbers(), want)
	}
	got := report.Problems
	want := []string{
		`Row 3: phone_number "12x" is not a phone number.`,
		`Row 5: phone_number is empty.`,
		`Row 8: rank "many" is not a whole number between -32768 and 32767.`,
		`Row 9: phone_number "4.15E+09" was rounded by a spreadsheet; its digits are lost.`,
		`Row 10: state "Nowhereshire" is no abbreviation of two letters.`,
		`Row 11: phone_number +12122340001 stands in row 2 already.`,
		`Row 12: A quotation mark opens and is never closed.`,
		`Row 14: After the closing quotation mark of value 2 there is more text.`,
		`Row 15: The row has 7 values, the header names 5 columns.`,
		`Row 16: first_name "` + strings.Repeat("M", 31) + `" was cut to 30 characters.`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if report.Position != 15 || report.Accepted != 6 || report.Rejected != 8 || report.Duplicates != 1 || report.Counts.Rows() != report.Position {
		t.Errorf("report %+v", report)
	}
	if !slices.Equal(report.Ignored, []string{"Favourite Colour"}) {
		t.Errorf("ignored %q", report.Ignored)
	}
	if !slices.Equal(report.Columns, []string{"phone_number", "first_name", "state", "rank"}) {
		t.Errorf("columns %q", report.Columns)
	}
	l := s.leads[1]
	if l.FirstName != "Carl, Jr." || l.State != "NY" || l.PhoneCode != "1" || l.PhoneNumber != "2122340002" || l.ListID != 101 || l.Status != "NEW" || l.Zones != "America/New_York" {
		t.Errorf("lead %+v", l)
	}
}

func TestImportSkipsALongRow(t *testing.T) {
	s, report := importText(t, "phone,comments\n2122340001,\"open\n2122340002,"+strings.Repeat("x", maxLine)+"\n2122340003,\n")
	if s.numbers() != "+12122340003" || len(report.Problems) != 2 || report.Problems[1] != "Row 3: The row is longer than 256 kB." {
		t.Errorf("took %s, problems %v", s.numbers(), report.Problems)
	}
}

func TestImportAgainFindsEverythingKnown(t *testing.T) {
	s := &shelf{}
	file := "phone\n2122340001\n2122340002\n"
	for i, want := range []dialer.ImportCounts{{Accepted: 2}, {Duplicates: 2}} {
		r, err := runFile(t, s, strings.NewReader(file), dialer.Import{})
		if err != nil || r.Counts != want {
			t.Errorf("run %d: %+v, %v", i+1, r, err)
		}
		if i == 1 && r.Problems[1] != "Row 3: phone_number +12122340002 is in list 101 already." {
			t.Errorf("problems %v", r.Problems)
		}
	}
}

func TestImportOfWhatIsNoLeadFile(t *testing.T) {
	for name, test := range map[string]struct{ file, sentence string }{
		"empty":        {"", emptyFile},
		"blank":        {" \r\n\r\n", emptyFile},
		"a mark only":  {"\xef\xbb\xbf", emptyFile},
		"commas":       {",,,\n,,,\n", emptyFile},
		"no phone":     {"name,city\nAnn,Rome\n", "The first row names no column phone_number (or phone, telephone, mobile); it reads: name, city."},
		"no header":    {"2122340001,Ann\n", "The first row names no column phone_number (or phone, telephone, mobile); it reads: 2122340001, Ann."},
		"a workbook":   {"PK\x03\x04abcdef", "The workbook cannot be read: it is cut off or damaged. Copy or save it again."},
		"binary":       {"phone\x00\x01\x02\xff\xfe\n\x07", "The file is not text: a lead file is a table saved as CSV, with a header row."},
		"a long line":  {strings.Repeat("x", maxLine+1), "The first row is longer than 256 kB: this is not a lead file."},
		"broken quote": {"\"phone\nA\n", "The header row cannot be read: A quotation mark opens and is never closed."},
	} {
		s := &shelf{}
		_, err := runFile(t, s, strings.NewReader(test.file), dialer.Import{})
		var p *dialer.Problem
		if !errors.As(err, &p) || err.Error() != test.sentence {
			t.Errorf("%s: %v, want %q", name, err, test.sentence)
		}
		if len(s.leads) > 0 {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestImportOfEncodings(t *testing.T) {
	file := "phone;first name\r\n2122340001;Zoë\r\n2122340002;Łukasz\r\n"
	latin := strings.Replace(file, "Łukasz", "José", 1)
	encode := func(enc interface{ Bytes([]byte) ([]byte, error) }, s string) string {
		b, err := enc.Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, test := range map[string]struct{ file, encoding, second string }{
		"UTF-8":           {file, "UTF-8", "Łukasz"},
		"UTF-8 with mark": {"\xef\xbb\xbf" + file, "UTF-8", "Łukasz"},
		"UTF-16 LE":       {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), file), "UTF-16", "Łukasz"},
		"UTF-16 BE":       {encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), file), "UTF-16", "Łukasz"},
		"UTF-16 bare":     {encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), latin), "UTF-16", "José"},
		"windows-1252":    {encode(charmap.Windows1252.NewEncoder(), latin), "windows-1252", "José"},
		"old line ends":   {strings.ReplaceAll(file, "\r\n", "\r"), "UTF-8", "Łukasz"},
	} {
		s, report := importText(t, test.file)
		if report.Encoding != test.encoding || len(s.leads) != 2 || s.leads[0].FirstName != "Zoë" || s.leads[1].FirstName != test.second {
			t.Errorf("%s: %+v, leads %+v", name, report, s.leads)
		}
		if report.Delimiter != ";" {
			t.Errorf("%s: delimiter %q", name, report.Delimiter)
		}
	}
}

func TestImportOfDelimiters(t *testing.T) {
	for _, d := range []string{",", "\t", "|", ";"} {
		s, _ := importText(t, strings.ReplaceAll("last name~phone\n\"a~b\"~2122340001\n", "~", d))
		if len(s.leads) != 1 || s.leads[0].LastName != clean("a"+d+"b") {
			t.Errorf("%q: %+v", d, s.leads)
		}
	}
	s, _ := importText(t, "phone\n2122340001\n")
	if len(s.leads) != 1 {
		t.Error("a file of one column was not read")
	}
	s, _ = importText(t, "comments,phone\n\"two\nlines, and a \"\"mark\"\"\",2122340001\n5\" pipe,2122340002\n")
	if len(s.leads) != 2 || s.leads[0].Comments != `two lines, and a "mark"` || s.leads[1].Comments != `5" pipe` {
		t.Errorf("quoted values: %+v", s.leads)
	}
}

func TestImportOfNumbers(t *testing.T) {
	for _, test := range []struct{ row, e164 string }{
		{"2122340001,,", "+12122340001"},
		{"12122340001,,", "+12122340001"},
		{"+1 (212) 234-0001,,", "+12122340001"},
		{"212.234.0001,1,", "+12122340001"},
		{"2122340001.0,,", "+12122340001"},
		{"07911 123456,44,", "+447911123456"},
		{"07911 123456,,GB", "+447911123456"},
		{"2122340001,,USA", "+12122340001"},
		{"2125550123,,", "+12125550123"},
		{"07911 123456,,", ""},
		{"2122340001,999,", ""},
		{"1122340001,,", ""},
		{"911,,", ""},
		{"'=cmd|'/c calc'!A1,,", ""},
	} {
		s, _ := importText(t, "phone,phone_code,country\n"+test.row+"\n")
		if s.numbers() != test.e164 {
			t.Errorf("%s became %q, want %q", test.row, s.numbers(), test.e164)
		}
	}
}

func TestImportPrefersOurOwnNames(t *testing.T) {
	s, report := importText(t, "Mobile,PHONE_NUMBER,phone\n2122340001,2122340002,2122340003\n")
	if s.numbers() != "+12122340002" || report.Ignored != nil || !slices.Equal(report.Repeated, []string{"Mobile", "phone"}) {
		t.Errorf("took %s, ignored %v, repeated %v", s.numbers(), report.Ignored, report.Repeated)
	}
}

func TestImportTakesTheFirstOfAColumnThatStandsTwice(t *testing.T) {
	s, report := importText(t, "phone_number,first_name,Phone Number\n2122340001,Ann,2122340002\n")
	if s.numbers() != "+12122340001" || report.Ignored != nil || !slices.Equal(report.Repeated, []string{"Phone Number"}) {
		t.Errorf("took %s, ignored %v, repeated %v", s.numbers(), report.Ignored, report.Repeated)
	}
}

func TestImportTakesAZeroByteForItsRowsDamage(t *testing.T) {
	s, report := importText(t, "phone_number,first_name\n2122340001,Ann\n21223\x0040002,Bob\n2122340003,Ca\x00rl\n2122340004,Dee\n")
	if s.numbers() != "+12122340001 +12122340004" || report.Rejected != 2 {
		t.Errorf("took %s, %+v", s.numbers(), report)
	}
	if len(report.Problems) != 2 || report.Problems[0] != "Row 3: The row is damaged: it holds a byte of value zero." {
		t.Errorf("says %v", report.Problems)
	}
}

func TestImportOfDates(t *testing.T) {
	for given, want := range map[string]string{"1980-12-31": "1980-12-31", "12/31/1980": "1980-12-31", "31.12.1980": "1980-12-31", "31/12/1980": "", "soon": "", "1980-02-30": ""} {
		s, report := importText(t, "phone,dob\n2122340001,"+given+"\n")
		got := ""
		if len(s.leads) > 0 {
			got = s.leads[0].DateOfBirth
		}
		if got != want || (want == "") != (report.Rejected == 1) {
			t.Errorf("%s became %q, want %q", given, got, want)
		}
	}
}

func TestImportTellsProgressAndKeepsFewRejects(t *testing.T) {
	var file bytes.Buffer
	file.WriteString("phone\n")
	for i := range 12_000 {
		fmt.Fprintf(&file, "bad%d\n", i)
	}
	file.WriteString("2122340001\n")
	s, steps := &shelf{}, []int{}
	im := dialer.Import{ListID: 101, State: dialer.ImportRunning, CreatedAt: importNow, Options: dialer.ImportOptions{MaxRejects: 1500}}
	im, err := Run(t.Context(), s, im, bytes.NewReader(file.Bytes()), nil, Watcher{Progress: func(im dialer.Import) { steps = append(steps, im.Position) }})
	if err != nil || im.Counts != (dialer.ImportCounts{Accepted: 1, Rejected: 12_000}) || len(s.rejects) != 1500 {
		t.Errorf("%+v, %d kept, %v", im.Counts, len(s.rejects), err)
	}
	if len(steps) != 13 || steps[0] != 1000 || steps[12] != 12_001 || im.TotalRows != 12_001 {
		t.Errorf("progress came at rows %v of %d", steps, im.TotalRows)
	}
	if r := im.Report.Reasons; len(r) != 2 || r[0].Code != "short" || r[0].Rows != 11_990 || r[0].First != 12 || r[1].Rows != 10 {
		t.Errorf("reasons %+v", im.Report.Reasons)
	}
}

// TestImportGoesOn: what was dealt with before an import was cut off is not dealt
// with again, and the counts go on.
func TestImportGoesOn(t *testing.T) {
	var file bytes.Buffer
	file.WriteString("phone\n")
	for i := range 5000 {
		fmt.Fprintf(&file, "212234%04d\n\n", i)
		if i%100 == 0 {
			file.WriteString("bad\n")
		}
	}
	fail := errors.New("no disk")
	s := &shelf{fail: fail, failAt: 3}
	cut, err := runFile(t, s, bytes.NewReader(file.Bytes()), dialer.Import{})
	if !errors.Is(err, fail) || cut.Position != 2000 || cut.Counts.Rows() != 2000 || len(s.leads) != cut.Accepted {
		t.Fatalf("%+v, %d leads, %v", cut.Import, len(s.leads), err)
	}
	s.fail = nil
	got, err := runFile(t, s, bytes.NewReader(file.Bytes()), cut.Import)
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 5000, Rejected: 50}) || len(s.leads) != 5000 {
		t.Errorf("%+v, %d leads, %v", got.Counts, len(s.leads), err)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Rows != 50 {
		t.Errorf("reasons %+v", got.Reasons)
	}
}

func TestImportOptionsAreChecked(t *testing.T) {
	for _, o := range []dialer.ImportOptions{{Country: "Mars"}, {Known: "galaxy"}, {KnownDays: -1}, {Delimiter: "::"}, {Encoding: "EBCDIC"},
		{NoHeader: true}, {Columns: []string{"-"}}, {Columns: []string{"phone_number", "phone_number"}}, {Columns: []string{"shoe_size"}}} {
		_, err := runFile(t, &shelf{}, strings.NewReader("phone,b\n"), dialer.Import{Options: o})
		var p *dialer.Problem
		if !errors.As(err, &p) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	// A field that is none: the sentence names those there are.
	own := []dialer.CustomField{{Name: "meter", Label: "Meter", Type: dialer.CustomText}, {Name: "tariff", Label: "Tariff", Type: dialer.CustomText}}
	for _, c := range []struct {
		choice string
		custom []dialer.CustomField
		says   []string
	}{
		{"custom:metre", own, []string{`"custom:metre"`, "custom:meter, custom:tariff."}},
		{"custom:metre", nil, []string{`"custom:metre"`, "none of its own yet", "Custom fields"}},
		{"shoe_size", own, []string{`"shoe_size"`, "phone_number, phone_code", "owner", "custom:meter", "phone:LABEL"}},
	} {
		_, err := runFile(t, &shelf{}, strings.NewReader("phone,b\n2122340001,1\n"), dialer.Import{Options: dialer.ImportOptions{Columns: []string{"phone_number", c.choice}}}, c.custom...)
		for _, s := range c.says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v does not say %q", c.choice, err, s)
			}
		}
	}
	if _, err := Run(t.Context(), &shelf{}, dialer.Import{ListID: 1}, strings.NewReader("phone\n"), nil, Watcher{}); err == nil {
		t.Error("no time was taken")
	}
}

// FuzzRows: whatever bytes come, reading ends, counts its rows once and loses
// none after a broken one.
func FuzzRows(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\n\"x\ny\"\n", "a\n\"x\ny\nz", "\"\"\"\",\n", "a;\"b\";c\r\n", "\xff\xfea\x00\n\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := newRows(&lines{in: bufio.NewReader(strings.NewReader(s)), end: '\n'})
		last := 0
		for {
			row, err := r.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.number != last+1 {
				t.Fatalf("row %d after %d", row.number, last)
			}
			last = row.number
		}
		if last > strings.Count(s, "\n")+1 {
			t.Fatalf("%d rows of %d lines", last, strings.Count(s, "\n")+1)
		}
	})
}
