package form

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func typed(t *testing.T, values url.Values) *Form {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is hostile, huge or missing is refused with a sentence, and still there.
func TestBadAnswersStayAndAreExplained(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		read  func(*Form)
		says  string
	}{
		"missing":          {"", func(f *Form) { f.Needed("x", 9, "Enter a name.") }, "Enter a name."},
		"blank":            {" \t ", func(f *Form) { f.Needed("x", 9, "Enter a name.") }, "Enter a name."},
		"huge":             {strings.Repeat("ü", 81), func(f *Form) { f.Line("x", 80) }, "81 characters; at most 80"},
		"a line break":     {"a\r\nContact: sip:b", func(f *Form) { f.Line("x", 80) }, "cannot be shown"},
		"a NUL":            {"a\x00b", func(f *Form) { f.Area("x", 80) }, "cannot be shown"},
		"reversing":        {"a\u202eb", func(f *Form) { f.Area("x", 80) }, "cannot be shown"},
		"no UTF-8":         {"a\xff", func(f *Form) { f.Line("x", 80) }, "cannot be shown"},
		"no number":        {"ten", func(f *Form) { f.Int("x", 1, 20, "s") }, "from 1 to 20 s"},
		"past int":         {"99999999999999999999", func(f *Form) { f.Int("x", 1, 20, "") }, "from 1 to 20."},
		"too small":        {"0", func(f *Form) { f.Int("x", 1, 20, "") }, "from 1 to 20."},
		"not a number":     {"NaN", func(f *Form) { f.Decimal("x", 0, 20, 2, "") }, "from 0 to 20 with"},
		"infinite":         {"Inf", func(f *Form) { f.Decimal("x", 0, 20, 2, "") }, "from 0 to 20 with"},
		"an exponent":      {"1e1", func(f *Form) { f.Decimal("x", 0, 20, 2, "") }, "from 0 to 20 with"},
		"too fine":         {"1.234", func(f *Form) { f.Decimal("x", 0, 20, 2, "%") }, "20 % with at most 2 decimals"},
		"no time":          {"9", func(f *Form) { f.Clock("x") }, "such as 9:00"},
		"more than a time": {"9:055", func(f *Form) { f.Clock("x") }, "such as 9:00"},
		"past midnight":    {"24:01", func(f *Form) { f.Clock("x") }, "such as 9:00"},
		"not offered":      {"'; DROP TABLE users", func(f *Form) { f.Choice("x", "a", "b") }, "Choose one"},
		"none of several":  {"", func(f *Form) { f.Some("x", "Choose at least one.", "a") }, "at least one"},
		"one too many":     {"z", func(f *Form) { f.Some("x", "", "a") }, "Choose among"},
		"of no form":       {"<b>", func(f *Form) { f.Match("x", regexp.MustCompile(`^\w+$`), "Use letters.") }, "Use letters."},
	} {
		t.Run(name, func(t *testing.T) {
			f := typed(t, url.Values{"x": {c.value}})
			c.read(f)
			if f.OK() || !strings.Contains(f.Error("x"), c.says) {
				t.Errorf("OK %v, says %q", f.OK(), f.Error("x"))
			}
			if want := printable(c.value); f.Value("x") != want {
				t.Errorf("%q became %q", c.value, f.Value("x"))
			}
		})
	}
}

func TestGoodAnswers(t *testing.T) {
	f := typed(t, url.Values{
		"line": {" Ümlaut "}, "area": {"a\r\nb"}, "int": {"1,200"}, "decimal": {"1,5"}, "clock": {"9:05"}, "midnight": {"24:00"},
		"some": {"b", "a"}, "bool": {"on"}, "seen": {"7"},
	})
	if got := f.Line("line", 7); got != "Ümlaut" {
		t.Errorf("line %q", got)
	}
	if got := f.Area("area", 9); got != "a\nb" {
		t.Errorf("area %q", got)
	}
	if n, d := f.Int("int", 0, 2000, ""), f.Decimal("decimal", 0, 2, 1, ""); n != 1200 || d != 1.5 {
		t.Errorf("int %d decimal %v", n, d)
	}
	if a, b := f.Clock("clock"), f.Clock("midnight"); a != 545 || b != 1440 || ClockText(a) != "9:05" {
		t.Errorf("clocks %d %d", a, b)
	}
	if got := f.Some("some", "", "a", "b", "c"); len(got) != 2 || got[0] != "a" {
		t.Errorf("some %v", got)
	}
	if !f.Bool("bool") || f.Bool("none") || f.Seen() != 7 || !f.OK() {
		t.Errorf("bool %v seen %d wrong %v", f.Bool("bool"), f.Seen(), f.Wrong())
	}
}

func TestAFormThatIsTooLarge(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("x="+strings.Repeat("a", 5000)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 4<<10)
	if _, err := Read(r); err == nil || !strings.Contains(err.Error(), "more than this form takes (4 kB)") {
		t.Error(err)
	}
}

// A doubt asks back once: what is sent again with the same answer goes through,
// another answer is doubted anew, and a record that is shown is not asked for.
func TestDoubt(t *testing.T) {
	sent := func(host, sure string) *Form {
		f := typed(t, url.Values{"host": {host}, "host" + SureSuffix: {sure}})
		f.Doubt("host", "That is odd.")
		return f
	}
	for name, c := range map[string]struct {
		form *Form
		ok   bool
		says string
	}{
		"once":         {sent("a", ""), false, "That is odd. Save again if it is meant."},
		"again":        {sent("a", "a"), true, "That is odd."},
		"again, other": {sent("b", "a"), false, "That is odd. Save again if it is meant."},
	} {
		if c.form.OK() != c.ok || c.form.Doubts("host") != c.says {
			t.Errorf("%s: OK is %v, %q", name, c.form.OK(), c.form.Doubts("host"))
		}
	}
	f := Of(map[string]string{"host": "a"})
	if f.Doubt("host", "That is odd."); !f.OK() || f.Doubts("host") != "That is odd." {
		t.Error("a record that is shown is asked for")
	}
}
