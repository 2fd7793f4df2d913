// Package form reads what was typed into a page's form: each answer is checked
// where it is read, what is wrong with it is kept beside it in a sentence, and
// what was typed stays, however wrong, to be shown again.
//
//	f, err := form.Read(r)
//	carrier := dialer.Carrier{
//		Name: f.Match("name", nameForm, "Use letters, digits and dashes, such as north-1."),
//		Port: f.Int("port", 1, 65535, ""),
//	}
//	if !f.OK() {
//		return h.show(w, r, http.StatusUnprocessableEntity, f)
//	}
package form

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"trunkline/dialer"
)

// Form is what was typed, and what is wrong with it.
type Form struct {
	typed  url.Values
	wrong  map[string]string
	order  []string // of wrong, as found
	doubt  map[string]string
	asked  bool   // it was sent by somebody, rather than filled from a record
	Notice string // what is to be said above all fields; "" for nothing
}

// SeenField is the hidden field that carries audit.Record.Seen.
const SeenField = "seen"

// Read reads a request's form. A form that is too large or broken is an error
// with a sentence.
func Read(r *http.Request) (*Form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, Broken(err)
	}
	return &Form{typed: r.Form, asked: true}, nil
}

// Broken explains why a request's form could not be read.
func Broken(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("That is more than this form takes (%d kB). Go back, shorten the longest text and send it again.", large.Limit>>10))
	}
	return dialer.Explain(dialer.ErrInvalid, "The form did not arrive whole. Go back and send it again.")
}

// Of is a form filled with values, as those of a record.
func Of(values map[string]string) *Form {
	f := &Form{typed: url.Values{}}
	for name, value := range values {
		f.typed.Set(name, value)
	}
	return f
}

// Set fills a field, with several values where it takes several.
func (f *Form) Set(name string, values ...string) { f.typed[name] = values }

// Names are the fields that are there, by name.
func (f *Form) Names() []string { return slices.Sorted(maps.Keys(f.typed)) }

// Sent tells whether a field is there, be it empty.
func (f *Form) Sent(name string) bool { return f.typed.Has(name) }

// Value is what stands in a field, as typed.
func (f *Form) Value(name string) string { return printable(f.typed.Get(name)) }

// Has tells whether value is among those chosen for a field.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.typed[name], value) }

// Error is what is wrong with a field; "" for nothing.
func (f *Form) Error(name string) string { return f.wrong[name] }

// Wrong names the fields with which something is wrong, as they were read.
func (f *Form) Wrong() []string { return f.order }

// OK tells whether nothing is wrong.
func (f *Form) OK() bool { return len(f.wrong) == 0 }

// Fail notes what is wrong with a field, in a sentence with the way out. The
// first finding counts.
func (f *Form) Fail(name, sentence string) {
	if f.wrong == nil {
		f.wrong = map[string]string{}
	}
	if f.wrong[name] == "" {
		f.wrong[name] = sentence
		f.order = append(f.order, name)
	}
}

// SureSuffix ends the name of the hidden field that carries the answer about which
// a doubt has been shown.
const SureSuffix = "_sure"

// Doubt says, in a sentence, what will come of an answer that may be a mistake.
// What was sent is asked back once, with the sentence beside the field, and goes
// through when it is sent again with the same answer. In a form filled from a
// record the sentence only stands there.
func (f *Form) Doubt(name, sentence string) {
	if f.doubt == nil {
		f.doubt = map[string]string{}
	}
	f.doubt[name] = sentence
	if f.asked && f.typed.Get(name+SureSuffix) != f.typed.Get(name) {
		f.doubt[name] += " Save again if it is meant."
		f.Fail(name, f.doubt[name])
	}
}

// Doubts is what Doubt said about a field; "" for nothing.
func (f *Form) Doubts(name string) string { return f.doubt[name] }

// Asked tells whether the form is being asked back with something in a field.
func (f *Form) Asked(name string) bool { return f.asked && !f.OK() && f.typed.Get(name) != "" }

// Seen is how many changes the record had seen when the form was drawn.
func (f *Form) Seen() int {
	n, err := strconv.Atoi(f.typed.Get(SeenField))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Line is one line of at most so many characters, trimmed; it may be empty.
func (f *Form) Line(name string, most int) string {
	return f.text(name, most, false)
}

// Needed is one line that must not be empty; says asks for it.
func (f *Form) Needed(name string, most int, says string) string {
	s := f.text(name, most, false)
	if s == "" {
		f.Fail(name, says)
	}
	return s
}

// Area is text of several lines, at most so many characters; it may be empty.
func (f *Form) Area(name string, most int) string {
	return strings.ReplaceAll(f.text(name, most, true), "\r\n", "\n")
}

func (f *Form) text(name string, most int, lines bool) string {
	s := strings.TrimSpace(f.typed.Get(name))
	if n := utf8.RuneCountInString(s); n > most {
		f.Fail(name, fmt.Sprintf("This has %d characters; at most %d fit. Shorten it.", n, most))
		return ""
	}
	if !utf8.ValidString(s) || strings.IndexFunc(s, func(r rune) bool { return forbidden(r, lines) }) >= 0 {
		f.Fail(name, "This holds characters that cannot be shown, perhaps from copying. Type it anew.")
		return ""
	}
	return s
}

// forbidden are characters that have no business in a text: they hide, reverse
// or end what stands around them.
func forbidden(r rune, lines bool) bool {
	if lines && (r == '\n' || r == '\r' || r == '\t') {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// printable is a value that HTML can hold.
func printable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// Match is one line of a given form; says tells what it must look like. It may
// not be empty unless the form takes "".
func (f *Form) Match(name string, want *regexp.Regexp, says string) string {
	s := f.text(name, 255, false)
	if f.Error(name) == "" && !want.MatchString(s) {
		f.Fail(name, says)
	}
	return s
}

// Int is a whole number within bounds; unit, such as "s", may be "".
func (f *Form) Int(name string, least, most int, unit string) int {
	s := strings.TrimSpace(f.typed.Get(name))
	n, err := strconv.Atoi(strings.NewReplacer(",", "", "\u00a0", "", " ", "").Replace(s))
	if err != nil || n < least || n > most {
		f.Fail(name, fmt.Sprintf("Enter a whole number from %d to %d%s.", least, most, spaced(unit)))
		return 0
	}
	return n
}

// Decimal is a number within bounds with at most so many places.
func (f *Form) Decimal(name string, least, most float64, places int, unit string) float64 {
	s := strings.Replace(strings.TrimSpace(f.typed.Get(name)), ",", ".", 1)
	n, err := strconv.ParseFloat(s, 64)
	_, after, _ := strings.Cut(s, ".")
	// Bounds are asked so that NaN is outside.
	if err != nil || !(n >= least && n <= most) || len(after) > places || strings.ContainsAny(s, "eExXpP_") {
		f.Fail(name, fmt.Sprintf("Enter a number from %s to %s%s with at most %d decimals.", plain(least), plain(most), spaced(unit), places))
		return 0
	}
	return n
}

// Clock is a time of day such as 9:00 or 21:30, in minutes after midnight;
// 24:00 is 1440, midnight at the day's end.
func (f *Form) Clock(name string) int {
	m := clockForm.FindStringSubmatch(strings.TrimSpace(f.typed.Get(name)))
	if m == nil {
		f.Fail(name, clockSays)
		return 0
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	if minute > 59 || hour*60+minute > 1440 {
		f.Fail(name, clockSays)
		return 0
	}
	return hour*60 + minute
}

const clockSays = "Enter a time of day from 0:00 to 24:00, such as 9:00."

var clockForm = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})$`)

// Choice is one of the given values.
func (f *Form) Choice(name string, values ...string) string {
	s := f.typed.Get(name)
	if !slices.Contains(values, s) {
		f.Fail(name, "Choose one of those that are offered.")
		return ""
	}
	return s
}

// Some are any of the given values, in their order. says asks for at least one;
// "" if none is fine.
func (f *Form) Some(name string, says string, values ...string) []string {
	var chosen []string
	for _, v := range values {
		if f.Has(name, v) {
			chosen = append(chosen, v)
		}
	}
	for _, v := range f.typed[name] {
		if v != "" && !slices.Contains(values, v) {
			f.Fail(name, "Choose among those that are offered.")
		}
	}
	if len(chosen) == 0 && says != "" {
		f.Fail(name, says)
	}
	return chosen
}

// Bool is a check box.
func (f *Form) Bool(name string) bool { return f.typed.Get(name) != "" }

// Yes is what a check box that is checked sends.
const Yes = "on"

// BoolText fills a check box: Yes or "".
func BoolText(b bool) string {
	if b {
		return Yes
	}
	return ""
}

// ClockText fills a time of day.
func ClockText(minutes int) string { return fmt.Sprintf("%d:%02d", minutes/60, minutes%60) }

func spaced(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// All are the values that were chosen for a field that takes several, unchecked.
func (f *Form) All(name string) []string {
	var chosen []string
	for _, v := range f.typed[name] {
		if v = printable(v); v != "" {
			chosen = append(chosen, v)
		}
	}
	return chosen
}
