package hopper

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"trunkline/dialer"
)

// lead makes a lead of a row. ok is false when the row is none; then the last
// problem says why, else the problems are about what was cut.
func (imp *importer) lead(r row) (lead NewLead, problems []Problem, ok bool) {
	bad := func(column, sentence string, args ...any) (NewLead, []Problem, bool) {
		return NewLead{}, []Problem{{Row: r.number, Column: column, Sentence: fmt.Sprintf(sentence, args...)}}, false
	}
	if r.problem != "" {
		return bad("", "%s", r.problem)
	}
	if slices.ContainsFunc(r.values, func(v string) bool { return strings.ContainsRune(v, 0) }) {
		return bad("", "The row is damaged: it holds a byte of value zero.")
	}
	lead.ListID, lead.Status = imp.opts.List, dialer.StatusNew
	for i, value := range r.values {
		value = strings.TrimSpace(value)
		switch {
		case value == "":
			continue
		case i >= len(imp.head.fields):
			return bad("", "The row has %d values, the header names %d columns.", len(r.values), len(imp.head.fields))
		case imp.head.fields[i] == nil:
			continue
		}
		f := imp.head.fields[i]
		value = clean(value)
		if n := utf8.RuneCountInString(value); n > f.max {
			if !f.cut {
				return bad(f.name, "%s %q is %d characters long; %d fit.", f.name, show(value), n, f.max)
			}
			problems = append(problems, Problem{Row: r.number, Column: f.name, Kept: true,
				Sentence: fmt.Sprintf("%s %q was cut to %d characters.", f.name, show(value), f.max)})
			value = string([]rune(value)[:f.max])
		}
		if f.name == "rank" {
			n, err := strconv.ParseInt(value, 10, 16)
			if err != nil {
				return bad("rank", "rank %q is not a whole number between -32768 and 32767.", show(value))
			}
			lead.Rank = int(n)
			continue
		}
		f.set(&lead.Lead, value)
	}
	if sentence := imp.number(&lead.Lead); sentence != "" {
		return bad("phone_number", "%s", sentence)
	}
	if lead.State != "" {
		state, ok := abbreviation(lead.State)
		if !ok {
			return bad("state", "state %q is no abbreviation of two letters.", show(lead.State))
		}
		lead.State = state
	}
	if lead.DateOfBirth != "" {
		born, ok := date(lead.DateOfBirth, imp.opts.Country)
		if !ok {
			return bad("date_of_birth", "date_of_birth %q is not a date such as 1980-12-31.", show(lead.DateOfBirth))
		}
		lead.DateOfBirth = born
	}
	lead.Set = imp.setOf(lead.E164, lead.State)
	lead.Zones = strings.Join(lead.Set.Zones(), ",")
	return lead, problems, true
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

// rounded is what a spreadsheet makes of a long number it shows in a narrow
// column.
var rounded = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+?\d+$`)

// number makes the lead's phone_number, and phone_code and country_code where it
// has them, an E.164 number; else it returns the sentence that says why not.
func (imp *importer) number(l *dialer.Lead) (sentence string) {
	given := l.PhoneNumber
	switch {
	case given == "":
		return "phone_number is empty."
	case rounded.MatchString(given):
		return fmt.Sprintf("phone_number %q was rounded by a spreadsheet; its digits are lost.", given)
	}
	region := imp.opts.Country
	if code := strings.TrimLeft(l.PhoneCode, "+0"); code != "" {
		n, err := strconv.Atoi(code)
		if err != nil || !phonenumbers.GetSupportedCallingCodes()[n] {
			return fmt.Sprintf("phone_code %q is not a country calling code.", show(l.PhoneCode))
		}
		// Several countries share +1; ours, if it is one of them, is as good.
		if phonenumbers.GetCountryCodeForRegion(region) != n {
			region = phonenumbers.GetRegionCodeForCountryCode(n)
		}
	} else if code := iso2(l.CountryCode); code != "" {
		region = code
	}
	n, err := phonenumbers.Parse(strings.TrimSuffix(given, ".0"), region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return fmt.Sprintf("phone_number %q is not a phone number.", show(given))
	}
	l.E164 = phonenumbers.Format(n, phonenumbers.E164)
	l.PhoneCode = strconv.Itoa(int(n.GetCountryCode()))
	l.PhoneNumber = strings.TrimPrefix(l.E164, "+"+l.PhoneCode)
	return ""
}

// iso2 is the country of a country_code field, "" when it names none we know.
func iso2(code string) string {
	switch code {
	case "USA":
		return "US"
	case "CAN":
		return "CA"
	case "GBR", "UK":
		return "GB"
	}
	if phonenumbers.GetSupportedRegions()[code] {
		return code
	}
	return ""
}

// date makes a date YYYY-MM-DD. Of 3/4/1980 the month comes first in the US
// only.
func date(s, country string) (string, bool) {
	layouts := []string{"2006-01-02", "2006-1-2", "2006/1/2", "20060102", "2.1.2006", "2006-01-02 15:04:05"}
	if country == "US" {
		layouts = append(layouts, "1/2/2006", "1-2-2006")
	} else {
		layouts = append(layouts, "2/1/2006", "2-1-2006")
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1850 {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}
