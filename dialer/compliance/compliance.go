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
	RuleClock         = "CLOCK"          // no time was given, or a clock was set back
	RuleHistory       = "HISTORY"        // nobody looked up what is known of the number
	RuleDNC           = "DNC"            // on the system's internal DNC
	RuleCampaignDNC   = "DNC-CAMPAIGN"   // on the campaign's DNC
	RuleRevoked       = "REVOKED"        // the callee took consent back
	RuleAttempts      = "MAX-ATTEMPTS"   // the lead was called as often as the campaign allows
	RuleZoneUnknown   = "ZONE-UNKNOWN"   // nobody knows what time it is there
	RuleCampaignHours = "CAMPAIGN-HOURS" // outside the campaign's own calling hours
	RuleCalledNow     = "CALLED-NOW"     // a call to the number is up, or being dialed
	RulePer24h        = "MAX-24H"        // the campaign's limit to calls of a number in 24 hours
	RulePerDay        = "MAX-DAY"        // and on one of the callee's days
	RuleLockout       = "DROP-LOCKOUT"   // the campaign's rest after a drop
)

// Question is what has to be known to judge a call.
type Question struct {
	E164        string    // "+" and 8 to 15 digits
	Zones       []string  // IANA zones the callee may be in; none: worked out from the number
	State       string    // postal abbreviation of the lead's US state or Canadian province; "": unknown
	DNC         bool      // the number is on the system's internal DNC
	CampaignDNC bool      // the number is on the campaign's DNC
	Called      int       // how often the lead has been called, ever
	History     *History  // what is known of the number; nil: nobody looked, which is refused
	LiveAgent   bool      // an agent is on the line already, dialing by hand
	Now         time.Time // the database's clock

	// Of the campaign; In sets them.
	From, To      int           // calling hours, minutes of the callee's local day; To is exclusive, 1440 is midnight
	CallTimes     string        // call times that narrow them; "": none
	Caps          Caps          // limits of its own
	Debt          bool          // it collects debts: Regulation F holds
	RecordedVoice bool          // it plays a recording to whoever answers, if AMD takes them for a machine
	CallerID      string        // digits that the callee is shown
	Ring          time.Duration // how long an unanswered call rings; 0: longer than any rule asks
}

// In is the question asked for a campaign: with its hours and its limits.
func (q Question) In(c dialer.Campaign) Question {
	q.Caps, q.Debt = CapsOf(c), c.Debt
	q = q.Within(Hours{c.CallFrom, c.CallTo, c.CallTimes})
	q.RecordedVoice = c.AMD == dialer.AMDMessage && c.Voicemail != ""
	q.CallerID, q.Ring = c.CallerID, time.Duration(c.DialTimeout)*time.Second
	return q
}

// Within is the question asked with other hours.
func (q Question) Within(h Hours) Question {
	q.From, q.To, q.CallTimes = h.From, h.To, h.CallTimes
	return q
}

func (q Question) hours() Hours { return Hours{q.From, q.To, q.CallTimes} }

// Verdict is the answer. Its zero value is a refusal.
type Verdict struct {
	Allowed bool
	Rule    string    // stable id of the rule that refuses; of an allowed call: the rule that will end first
	Reason  string    // a sentence for the operator
	Until   time.Time // when the answer may change; zero: never by time alone
	Holiday string    // the name of the day, where the callee's hours are closed because of it
}

// Ask is the Question about a lead of a campaign, within the hours that its list
// leaves. dnc tells of either DNC; a caller who knows which one sets the Question's
// fields itself.
func Ask(lead dialer.Lead, campaign dialer.Campaign, dnc bool, history *History, now time.Time) Question {
	q := Question{E164: lead.E164, State: lead.State, DNC: dnc, Called: lead.CalledCount, History: history, Now: now}.In(campaign)
	q = q.Within(q.hours().Narrowed(lead.ListFrom, lead.ListTo, lead.ListCallTime))
	q.CallerID = campaign.Shows(lead)
	if lead.Zones != "" {
		q.Zones = strings.Split(lead.Zones, ",")
	}
	return q
}

// Check judges a call. What can never change by waiting is looked at first, so
// that the rule named is the one that matters most: number, DNC, revocation,
// the lead's attempts, zones, the law's hours, the campaign's hours, then how
// often and how lately the number was called. Until is the moment from which
// all of them together allow the call, if nothing else happens by then.
func Check(q Question) Verdict { return current().check(q) }

func (p *pack) check(q Question) Verdict {
	if v := q.never(); v.Rule != "" {
		return v
	}
	c := p.class(q.E164, q.State, q.Zones)
	var law []*Rule
	if c.reserved == "" {
		law = p.othersOf(c.places)
	}
	if v := q.unmet(law); v.Rule != "" {
		return v
	}
	v := p.checkHours(c, q.hours(), q.Now)
	if v.Rule == RuleZoneUnknown {
		return v
	}
	return p.checkHistory(c, law, q, v)
}

// never are the refusals that no waiting ends; the zero Verdict is none.
func (q Question) never() Verdict {
	switch {
	case !wellFormed(q.E164):
		return Verdict{Rule: RuleNumber, Reason: fmt.Sprintf("%q is not an E.164 number such as +12125550123.", q.E164)}
	case q.Now.IsZero():
		return Verdict{Rule: RuleClock, Reason: "The time of the call is not known."}
	case q.DNC:
		return Verdict{Rule: RuleDNC, Reason: "The number is on the internal do-not-call list."}
	case q.CampaignDNC:
		return Verdict{Rule: RuleCampaignDNC, Reason: "The number is on the campaign's do-not-call list."}
	case q.History == nil:
		return Verdict{Rule: RuleHistory, Reason: "What is known of the number was not looked up."}
	case q.History.Consent.Withdrawn():
		return Verdict{Rule: RuleRevoked, Reason: fmt.Sprintf("The callee asked on %s not to be called.", q.History.Consent.Revoked.UTC().Format("2 January 2006"))}
	case q.Caps.Attempts > 0 && q.Called >= q.Caps.Attempts:
		return Verdict{Rule: RuleAttempts, Reason: fmt.Sprintf("The lead has been called %s; the campaign allows %d.", times(q.Called), q.Caps.Attempts)}
	}
	return Verdict{}
}

// times is a number of times in words.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// unmet is the refusal by what the law asks of the campaign or the callee and no
// waiting brings; the zero Verdict is none.
func (q Question) unmet(law []*Rule) Verdict {
	for _, r := range law {
		if !r.about(q) || !r.inForce(q.Now.UTC()) {
			continue
		}
		country, _, _ := strings.Cut(r.Jurisdiction, "-")
		switch {
		case r.Kind == KindRing && q.Ring > 0 && q.Ring < time.Duration(r.Seconds)*time.Second:
			return Verdict{Rule: r.ID, Reason: fmt.Sprintf("The campaign lets a call ring for %.0f s; rule %s asks for %d. Raise the campaign's dial timeout.", q.Ring.Seconds(), r.ID, r.Seconds)}
		case r.Kind == KindCallerID && len(r.Series) > 0 && !r.meets(q.CallerID, country):
			return Verdict{Rule: r.ID, Reason: fmt.Sprintf("Rule %s asks for a caller id of the series %s.", r.ID, strings.Join(r.Series, " or "))}
		case r.Kind == KindCallerID && q.CallerID == "":
			return Verdict{Rule: r.ID, Reason: fmt.Sprintf("The campaign sends no caller id; rule %s asks for one that can be called back.", r.ID)}
		case r.Kind == KindConsent && (q.History.Consent.Given.IsZero() || r.Level == LevelWritten && !q.History.Consent.Written):
			return Verdict{Rule: r.ID, Reason: q.unconsented(r)}
		}
	}
	return Verdict{}
}

// unconsented is the sentence on a consent that a rule asks for and that is not on
// record.
func (q Question) unconsented(r *Rule) string {
	if r.For == ForRecordedVoice {
		return fmt.Sprintf("The campaign plays a recorded voice, and the callee's consent to that (%s) is not on record; rule %s asks for it.", r.Level, r.ID)
	}
	return fmt.Sprintf("The callee's consent (%s) is not on record; rule %s asks for it: %s. Record it by trunkline consent add or the API.", r.Level, r.ID, r.Says)
}

// clockSlack is how far a past call may seem to lie ahead: servers may dial with
// clocks 5 s off the database's, each to its side.
const clockSlack = 10 * time.Second

// checkHistory judges the past calls of the number. by is the verdict on the
// hours.
func (p *pack) checkHistory(c class, law []*Rule, q Question, by Verdict) Verdict {
	held := by
	refuse := func(v Verdict) {
		if held.Allowed {
			held = v
		}
	}
	for _, a := range q.History.Attempts {
		switch {
		case a.At.Sub(q.Now) > clockSlack:
			return Verdict{Rule: RuleClock, Reason: fmt.Sprintf("The number was called at %s, which is still to come: a clock was set back.", a.At.UTC().Format(time.DateTime)), Until: a.At}
		case a.Ended.IsZero() && q.Now.Sub(a.At) < liveAtMost:
			refuse(Verdict{Rule: RuleCalledNow, Reason: "The number is being called just now."})
		}
	}
	if held.Rule == RuleCalledNow {
		return held
	}
	zones, _, ok := p.locations(c)
	if !ok {
		return held
	}
	var last time.Time
	for _, s := range spells(c, law, q) {
		var longest time.Time
		var in *time.Location
		for _, z := range zones {
			if s.rule != nil && !s.rule.inForce(q.Now.In(z)) {
				continue
			}
			if until, on := s.holds(q.History, z, q.Now); on && until.After(longest) {
				longest, in = until, z
			}
		}
		if in == nil {
			continue
		}
		refuse(Verdict{Rule: s.id, Reason: s.reason(longest, in), Until: longest.UTC()})
		if longest.After(last) {
			last = longest
		}
	}
	if !last.IsZero() {
		held.Until = p.openFrom(c, q.hours(), last)
	}
	return held
}

// liveAtMost is how long a call may be up: one that no listen has ended by then
// is an error in the books and holds nobody back.
const liveAtMost = 24 * time.Hour

// spells are all that hold for the question, the law's first.
func spells(c class, law []*Rule, q Question) []spell {
	var all []spell
	for _, r := range law {
		if (r.Kind == KindAttempts || r.Kind == KindRest) && r.about(q) {
			all = append(all, spell{
				id: r.ID, says: "rule " + r.ID + " allows", rule: r, max: r.Max, after: r.After, window: time.Duration(r.Hours) * time.Hour, days: r.Days,
			})
		}
	}
	return append(all, q.Caps.spells(c.places)...)
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
