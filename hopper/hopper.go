// Package hopper chooses the leads that are called next. The hopper is a small
// table of leads that may be called now; hopper-fill (Filler) keeps each active
// campaign's part of it at its level and throws out at once what may no longer
// be called, and the dialers claim rows from it. A lead is in the hopper at most
// once, by a unique key.
//
// The package also imports lead files (Import), because what a lead's calling
// hours hang on is worked out there.
package hopper

import (
	"context"
	"math"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Campaign is an active campaign as the filler sees it: of its settings only
// those that decide what is dialed, when and how fast.
type Campaign struct {
	dialer.Campaign
	Agents int             // agents on shift who take calls or will within a minute
	Ready  int             // of those, the ones waiting for a call now
	Lists  []dialer.ListID // its active lists
	Rows   int             // its rows in the hopper that nobody has claimed
}

// ZoneSet is a row of the table zone_sets.
type ZoneSet struct {
	ID  int                `db:"id"`
	Set compliance.ZoneSet `db:"zones"`
}

// Range is one range of the index leads_dialable: the leads of a list that were
// not called since its reset, of one status and one zone set, by id.
type Range struct {
	List    dialer.ListID `db:"list_id"`
	Status  dialer.Status `db:"status"`
	ZoneSet int           `db:"zone_set"`
	After   dialer.LeadID `db:"-"` // ids up to this one were read already
}

// Candidate is a lead that may go into the hopper, with what compliance asks.
type Candidate struct {
	Slot    int           `db:"slot"` // index of the Range it came from
	ID      dialer.LeadID `db:"id"`
	E164    string        `db:"e164"`
	State   string        `db:"state"`
	ZoneSet int           `db:"zone_set"`
	Called  int           `db:"called_count"`
}

// Fence names the lease under which rows are inserted. A holder that was
// overtaken inserts nothing. The zero Fence asks for no lease: an operator's
// single run beside the daemon, which the unique key keeps harmless.
type Fence struct {
	Name  string
	Epoch int64
}

// Store is where Fill reads leads and puts them into the hopper.
type Store interface {
	// Ranges lists those ranges of the campaign's lists that hold any lead now,
	// of the given statuses, whatever their zone set.
	Ranges(ctx context.Context, lists []dialer.ListID, statuses []dialer.Status) ([]Range, error)
	// Candidates reads from each range the next leads after Range.After, at most
	// each of them, by id, without those in the hopper or on either DNC.
	Candidates(ctx context.Context, campaign dialer.CampaignID, ranges []Range, each int) ([]Candidate, error)
	// Histories tells what is known of each of the numbers: the calls of all
	// campaigns to it, and what the callee said about being called. None of the
	// numbers given is missing from the answer (a number nobody called has a zero
	// History, which is not nil). It reads index ranges of the numbers alone: 500
	// numbers cost one statement and as many rows as they were called in
	// compliance.HistoryDays. Ask for many at once, of leads that hours and DNC
	// have let through.
	Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error)
	// Insert puts leads into the campaign's hopper, in the order of their ids,
	// and says how many. It judges each again in the same statement: a lead that
	// was dialed, or came into the hopper, since it was read is left out.
	Insert(ctx context.Context, campaign Campaign, leads []dialer.LeadID, fence Fence, now time.Time) (int, error)
}

// Sweeper is where Sweep takes out what does not belong in the hopper any more.
type Sweeper interface {
	// RemoveStopped removes the rows of campaigns that are not active.
	RemoveStopped(ctx context.Context) (int, error)
	// RemoveStale removes the campaign's unclaimed rows whose lead may not be
	// called now: its zone set is not among open, its number is on a DNC, its
	// list is off or moved away, or its status is not to be dialed any more.
	RemoveStale(ctx context.Context, campaign Campaign, open []int) (int, error)
	// FreeClaims frees the rows claimed before the given time.
	FreeClaims(ctx context.Context, before time.Time) (int, error)
}

// Level bounds: the fewest rows an active campaign without agents keeps ready,
// so that the first agent's calls go out at once, and the most that the
// arithmetic asks for.
const (
	minLevel = 50
	maxLevel = 20000
)

// Level is how many rows a campaign's hopper is kept at. A set HopperLevel is
// taken as it is; 0 means VICIdial's auto-hopper arithmetic, one minute of
// dialing:
//
//	agents × dial level × 60 / dial timeout, rounded up, between 50 and 20,000
//
// A dial level under 1 (a manual campaign has 0) counts as 1. VICIdial refills
// once a minute and needs all of it; our filler comes every second, so this is
// ample even when every call fails at once.
func Level(c Campaign) int {
	if c.HopperLevel > 0 {
		return c.HopperLevel
	}
	timeout := c.DialTimeout
	if timeout <= 0 {
		timeout = 15
	}
	want := math.Ceil(float64(c.Agents) * max(c.DialLevel, 1) * 60 / float64(timeout))
	return int(min(max(want, minLevel), maxLevel))
}
