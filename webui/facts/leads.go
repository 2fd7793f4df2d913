package facts

import (
	"fmt"
	"time"

	"trunkline/dialer"
)

// LeadLine is a lead as a search finds it.
type LeadLine struct {
	ID         dialer.LeadID     `db:"id"`
	ListID     dialer.ListID     `db:"list_id"`
	ListName   string            `db:"list_name"`
	Campaign   dialer.CampaignID `db:"campaign_id"`
	Status     dialer.Status     `db:"status"`
	StatusName string            `db:"status_name"`
	E164       string            `db:"e164"`
	Name       string            `db:"name"`
	City       string            `db:"city"`
	State      string            `db:"state"`
	Vendor     string            `db:"vendor_lead_code"`
	Called     int               `db:"called_count"`
	LastCalled *time.Time        `db:"last_called_at"`
}

// LeadQuery is what leads are looked for by: one of the first five.
type LeadQuery struct {
	ID     dialer.LeadID
	E164   string
	Vendor string
	Last   string // beginning of the last name
	First  string // and of the first
	List   dialer.ListID
	Status dialer.Status // with List
	After  dialer.LeadID
	Limit  int
}

// SetLead is a lead's fields as its form has them.
type SetLead struct {
	ID             dialer.LeadID     `db:"id" json:"id"`
	ListID         dialer.ListID     `db:"list_id" json:"list_id"`
	Campaign       dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // of the list
	Status         dialer.Status     `db:"status" json:"status"`
	PhoneCode      string            `db:"phone_code" json:"phone_code"`
	PhoneNumber    string            `db:"phone_number" json:"phone_number"`
	E164           string            `db:"e164" json:"e164"`
	VendorLeadCode string            `db:"vendor_lead_code" json:"vendor_lead_code"`
	SourceID       string            `db:"source_id" json:"source_id"`
	Title          string            `db:"title" json:"title"`
	FirstName      string            `db:"first_name" json:"first_name"`
	MiddleInitial  string            `db:"middle_initial" json:"middle_initial"`
	LastName       string            `db:"last_name" json:"last_name"`
	Address1       string            `db:"address1" json:"address1"`
	Address2       string            `db:"address2" json:"address2"`
	Address3       string            `db:"address3" json:"address3"`
	City           string            `db:"city" json:"city"`
	State          string            `db:"state" json:"state"`
	Province       string            `db:"province" json:"province"`
	PostalCode     string            `db:"postal_code" json:"postal_code"`
	CountryCode    string            `db:"country_code" json:"country_code"`
	Gender         string            `db:"gender" json:"gender"`
	DateOfBirth    string            `db:"date_of_birth" json:"date_of_birth"`
	AltPhone       string            `db:"alt_phone" json:"alt_phone"`
	Email          string            `db:"email" json:"email"`
	SecurityPhrase string            `db:"security_phrase" json:"security_phrase"`
	Comments       string            `db:"comments" json:"comments"`
	Rank           int               `db:"lead_rank" json:"rank"`
	Owner          string            `db:"owner" json:"owner"`
	VerifiedZone   string            `db:"verified_zone" json:"verified_zone"`
}

// LeadFacts is what is known of a lead beside its fields.
type LeadFacts struct {
	Called           int             `db:"called_count"`
	CalledSinceReset int             `db:"called_since_reset"`
	LastCalled       *time.Time      `db:"last_called_at"`
	CreatedAt        time.Time       `db:"created_at"`
	ChangedAt        *time.Time      `db:"changed_at"`
	ImportID         dialer.ImportID `db:"import_id"`
	Zones            string          `db:"zones"`
	CustomJSON       []byte          `db:"custom"`
	InHopper         bool            `db:"in_hopper"`

	Seen      int // audited changes of the lead: see audit.Record
	Custom    map[string]string
	Fields    []dialer.CustomField
	Phones    []LeadPhone
	Callbacks []dialer.CallbackLine
	Calls     []PastCall
	DNC       dialer.DNCScope
}

// Overtaken refuses a field of a lead that somebody changed while another typed.
func Overtaken(label, now string) error {
	is := "emptied " + label
	if now != "" {
		is = fmt.Sprintf("changed %s to %q", label, now)
	}
	return dialer.Explain(dialer.ErrConflict, "Somebody "+is+" meanwhile, so yours was not saved. Press Enter in the field to save yours all the same, or type what is right.")
}

// LeadPhone is a further number of a lead.
type LeadPhone struct {
	N        int           `db:"n"`
	Label    string        `db:"label"`
	E164     string        `db:"e164"`
	Active   bool          `db:"active"`
	Status   dialer.Status `db:"status"`
	Called   int           `db:"called_count"`
	CalledAt *time.Time    `db:"called_at"`
}

// DNCLogLine is a line of the do-not-call log.
type DNCLogLine struct {
	ID       int64             `db:"id"`
	At       time.Time         `db:"at"`
	Action   string            `db:"action"` // add, remove
	Campaign dialer.CampaignID `db:"campaign_id"`
	E164     string            `db:"e164"`
	Source   string            `db:"source"`
	Note     string            `db:"note"`
	Who      string            `db:"who"`
}
