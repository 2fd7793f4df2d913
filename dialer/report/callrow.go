package report

import (
	"context"
	"slices"
	"time"

	"trunkline/dialer"
)

// CallRow is an ended call of the log, as it is exported.
type CallRow struct {
	ID         dialer.CallID     `db:"id"`
	Campaign   dialer.CampaignID `db:"campaign_id"`
	List       dialer.ListID     `db:"list_id"`
	Lead       dialer.LeadID     `db:"lead_id"`
	E164       string            `db:"e164"`
	PlacedAt   time.Time         `db:"placed_at"`
	RingingAt  *time.Time        `db:"ringing_at"`
	AnsweredAt *time.Time        `db:"answered_at"`
	WantedAt   *time.Time        `db:"wanted_at"`
	BridgedAt  *time.Time        `db:"bridged_at"`
	DroppedAt  *time.Time        `db:"dropped_at"`
	InGroup    dialer.InGroupID  `db:"in_group"`
	EndedAt    *time.Time        `db:"ended_at"`
	Status     dialer.Status     `db:"status"`
	Cause      int               `db:"cause"`
	SIPCode    int               `db:"sip_code"`
	EndedBy    dialer.Party      `db:"ended_by"`
	AMD        string            `db:"amd"`
	Manual     bool              `db:"manual"`
	Server     dialer.ServerID   `db:"server_id"`
	Carrier    dialer.CarrierID  `db:"carrier_id"`
	User       dialer.UserID     `db:"user_id"`
	Rule       string            `db:"verdict_rule"`
	FirstName  string            `db:"first_name"`
	LastName   string            `db:"last_name"`
	VendorCode string            `db:"vendor_lead_code"`
}

// CallLog gives the log page by page.
type CallLog interface {
	// CallRows are a campaign's ended calls after one (from at on, and with at
	// itself those of a higher id), by the time they were placed.
	CallRows(ctx context.Context, q Query, campaign dialer.CampaignID, at time.Time, after dialer.CallID, limit int) ([]CallRow, error)
}

// callPage is how many calls are read at once: memory stays flat.
const callPage = 2000

// CallColumns are the columns of an export of calls: logColumns, where the moment
// has the office's zone in its head, as a file's cells have no room for it.
func (q Query) CallColumns() []Column {
	all := slices.Clone(logColumns)
	all[0].Name += ", " + q.ZoneName()
	return all
}

var logColumns = []Column{
	{"Placed", Moment, "when it went to the carrier"}, {"Campaign", Code, ""}, {"List", Code, ""}, {"Lead", Code, "its number here"}, {"Vendor code", Code, ""},
	{"Number", Text, ""}, {"First name", Text, ""}, {"Last name", Text, ""}, {"Outcome", Code, ""}, {"Outcome in words", Text, ""}, {"Met", Text, "what the call came upon"},
	{"Agent", Text, ""}, {"By hand", Text, "dialed by its agent"}, {"Rang", Seconds, "until the answer or the end"}, {"Waited", Seconds, "for an agent"},
	{"Talked", Seconds, "with an agent"}, {"In-group", Code, "in which it waited"}, {"Ended by", Text, ""}, {"Answering machine detection", Code, ""}, {"SIP", Code, "final response"}, {"Q.850", Code, "cause"},
	{"Carrier", Text, ""}, {"Server", Text, ""}, {"Calling rule", Code, "that would have ended first"}, {"Call", Code, "its number here"},
}

// ExportCalls hands over each ended call of a query, campaign by campaign, in
// the order they were placed, and returns how many there were.
func ExportCalls(ctx context.Context, log CallLog, w Words, q Query, row func([]Value) error) (n int, err error) {
	for _, campaign := range q.Campaigns {
		at, after := q.From, dialer.CallID(0)
		for {
			page, err := log.CallRows(ctx, q, campaign, at, after, callPage)
			if err != nil {
				return n, err
			}
			for _, c := range page {
				if err := row(c.values(w, q.Zone)); err != nil {
					return n, err
				}
				at, after = c.PlacedAt, c.ID
				n++
			}
			if len(page) < callPage {
				break
			}
		}
	}
	return n, nil
}

func (c CallRow) values(w Words, zone *time.Location) []Value {
	o := w.outcome(c.Status)
	answered := int64(0)
	if c.AnsweredAt != nil {
		answered = 1
	}
	met := ""
	for i, n := range MetOf(o, Calls{Calls: 1, Answered: answered}) {
		if n > 0 {
			met = MetNames[i]
		}
	}
	agent, hand := "", ""
	if c.User != 0 {
		agent = w.user(c.User)
	}
	if c.Manual {
		hand = "yes"
	}
	rang := c.AnsweredAt
	if rang == nil {
		rang = c.EndedAt
	}
	return []Value{
		at(c.PlacedAt.In(zone)), text(string(c.Campaign)), id(int64(c.List)), id(int64(c.Lead)), text(c.VendorCode),
		text(c.E164), text(c.FirstName), text(c.LastName), text(string(c.Status)), text(o.Name), text(met),
		text(agent), text(hand), between(&c.PlacedAt, rang), between(c.WantedAt, c.BridgedAt),
		between(c.BridgedAt, c.EndedAt), text(string(c.InGroup)), text(string(c.EndedBy)), text(c.AMD), id(int64(c.SIPCode)), id(int64(c.Cause)),
		text(w.Carriers[c.Carrier]), text(w.Servers[c.Server]), text(c.Rule), text(c.ID.String()),
	}
}
