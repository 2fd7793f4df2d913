package facts

import (
	"time"

	"trunkline/dialer"
)

// WhyNot is what holds a campaign's leads back at one moment: each is counted
// once, and the counts add up to the lists.
type WhyNot struct {
	At       time.Time
	Took     time.Duration
	Leads    int
	Dialable int // could be called now and wait for their turn
	Counts   []HeldCount
	Lists    []HeldList
	Opens    *time.Time // when the next of the closed time zones opens
	Problem  string     // the selection does not work at all, and why
	Asks     []Finding  // what the calling rules ask for and nothing on record sees to; it holds nobody back
}

// HeldCount is how many leads one reason holds back.
type HeldCount struct {
	Reason string
	Says   string // completes "The lead …"
	Class  string // now, time, yours, never
	Leads  int
	Rules  []HeldRule // of a reason of the calling rules: they add up to it
}

// HeldRule is how many leads one calling rule holds back.
type HeldRule struct {
	Rule    string
	Law     string // what it says, and its source; "": it is the campaign's own
	Holiday string // on which it does; "": on any day
	Leads   int
}

// HeldList is one list of the campaign.
type HeldList struct {
	ID              dialer.ListID
	Name            string
	Leads, Dialable int
}

// WhyNotLead is what holds one lead back.
type WhyNotLead struct {
	Lead   dialer.LeadID
	Name   string
	Number string
	List   dialer.ListID
	Status dialer.Status
	Can    bool
	Says   string // a sentence
	Rule   string // of the calling rules, if one of them refuses
	Law    string // what that rule says, and its source
	Until  *time.Time
	Also   []string // what would hold it if the first reason did not
}

// Rulebook is the calling rules in use.
type Rulebook struct {
	Version string
	Packs   []RulePack
	Rules   []RuleLine
}

// RulePack is one file of rules.
type RulePack struct{ Name, Version, Note string }

// RuleTried is what switching a rule would do to a campaign's leads now.
type RuleTried struct {
	Leads, Before, Then int // all of them, and those that the rules allow
	Gained, Lost        Flips
}

// Flips are the leads that turn one way: all, by the rule that holds them back
// today or would, and some of them.
type Flips struct {
	Leads   int
	ByRule  []HeldBy
	Samples []Flip
}

// HeldBy is how many leads a rule holds back.
type HeldBy struct {
	Rule  string
	Leads int
}

// Flip is one lead that turns.
type Flip struct {
	Lead           dialer.LeadID
	Number, Reason string
}

// RuleLine is one rule.
type RuleLine struct {
	ID, Jurisdiction, Kind, Status, Says, Citation, Note, KeptBy, Pack string
	From, To                                                           string // its first and last day; "": none
}
