package hopper

import (
	"context"
	"fmt"
	"time"
)

// ClaimLife is how long a claim may stand before it counts as its dead owner's.
// A dialer commits the call's row in the transaction that deletes the hopper
// row, within milliseconds of the claim; so a row that is still there was never
// dialed and may be dialed by somebody else. A dialer that slept through this
// and wakes finds its row gone or claimed anew, and its transaction fails. A lead
// that an agent looks at before it is dialed stays claimed beyond that, for as
// long as the agent's session says so.
const ClaimLife = 10 * time.Second

// Swept says what a Sweep did.
type Swept struct {
	Removed int // rows that may not be called now
	Freed   int // claims whose owner is gone
	Passed  int // agents' callbacks that are anyone's now
}

// Sweep takes out of the hopper what may no longer be called and frees the
// claims of the dead. Claimed rows are left to their claimant, who asks
// compliance again before the call.
func Sweep(ctx context.Context, store Sweeper, campaigns []Campaign, sets []ZoneSet, now time.Time) (Swept, error) {
	var s Swept
	n, err := store.RemoveStopped(ctx)
	s.Removed += n
	if err != nil {
		return s, fmt.Errorf("sweeping stopped campaigns: %w", err)
	}
	for _, c := range campaigns {
		n, err := store.RemoveStale(ctx, RulesAt(c, sets, now))
		s.Removed += n
		if err != nil {
			return s, fmt.Errorf("sweeping campaign %s: %w", c.ID, err)
		}
	}
	s.Passed, err = store.ReleaseCallbacks(ctx, now)
	if err != nil {
		return s, fmt.Errorf("releasing callbacks: %w", err)
	}
	s.Freed, err = store.FreeClaims(ctx, now.Add(-ClaimLife), now.Add(ClaimLife))
	if err != nil {
		return s, fmt.Errorf("freeing claims: %w", err)
	}
	return s, nil
}
