package compliance

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// PlacesHash changes when the rules in use name other places with calling hours,
// or states with demands, of their own. Zone sets name no others; so those that
// were made by other places have to be made again.
func PlacesHash() string {
	p := current()
	places := slices.Collect(maps.Keys(p.hours))
	for place := range p.others {
		if strings.Contains(place, "-") && p.demands(place) && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	hash := sha256.Sum256([]byte(strings.Join(places, " ")))
	return hex.EncodeToString(hash[:])
}

// counts tells whether the rules of a place decide of numbers that nobody has
// called: a zone set names it then.
func (p *pack) counts(place string) bool { return len(p.hours[place]) > 0 || p.demands(place) }

// demands tells whether a rule of the place asks something of the campaign or of
// the callee's consent.
func (p *pack) demands(place string) bool {
	return slices.ContainsFunc(p.others[place], func(r *Rule) bool {
		return r.Kind == KindRing || r.Kind == KindCallerID || r.Kind == KindConsent
	})
}

// Refusals are the ids of all rules by which Check may refuse a call, those that
// are no row of a pack first.
func Refusals() []string {
	all := []string{
		RuleNumber, RuleClock, RuleHistory, RuleDNC, RuleCampaignDNC, RuleRevoked, RuleAttempts, RuleZoneUnknown, RuleCampaignHours,
		RuleCalledNow, RulePer24h, RulePerDay, RuleLockout,
	}
	for _, r := range current().rules {
		if r.Status != StatusOff && r.Kind.judges() {
			all = append(all, r.ID)
		}
	}
	return all
}
