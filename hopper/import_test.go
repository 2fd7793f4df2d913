package hopper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"trunkline/dialer"
)

// shelf is a LeadStore in memory.
type shelf struct {
	leads []NewLead
	fail  error
}

func (s *shelf) AddLeads(_ context.Context, list dialer.ListID, leads []NewLead, _ time.Time) (map[string]bool, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	known := map[string]bool{}
	for _, l := range leads {
		if slices.ContainsFunc(s.leads, func(k NewLead) bool { return k.E164 == l.E164 }) {
			known[l.E164] = true
		} else {
			s.leads = append(s.leads, l)
		}
	}
	return known, nil
}

func (s *shelf) numbers() string {
	var all []string
	for _, l := range s.leads {
		all = append(all, l.E164)
	}
	return strings.Join(all, " ")
}

var importNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func importText(t *testing.T, file string) (*shelf, Report) {
	t.Helper()
	s := &shelf{}
	report, err := Import(t.Context(), s, strings.NewReader(file), ImportOptions{List: 101, Now: importNow})
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	return s, report
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
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.String())
	}
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
	if report.Rows != 15 || report.Accepted != 6 || report.Rejected != 8 || report.Duplicates != 1 || report.Accepted+report.Rejected+report.Duplicates != report.Rows {
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
	if s.numbers() != "+12122340003" || len(report.Problems) != 2 || report.Problems[1].String() != "Row 3: The row is longer than 256 kB." {
		t.Errorf("took %s, problems %v", s.numbers(), report.Problems)
	}
}

func TestImportAgainFindsEverythingKnown(t *testing.T) {
	s := &shelf{}
	file := "phone\n2122340001\n2122340002\n"
	for i, want := range []Report{{Rows: 2, Accepted: 2}, {Rows: 2, Duplicates: 2}} {
		r, err := Import(t.Context(), s, strings.NewReader(file), ImportOptions{List: 101, Now: importNow})
		if err != nil || r.Rows != want.Rows || r.Accepted != want.Accepted || r.Duplicates != want.Duplicates {
			t.Errorf("run %d: %+v, %v", i+1, r, err)
		}
		if i == 1 && r.Problems[1].String() != "Row 3: phone_number +12122340002 is in list 101 already." {
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
		"a workbook":   {"PK\x03\x04abcdef", "The file is a spreadsheet or an archive, not text: save it as CSV and import that."},
		"binary":       {"phone\x00\x01\x02\xff\xfe\n\x07", "The file is not text: a lead file is a table saved as CSV, with a header row."},
		"a long line":  {strings.Repeat("x", maxLine+1), "The first row is longer than 256 kB: this is not a lead file."},
		"broken quote": {"\"phone\nA\n", "The header row cannot be read: A quotation mark opens and is never closed."},
	} {
		s := &shelf{}
		_, err := Import(t.Context(), s, strings.NewReader(test.file), ImportOptions{List: 101, Now: importNow})
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
	if len(report.Problems) != 2 || report.Problems[0].String() != "Row 3: The row is damaged: it holds a byte of value zero." {
		t.Errorf("says %v", report.Problems)
	}
}

func TestImportOfDates(t *testing.T) {
	for given, want := range map[string]string{"1980-12-31": "1980-12-31", "12/31/1980": "1980-12-31", "31.12.1980": "1980-12-31", "1900-01-01": "1900-01-01", "31/12/1980": "", "soon": "", "1980-02-30": ""} {
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

func TestImportTellsProgressAndKeepsFewProblems(t *testing.T) {
	var file bytes.Buffer
	file.WriteString("phone\n")
	for i := range 12_000 {
		fmt.Fprintf(&file, "bad%d\n", i)
	}
	file.WriteString("2122340001\n")
	told, steps := 0, []int{}
	report, err := Import(t.Context(), &shelf{}, &file, ImportOptions{List: 101, Now: importNow,
		Problem:  func(Problem) { told++ },
		Progress: func(r Report) { steps = append(steps, r.Rows) },
	})
	if err != nil || report.Rejected != 12_000 || report.Accepted != 1 || len(report.Problems) != MaxProblems || told != 12_000 {
		t.Errorf("%d rejected, %d kept, %d told, %v", report.Rejected, len(report.Problems), told, err)
	}
	if !slices.Equal(steps, []int{10_000, 12_001}) {
		t.Errorf("progress came at rows %v", steps)
	}
}

func TestImportStopsWhenTheStoreFails(t *testing.T) {
	fail := errors.New("no disk")
	s := &failLater{after: 2, fail: fail}
	var file bytes.Buffer
	file.WriteString("phone\n")
	for i := range 5000 {
		fmt.Fprintf(&file, "212234%04d\n", i)
	}
	report, err := Import(t.Context(), s, &file, ImportOptions{List: 101, Now: importNow})
	if !errors.Is(err, fail) || report.Accepted != 1000 {
		t.Errorf("%+v, %v", report, err)
	}
}

type failLater struct {
	calls, after int
	fail         error
}

func (s *failLater) AddLeads(context.Context, dialer.ListID, []NewLead, time.Time) (map[string]bool, error) {
	if s.calls++; s.calls > s.after {
		return nil, s.fail
	}
	return nil, nil
}

func TestImportOptionsAreChecked(t *testing.T) {
	if _, err := Import(t.Context(), &shelf{}, strings.NewReader("phone\n"), ImportOptions{List: 1, Country: "Mars", Now: importNow}); err == nil {
		t.Error("a country that is none was taken")
	}
	if _, err := Import(t.Context(), &shelf{}, strings.NewReader("phone\n"), ImportOptions{List: 1}); err == nil {
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
		r := newRows(&lines{in: newReader(s), end: '\n'})
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
