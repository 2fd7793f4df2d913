package dialer

import (
	"regexp"
	"strings"
)

var callerIDForm = regexp.MustCompile(`^\+?[0-9]{7,15}$`)

// unpunctuated takes out what people put between digits.
var unpunctuated = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "")

// Shows is the number that a lead's callee is shown, digits: its list's, else,
// where the campaign says so, the one in its security phrase, else the
// campaign's. That is the order in which VICIdial asks. What is no number is
// passed over: a carrier would refuse the call.
func (c Campaign) Shows(l Lead) string {
	from := []string{l.ListCallerID}
	if c.CustomCallerID {
		from = append(from, l.SecurityPhrase)
	}
	for _, number := range from {
		if number == "" {
			continue
		}
		number = unpunctuated.Replace(number)
		if callerIDForm.MatchString(number) {
			return strings.TrimPrefix(number, "+")
		}
	}
	return c.CallerID
}
