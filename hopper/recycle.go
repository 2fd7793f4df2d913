package hopper

import (
	"fmt"
	"time"

	"trunkline/dialer"
)

// Recycle has leads of a status dialed again without a reset of their list.
type Recycle struct {
	Status      dialer.Status
	Delay       time.Duration // since the last call
	MaxAttempts int           // calls beyond the first of each round
}

// Bounds of a Recycle. VICIdial's are 2 minutes, 12 hours and 10 attempts; days
// are of use as well, and nothing here grows with the attempts.
const (
	MinRecycleDelay    = 2 * time.Minute
	MaxRecycleDelay    = 30 * 24 * time.Hour
	MaxRecycleAttempts = 20
)

// Check refuses what makes no sense, with dialer.ErrInvalid.
func (r Recycle) Check() error {
	if r.Status == "" || len(r.Status) > 6 {
		return dialer.Explain(dialer.ErrInvalid, "A recycling needs a status of up to 6 letters.")
	}
	return r.CheckTimes(string(r.Status))
}

// CheckTimes is Check without the status: of is what is recycled.
func (r Recycle) CheckTimes(of string) error {
	switch {
	case r.Delay < MinRecycleDelay || r.Delay > MaxRecycleDelay:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("Recycling %s waits from %s to %d days, not %s.", of, "2 minutes", MaxRecycleDelay/(24*time.Hour), r.Delay))
	case r.MaxAttempts < 1 || r.MaxAttempts > MaxRecycleAttempts:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("Recycling %s allows 1 to %d more calls, not %d.", of, MaxRecycleAttempts, r.MaxAttempts))
	}
	return nil
}
