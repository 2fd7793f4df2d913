package leads

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// rounded is what a spreadsheet makes of a long number it shows in a narrow
// column.
var rounded = regexp.MustCompile(`^\+?\d([.,]\d+)?[eE]\+?\d+$`)

// number is a telephone number taken apart.
type number struct {
	e164, code, national string
}

// numbers makes E.164 of what stands in a file. libphonenumber judges each
// number (see valid); of the North American ones it is asked once for each exchange, since
// in its tables the last four digits decide nothing (a test holds that). It is
// not safe for concurrent use.
type numbers struct {
	country string
	nanp    bool            // the country is of the North American Numbering Plan
	valid   map[uint32]bool // by the first six digits
}

func newNumbers(country string) *numbers {
	return &numbers{country: country, nanp: phonenumbers.GetCountryCodeForRegion(country) == 1, valid: map[uint32]bool{}}
}

// parse makes given a number; phoneCode and countryCode are the row's own, or
// "". what is why it is none: a code of ours and a sentence about the field.
func (n *numbers) parse(given, phoneCode, countryCode, field string) (number, problem) {
	given = strings.TrimSuffix(given, ".0")
	switch {
	case given == "":
		return number{}, problem{code: "empty", sentence: field + " is empty."}
	case rounded.MatchString(given):
		whole, ok := unrounded(given)
		if !ok {
			return number{}, problem{code: "rounded", sentence: fmt.Sprintf("%s %q was rounded by a spreadsheet; its digits are lost.", field, show(given))}
		}
		given = whole
	}
	region := n.country
	if code := strings.TrimLeft(phoneCode, "+0"); code != "" {
		c, err := strconv.Atoi(code)
		if err != nil || !phonenumbers.GetSupportedCallingCodes()[c] {
			return number{}, problem{code: "code", sentence: fmt.Sprintf("phone_code %q is not a country calling code.", show(phoneCode))}
		}
		// Several countries share +1; ours, if it is one of them, is as good.
		if phonenumbers.GetCountryCodeForRegion(region) != c {
			region = phonenumbers.GetRegionCodeForCountryCode(c)
		}
	} else if code := iso2(countryCode); code != "" {
		region = code
	}
	if region == n.country && n.nanp {
		if num, ok := n.northAmerican(given); ok {
			return num, problem{}
		}
	}
	p, err := phonenumbers.Parse(given, region)
	if err != nil || !valid(p) {
		if err == nil && phonenumbers.IsPossibleNumberWithReason(p) == phonenumbers.TOO_SHORT {
			return number{}, problem{code: "short", sentence: fmt.Sprintf("%s %q has too few digits.", field, show(given))}
		}
		return number{}, problem{code: "number", sentence: fmt.Sprintf("%s %q is not a phone number.", field, show(given))}
	}
	num := number{e164: phonenumbers.Format(p, phonenumbers.E164), code: strconv.Itoa(int(p.GetCountryCode()))}
	num.national = strings.TrimPrefix(num.e164, "+"+num.code)
	return num, problem{}
}

// valid tells whether there can be such a number. Of area codes that are younger
// than libphonenumber's tables the calling rules know.
func valid(p *phonenumbers.PhoneNumber) bool {
	return phonenumbers.IsValidNumber(p) || p.GetCountryCode() == 1 && compliance.OfState(phonenumbers.Format(p, phonenumbers.E164))
}

// northAmerican is the quick way for ten digits, with a 1 before them or not, in
// whatever punctuation. Anything else, and whatever is not valid, is for
// libphonenumber to judge.
func (n *numbers) northAmerican(given string) (number, bool) {
	var digits [11]byte
	count := 0
	for i := range len(given) {
		c := given[i]
		switch {
		case '0' <= c && c <= '9':
			if count == len(digits) {
				return number{}, false
			}
			digits[count] = c
			count++
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '+' && count == 0 && i == 0:
		default:
			return number{}, false
		}
	}
	d := digits[:count]
	switch {
	case count == 11 && d[0] == '1':
		d = d[1:]
	case count != 10 || given[0] == '+':
		return number{}, false
	}
	key := uint32(0)
	for _, c := range d[:6] {
		key = key*10 + uint32(c-'0')
	}
	ok, known := n.valid[key]
	if !known {
		if len(n.valid) >= 200_000 { // there are 640,000 exchanges at most: memory stays flat
			clear(n.valid)
		}
		p, err := phonenumbers.Parse("+1"+string(d), "US")
		ok = err == nil && valid(p)
		n.valid[key] = ok
	}
	if !ok {
		return number{}, false
	}
	e164 := "+1" + string(d)
	return number{e164: e164, code: "1", national: e164[2:]}, true
}

// unrounded gives the digits of 4.155550123E+09: all are there when as many
// stand before the exponent as it asks for. Of 4.15E+09 they are lost.
func unrounded(s string) (string, bool) {
	s = strings.TrimPrefix(strings.ToUpper(s), "+")
	mantissa, exponent, _ := strings.Cut(s, "E")
	places, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if err != nil || len(mantissa) < 2 {
		return "", false
	}
	digits := mantissa[:1] + mantissa[2:]
	return digits, len(digits) == places+1
}

// looksLikeNumber tells a number in an address field from an address: nothing
// but digits and punctuation, and at least seven digits.
func looksLikeNumber(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case strings.IndexByte("+-.() ", c) < 0:
			return false
		}
	}
	return digits >= 7
}

// iso2 is the country of a country_code field, "" when it names none we know.
func iso2(code string) string {
	switch code {
	case "":
		return ""
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

// KnownCountry tells whether numbers of that country (ISO 3166) can be judged.
func KnownCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

// ParseNumber makes what somebody typed a number of E.164; its error is a
// sentence.
func ParseNumber(given, country string) (e164 string, err error) {
	num, p := newNumbers(country).parse(strings.TrimSpace(given), "", "", "The number")
	if p.code != "" {
		return "", dialer.Explain(dialer.ErrInvalid, p.sentence)
	}
	return num.e164, nil
}

// ParseDNC makes what somebody typed an entry of a do-not-call list: a number, or a
// wildcard such as 999* or 999XXXXXXX, an area code as VICIdial's users write it, or
// +4479*. Its error is a sentence.
func ParseDNC(given, country string) (string, error) {
	given = strings.TrimSpace(given)
	squeezed := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(given)
	if !strings.ContainsAny(squeezed, "*xX") {
		return ParseNumber(given, country)
	}
	digits := strings.TrimRight(squeezed, "*xX")
	if len(digits) == 3 {
		digits = "+1" + digits
	} else if digits != "" && digits[0] != '+' {
		digits = "+" + digits
	}
	if !dialer.IsDNCWildcard(digits + "*") {
		return "", dialer.Explain(dialer.ErrInvalid, "A wildcard is an area code such as 999*, or + and four digits such as +4479*.")
	}
	return digits + "*", nil
}
