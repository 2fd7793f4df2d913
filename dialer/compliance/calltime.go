package compliance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
)

// Call times are the operator's own hours: a week, what some states narrow in it,
// and holidays. They come as text, one rule a line:
//
//	Mon-Fri 9:00-12:30 13:30-20:00
//	Sat 10:00-16:00
//	FL Mon-Sat 9:00-19:00
//	AL Sun closed
//	2026-12-25 closed # Christmas
//	2026-12-24 9:00-14:00
//
// A day of the week without a line is closed. A state's lines narrow the week for
// numbers and addresses of that state, on the days that they name. A date takes
// the place of its weekday. All is the callee's own clock, and all only narrows:
// the law, and the campaign's own first and last minute, hold besides.
//
// Several call times, one after another with a line --- between them, hold
// together.
type callTime struct {
	week   *Rule
	states map[string]*Rule // by jurisdiction, "US-FL"
}

// callTimeBreak stands between call times that hold together.
const callTimeBreak = "---"

// JoinCallTimes are call times that hold together; "" is none.
func JoinCallTimes(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n"+callTimeBreak+"\n")
}

// CheckCallTime says what is wrong with one line, or "".
func CheckCallTime(line string) string {
	if err := newCallTime().line(line); err != nil {
		return err.Error()
	}
	return ""
}

var (
	callTimesMu sync.Mutex
	callTimes   = map[string][]*callTime{}
)

// mostCallTimes bounds the texts that are kept taken apart.
const mostCallTimes = 1000

// callTimesOf takes a text apart. One that cannot be read lets no call through.
func callTimesOf(text string) []*callTime {
	if text == "" {
		return nil
	}
	callTimesMu.Lock()
	defer callTimesMu.Unlock()
	if known, ok := callTimes[text]; ok {
		return known
	}
	var all []*callTime
	for _, part := range strings.Split(text, callTimeBreak) {
		t := newCallTime()
		for line := range strings.Lines(part) {
			if err := t.line(line); err != nil {
				t = newCallTime()
				break
			}
		}
		all = append(all, t)
	}
	if len(callTimes) >= mostCallTimes {
		clear(callTimes)
	}
	callTimes[text] = all
	return all
}

func newCallTime() *callTime {
	return &callTime{week: &Rule{ID: RuleCampaignHours, to: 99991231, dates: map[int]date{}}, states: map[string]*Rule{}}
}

// date is what holds on one day in place of its weekday.
type date struct {
	name    string
	windows []Window
}

// line takes in one line.
func (t *callTime) line(line string) error {
	line, name, _ := strings.Cut(line, "#")
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	if day, err := time.Parse(time.DateOnly, words[0]); err == nil {
		windows, err := hoursOf([7]bool{true, true, true, true, true, true, true}, words[1:])
		t.week.dates[dayOf(day)] = date{strings.TrimSpace(name), windows}
		return err
	}
	rule, whole := t.week, false
	if place := words[0]; len(place) == 2 {
		jurisdiction := stateOf(place, "+1")
		if jurisdiction == "" || place != strings.ToUpper(place) {
			return says("%q is no state or province. Begin with two capital letters such as FL, days such as Mon-Fri, or a date such as 2026-12-25.", place)
		}
		words, whole = words[1:], true
		if t.states[jurisdiction] == nil {
			every := [7]bool{true, true, true, true, true, true, true}
			t.states[jurisdiction] = &Rule{ID: RuleCampaignHours, to: 99991231, Windows: []Window{{days: every, to: 1440}}}
		}
		rule = t.states[jurisdiction]
	}
	every := [7]bool{true, true, true, true, true, true, true}
	days := every
	if len(words) > 0 && strings.IndexFunc(words[0], func(r rune) bool { return r >= '0' && r <= '9' }) < 0 && words[0] != "closed" {
		var err error
		if days, err = daysOf(words[0]); err != nil {
			return err
		}
		words = words[1:]
	} else if !whole {
		return says("%q: say which days it is about, such as Mon-Fri 9:00-20:00.", strings.Join(words, " "))
	}
	windows, err := hoursOf(days, words)
	if err != nil {
		return err
	}
	if whole {
		// On the days that are named nothing else holds.
		for i := range rule.Windows {
			if w := &rule.Windows[i]; w.from == 0 && w.to == 1440 {
				for d := range days {
					w.days[d] = w.days[d] && !days[d]
				}
			}
		}
	}
	rule.Windows = append(rule.Windows, windows...)
	return nil
}

// says is an error that is a sentence for people.
func says(format string, args ...any) error {
	return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf(format, args...))
}

// daysOf reads Mon, Mon-Fri or Mon,Wed.
func daysOf(text string) (days [7]bool, err error) {
	for _, part := range strings.Split(text, ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		from, to := slices.Index(dayNames, first), slices.Index(dayNames, last)
		if from < 0 || to < 0 {
			return days, says("%q are no days. Write Mon, Tue, Wed, Thu, Fri, Sat, Sun, as in Mon-Fri or Sat,Sun.", part)
		}
		for d := from; ; d = (d + 1) % 7 {
			days[d] = true
			if d == to {
				break
			}
		}
	}
	return days, nil
}

// hoursOf reads "closed" or times such as 9:00-12:30.
func hoursOf(days [7]bool, words []string) ([]Window, error) {
	if len(words) == 0 {
		return nil, says("The hours are missing. Write 9:00-20:00, or closed.")
	}
	if len(words) == 1 && words[0] == "closed" {
		return nil, nil
	}
	var all []Window
	for _, word := range words {
		from, to, _ := strings.Cut(word, "-")
		begin, ok1 := minuteOf(from)
		end, ok2 := minuteOf(to)
		if !ok1 || !ok2 || begin >= end {
			return nil, says("%q are no hours. Write them as 9:00-12:30, the earlier first; midnight at the end is 24:00.", word)
		}
		for _, other := range all {
			if begin < other.to && other.from < end {
				return nil, says("%q overlaps other hours of the same line.", word)
			}
		}
		all = append(all, Window{days: days, from: begin, to: end})
	}
	return all, nil
}

func minuteOf(text string) (int, bool) {
	h, m, ok := strings.Cut(text, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	at := hour*60 + minute
	return at, ok && err1 == nil && err2 == nil && len(m) == 2 && len(h) <= 2 && hour >= 0 && minute >= 0 && minute < 60 && at <= 1440
}

// rulesFor are the rules of the call times for a class.
func rulesFor(text string, places []string) []*Rule {
	var rules []*Rule
	for _, t := range callTimesOf(text) {
		rules = append(rules, t.week)
		for _, place := range places {
			if r := t.states[place]; r != nil {
				rules = append(rules, r)
			}
		}
	}
	return rules
}
