package dialer

import (
	"encoding/json"
	"fmt"
	"strings"
)

// InGroupID is an in-group's code, 2 to 20 capital letters, digits, dashes and
// underscores.
type InGroupID string

// InGroup is a queue of callers for the agents of one or more campaigns
// (VICIdial's in-group; its campaigns are what VICIdial calls closer campaigns).
// Calls of a higher priority are handed out first, of the same those that have
// waited longest, and all of them before an agent's outbound calls.
type InGroup struct {
	ID   InGroupID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
	// Announcement is a sound that a call hears as it comes in, before the music;
	// "": none.
	Announcement string `db:"announcement" json:"announcement"`
	// Music is a sound of ours, or a class of Asterisk's music on hold; "": its
	// default.
	Music string `db:"music" json:"music"`
	Wait  int    `db:"wait_s" json:"wait_s"` // seconds that a call may wait, 1 to 3600
	// After is what happens to a call that waited in vain: DropMessage or
	// DropHangup.
	After    DropAction `db:"after_wait" json:"after_wait"`
	Message  string     `db:"message" json:"message"`   // sound of DropMessage; "": the campaign's own
	Priority int        `db:"priority" json:"priority"` // -99 to 99, the higher first
	// Campaigns are those whose agents take its calls, separated by spaces.
	Campaigns Scope `db:"campaigns" json:"campaigns"`
	Archived  bool  `db:"archived" json:"archived"` // no campaign may hand calls to it
}

// JoinedInGroup is an in-group that is read in one column of a campaign's row.
type JoinedInGroup struct{ InGroup }

// Scan reads a JSON object by the names above; nothing is no in-group.
func (g *JoinedInGroup) Scan(value any) error {
	*g = JoinedInGroup{}
	var raw []byte
	switch v := value.(type) {
	case []byte:
		raw = v
	case string:
		raw = []byte(v)
	case nil:
	default:
		return fmt.Errorf("an in-group from %T", value)
	}
	if len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, &g.InGroup)
}

// Takers are the campaigns whose agents take its calls.
func (g InGroup) Takers() []CampaignID {
	var all []CampaignID
	for _, id := range strings.Fields(string(g.Campaigns)) {
		all = append(all, CampaignID(id))
	}
	return all
}
