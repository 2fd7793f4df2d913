package main

import (
	"fmt"
	"regexp"
	"strings"

	"trunkline/hopper/leads"
)

var e164Form = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// typedNumber is a number as people type it: behind a + with its country's code, or
// without, of the US. It is what lists and ledgers have, E.164.
func typedNumber(text string) (string, error) {
	plain := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(text)
	if strings.HasPrefix(plain, "+") {
		if !e164Form.MatchString(plain) {
			return "", fmt.Errorf("%q is no number; write it as +12125550123, with + and the country's code", text)
		}
		return plain, nil // whether it exists is not asked: it may be on record all the same
	}
	e164, err := leads.ParseNumber(text, "US")
	if err != nil {
		return "", fmt.Errorf("%q is no number of the US; write it as +12125550123, with + and the country's code", text)
	}
	return e164, nil
}
