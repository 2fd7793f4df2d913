package compliance

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Holidays is a table of holidays. It holds how each is reckoned; the dates of
// a year follow.
type Holidays struct {
	Note     string    `json:"note"`
	Observed bool      `json:"observed"` // one on a Saturday is kept on Friday too, one on a Sunday on Monday too
	Days     []Holiday `json:"days"`

	mu    sync.RWMutex
	years map[int]map[int]string // names by yyyymmdd, by year
}

// Holiday is one of them: a date (Month, Day), a weekday of a month (Month,
// Weekday, Nth) or a distance from Easter Sunday.
type Holiday struct {
	Name    string `json:"name"`
	Month   int    `json:"month"`
	Day     int    `json:"day"`
	Weekday string `json:"weekday"`
	Nth     int    `json:"nth"`    // 1 to 5; -1: the last of the month
	Plus    int    `json:"plus"`   // so many days after that
	Easter  *int   `json:"easter"` // days after Easter Sunday, before it if negative
}

func (h *Holidays) parse() error {
	for _, d := range h.Days {
		dated := d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= 31 && d.Weekday == "" && d.Nth == 0 && d.Plus == 0
		nth := d.Month >= 1 && d.Month <= 12 && d.Day == 0 && slices.Contains(dayNames, d.Weekday) && (d.Nth >= 1 && d.Nth <= 5 || d.Nth == -1)
		moved := d.Month == 0 && d.Day == 0 && d.Weekday == "" && d.Nth == 0 && d.Plus == 0
		if d.Name == "" || d.Easter == nil && !dated && !nth || d.Easter != nil && !moved {
			return fmt.Errorf("%q is neither a date, nor a weekday of a month, nor a distance from Easter", d.Name)
		}
	}
	return nil
}

// date is the holiday's in a year; ok is false in a year that has none (a fifth
// Monday).
func (d Holiday) date(year int) (t time.Time, ok bool) {
	if d.Easter != nil {
		return easter(year).AddDate(0, 0, *d.Easter), true
	}
	first := time.Date(year, time.Month(d.Month), 1, 0, 0, 0, 0, time.UTC)
	if d.Weekday == "" {
		return first.AddDate(0, 0, d.Day-1), true
	}
	want := time.Weekday(slices.Index(dayNames, d.Weekday))
	if d.Nth < 0 {
		last := first.AddDate(0, 1, -1)
		return last.AddDate(0, 0, -(int(last.Weekday()-want)+7)%7+d.Plus), true
	}
	t = first.AddDate(0, 0, (int(want-first.Weekday())+7)%7+7*(d.Nth-1))
	return t.AddDate(0, 0, d.Plus), t.Month() == first.Month()
}

// on is the name of the holiday on a day, "" if there is none.
func (h *Holidays) on(local time.Time) string {
	if h == nil {
		return ""
	}
	year := local.Year()
	h.mu.RLock()
	days, ok := h.years[year]
	h.mu.RUnlock()
	if !ok {
		days = h.reckon(year)
		h.mu.Lock()
		if h.years == nil || len(h.years) > 200 { // a table of years that nobody lives in would only grow
			h.years = map[int]map[int]string{}
		}
		h.years[year] = days
		h.mu.Unlock()
	}
	return days[dayOf(local)]
}

func (h *Holidays) reckon(year int) map[int]string {
	days := map[int]string{}
	for y := year - 1; y <= year+1; y++ { // a New Year on Saturday is kept on 31 December
		for _, d := range h.Days {
			t, ok := d.date(y)
			if !ok {
				continue
			}
			all := []time.Time{t}
			switch {
			case h.Observed && t.Weekday() == time.Saturday:
				all = append(all, t.AddDate(0, 0, -1))
			case h.Observed && t.Weekday() == time.Sunday:
				all = append(all, t.AddDate(0, 0, 1))
			}
			for _, t := range all {
				if t.Year() == year && days[dayOf(t)] == "" {
					days[dayOf(t)] = d.Name
				}
			}
		}
	}
	return days
}

// easter is Easter Sunday of the Gregorian calendar, by the algorithm that
// Nature published in 1876 (Butcher).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
