package form

import (
	"time"

	"trunkline/dialer"
)

// Days reads the first and the last day of what is asked for, as 2026-11-28, and
// sets the moments between which it lies: the first day's begin and the last one's
// end in the zone, in UTC. Where no day was typed the bound stays as it is. The
// error is a sentence.
func Days(first, last string, zone *time.Location, from, until *time.Time) error {
	err := dayBegins(first, 0, zone, from)
	if err != nil {
		return err
	}
	return dayBegins(last, 1, zone, until)
}

// dayBegins sets when the day so many days after the typed one begins.
func dayBegins(typed string, after int, zone *time.Location, at *time.Time) error {
	if typed == "" {
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, zone)
	if err != nil || day.Year() < 1971 || day.Year() > 9000 { // what the database takes
		return dialer.Explain(nil, "Enter days as 2026-11-28.")
	}
	*at = day.AddDate(0, 0, after).UTC()
	return nil
}
