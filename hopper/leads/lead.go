package leads

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// problem is what is wrong with a row: a code (see reasons) and a sentence.
type problem struct {
	code, column, sentence string
}

// converter makes leads of rows. Each goroutine has its own.
type converter struct {
	opts    dialer.ImportOptions
	list    dialer.ListID
	head    header
	numbers *numbers
	sets    map[setKey]compliance.ZoneSet
	now     time.Time
}

func newConverter(o dialer.ImportOptions, list dialer.ListID, head header, now time.Time) *converter {
	return &converter{opts: o, list: list, head: head, numbers: newNumbers(o.Country), sets: map[setKey]compliance.ZoneSet{}, now: now}
}

// lead makes a lead of a row, with notes about what was changed in it. wrong is
// why the row is none; then the lead counts for nothing.
func (c *converter) lead(r row) (lead NewLead, notes []problem, wrong problem) {
	if r.problem.code != "" {
		return lead, nil, r.problem
	}
	if slices.ContainsFunc(r.values, func(v string) bool { return strings.IndexByte(v, 0) >= 0 }) {
		return lead, nil, problem{code: "zero", sentence: "The row is damaged: it holds a byte of value zero."}
	}
	lead.ListID, lead.Status = c.list, dialer.StatusNew
	var further []further
	for i, value := range r.values {
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		if i >= len(c.head.fields) {
			return lead, nil, problem{code: "values", sentence: fmt.Sprintf("The row has %d values, the header names %d columns.", len(r.values), len(c.head.fields))}
		}
		f := c.head.fields[i]
		if f == nil {
			continue
		}
		value = unguarded(clean(value))
		if n := utf8.RuneCountInString(value); n > f.max {
			if !f.cut {
				return lead, nil, problem{"long", f.name, fmt.Sprintf("%s %q is %d characters long; %d fit.", f.name, show(value), n, f.max)}
			}
			notes = append(notes, problem{"cut", f.name, fmt.Sprintf("%s %q was cut to %d characters.", f.name, show(value), f.max)})
			value = string([]rune(value)[:f.max])
		}
		switch {
		case f.custom != nil:
			kept, sentence := CheckCustom(*f.custom, value, c.opts.Country)
			if sentence != "" {
				return lead, nil, problem{"custom", f.name, sentence}
			}
			if lead.Custom == nil {
				lead.Custom = map[string]string{}
			}
			lead.Custom[f.custom.Name] = kept
		case f.phone > 0:
			further = append(further, furtherOf(f, value))
		case f.name == "rank":
			n, err := strconv.ParseInt(strings.TrimSuffix(value, ".0"), 10, 16)
			if err != nil {
				return lead, nil, problem{"rank", "rank", fmt.Sprintf("rank %q is not a whole number between -32768 and 32767.", show(value))}
			}
			lead.Rank = int(n)
		case f.name == "list_id":
			n, err := strconv.ParseUint(strings.TrimSuffix(value, ".0"), 10, 32)
			if err != nil || n == 0 {
				return lead, nil, problem{"list", "list_id", fmt.Sprintf("list_id %q is not the number of a list.", show(value))}
			}
			lead.ListID = dialer.ListID(n)
		case f.name == "status":
			lead.Status = dialer.Status(strings.ToUpper(value)) // settle knows whether there is such a one
		case f.name == "called_count":
			n, err := strconv.ParseUint(strings.TrimSuffix(value, ".0"), 10, 16)
			if err != nil {
				return lead, nil, problem{"calls", "called_count", fmt.Sprintf("called_count %q is not a number of calls, 0 to 65535.", show(value))}
			}
			lead.CalledCount = int(n)
		case f.name == "last_called_at":
			at, ok := moment(value)
			if !ok || at.After(c.now) {
				return lead, nil, problem{"called", "last_called_at", fmt.Sprintf("last_called_at %q is not a past moment such as 2026-01-31 15:04:05.", show(value))}
			}
			if !at.IsZero() {
				lead.LastCalledAt = &at
			}
		case f.name == "verified_zone":
			lead.VerifiedZone = value
		default:
			f.set(&lead.Lead, value)
		}
	}
	if wrong = c.finish(&lead, further, &notes); wrong.code != "" {
		return lead, nil, wrong
	}
	return lead, notes, problem{}
}

// finish judges the fields that hang together.
func (c *converter) finish(lead *NewLead, further []further, notes *[]problem) problem {
	num, wrong := c.numbers.parse(lead.PhoneNumber, lead.PhoneCode, lead.CountryCode, "phone_number")
	if wrong.code != "" {
		wrong.column = "phone_number"
		return wrong
	}
	lead.E164, lead.PhoneCode, lead.PhoneNumber = num.e164, num.code, num.national
	if zip := zeroes(*lead); zip != "" {
		*notes = append(*notes, problem{"zip", "postal_code", fmt.Sprintf("postal_code %q lost its first zero to a spreadsheet; %s was taken.", lead.PostalCode, zip)})
		lead.PostalCode = zip
	}
	if lead.State != "" {
		state, ok := abbreviation(lead.State)
		if !ok {
			return problem{"state", "state", fmt.Sprintf("state %q is no abbreviation of two letters.", show(lead.State))}
		}
		lead.State = state
	} else {
		lead.State = compliance.StateOfPostal(lead.PostalCode, lead.E164)
	}
	if lead.DateOfBirth != "" {
		born, ok := date(lead.DateOfBirth, c.opts.Country)
		switch {
		case !ok || born > c.now.Format(time.DateOnly):
			return problem{"birth", "date_of_birth", fmt.Sprintf("date_of_birth %q is not a date such as 1980-12-31.", show(lead.DateOfBirth))}
		case born == "":
			*notes = append(*notes, problem{"nodate", "date_of_birth", fmt.Sprintf("date_of_birth %q is what a spreadsheet makes of an empty date; it was left empty.", show(lead.DateOfBirth))})
		}
		lead.DateOfBirth = born
	}
	if lead.VerifiedZone != "" && !compliance.KnownZone(lead.VerifiedZone) {
		return problem{"zone", "verified_zone", fmt.Sprintf("verified_zone %q is not a time zone such as America/Chicago.", show(lead.VerifiedZone))}
	}
	for _, f := range c.head.required {
		if lead.Custom[f.Name] == "" {
			return problem{"custom", f.Name, fmt.Sprintf("%s is empty, and the list requires it.", f.Name)}
		}
	}
	lead.Set = c.setOf(lead.E164, *lead)
	lead.Zones = strings.Join(lead.Set.Zones(), ",")
	c.phones(lead, further, notes)
	return problem{}
}

// further is what stands in a column of further numbers.
type further struct {
	n            int
	label, value string
}

func furtherOf(f *field, value string) further { return further{f.phone, f.label, value} }

// phones makes the lead's further numbers of alt_phone, address3 where it holds
// one, as VICIdial's users put them, and the columns of further numbers. What is
// no number stays where it stands and is noted.
func (c *converter) phones(lead *NewLead, more []further, notes *[]problem) {
	all := make([]further, 0, 2+len(more))
	if lead.AltPhone != "" {
		all = append(all, further{1, "alt_phone", lead.AltPhone})
	}
	if lead.Address3 != "" && looksLikeNumber(lead.Address3) {
		all = append(all, further{2, "address3", lead.Address3})
	}
	for _, f := range append(all, more...) {
		num, wrong := c.numbers.parse(f.value, lead.PhoneCode, lead.CountryCode, f.label)
		switch {
		case wrong.code != "" && f.n != 2:
			*notes = append(*notes, problem{"alt", f.label, strings.TrimSuffix(wrong.sentence, ".") + "; it will not be dialed."})
		case wrong.code != "", num.e164 == lead.E164, slices.ContainsFunc(lead.Phones, func(p Phone) bool { return p.E164 == num.e164 }):
		default:
			lead.Phones = append(lead.Phones, Phone{N: f.n, Label: f.label, E164: num.e164, PhoneCode: num.code, PhoneNumber: num.national, Set: c.setOf(num.e164, *lead)})
		}
	}
}

// setKey is what a zone set hangs on.
type setKey struct{ exchange, state, postal, zone string }

// setOf is compliance.SetFor, remembered: for a +1 number all but the last four
// digits decide, except in the exchange that holds numbers for fiction.
func (c *converter) setOf(e164 string, l NewLead) compliance.ZoneSet {
	a := compliance.Address{E164: e164, State: l.State, PostalCode: l.PostalCode, VerifiedZone: l.VerifiedZone}
	if len(e164) != 12 || e164[:2] != "+1" || e164[5:8] == "555" {
		return compliance.SetFor(a)
	}
	key := setKey{e164[:8], l.State, compliance.PostalKey(l.PostalCode, e164), l.VerifiedZone}
	set, ok := c.sets[key]
	if !ok {
		if len(c.sets) >= 100_000 {
			clear(c.sets)
		}
		set = compliance.SetFor(a)
		c.sets[key] = set
	}
	return set
}

// unguarded takes off the mark that keeps a spreadsheet from taking a value for a
// formula; exports put it on.
func unguarded(s string) string {
	rest, marked := strings.CutPrefix(s, "'")
	if r, _ := utf8.DecodeRuneInString(rest); marked && strings.ContainsRune("=+-@＝＋－＠", r) {
		return rest
	}
	return s
}

// clean makes every control character a space: a value may come from several
// lines, and ends in screens, file names and Asterisk's variables.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// zeroes is a ZIP code with the zeros before it that a spreadsheet has dropped: no
// ZIP code has three or four digits. "": none was.
func zeroes(l NewLead) string {
	code := strings.TrimSuffix(l.PostalCode, ".0")
	if n := len(code); l.PhoneCode != "1" || l.CountryCode != "" && iso2(l.CountryCode) != "US" || n < 3 || n > 4 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return ("00" + code)[len(code)-3:]
}

// moment reads when something was, in UTC unless the text names an offset; what
// VICIdial writes for never is the zero time.
func moment(s string) (time.Time, bool) {
	if strings.HasPrefix(s, "0000-00-00") {
		return time.Time{}, true
	}
	if day, err := strconv.ParseFloat(s, 64); err == nil && day >= 32874 && day < 100_000 { // a spreadsheet's days since 1900; from 1990 on
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(day*24*3600)) * time.Second), true
	}
	for _, layout := range []string{time.DateTime, time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() >= 1990 {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// date makes a date YYYY-MM-DD. Of 3/4/1980 the month comes first in the US
// only. "" and ok is what a spreadsheet writes where no date is: its day 0 or 1
// of 1900.
func date(s, country string) (string, bool) {
	if day, err := strconv.ParseFloat(s, 64); err == nil && len(s) < 8 {
		return serial(day)
	}
	layouts := []string{"2006-01-02", "2006-1-2", "2006/1/2", "20060102", "2.1.2006", "2006-01-02 15:04:05"}
	if country == "US" {
		layouts = append(layouts, "1/2/2006", "1-2-2006")
	} else {
		layouts = append(layouts, "2/1/2006", "2-1-2006")
	}
	for _, none := range []string{"1900-01-00", "1/0/1900", "0/1/1900", "00.01.1900", "0000-00-00", "1899-12-30", "1899-12-31"} {
		if s == none {
			return "", true
		}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1850 {
			if t.Year() == 1900 && t.YearDay() == 1 {
				return "", true
			}
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// serial is the date of a spreadsheet's day number: 1 is 1900-01-01, and 1900
// counts as a leap year there.
func serial(day float64) (string, bool) {
	switch {
	case day >= 0 && day < 2:
		return "", true
	case day < 61 || day > 100_000:
		return "", false
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(day)).Format(time.DateOnly), true
}
