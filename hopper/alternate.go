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
//
// An agent may talk, or take notes, for longer than that before saying that the
// right one was not there: now and then the calls that agents had are looked at
// further back.
const (
	alternateBack  = 3 * time.Minute
	alternateFirst = 15 * time.Minute

	alternateSaid  = 4 * time.Hour
	alternateEvery = 5 * time.Second
)

// alternateAsked is what holds a further number back, before compliance is asked.
// Its lead was called a moment ago and has the status of that call.
var alternateAsked = []Reason{OnCall, InHopper, ListOff, ListEnded, OnDNC, Promised, LimitUsed, Filtered, Hours}

// alternates are the further numbers to dial now, before anything but callbacks:
// who was just not reached at home may be at work.
func (s *selection) alternates(ctx context.Context) ([]Pick, error) {
	found, err := s.further(ctx)
	if err != nil {
		return nil, err
	}
	left := map[dialer.LeadID][]FurtherNumber{}
	var ids []dialer.LeadID
	for _, n := range found {
		if s.skip[n.Lead] {
			continue
		}
		if left[n.Lead] == nil {
			ids = append(ids, n.Lead)
		}
		left[n.Lead] = append(left[n.Lead], n)
	}
	var picks []Pick
	// One that may never be called does not stand before the next of its lead.
	for len(ids) > 0 {
		chosen, next, err := s.firstOf(ctx, ids, left)
		if err != nil {
			return nil, err
		}
		picks = append(picks, chosen...)
		ids = nil
		for _, id := range next {
			if left[id] = left[id][1:]; len(left[id]) > 0 {
				ids = append(ids, id)
			}
		}
	}
	return picks, nil
}

// further are the further numbers that may be next, by lead and in their order.
func (s *selection) further(ctx context.Context) ([]FurtherNumber, error) {
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
	if s.now.Sub(s.memory.said) < alternateEvery {
		return found, nil
	}
	late, err := s.store.AlternatesSaid(ctx, s.ID, after, from, to, s.now.Add(-alternateSaid), s.now.Add(-back))
	if err != nil {
		return nil, err
	}
	s.memory.said = s.now
	return append(found, late...), nil
}

// firstOf picks the first of the leads' further numbers that are left, and names
// the leads of which it may never be called.
func (s *selection) firstOf(ctx context.Context, ids []dialer.LeadID, left map[dialer.LeadID][]FurtherNumber) (picks []Pick, never []dialer.LeadID, err error) {
	for batch := range slices.Chunk(ids, judgeBatch) {
		numbers := make([]string, len(batch))
		for i, id := range batch {
			numbers[i] = left[id][0].E164
		}
		listed, err := s.store.DNC(ctx, s.ID, numbers)
		if err != nil {
			return nil, nil, err
		}
		leads, err := s.store.Judge(ctx, s.Campaign, batch)
		if err != nil {
			return nil, nil, err
		}
		s.filled.Seen += len(leads)
		var chosen []Pick
		held := func(id dialer.LeadID, reason Reason) {
			s.filled.Held[reason]++
			if _, class := reason.Says(); class == ClassNever {
				never = append(never, id)
			}
		}
		for _, c := range leads {
			n := left[c.ID][0]
			// Of the further number, not of the lead's own.
			c.ZoneSet, c.DNC, c.CampaignDNC = n.ZoneSet, listed[n.E164], false
			if reason := s.first(c.Facts, alternateAsked...); reason != Dialable {
				held(c.ID, reason)
				continue
			}
			chosen = append(chosen, Pick{Candidate: c, Source: Alternate, Priority: priorityAlternate, Number: n.E164, Phone: n.N, Zone: n.ZoneSet})
		}
		chosen, err = s.comply(ctx, chosen, held)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range chosen {
			s.skip[p.ID] = true
		}
		picks = append(picks, chosen...)
	}
	return picks, never, nil
}
