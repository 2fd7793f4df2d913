package facts

import "trunkline/dialer"

// CallTime is named calling hours.
type CallTime struct {
	ID        string       `db:"id" json:"id"`
	Name      string       `db:"name" json:"name"`
	Mon       string       `db:"mon" json:"mon"` // times such as 9:00-12:30 13:30-20:00; "": closed
	Tue       string       `db:"tue" json:"tue"`
	Wed       string       `db:"wed" json:"wed"`
	Thu       string       `db:"thu" json:"thu"`
	Fri       string       `db:"fri" json:"fri"`
	Sat       string       `db:"sat" json:"sat"`
	Sun       string       `db:"sun" json:"sun"`
	States    string       `db:"states" json:"states"` // lines such as FL Sat closed
	Holidays  bool         `db:"holidays" json:"holidays"`
	Campaigns dialer.Scope `db:"campaigns" json:"campaigns"` // that keep it
	Lists     int          `db:"lists" json:"-"`             // that keep it
}

// Holiday is a day with hours of its own, or none.
type Holiday struct {
	ID    int64  `db:"id" json:"-"`
	Day   string `db:"day" json:"day"` // YYYY-MM-DD
	Name  string `db:"name" json:"name"`
	Hours string `db:"hours" json:"hours"` // "": no calls
}
