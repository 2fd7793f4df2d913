package report

import (
	"context"
	"fmt"
	"time"

	"trunkline/dialer"
)

// Query is what a reader asks for.
type Query struct {
	From, To  time.Time           // whole days of Zone; To excluded
	Zone      *time.Location      // of the office
	Now       time.Time           // the database's clock
	Campaigns []dialer.CampaignID // that the reader may see, and asked for
	Lists     []dialer.ListID     // nil: all
	Users     []dialer.UserID     // nil: all
	By        By                  // of reports whose rows can be had in several ways
}

// By is what the rows of a report are.
type By string

// The ways to have rows.
const (
	ByDay       By = "day"
	ByHour      By = "hour"     // each hour of each day
	ByHourOfDay By = "dayhour"  // all days' nine o'clocks together, and so on
	ByList      By = "list"     //
	ByCampaign  By = "campaign" //
	ByWeekday   By = "weekday"  //
)

// ByNames are the ways in words, in the order of a choice.
var ByNames = []struct {
	By   By
	Name string
}{{ByDay, "Day"}, {ByHour, "Hour"}, {ByHourOfDay, "Hour of the day"}, {ByWeekday, "Weekday"}, {ByList, "List"}, {ByCampaign, "Campaign"}}

// The longest that a query may be.
const (
	MaxDays  = 366 * 3
	maxHours = 92 // days whose hours are asked for
)

// Check says what is wrong with a query, as a sentence for its reader.
func (q Query) Check() error {
	days := int(q.To.Sub(q.From).Hours()/24 + 0.5)
	switch {
	case !q.From.Before(q.To):
		return dialer.Explain(nil, "The last day comes before the first. Swap them.")
	case days > MaxDays:
		return dialer.Explain(nil, "A report covers three years at most. Choose a later first day.")
	case (q.By == ByHour || q.By == ByHourOfDay) && days > maxHours:
		return dialer.Explain(nil, fmt.Sprintf("By the hour a report covers %d days at most. Choose fewer days, or rows by day.", maxHours))
	}
	return nil
}

// ZoneName is what the office's clock is called on the query's days, such as EST, or
// "EST and EDT" where it is moved between them.
func (q Query) ZoneName() string {
	first, last := q.From.In(q.Zone).Format("MST"), q.To.Add(-1).In(q.Zone).Format("MST")
	if first != last {
		return first + " and " + last
	}
	return first
}

// Days are the midnights of the query's days, the first to the last.
func (q Query) Days() []time.Time {
	var all []time.Time
	y, m, d := q.From.In(q.Zone).Date()
	for i := 0; ; i++ {
		day := time.Date(y, m, d+i, 0, 0, 0, 0, q.Zone)
		if !day.Before(q.To) {
			return all
		}
		all = append(all, day)
	}
}

// Hours are the starts of the query's hours. A day on which the clock is moved
// has one more or less.
func (q Query) Hours() []time.Time {
	var all []time.Time
	for at := q.From; at.Before(q.To); at = at.Add(time.Hour) {
		all = append(all, at.In(q.Zone))
	}
	return all
}

// Group is the query's rows by time: where each begins, and its name. Several
// groups may have one name: they are one row.
type Group struct {
	At   time.Time
	Name string
}

// Groups are the rows of a query by time; one nameless group where its rows are
// something else.
func (q Query) Groups() []Group {
	var all []Group
	dayName := "Mon 2 Jan"
	if q.From.In(q.Zone).Year() != q.To.Add(-1).In(q.Zone).Year() {
		dayName = "Mon 2 Jan 2006" // a name stands for one day
	}
	switch q.By {
	case ByHour:
		for _, at := range q.Hours() {
			all = append(all, Group{at, at.Format("Mon 2 Jan 15:04")})
		}
		// The hour that comes twice as the clock goes back is two rows.
		for i := len(all) - 1; i > 0; i-- {
			if g, before := &all[i], &all[i-1]; g.Name == before.Name {
				g.Name, before.Name = g.Name+g.At.Format(" MST"), before.Name+before.At.Format(" MST")
			}
		}
	case ByHourOfDay:
		for _, at := range q.Hours() {
			all = append(all, Group{at, at.Format("15:00")})
		}
	case ByDay:
		for _, at := range q.Days() {
			all = append(all, Group{at, at.Format(dayName)})
		}
	case ByWeekday:
		for _, at := range q.Days() {
			all = append(all, Group{at, at.Format("Monday")})
		}
	default:
		all = []Group{{q.From, ""}}
	}
	return all
}

// Ask is a question for sums.
type Ask struct {
	Query
	Bounds     []time.Time // where groups begin, in order; the sums' Group is an index of it
	ByCampaign bool
	ByList     bool
	Together   bool // of agents' calls: those of all agents and outcomes as one sum
}

// ask is the question for a query's sums as one group, whatever its rows.
func (q Query) ask() Ask { return Ask{Query: q, Bounds: []time.Time{q.From}} }

// grouped is the question for a query's sums by its groups.
func (q Query) grouped() (Ask, []Group) {
	a, groups := q.ask(), q.Groups()
	a.Bounds = make([]time.Time, len(groups))
	for i, g := range groups {
		a.Bounds[i] = g.At
	}
	a.ByList, a.ByCampaign = q.By == ByList, q.By == ByCampaign
	return a, groups
}

// Coarsest is the longest span that none of the question's groups cuts: one
// group needs no bounds but its own.
func (a Ask) Coarsest() Span {
	coarsest := Day
	for _, at := range a.Bounds[1:] {
		for coarsest > Quarter && !coarsest.Start(at).Equal(at) {
			coarsest--
		}
	}
	return coarsest
}

// Source gives what reports are made of.
type Source interface {
	Calls(ctx context.Context, a Ask) ([]CallSum, error)
	Causes(ctx context.Context, a Ask) ([]CauseSum, error)
	Agents(ctx context.Context, a Ask) ([]AgentSum, error)
	Times(ctx context.Context, a Ask) ([]TimeSum, error)
	// Under are the stretches of agents' time that go on; their To is zero.
	Under(ctx context.Context, q Query) ([]Period, error)
	Words(ctx context.Context) (Words, error)
	Leads(ctx context.Context, lists []dialer.ListID) ([]LeadCount, error)
	Hopper(ctx context.Context, q Query) ([]HopperCount, error)
	Callbacks(ctx context.Context, q Query) ([]CallbackCount, error)
	// Begins are when campaigns placed their first calls.
	Begins(ctx context.Context, campaigns []dialer.CampaignID) (map[dialer.CampaignID]time.Time, error)
	CallLog
}

// LeadCount is leads of a list as they are now.
type LeadCount struct {
	List   dialer.ListID `db:"list_id"`
	Status dialer.Status `db:"status"`
	Fresh  bool          `db:"fresh"` // not called since the list's reset
	Leads  int64         `db:"leads"`
	Called int64         `db:"called"` // of them, ever called
	Dials  int64         `db:"dials"`
}

// HopperCount is leads in the hopper now.
type HopperCount struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	List     dialer.ListID     `db:"list_id"`
	Source   string            `db:"source"` // S standard, N new, R recycled, C callback, A further number
	Claimed  bool              `db:"claimed"`
	Leads    int64             `db:"leads"`
}

// CallbackCount is callbacks that are due in the time asked for.
type CallbackCount struct {
	Campaign dialer.CampaignID    `db:"campaign_id"`
	User     dialer.UserID        `db:"user_id"` // whose they are
	Kind     dialer.CallbackKind  `db:"kind"`
	State    dialer.CallbackState `db:"state"`
	Late     bool                 `db:"late"` // was due before now
	N        int64                `db:"n"`
	Tries    int64                `db:"tries"`
}

// Words are the names of what the sums know by number.
type Words struct {
	Campaigns []Campaign
	Lists     []List
	Users     []User
	Carriers  map[dialer.CarrierID]string
	Servers   map[dialer.ServerID]string
	Outcomes  map[dialer.Status]Outcome
	Pauses    map[string]string
}

// Campaign is a campaign as the reports need it.
type Campaign struct {
	ID       dialer.CampaignID `db:"id"`
	Name     string            `db:"name"`
	Active   bool              `db:"active"`
	Archived bool              `db:"archived"`
	Dials    string            `db:"dial_statuses"` // separated by spaces
	DropRule string            `db:"drop_rule"`
	AMD      dialer.AMDMode    `db:"amd"`
	Mistaken float64           `db:"amd_mistaken_percent"`
}

// List is a list as the reports need it.
type List struct {
	ID       dialer.ListID     `db:"id"`
	Campaign dialer.CampaignID `db:"campaign_id"`
	Name     string            `db:"name"`
	Active   bool              `db:"active"`
}

// User is somebody who may have had calls.
type User struct {
	ID       dialer.UserID `db:"id"`
	Username string        `db:"username"`
	Name     string        `db:"name"`
}

// outcome is what a status means; of one that has been deleted nobody knows.
func (w Words) outcome(s dialer.Status) Outcome {
	if o, ok := w.Outcomes[s]; ok {
		return o
	}
	if s == "" {
		return Outcome{Name: "No outcome"}
	}
	return Outcome{Status: s, Name: string(s), Gone: true}
}

func (w Words) campaign(id dialer.CampaignID) Campaign {
	for _, c := range w.Campaigns {
		if c.ID == id {
			return c
		}
	}
	return Campaign{ID: id, Name: string(id)}
}

func (w Words) list(id dialer.ListID) string {
	for _, l := range w.Lists {
		if l.ID == id {
			return fmt.Sprintf("%d %s", l.ID, l.Name)
		}
	}
	if id == 0 {
		return "Dialed by hand, no list"
	}
	return fmt.Sprint(int64(id))
}

func (w Words) user(id dialer.UserID) string {
	for _, u := range w.Users {
		if u.ID == id {
			return u.Name
		}
	}
	return fmt.Sprintf("user %d", int64(id))
}
