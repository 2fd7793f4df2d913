package report

import (
	"fmt"
	"strconv"
	"time"
)

// Kind is what a column holds, which decides how it is shown.
type Kind int

// The kinds of column.
const (
	Text    Kind = iota
	Code         // a word or number that machines read: statuses, causes, ids
	Count        // a whole number
	Percent      // of 100
	Seconds      // a duration
	Decimal      // a number with one digit behind the point
	Bytes        //
	Moment       // a time of the office
	Date         // a day of the office; Text is its name
	Phone        // a number in E.164, which pages group
)

// Number tells that a column's values are right-aligned.
func (k Kind) Number() bool { return k >= Count && k <= Bytes }

// Column is one column of a table.
type Column struct {
	Name string
	Kind Kind
	Help string // what it counts, where the name does not say it all
}

// Value is one cell: its column's kind says which of the fields counts.
type Value struct {
	Text string
	N    float64
	At   time.Time
	None bool   // there is nothing to say: no calls to have a share of
	Href string // where it leads on the pages
}

func text(s string) Value           { return Value{Text: s} }
func count(n int64) Value           { return Value{N: float64(n)} }
func percent(p float64) Value       { return Value{N: p} }
func at(t time.Time) Value          { return Value{At: t} }
func seconds(ms int64) Value        { return Value{N: float64(ms) / 1000} }
func some(x float64, ok bool) Value { return Value{N: x, None: !ok} }

// id is a number that is none to reckon with; 0 is nothing.
func id(n int64) Value {
	if n == 0 {
		return Value{None: true}
	}
	return Value{Text: strconv.FormatInt(n, 10)}
}

// share is n of all as percent.
func share(n, all int64) Value {
	s, ok := Share(n, all)
	return some(100*s, ok)
}

// mean is a duration's mean over n.
func mean(ms, n int64) Value {
	s, ok := Mean(ms, n)
	return some(s, ok)
}

func between(from, to *time.Time) Value {
	if from == nil || to == nil || to.Before(*from) {
		return Value{None: true}
	}
	return Value{N: to.Sub(*from).Seconds()}
}

// Table is one table of a report.
type Table struct {
	Key     string // of the table within its report: its file's name
	Title   string
	Says    string // below it: what is counted, where that needs saying
	Columns []Column
	Rows    [][]Value
	Foot    []Value // the sum; nil: none
	Share   int     // column whose values are also drawn as bars; 0: none
}

// Figure is a number that stands out above the tables.
type Figure struct {
	Name  string
	Value string
	Unit  string
	Than  string // what it is to be seen beside: its denominator, a limit, the time before
}

// Chart is what is drawn beside the first table, from the same numbers.
type Chart struct {
	Title  string
	Kind   string   // bars (on top of each other) or lines
	Labels []string // of the rows
	Unit   string
	Series []Series
}

// Series is one of a chart's series.
type Series struct {
	Name   string
	Look   string     // the agent's state that it is, for its colour; "": one of a row of colours
	Values []*float64 // nil: there is nothing to draw
}

// Result is a report made.
type Result struct {
	Figures []Figure
	Chart   *Chart
	Tables  []Table // the first is what the report is about
	Note    string
}

// Empty tells that there is nothing to show.
func (r Result) Empty() bool {
	for _, t := range r.Tables {
		if len(t.Rows) > 0 {
			return false
		}
	}
	return true
}

// Shown is how a value reads to people.
func Shown(k Kind, v Value) string {
	switch {
	case v.None:
		return "–"
	case k == Count:
		return Grouped(int64(v.N))
	case k == Percent:
		return strconv.FormatFloat(v.N, 'f', 1, 64) + " %"
	case k == Decimal:
		return strconv.FormatFloat(v.N, 'f', 1, 64)
	case k == Seconds:
		return Clock(v.N)
	case k == Bytes:
		return bytes(v.N)
	case k == Moment:
		return v.At.Format("2006-01-02 15:04:05")
	}
	return v.Text
}

// Raw is a value for a file that machines read: no thousands marks, durations in
// seconds, percents as numbers.
func Raw(k Kind, v Value) string {
	switch {
	case v.None:
		return ""
	case k == Count, k == Bytes:
		return strconv.FormatInt(int64(v.N), 10)
	case k == Percent:
		return strconv.FormatFloat(v.N, 'f', 2, 64)
	case k == Seconds:
		return strconv.FormatFloat(v.N, 'f', 1, 64)
	case k == Decimal:
		return strconv.FormatFloat(v.N, 'f', 2, 64)
	case k == Moment:
		return v.At.Format(time.DateTime)
	case k == Date && !v.At.IsZero():
		return v.At.Format(time.DateOnly)
	}
	return v.Text
}

// Heading is a column's name in a file, with the unit of its raw values.
func (c Column) Heading() string {
	switch c.Kind {
	case Percent:
		return c.Name + " %"
	case Seconds:
		return c.Name + ", s"
	case Bytes:
		return c.Name + ", bytes"
	}
	return c.Name
}

// Grouped is a whole number with commas between thousands.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Clock is a duration as m:ss, or h:mm:ss from an hour on.
func Clock(seconds float64) string {
	s := int64(seconds + 0.5)
	if s >= 3600 {
		return fmt.Sprintf("%s:%02d:%02d", Grouped(s/3600), s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func bytes(n float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if n < 1000 {
			return strconv.FormatFloat(n, 'f', map[bool]int{true: 0, false: 1}[unit == "B"], 64) + " " + unit
		}
		n /= 1000
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " TB"
}
