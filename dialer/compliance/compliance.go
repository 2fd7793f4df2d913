// Package compliance answers one question: may this lead be called at this
// moment, and which rule says so? It is pure: the caller brings the number's
// DNC flags and the database's clock, the law is data (rules.json, a versioned
// pack with citations), and the zero Question is refused, as is the zero
// Verdict.
//
// A call is legal only if it is legal in every time zone the callee may be in,
// under the rules of every state the number or the lead's address points to.
// A number of a known country whose zones are unknown (a toll-free number, an
// area code younger than our table) may be anywhere in it: for +1 that is the
// intersection over Puerto Rico to Hawaii and, in Canada, Newfoundland to the
// Yukon. Guam, the Northern Marianas and American Samoa are left out of that:
// they have area codes of their own. Elsewhere, unknown zones are a refusal.
package compliance

import (
	"fmt"
	"strings"
	"time"

	"trunkline/dialer"
)

// The rules that are no row of the rule pack. Those of the pack have its ids,
// such as "US-1" or "US-FL-HOURS".
const (
	RuleNumber        = "NUMBER"         // not an E.164 number
	RuleClock         = "CLOCK"          // no time was given
	RuleDNC           = "DNC"            // on the system's internal DNC
	RuleCampaignDNC   = "DNC-CAMPAIGN"   // on the campaign's DNC
	RuleZoneUnknown   = "ZONE-UNKNOWN"   // nobody knows what time it is there
	RuleCampaignHours = "CAMPAIGN-HOURS" // outside the campaign's own calling hours
)

// Question is what has to be known to judge a call.
type Question struct {
	E164        string    // "+" and 8 to 15 digits
	Zones       []string  // IANA zones the callee may be in; none: worked out from the number
	State       string    // postal abbreviation of the lead's US state or Canadian province; "": unknown
	From, To    int       // the campaign's calling hours, minutes of the callee's local day; To is exclusive, 1440 is midnight
	DNC         bool      // the number is on the system's internal DNC
	CampaignDNC bool      // the number is on the campaign's DNC
	Now         time.Time // the database's clock
}

// Verdict is the answer. Its zero value is a refusal.
type Verdict struct {
	Allowed bool
	Rule    string    // stable id of the rule that refuses; of an allowed call: the rule that will end first
	Reason  string    // a sentence for the operator
	Until   time.Time // when the answer may change; zero: never by time alone
}

// Ask is the Question about a lead of a campaign. dnc tells of either DNC; a
// caller who knows which one sets the Question's fields itself.
func Ask(lead dialer.Lead, campaign dialer.Campaign, dnc bool, now time.Time) Question {
	q := Question{E164: lead.E164, State: lead.State, From: campaign.CallFrom, To: campaign.CallTo, DNC: dnc, Now: now}
	if lead.Zones != "" {
		q.Zones = strings.Split(lead.Zones, ",")
	}
	return q
}

// Check judges a call. What can never change by waiting is looked at first, so
// that the rule named is the one that matters most: number, DNC, zones, law,
// the campaign's hours.
func Check(q Question) Verdict { return shipped.check(q) }

func (p *pack) check(q Question) Verdict {
	switch {
	case !wellFormed(q.E164):
		return Verdict{Rule: RuleNumber, Reason: fmt.Sprintf("%q is not an E.164 number.", q.E164)}
	case q.Now.IsZero():
		return Verdict{Rule: RuleClock, Reason: "The time of the call is not known."}
	case q.DNC:
		return Verdict{Rule: RuleDNC, Reason: "The number is on the internal do-not-call list."}
	case q.CampaignDNC:
		return Verdict{Rule: RuleCampaignDNC, Reason: "The number is on the campaign's do-not-call list."}
	}
	return p.checkHours(p.class(q.E164, q.State, q.Zones), q.From, q.To, q.Now)
}

// wellFormed is the shape of E.164 only: whether the number exists is judged
// where it comes in.
func wellFormed(e164 string) bool {
	digits, ok := strings.CutPrefix(e164, "+")
	if !ok || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
