package dialer

// CustomType is what a custom field holds.
type CustomType string

// The types of custom field, as VICIdial's operators know them.
const (
	CustomText     CustomType = "TEXT"     // one line, up to 255 characters
	CustomArea     CustomType = "AREA"     // up to 4,000 characters
	CustomNumber   CustomType = "NUMBER"   // decimal
	CustomDate     CustomType = "DATE"     // YYYY-MM-DD
	CustomTime     CustomType = "TIME"     // HH:MM
	CustomSelect   CustomType = "SELECT"   // one of the options
	CustomMulti    CustomType = "MULTI"    // several of the options, comma-separated
	CustomCheckbox CustomType = "CHECKBOX" // 1 or empty
	CustomReadonly CustomType = "READONLY" // shown to agents, changed by imports and admins only
	CustomHidden   CustomType = "HIDDEN"   // not shown to agents
)

// CustomField is a field that a list's leads have beyond the standard ones.
type CustomField struct {
	ID       int64      `db:"id"`
	ListID   ListID     `db:"list_id"`
	Name     string     `db:"name"`    // lower-case letters, digits and _, up to 40
	Label    string     `db:"label"`   // as agents see it
	Type     CustomType `db:"type"`    //
	Options  string     `db:"options"` // of SELECT and MULTI, one a line
	Required bool       `db:"required"`
	Position int        `db:"position"`
}
