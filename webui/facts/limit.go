package facts

import "time"

// Limit is how often something may be tried: Burst times at once, and once more
// each Every.
type Limit struct {
	Burst int
	Every time.Duration
}
