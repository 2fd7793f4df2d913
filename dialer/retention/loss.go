package retention

import "fmt"

// Names are what the things are called in sentences.
var Names = map[What]string{
	Recordings: "recordings", Calls: "rows of calls", AgentLog: "rows of agents' states", Samples: "rows of how full servers were",
}

// Of says what is lost: "1,204 recordings (3.1 GB), the oldest of 3 January 2026".
func (l Loss) Of(what What) string {
	s := fmt.Sprintf("%d %s", l.Rows, Names[what])
	if l.Bytes > 0 {
		s += " (" + Size(l.Bytes) + ")"
	}
	if l.Oldest != nil {
		s += ", the oldest of " + l.Oldest.UTC().Format("2 January 2006")
	}
	return s
}

// Kept is for how many days something is kept, as people read it.
func Kept(days int) string {
	switch days {
	case 0:
		return "for ever"
	case 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// Size is a number of bytes as people read it.
func Size(n int64) string {
	const k = 1000
	switch {
	case n >= k*k*k:
		return fmt.Sprintf("%.1f GB", float64(n)/(k*k*k))
	case n >= k*k:
		return fmt.Sprintf("%.1f MB", float64(n)/(k*k))
	case n >= k:
		return fmt.Sprintf("%.0f kB", float64(n)/k)
	}
	return fmt.Sprintf("%d bytes", n)
}
