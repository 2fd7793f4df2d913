package compliance

import (
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
)

// Scrub is a rule that lists are compared with a do-not-call register every so
// many days.
type Scrub struct {
	Rule         string
	Jurisdiction string
	Register     string // what the register is called
	Days         int
	Says         string
}

// Scrubs are the rules of that kind that are not off.
func Scrubs() []Scrub { return current().scrubs() }

func (p *pack) scrubs() []Scrub {
	var all []Scrub
	for _, r := range p.rules {
		if r.Kind == KindScrub && r.Status != StatusOff {
			all = append(all, Scrub{r.ID, r.Jurisdiction, r.Register, r.Days, r.Says})
		}
	}
	return all
}

// lawOf is the country whose law a campaign keeps.
var lawOf = map[dialer.DropRule]string{dialer.DropUS: "US", dialer.DropUK: "GB", dialer.DropCA: "CA"}

// ScrubFindings are the registers with which lists were last compared longer ago
// than the law of the campaign's country allows. last is when that was, by
// register. Nothing is forbidden by it: the comparing may be done elsewhere.
func ScrubFindings(c dialer.Campaign, last map[string]time.Time, now time.Time) []Finding {
	var all []Finding
	for _, s := range Scrubs() {
		if s.Jurisdiction != lawOf[c.DropRule] {
			continue
		}
		asks := fmt.Sprintf("Rule %s: %s. ", s.Rule, s.Says)
		at, ok := last[s.Register]
		switch days := int(now.Sub(at) / (24 * time.Hour)); {
		case !ok:
			all = append(all, Finding{s.Rule, ScrubSetting, asks + fmt.Sprintf("No comparison with %s is on record. Import what it lists, or note the day on the Do not call page if somebody else compares.", s.Register)})
		case days >= s.Days:
			all = append(all, Finding{s.Rule, ScrubSetting, asks + fmt.Sprintf("The last comparison with %s on record is %d days old, of %s. Compare again, and note it on the Do not call page.", s.Register, days, at.Format("2 January 2006"))})
		}
	}
	return all
}

// ScrubSetting stands for a campaign's column in a Finding that the Do not call
// page sees to.
const ScrubSetting = "dnc"

// KnownRegister tells whether a rule names the register.
func KnownRegister(name string) bool {
	return slices.ContainsFunc(Scrubs(), func(s Scrub) bool { return s.Register == name })
}
