package leads

import (
	"time"

	"trunkline/dialer"
)

// Recheck judges a lead that somebody has typed or changed as an import judges a
// row: number, state, dates; it works out the zone set and the further numbers.
// says tells what is wrong with which column; "": nothing.
func Recheck(l NewLead, country string, now time.Time) (checked NewLead, column, says string) {
	c := newConverter(dialer.ImportOptions{Country: country}, l.ListID, header{}, now)
	l.Phones = nil
	var notes []problem
	if wrong := c.finish(&l, nil, &notes); wrong.code != "" {
		return l, wrong.column, wrong.sentence
	}
	return l, "", ""
}
