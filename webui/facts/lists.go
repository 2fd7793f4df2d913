package facts

import "trunkline/dialer"

// SetList is what is set for a list.
type SetList struct {
	ID          dialer.ListID     `db:"id" json:"id"`
	Name        string            `db:"name" json:"name"`
	Description string            `db:"description" json:"description"`
	Campaign    dialer.CampaignID `db:"campaign_id" json:"campaign_id"`
	Active      bool              `db:"active" json:"active"`
	ExpiresOn   string            `db:"expires_on" json:"expires_on"`   // YYYY-MM-DD, the last day; "": never
	ResetTimes  string            `db:"reset_times" json:"reset_times"` // HH:MM of the office's day, space-separated
	ResetLimit  int               `db:"reset_limit" json:"reset_limit"` // a day; 0: any number
	Hours       string            `db:"hours" json:"hours"`             // HH:MM-HH:MM that narrow the campaign's; "": the campaign's
	CallTime    string            `db:"call_time_id" json:"call_time_id"`
	CallerID    string            `db:"caller_id" json:"caller_id"` // "": the campaign's
}

// ListStatus is how many leads of a list have a status.
type ListStatus struct {
	Status dialer.Status `db:"status"`
	Name   string        `db:"name"`
	Leads  int           `db:"leads"`
	Fresh  int           `db:"fresh"` // not called since the list's reset
}

// SetCustomField is a field of a list's own as its form has it.
type SetCustomField struct {
	ID       int64             `db:"id" json:"id"`
	ListID   dialer.ListID     `db:"list_id" json:"list_id"`
	Name     string            `db:"name" json:"name"`
	Label    string            `db:"label" json:"label"`
	Type     dialer.CustomType `db:"type" json:"type"`
	Options  string            `db:"options" json:"options"`
	Required bool              `db:"required" json:"required"`
	Position int               `db:"position" json:"position"`
}
