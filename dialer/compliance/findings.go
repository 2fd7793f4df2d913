package compliance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trunkline/dialer"
)

// Finding is what a rule asks of a campaign and its settings do not see to. It
// forbids no call: somebody may have seen to it elsewhere.
type Finding struct {
	Rule    string // id; of several, the first
	Setting string // the campaign's column that would see to it
	Says    string // sentences for the operator, the way out among them
}

// Findings looks through a campaign's settings.
func Findings(c dialer.Campaign) []Finding { return current().findings(c) }

func (p *pack) findings(c dialer.Campaign) []Finding {
	var all []Finding
	if f, ok := p.dropFinding(c); ok {
		all = append(all, f)
	}
	if f, ok := p.noticeFinding(c); ok {
		all = append(all, f)
	}
	return all
}

// dropMessages are the rules on what somebody hears who found no agent, by the
// law that the campaign keeps.
var dropMessages = map[dialer.DropRule]string{dialer.DropUS: "US-5", dialer.DropUK: "UK-2"}

func (p *pack) dropFinding(c dialer.Campaign) (Finding, bool) {
	i := slices.IndexFunc(p.rules, func(r *Rule) bool { return r.ID == dropMessages[c.DropRule] && r.Status != StatusOff })
	if i < 0 || c.DialMethod == dialer.DialManual { // who dials by hand drops nobody
		return Finding{}, false
	}
	asks := fmt.Sprintf("Rule %s: %s. ", p.rules[i].ID, p.rules[i].Says)
	switch {
	case c.DropAction == dialer.DropHangup:
		return Finding{p.rules[i].ID, "drop_action", asks + "This campaign hangs up instead. Have it play a safe-harbour message."}, true
	case c.SafeHarbour == "":
		return Finding{p.rules[i].ID, "safe_harbour", asks + "This campaign plays the built-in message, which names neither your business nor a number. Record one that does, and name it as the safe-harbour message."}, true
	}
	return Finding{}, false
}

func (p *pack) noticeFinding(c dialer.Campaign) (Finding, bool) {
	if c.Record == dialer.RecordNever || c.RecordNotice != "" || len(p.notice) == 0 {
		return Finding{}, false
	}
	places := slices.Sorted(maps.Keys(p.notice))
	names := make([]string, len(places))
	for i, place := range places {
		names[i] = strings.TrimPrefix(place, "US-")
	}
	return Finding{p.notice[places[0]][0].ID, "record_notice", "Calls are recorded, and everybody must know of it in " + strings.Join(names, ", ") +
		". There is no recording announcement: there each agent has to say so as the call begins. Name a sound for it, or have no calls recorded."}, true
}
