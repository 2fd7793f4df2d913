package facts

import "trunkline/dialer"

// ErrUndecided is a shift that cannot go on on another server yet.
var ErrUndecided = dialer.Explain(dialer.ErrUnavailable, "Whether your customer is still on the line is being found out. Click again in a moment.")

// WebForm is a page elsewhere that agents open with the customer's data in its
// address.
type WebForm struct {
	ID       string            `db:"id" json:"id"`
	Name     string            `db:"name" json:"name"`
	Campaign dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // "": every campaign
	URL      string            `db:"url" json:"url"`                 // http or https, with variables in braces
	ByItself bool              `db:"by_itself" json:"by_itself"`     // opens when the call is there
	Position int               `db:"position" json:"position"`
}

// TransferPreset is somebody to whom agents pass calls on.
type TransferPreset struct {
	ID       int64             `db:"id" json:"-"`
	Campaign dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // "": every campaign
	Name     string            `db:"name" json:"name"`
	E164     string            `db:"e164" json:"e164"`
	Position int               `db:"position" json:"position"`
}

// Day is what an agent did since the day began.
type Day struct {
	Today
	States   map[dialer.AgentState]int // seconds in each; the present state not with them
	Promised int                       // own callbacks whose time has come today
	Kept     int                       // those of them that were kept
}

// Customer is a lead as its agent sees and edits it.
type Customer struct {
	Lead   SetLead
	Fields []dialer.CustomField // of its list, those hidden from agents left out
	Custom map[string]string    // their values by name
}

// Draft is what an agent has typed of the call on the desk and not saved.
type Draft struct {
	Call         dialer.CallID `db:"call_id"`
	Version      int64         `db:"version"` // another with each writing
	Status       string        `db:"status"`  // the outcome that is chosen; "": none yet
	Note         string        `db:"note"`
	CallbackAt   string        `db:"callback_at"` // on the customer's clock, 2006-01-02T15:04; "": not chosen
	CallbackMine bool          `db:"callback_mine"`
	Fields       string        `db:"fields"` // of the customer, JSON of the page's own; "": none
}
