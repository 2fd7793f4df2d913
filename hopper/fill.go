package hopper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
)

// Filled says what a Fill did and, where the hopper stays short, why.
type Filled struct {
	Level    int            // what the hopper is kept at
	Rows     int            // rows that were there and that nobody had claimed
	Inserted int            // rows put in
	Seen     int            // leads whose rows were read
	Held     map[Reason]int // of those, the ones that may not be dialed now
	Rules    map[string]int // of those, the ones that compliance refuses, by its rule
	Looked   int            // entries of an index that were looked at
	Sifted   int            // leads of which only the filter was asked, and that do not pass it
	Open     int            // groups of leads that may be dialed now; known where a fill found too few
	Closed   int            // groups whose zone set is closed
	Opens    time.Time      // when the next of the closed ones opens; zero: none will
	More     bool           // it stopped at what one fill may look at; the next goes on from there
}

// What one fill may look at. What it was held up by stays behind it: the next
// goes on from there (Memory).
const (
	mostSeen   = 20000  // rows of leads
	mostLooked = 200000 // entries of an index
	siftedSeen = 4      // so many sifted leads cost less than one that is judged
)

// spent tells whether a fill has looked at as much as it may.
func (f *Filled) spent() bool {
	return f.Seen+f.Sifted/siftedSeen >= mostSeen || f.Looked >= mostLooked
}

// insertBatch bounds a transaction: Galera and TiDB like small write sets.
const insertBatch = 500

// judgeBatch is how many leads are judged together: below the thousand from
// which MariaDB turns an IN list into a join with a table of its own.
const judgeBatch = 900

// Fill brings a campaign's hopper to its level. It reads ranges of the index that
// has the campaign's order, in step, and stops as soon as it has enough: the
// cost follows what is inserted, never the size of the lists. Every lead is
// judged by the one table of reasons, and by compliance with the same question
// that is asked again when it is dialed, so that the two cannot disagree for
// ever. Callbacks that are due go first, then further numbers of
// leads that a call has just not reached, both whatever the level.
//
// memory is what earlier fills of the campaign learnt; nil: nothing is known and
// nothing is kept.
func Fill(ctx context.Context, store Store, r *Rules, fence Fence, memory *Memory) (Filled, error) {
	f := Filled{Level: Level(r.Campaign), Held: map[Reason]int{}, Rules: map[string]int{}, Opens: r.opens}
	if r.Broken != nil {
		return f, fmt.Errorf("campaign %s is not filled: %w", r.ID, r.Broken)
	}
	s := &selection{Rules: r, store: store, filled: &f, memory: memory.of(r), skip: map[dialer.LeadID]bool{}, numbers: map[string]bool{}}
	if end, ok := ctx.Deadline(); ok {
		// Half of what is left of the round: the campaigns after it want some, too.
		s.late = time.Now().Add(time.Until(end) / 2)
	}
	picks, err := s.pick(ctx)
	if err != nil {
		return f, fmt.Errorf("campaign %s: choosing leads: %w", r.ID, err)
	}
	for batch := range slices.Chunk(picks, insertBatch) {
		n, err := store.Insert(ctx, r.ID, batch, fence, r.now)
		f.Inserted += n
		if err != nil {
			return f, fmt.Errorf("campaign %s: filling the hopper: %w", r.ID, err)
		}
	}
	return f, nil
}

// selection is one choosing of leads.
type selection struct {
	*Rules
	store   Store
	filled  *Filled
	memory  *memo
	skip    map[dialer.LeadID]bool // in the hopper, or looked at already
	numbers map[string]bool        // numbers in the hopper: a number is dialed for one lead at a time
	have    map[int]int            // unclaimed rows by step of the mix
	extents []Extent               // of all groups uncalled since the reset, once they were asked for
	listed  bool
	late    time.Time // when it stops to look, so that what it saw is not lost at its context's end; zero: never
}

// spent tells whether the selection has looked at as much as it may, or for as long.
func (s *selection) spent() bool {
	return s.filled.spent() || !s.late.IsZero() && time.Now().After(s.late)
}

// pick chooses what goes in, in its order.
func (s *selection) pick(ctx context.Context) ([]Pick, error) {
	rows, err := s.store.Rows(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	free := 0
	s.have = map[int]int{}
	for _, row := range rows {
		s.skip[row.Lead], s.numbers[row.Number] = true, true
		if !row.Claimed {
			free++
			s.have[row.Step]++
		}
	}
	s.filled.Rows = free
	picks, err := s.promised(ctx)
	if err != nil {
		return nil, err
	}
	further, err := s.alternates(ctx)
	if err != nil {
		return nil, err
	}
	picks = append(picks, further...)
	need := s.filled.Level - free - len(picks)
	if need <= 0 {
		return picks, nil
	}
	if s.memory.marks == nil {
		latest, err := s.latest(ctx)
		if err != nil {
			return nil, err
		}
		s.memory.marks = []newsMark{{s.now, latest}}
	}
	resting := s.now.Before(s.memory.rest)
	if resting || len(s.memory.at) > 0 || s.memory.again { // leads before those places are passed over
		news, err := s.news(ctx, need)
		if err != nil {
			return nil, err
		}
		picks, need = append(picks, news...), need-len(news)
	}
	switch {
	case resting:
		s.filled.More = true
	case need > 0:
		chosen, err := s.inOrder(ctx, need)
		if err != nil {
			return nil, err
		}
		picks = append(picks, chosen...)
	}
	if len(picks) == 0 && !resting {
		return nil, s.look(ctx)
	}
	return picks, nil
}

// inOrder chooses up to need leads in the campaign's order.
func (s *selection) inOrder(ctx context.Context, need int) ([]Pick, error) {
	of := make([][]Pick, len(s.parts))
	streams := make([]*stream, len(s.parts))
	have := make([]int, len(s.parts))
	steps := make([]Step, len(s.parts))
	dry := make([]bool, len(s.parts))
	for i, p := range s.parts {
		streams[i], have[i], steps[i] = s.newStream(p), s.have[p.N], p.Step
	}
	for left := need; left > 0 && slices.Contains(dry, false); {
		for i, n := range quotas(steps, dry, have, left) {
			taken, err := streams[i].take(ctx, n)
			if err != nil {
				return nil, err
			}
			of[i] = append(of[i], taken...)
			have[i] += len(taken)
			left -= len(taken)
			dry[i] = dry[i] || len(taken) < n
		}
	}
	for _, st := range streams {
		st.remember()
	}
	chosen := interleave(MixMethod(s.MixMethod), of)
	s.memory.looked(s.filled, len(chosen), s.now)
	return chosen, nil
}

// look counts the groups, so that somebody can be told why there is nothing.
func (s *selection) look(ctx context.Context) error {
	extents, err := s.groups(ctx)
	if err != nil {
		return err
	}
	for _, e := range extents {
		switch s.Why(Facts{Group: e.Group}) {
		case Dialable:
			s.filled.Open++
		case Hours:
			s.filled.Closed++
		}
	}
	return nil
}

// groups are those of all lists and statuses that are dialed, asked for once.
func (s *selection) groups(ctx context.Context) ([]Extent, error) {
	if s.listed {
		return s.extents, nil
	}
	var lists []dialer.ListID
	var wanted []dialer.Status
	for _, p := range s.parts {
		for _, l := range s.usable(p) {
			if !slices.Contains(lists, l.ID) {
				lists = append(lists, l.ID)
			}
		}
		for _, status := range p.Statuses {
			if !slices.Contains(wanted, status) {
				wanted = append(wanted, status)
			}
		}
	}
	s.listed = true
	if len(lists) == 0 || len(wanted) == 0 {
		return nil, nil
	}
	var err error
	s.extents, err = s.store.Groups(ctx, lists, wanted)
	return s.extents, err
}

// judge asks of the entries all that there is to ask, and picks those that may be
// dialed, in their order.
func (s *selection) judge(ctx context.Context, entries []entry, as func(Candidate) Pick) ([]Pick, error) {
	ids := make([]dialer.LeadID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return s.judgeLeads(ctx, ids, s.Why, as)
}

func (s *selection) judgeLeads(ctx context.Context, ids []dialer.LeadID, why func(Facts) Reason, as func(Candidate) Pick) ([]Pick, error) {
	var picks []Pick
	for batch := range slices.Chunk(ids, judgeBatch) {
		found, err := s.store.Judge(ctx, s.Campaign, batch)
		if err != nil {
			return nil, err
		}
		s.filled.Seen += len(found)
		byID := make(map[dialer.LeadID]Candidate, len(found))
		for _, c := range found {
			c.TooSoon = s.tooSoon(c.Group, c.LastCall)
			if reason := why(c.Facts); reason != Dialable {
				s.filled.Held[reason]++
				continue
			}
			byID[c.ID] = c
		}
		var chosen []Pick
		for _, id := range batch {
			if c, ok := byID[id]; ok {
				chosen = append(chosen, as(c))
			}
		}
		chosen, err = s.comply(ctx, chosen, func(_ dialer.LeadID, reason Reason) { s.filled.Held[reason]++ })
		if err != nil {
			return nil, err
		}
		picks = append(picks, chosen...)
	}
	return picks, nil
}

// comply drops the picks whose number may not be called, and those whose number
// is in the hopper already for another lead: held is told of each.
func (s *selection) comply(ctx context.Context, picks []Pick, held func(dialer.LeadID, Reason)) ([]Pick, error) {
	numbers := make([]string, len(picks))
	for i, p := range picks {
		numbers[i] = p.Number
	}
	histories, err := s.store.Histories(ctx, numbers, s.now)
	if err != nil {
		return nil, err
	}
	var allowed []Pick
	for _, p := range picks {
		if s.numbers[p.Number] {
			held(p.ID, InHopper)
			continue
		}
		v := s.check(p, histories[p.Number])
		if !v.Allowed {
			held(p.ID, byRule(v.Rule))
			s.filled.Rules[v.Rule]++
			continue
		}
		s.numbers[p.Number] = true
		allowed = append(allowed, p)
	}
	return allowed, nil
}

// unwaivable is what holds a lead back even though a call was promised to it.
var unwaivable = []Reason{OnCall, InHopper, ListOff, ListEnded, OnDNC, OnOwnDNC, Hours}

// promised are the callbacks for anyone that are due. What is asked of them is
// what cannot be waived by a promise.
func (s *selection) promised(ctx context.Context) ([]Pick, error) {
	due, err := s.store.Callbacks(ctx, s.ID, s.now, judgeBatch)
	if err != nil {
		return nil, err
	}
	due = slices.DeleteFunc(due, func(id dialer.LeadID) bool { return s.skip[id] })
	return s.judgeLeads(ctx, due, func(f Facts) Reason {
		if !f.Promised { // done meanwhile
			return Promised
		}
		if reason := s.first(f, unwaivable...); reason != Dialable {
			return reason
		}
		return Dialable
	}, func(c Candidate) Pick {
		s.skip[c.ID] = true
		return Pick{Candidate: c, Source: Callback, Priority: priorityCallback, Number: c.E164, Zone: c.ZoneSet}
	})
}
