package ui

import (
	"fmt"
	"strconv"
)

// Count is a number of things, with commas between thousands.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Length is how long a sound is, in minutes and seconds; what is begun counts.
func Length(ms int64) string {
	s := (ms + 999) / 1000
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
