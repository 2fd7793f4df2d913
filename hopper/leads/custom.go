package leads

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
)

// CustomTypes are the types of custom field, in the order in which they are
// offered.
var CustomTypes = []dialer.CustomType{dialer.CustomText, dialer.CustomArea, dialer.CustomNumber, dialer.CustomDate, dialer.CustomTime,
	dialer.CustomSelect, dialer.CustomMulti, dialer.CustomCheckbox, dialer.CustomReadonly, dialer.CustomHidden}

var customName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// CheckField says in a sentence what is wrong with a custom field's definition, and
// which part of it that is about; "" if nothing is.
func CheckField(f dialer.CustomField) (about, sentence string) {
	label := utf8.RuneCountInString(f.Label)
	choice := f.Type == dialer.CustomSelect || f.Type == dialer.CustomMulti
	options := CustomOptions(f)
	switch {
	case !customName.MatchString(f.Name):
		return "name", "A field's name is of lower-case letters, digits and _, begins with a letter and has up to 40 characters."
	case slices.Contains(FieldNames(), f.Name):
		return "name", fmt.Sprintf("Every lead has a field %s already; choose another name.", f.Name)
	case label < 1 || label > 80:
		return "label", "A field's label has 1 to 80 characters."
	case !slices.Contains(CustomTypes, f.Type):
		return "type", fmt.Sprintf("There is no type %q.", f.Type)
	case choice && len(options) == 0:
		return "options", "Give the options to choose from, one a line."
	case len(f.Options) > 4000:
		return "options", "The options are longer than 4,000 characters."
	case slices.ContainsFunc(options, func(o string) bool { return strings.Contains(o, ",") }) && f.Type == dialer.CustomMulti:
		return "options", "An option of a field with several choices has no comma."
	case choice && twice(options) != "":
		return "options", fmt.Sprintf("The option %s is there twice. Take one of them out.", twice(options))
	}
	return "", ""
}

// twice is an option that is there more than once, whatever its case (a value is
// looked for like that); "" for none.
func twice(options []string) string {
	seen := map[string]bool{}
	for _, o := range options {
		key := strings.ToLower(o)
		if seen[key] {
			return o
		}
		seen[key] = true
	}
	return ""
}

// CustomOptions are the choices of a SELECT or MULTI field.
func CustomOptions(f dialer.CustomField) []string {
	var all []string
	for line := range strings.Lines(f.Options) {
		if o := strings.TrimSpace(line); o != "" {
			all = append(all, o)
		}
	}
	return all
}

// grouped is a number with commas between its thousands, and nowhere else: 1,5 is
// no fifteen.
var grouped = regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// CheckCustom makes a value what the field's type keeps; the sentence says why
// it cannot be one. An empty value is every field's. Of the date 3/4/2026 the
// country decides which is the month.
func CheckCustom(f dialer.CustomField, value, country string) (kept, sentence string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", ""
	}
	limit := 255
	if f.Type == dialer.CustomArea || f.Type == dialer.CustomMulti {
		limit = 4000
	}
	if n := utf8.RuneCountInString(value); n > limit {
		return "", fmt.Sprintf("%s is %d characters long; %d fit.", f.Name, n, limit)
	}
	bad := func(what string) (string, string) {
		return "", fmt.Sprintf("%s %q is not %s.", f.Name, show(value), what)
	}
	switch f.Type {
	case dialer.CustomNumber:
		plain := value
		if grouped.MatchString(value) {
			plain = strings.ReplaceAll(value, ",", "")
		}
		if _, err := strconv.ParseFloat(plain, 64); err != nil || strings.ContainsAny(plain, "xXpPnN_iI") {
			return bad("a number")
		}
		return plain, ""
	case dialer.CustomDate:
		day, ok := date(value, country)
		if !ok {
			return bad("a date such as 2026-12-31")
		}
		return day, ""
	case dialer.CustomTime:
		for _, layout := range []string{"15:04", "15:04:05", "3:04 PM", "3:04PM"} {
			if t, err := time.Parse(layout, strings.ToUpper(value)); err == nil {
				return t.Format("15:04"), ""
			}
		}
		if part, err := strconv.ParseFloat(value, 64); err == nil && part >= 0 && part < 1 { // of a day, as a spreadsheet has it
			return time.Unix(0, 0).UTC().Add(time.Duration(math.Round(part*24*60)) * time.Minute).Format("15:04"), ""
		}
		return bad("a time such as 17:30")
	case dialer.CustomSelect:
		return option(f, value)
	case dialer.CustomMulti:
		var chosen []string
		for part := range strings.SplitSeq(value, ",") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			one, sentence := option(f, strings.TrimSpace(part))
			if sentence != "" {
				return "", sentence
			}
			chosen = append(chosen, one)
		}
		return strings.Join(chosen, ","), ""
	case dialer.CustomCheckbox:
		switch strings.ToLower(value) {
		case "1", "y", "yes", "true", "on", "x":
			return "1", ""
		case "0", "n", "no", "false", "off":
			return "", ""
		}
		return bad("yes or no")
	}
	return value, ""
}

func option(f dialer.CustomField, value string) (string, string) {
	for _, o := range CustomOptions(f) {
		if strings.EqualFold(o, value) {
			return o, ""
		}
	}
	return "", fmt.Sprintf("%s %q is none of its options.", f.Name, show(value))
}
