package dialer

import "time"

// CallbackID names a callback.
type CallbackID int64

// CallbackKind is who calls back.
type CallbackKind string

// The kinds, in VICIdial's words.
const (
	CallbackAnyone   CallbackKind = "ANYONE"   // dialed at its time, for whoever is free
	CallbackUserOnly CallbackKind = "USERONLY" // its agent dials it
)

// CallbackState is where a callback stands.
type CallbackState string

// The states. ACTIVE and LIVE are open; a lead has one open callback at most.
const (
	CallbackActive CallbackState = "ACTIVE" // waits for its time
	CallbackLive   CallbackState = "LIVE"   // in the hopper, or being dialed
	CallbackDone   CallbackState = "DONE"   // the customer was reached
	CallbackDead   CallbackState = "DEAD"   // cancelled, or given up after several tries
)

// Callback is a call that a customer was promised.
type Callback struct {
	ID         CallbackID    `db:"id"`
	CampaignID CampaignID    `db:"campaign_id"`
	LeadID     LeadID        `db:"lead_id"`
	Kind       CallbackKind  `db:"kind"`
	UserID     UserID        `db:"user_id"` // whose it is
	DueAt      time.Time     `db:"due_at"`
	Zone       string        `db:"zone"` // IANA zone of the customer, in which it was agreed
	State      CallbackState `db:"state"`
	Tries      int           `db:"tries"` // calls at its time that reached nobody
	Comments   string        `db:"comments"`
	MadeBy     UserID        `db:"made_by"`
	CreatedAt  time.Time     `db:"created_at"`
	ChangedAt  time.Time     `db:"changed_at"`
}

// CallbackAsk is what an agent promised a customer.
type CallbackAsk struct {
	Kind  CallbackKind `json:"kind"`
	DueAt time.Time    `json:"due_at"`
	Zone  string       `json:"zone"`
}

// CallbackTries is how many calls at its time may reach nobody before a callback
// is given up, and CallbackAgain how long after each the next is due.
const (
	CallbackTries = 5
	CallbackAgain = 30 * time.Minute
)

// AfterCall is the callback after a call to its lead that ended with a status:
// reached tells that a person was on the line, never that nobody is to call
// there again. A call before its time that reached nobody leaves it as it was.
// Pure.
func (c Callback) AfterCall(reached, never bool, now time.Time) Callback {
	switch {
	case never:
		c.State = CallbackDead
	case reached:
		c.State = CallbackDone
	case now.Before(c.DueAt):
		return c
	case c.Tries+1 >= CallbackTries:
		c.State, c.Tries = CallbackDead, c.Tries+1
	default:
		c.State, c.Tries, c.DueAt = CallbackActive, c.Tries+1, now.Add(CallbackAgain)
	}
	c.ChangedAt = now
	return c
}

// Open tells whether the promise stands.
func (c Callback) Open() bool { return c.State == CallbackActive || c.State == CallbackLive }

// CallbackLine is a callback with whom it is for.
type CallbackLine struct {
	Callback
	ListID       ListID `db:"list_id"`
	E164         string `db:"e164"`
	LeadStatus   Status `db:"lead_status"`
	LeadName     string `db:"lead_name"`
	Agent        string `db:"agent"` // how UserID is called
	CampaignName string `db:"campaign_name"`
	DoNotCall    bool   `db:"do_not_call"` // the number is on a do-not-call list of the campaign's: nobody calls
}
