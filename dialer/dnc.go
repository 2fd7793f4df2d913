package dialer

import (
	"strings"
	"time"
)

// DNCScope is whose do-not-call list holds a number. The zero value is nobody's.
type DNCScope string

// The scopes.
const (
	DNCSystem   DNCScope = "system"   // every campaign's
	DNCCampaign DNCScope = "campaign" // one campaign's
)

// DNCEntry is a row of a do-not-call list.
type DNCEntry struct {
	CampaignID CampaignID `db:"campaign_id"` // "": the system's list
	E164       string     `db:"e164"`        // a number, or a wildcard such as +1999*
	Source     string     `db:"source"`      // agent, key, import, admin, api
	UserID     UserID     `db:"user_id"`     // 0: nobody who was signed in
	Note       string     `db:"note"`        // up to 120 characters
	AddedAt    time.Time  `db:"added_at"`
}

// dncPrefix is how much of an E.164 number a wildcard holds: of +1, the area
// code. It is one length for all, so that a number has a single wildcard that it
// must be looked up by.
const dncPrefix = len("+1999")

// DNCWildcard is the wildcard that would block the number, or "" for one too
// short to have any.
func DNCWildcard(e164 string) string {
	if len(e164) < dncPrefix {
		return ""
	}
	return e164[:dncPrefix] + "*"
}

// IsDNCWildcard tells a wildcard of a do-not-call list: "+", four digits and a
// star.
func IsDNCWildcard(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	digits, star := strings.CutSuffix(digits, "*")
	return ok && star && len(digits) == dncPrefix-1 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}
