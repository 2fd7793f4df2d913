package facts

import (
	"time"

	"trunkline/dialer"
)

// Selection is what a campaign's choice of leads goes by beside its settings.
type Selection struct {
	Then            string `db:"order_then"`           // order among leads equal by the campaign's
	Filter          string `db:"lead_filter"`          // name of the filter in use; "": none
	MixMethod       string `db:"mix_method"`           // "": no list mix
	AutoAlt         string `db:"auto_alt"`             // further numbers that are dialed; "": none
	AltAfter        string `db:"auto_alt_statuses"`    // after calls that ended so
	CustomCallerID  bool   `db:"custom_caller_id"`     // the lead's security phrase is shown
	CallbackRelease int    `db:"callback_release_min"` // minutes after which an agent's callback is anyone's; 0: never

	// Seen is how many changes the campaign, FilterSeen how many the filter in use
	// has seen: see audit.Record. Below 0 what is saved is saved whatever others did.
	Seen, FilterSeen int

	Recycles   []Recycle
	Groups     []string   // names of all status groups, by which recycling and filters may go
	Filters    []string   // that can be used
	Conditions LeadFilter // of the filter in use
	Mix        []MixLine
	Lists      []ListName // of the campaign
}

// Recycle has leads of a status, or of those of a status group, dialed again
// without a reset.
type Recycle struct {
	Status dialer.Status // "": of Group
	Group  string        // name of a status group; "": of Status
	Delay  time.Duration // since the last call
	Max    int           // calls beyond the first
}

// LeadFilter is a named filter as a form shows it, or a group of conditions
// within one.
type LeadFilter struct {
	Name   string // "": of a group
	Any    bool   // one condition is enough; else all must hold
	Where  []LeadCondition
	Broken bool // what is stored under the name cannot be read
}

// LeadCondition is one test of one field, or a group in its place. What it takes
// is separated by commas; a value that has one, or begins with a quotation mark,
// stands in quotation marks.
type LeadCondition struct {
	Field, Op, Values string
	Group             *LeadFilter
}

// MixLine is a step of a list mix.
type MixLine struct {
	List     dialer.ListID
	Percent  int
	Order    string
	Statuses string // "": the campaign's
}

// ListName is a list by its number and name.
type ListName struct {
	ID   dialer.ListID `db:"id"`
	Name string        `db:"name"`
}
