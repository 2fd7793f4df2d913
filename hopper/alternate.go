package hopper

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
)

// AutoAlt says which further numbers of a lead are dialed by themselves once a
// call has reached nobody.
type AutoAlt string

// The choices. VICIdial's users know the first four as ALT_ONLY, ADDR3_ONLY,
// ALT_AND_ADDR3 and EXTENDED.
const (
	AltNone  AutoAlt = ""
	AltOnly  AutoAlt = "ALT"   // the alternate phone
	AltAddr3 AutoAlt = "ADDR3" // the number in address 3
	AltBoth  AutoAlt = "BOTH"
	AltAll   AutoAlt = "ALL" // these and all that the import brought, in their order
)

// bounds are the first and the last of the numbers meant (lead_phones.n).
func (a AutoAlt) bounds() (from, to int, ok bool) {
	switch a {
	case AltOnly:
		return 1, 1, true
	case AltAddr3:
		return 2, 2, true
	case AltBoth:
		return 1, 2, true
	case AltAll:
		return 1, 65535, true
	}
	return 0, 0, false
}

// CheckAutoAlt refuses what is no AutoAlt, with dialer.ErrInvalid.
func CheckAutoAlt(a AutoAlt) error {
	if _, _, ok := a.bounds(); !ok && a != AltNone {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q says no further numbers: it may be ALT, ADDR3, BOTH, ALL or nothing.", string(a)))
	}
	return nil
}

// alternateBack is how far back calls are looked at whose lead has a further
// number: a call that reaches nobody rings for two minutes at the most. The first
// look goes back further, for the time in which no filler ran.
const (
	alternateBack  = 3 * time.Minute
	alternateFirst = 15 * time.Minute
)

// alternateAsked is what holds a further number back, before compliance is asked.
// Its lead was called a moment ago and has the status of that call.
var alternateAsked = []Reason{OnCall, InHopper, ListOff, ListEnded, OnDNC, Promised, LimitUsed, Filtered, Hours}

// alternates are the further numbers to dial now, before anything but callbacks:
// who was just not reached at home may be at work.
func (s *selection) alternates(ctx context.Context) ([]Pick, error) {
	from, to, ok := AutoAlt(s.AutoAlt).bounds()
	if !ok {
		return nil, nil
	}
	back := alternateFirst
	if s.memory.alternates {
		back = alternateBack
	}
	var after []dialer.Status
	for _, status := range strings.Fields(s.AutoAltAfter) {
		after = append(after, dialer.Status(status))
	}
	found, err := s.store.Alternates(ctx, s.ID, after, from, to, s.now.Add(-back))
	if err != nil {
		return nil, err
	}
	s.memory.alternates = true
	found = slices.DeleteFunc(found, func(n FurtherNumber) bool { return s.skip[n.Lead] })
	if len(found) == 0 {
		return nil, nil
	}
	var ids []dialer.LeadID
	var numbers []string
	next := map[dialer.LeadID]FurtherNumber{}
	for _, n := range found {
		next[n.Lead] = n
		ids, numbers = append(ids, n.Lead), append(numbers, n.E164)
	}
	listed, err := s.store.DNC(ctx, s.ID, numbers)
	if err != nil {
		return nil, err
	}
	var picks []Pick
	for batch := range slices.Chunk(ids, judgeBatch) {
		leads, err := s.store.Judge(ctx, s.Campaign, batch)
		if err != nil {
			return nil, err
		}
		s.filled.Seen += len(leads)
		var chosen []Pick
		for _, c := range leads {
			n := next[c.ID]
			// Of the further number, not of the lead's own.
			c.ZoneSet, c.DNC, c.CampaignDNC = n.ZoneSet, listed[n.E164], false
			if reason := s.first(c.Facts, alternateAsked...); reason != Dialable {
				s.filled.Held[reason]++
				continue
			}
			s.skip[c.ID] = true
			chosen = append(chosen, Pick{Candidate: c, Source: Alternate, Priority: priorityAlternate, Number: n.E164, Phone: n.N, Zone: n.ZoneSet})
		}
		chosen, err = s.comply(ctx, chosen)
		if err != nil {
			return nil, err
		}
		picks = append(picks, chosen...)
	}
	return picks, nil
}
