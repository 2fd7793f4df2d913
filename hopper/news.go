package hopper

import (
	"context"
	"slices"
	"time"

	"trunkline/dialer"
)

// Latest is how far leads have come in and were edited: the greatest id there is,
// and the last edit; nil: none was edited yet.
type Latest struct {
	ID     dialer.LeadID `db:"id"`
	Edited *time.Time    `db:"edited"`
}

// newsOverlap is for how long what came in before a look is looked at again: a
// transaction that was open then showed nothing of itself, and its leads are not
// the latest any more when it does.
const newsOverlap = 2 * time.Second

// newsMark is how far the news had come at one moment.
type newsMark struct {
	at time.Time
	Latest
}

// news are the leads that came in or were edited lately and may be dialed, up to
// want of them. A campaign of whose leads hardly any may be dialed looks through
// all of them again and again, and from one end of a long list to the other that
// takes minutes: what has changed behind the place where it stands, or while it
// rests, would wait that long.
//
// As edited count leads whose number came off a do-not-call list, whose callback was
// cancelled or whose owner consented. What else makes a lead dialable without
// editing it waits for the place to come by, and so does the older part of more
// than the store looks at in one go.
func (s *selection) news(ctx context.Context, want int) ([]Pick, error) {
	latest, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	since := s.memory.newsSince(s.now)
	ids, err := s.store.News(ctx, s.Rules, since, latest, judgeBatch)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id dialer.LeadID) bool { return s.skip[id] })
	for _, id := range ids {
		s.skip[id] = true
	}
	picks, err := s.judgeLeads(ctx, ids, s.Why, s.newsPick)
	if err != nil {
		return nil, err
	}
	if len(picks) >= want {
		return picks[:want], nil // the rest is news still
	}
	s.memory.marks = append(s.memory.marks, newsMark{s.now, latest})
	return picks, nil
}

// latest is how far leads have come in and were edited by now. What was edited by a
// clock that was set back since would hide all that is edited until that time.
func (s *selection) latest(ctx context.Context) (Latest, error) {
	latest, err := s.store.Latest(ctx)
	if latest.Edited != nil && latest.Edited.After(s.now) {
		latest.Edited = &s.now
	}
	return latest, err
}

// newsPick picks a lead as the stream would that has it.
func (s *selection) newsPick(c Candidate) Pick {
	p := Pick{Candidate: c, Source: Standard, Number: c.E164, Zone: c.ZoneSet}
	parts := s.lists[c.List].parts
	if c.Round > 0 {
		p.Source, p.Step = Recycled, s.parts[parts[0]].N
		return p
	}
	i := slices.IndexFunc(parts, func(i int) bool { return slices.Contains(s.parts[i].Statuses, c.Status) })
	p.Step = s.parts[parts[i]].N
	return p
}

// newsSince is from where on news are looked at. Of the marks it forgets those
// that are not needed any more.
func (m *memo) newsSince(now time.Time) Latest {
	for len(m.marks) > 1 && !m.marks[1].at.After(now.Add(-newsOverlap)) {
		m.marks = m.marks[1:]
	}
	return m.marks[0].Latest
}
