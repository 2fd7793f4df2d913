// Package hopper chooses the leads that are called next. The hopper is a small
// table of leads that may be called now; hopper-fill (Filler) keeps each active
// campaign's part of it at its level and throws out at once what may no longer
// be called, and the dialers claim rows from it. A lead is in the hopper at most
// once, by a unique key.
//
// What holds a lead back is one table (reasons) that the selection (Fill) and
// the census of a campaign's leads (Explain) both go by.
package hopper

import (
	"context"
	"math"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Campaign is a campaign as the filler sees it: with the settings that decide
// what is dialed, and how much of it is in the hopper.
type Campaign struct {
	dialer.Campaign
	Agents   int // agents on shift who take calls or will within a minute
	Ready    int // of those, the ones waiting for a call now
	Rows     int // its rows in the hopper that nobody has claimed
	Lists    []List
	Order    Order
	Recycles []Recycle
	Filter   Filter
	Mix      []Step
	Broken   error // which of these settings cannot be applied; nothing is filled then
}

// List is a list as the selection sees it.
type List struct {
	ID        dialer.ListID     `db:"id"`
	Campaign  dialer.CampaignID `db:"campaign_id"`
	Name      string            `db:"name"`
	Active    bool              `db:"active"`
	ExpiresOn *time.Time        `db:"expires_on"`    // its last day; nil: none
	CallFrom  *int              `db:"call_from_min"` // calling hours that narrow the campaign's; nil: those
	CallTo    *int              `db:"call_to_min"`
	CallTime  string            `db:"call_time"` // a call time that narrows them; "": none
	CallerID  string            `db:"caller_id"` // shown in place of the campaign's number; "": that
	ResetAt   *time.Time        `db:"reset_at"`  // its last reset
}

// ZoneSet is a row of the table zone_sets.
type ZoneSet struct {
	ID  int                `db:"id"`
	Set compliance.ZoneSet `db:"zones"`
}

// Candidate is a lead that may go into the hopper: what the selection and
// compliance ask of it.
type Candidate struct {
	Facts
	ID       dialer.LeadID
	E164     string
	State    string
	Phrase   string // the lead's security phrase: a caller id, in a campaign that says so
	LastCall *time.Time
	Due      *time.Time          // when it is to be called back; nil: no callback is agreed
	Promise  dialer.CallbackKind // by whom
}

// Pick is a lead that goes into the hopper.
type Pick struct {
	Candidate
	Source   Source
	Priority int
	Step     int    // of the list mix; 0: none
	Phone    int    // which of the lead's further numbers; 0: its own
	Number   string // what is dialed
	Zone     int    // that number's zone set
}

// FurtherNumber is a number of a lead beside its own.
type FurtherNumber struct {
	Lead    dialer.LeadID `db:"id"`
	N       int           `db:"n"`
	E164    string        `db:"e164"`
	ZoneSet int           `db:"zone_set"`
}

// Source tells by what right a row is in the hopper. VICIdial's users know the
// letters.
type Source string

// The sources.
const (
	Standard  Source = "S"
	NthNew    Source = "N" // as the Nth NEW
	Recycled  Source = "R"
	Callback  Source = "C"
	Alternate Source = "A" // a further number of a lead whose last call reached nobody
)

// Priorities of hopper rows: higher goes first.
const (
	priorityCallback  = 50
	priorityAlternate = 25
)

// Row is what is in a campaign's hopper already.
type Row struct {
	ID      int64         `db:"id"`
	Lead    dialer.LeadID `db:"lead_id"`
	Source  Source        `db:"source"`
	Number  string        `db:"e164"`
	ZoneSet int           `db:"zone_set"` // the number's
	Step    int           `db:"mix_step"`
	Claimed bool          `db:"claimed"`
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
	// Rows lists what is in the campaign's hopper.
	Rows(ctx context.Context, campaign dialer.CampaignID) ([]Row, error)
	// Groups lists the groups of leads with these statuses that were not called
	// since the reset of their list, whatever their zone set.
	Groups(ctx context.Context, lists []dialer.ListID, statuses []dialer.Status) ([]Extent, error)
	// Read reads ranges of an index, all in as few statements as it can; Entry.Span
	// is the index of the Span that an entry is of.
	Read(ctx context.Context, spans []Span) ([]Entry, error)
	// GroupsOf tells which group each of these leads is in; an id without a lead is
	// absent.
	GroupsOf(ctx context.Context, leads []dialer.LeadID) (map[dialer.LeadID]Group, error)
	// Weigh estimates how many leads the groups hold, without reading them.
	Weigh(ctx context.Context, groups []Group) ([]int, error)
	// Sorted reads the first leads of a whole set in an order that no index has.
	Sorted(ctx context.Context, set Set, o Order, limit int) ([]dialer.LeadID, error)
	// Judge reads what the selection asks of the leads, in no order.
	Judge(ctx context.Context, c Campaign, leads []dialer.LeadID) ([]Candidate, error)
	// Passing tells which of the leads pass the filter.
	Passing(ctx context.Context, f Filter, leads []dialer.LeadID) ([]dialer.LeadID, error)
	// Latest tells how far leads have come in and were edited.
	Latest(ctx context.Context) (Latest, error)
	// News lists leads that came in or were edited after since, until latest, that
	// are of the lists and statuses dialed and pass the filter: the latest of both,
	// up to limit of each, by their ids.
	News(ctx context.Context, r *Rules, since, latest Latest, limit int) ([]dialer.LeadID, error)
	// Callbacks lists the leads whose callback for anyone is due and that were not
	// called since, longest due first.
	Callbacks(ctx context.Context, campaign dialer.CampaignID, now time.Time, limit int) ([]dialer.LeadID, error)
	// Alternates lists the further numbers, n within from and to, that are left to
	// dial of leads whose last call was placed since the given time and ended in one
	// of the statuses: by lead, each lead's in their order.
	Alternates(ctx context.Context, campaign dialer.CampaignID, after []dialer.Status, from, to int, since time.Time) ([]FurtherNumber, error)
	// AlternatesSaid lists the same of calls placed between two times that an agent
	// had, and may have said of only now what became of them.
	AlternatesSaid(ctx context.Context, campaign dialer.CampaignID, after []dialer.Status, from, to int, since, until time.Time) ([]FurtherNumber, error)
	// DNC tells which of the numbers are on the system's do-not-call list or on the
	// campaign's.
	DNC(ctx context.Context, campaign dialer.CampaignID, e164s []string) (map[string]bool, error)
	// Histories tells what is known of the numbers, each of them.
	Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error)
	// Insert puts leads into the campaign's hopper, in the order given, and says
	// how many. It judges each again in the same statement: a lead that was
	// dialed, or came into the hopper, since it was read is left out.
	Insert(ctx context.Context, campaign dialer.CampaignID, picks []Pick, fence Fence, now time.Time) (int, error)
}

// Extent is a group with the first and the last id in it.
type Extent struct {
	Group
	First dialer.LeadID `db:"first_id"`
	Last  dialer.LeadID `db:"last_id"`
}

// Set is all leads of some lists and statuses that were not called since their
// list's reset, in open zone sets.
type Set struct {
	Lists    []dialer.ListID
	Statuses []dialer.Status
	Open     []int
	Ahead    []int // how many seconds the clocks of each of Open are ahead of UTC
	Limit    int   // calls of a lead, ever; 0: any number
}

// Index names an index of leads by what it is in the order of.
type Index int

// The indexes.
const (
	IndexLead Index = iota // by the whole Group, then id
	IndexRank              // by list, round and status, then rank and id
	IndexCall              // by list, round and status, then last call and id
)

// Never is the last call of a lead that was not called yet.
const Never = -1

// Span is a range of an index: the leads beyond a key, or those equal to a key
// and beyond an id.
type Span struct {
	Index Index
	Group
	Down   bool          // the index is read backwards
	Tie    bool          // leads equal to Key, beyond After; else those beyond Key
	Key    int64         // a rank, or a last call: Unix milliseconds or Never
	Until  int64         // IndexCall without Tie: last called no later than that; 0: no bound
	After  dialer.LeadID // IndexLead, or with Tie
	IDDown bool          // with Tie: ids from the greatest
	Limit  int
}

// Entry is a lead as an index shows it.
type Entry struct {
	Span    int           `db:"slot"`
	ID      dialer.LeadID `db:"id"`
	Key     int64         `db:"k"`
	ZoneSet int           `db:"zone_set"`
	Calls   int           `db:"called_count"`
}

// Sweeper is where Sweep takes out what does not belong in the hopper any more.
type Sweeper interface {
	// RemoveStopped removes the rows of campaigns that are not active.
	RemoveStopped(ctx context.Context) (int, error)
	// RemoveStale removes the campaign's unclaimed rows whose lead may not be
	// called now.
	RemoveStale(ctx context.Context, r *Rules) (int, error)
	// RemoveRows removes those of the rows that nobody has claimed.
	RemoveRows(ctx context.Context, ids []int64) (int, error)
	// ReleaseCallbacks makes agents' own callbacks anyone's whose time has come and
	// whose agent has no account any more, or let them pass for longer than the
	// campaign waits.
	ReleaseCallbacks(ctx context.Context, now time.Time) (int, error)
	// FreeClaims frees the rows claimed before a time or after another, but for
	// those that an agent looks at.
	FreeClaims(ctx context.Context, before, after time.Time) (int, error)
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
//	multiplier × agents × dial level × 60 / dial timeout, rounded up, between 50 and 20,000
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
	multiplier := c.Multiplier
	if multiplier <= 0 {
		multiplier = 1
	}
	want := math.Ceil(multiplier * float64(c.Agents) * max(c.DialLevel, 1) * 60 / float64(timeout))
	return int(min(max(want, minLevel), maxLevel))
}

func statuses(c Campaign) []dialer.Status {
	var all []dialer.Status
	for _, s := range strings.Fields(c.DialStatuses) {
		all = append(all, dialer.Status(s))
	}
	return all
}
