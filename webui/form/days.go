package form

import (
	"time"

	"trunkline/dialer"
)

// Days reads the first and the last day of what is asked for, as 2026-11-28, and
// gives the moments between which it lies: the first day's begin and the last
// one's end in the zone, in UTC. An empty day sets no bound, and its moment is
// zero. The error is a sentence.
func Days(first, last string, zone *time.Location) (from, until time.Time, err error) {
	from, err = dayBegins(first, 0, zone)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	until, err = dayBegins(last, 1, zone)
	return from, until, err
}

// dayBegins is when the day so many days after the typed one begins.
func dayBegins(typed string, after int, zone *time.Location) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, zone)
	if err != nil || day.Year() < 1971 || day.Year() > 9000 { // what the database takes
		return time.Time{}, dialer.Explain(nil, "Enter days as 2026-11-28.")
	}
	return day.AddDate(0, 0, after).UTC(), nil
}
