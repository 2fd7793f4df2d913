package hopper

import (
	"context"
	"slices"

	"trunkline/dialer"
)

// stream gives the picks of one part of a campaign: what is recycled first,
// longest due first, then the rest in the part's order, with its NEW leads
// between the others where the order says so.
type stream struct {
	*selection
	part
	recycled *channel
	rest     *channel
	fresh    *channel // NEW leads, where they are interleaved; else nil
}

// channel is a sequence of leads with those that were judged already.
type channel struct {
	source Source
	open   func(context.Context) (sequence, error)
	seq    sequence
	ready  []Pick
	dry    bool

	judged, passed int // leads of which all was asked, and those that may be dialed
}

// toJudge is how many leads to judge together so that about as many pass as are
// wanted: each judging is some statements, however few leads it is of, so that
// where half the leads are on a do-not-call list twice as many are asked about.
// Eight times is the most: what passes beyond what is wanted was judged in vain.
func (c *channel) toJudge(want int) int {
	if c.judged > 0 {
		want = want * c.judged / max(c.passed, c.judged/8, 1)
	}
	return min(want+want/16+8, judgeBatch)
}

func (s *selection) newStream(p part) *stream {
	st := &stream{selection: s, part: p}
	st.recycled = &channel{source: Recycled, open: st.openRecycled}
	if p.Order.NewEvery > 0 && slices.Contains(p.Statuses, dialer.StatusNew) {
		others := slices.DeleteFunc(slices.Clone(p.Statuses), func(s dialer.Status) bool { return s == dialer.StatusNew })
		st.rest = &channel{source: Standard, open: func(ctx context.Context) (sequence, error) { return st.openOrder(ctx, others) }}
		st.fresh = &channel{source: NthNew, open: func(ctx context.Context) (sequence, error) {
			return st.openOrder(ctx, []dialer.Status{dialer.StatusNew})
		}}
		return st
	}
	st.rest = &channel{source: Standard, open: func(ctx context.Context) (sequence, error) { return st.openOrder(ctx, p.Statuses) }}
	return st
}

// take picks up to n leads.
func (st *stream) take(ctx context.Context, n int) ([]Pick, error) {
	var picks []Pick
	for len(picks) < n {
		p, ok, err := st.one(ctx, n-len(picks))
		if err != nil || !ok {
			return picks, err
		}
		picks = append(picks, p)
	}
	return picks, nil
}

func (st *stream) one(ctx context.Context, want int) (Pick, bool, error) {
	order := []*channel{st.recycled, st.rest}
	if st.fresh != nil {
		order = append(order, st.fresh)
		if st.memory.turns[st.N]%st.Order.NewEvery == st.Order.NewEvery-1 {
			order[1], order[2] = order[2], order[1]
		}
	}
	for _, c := range order {
		p, ok, err := st.from(ctx, c, want)
		if err != nil || ok {
			if c != st.recycled {
				st.memory.turns[st.N]++
			}
			return p, ok, err
		}
	}
	return Pick{}, false, nil
}

// from takes the next pick of a channel.
func (st *stream) from(ctx context.Context, c *channel, want int) (Pick, bool, error) {
	if c.seq == nil && !c.dry {
		var err error
		c.seq, err = c.open(ctx)
		if err != nil {
			return Pick{}, false, err
		}
		c.dry = c.seq == nil
	}
	if st.fresh != nil && c != st.recycled {
		want = want/2 + 1
	}
	for len(c.ready) == 0 && !c.dry {
		if st.spent() {
			st.filled.More = true
			return Pick{}, false, nil
		}
		if err := st.fetch(ctx, c, want); err != nil {
			return Pick{}, false, err
		}
	}
	if len(c.ready) == 0 {
		return Pick{}, false, nil
	}
	p := c.ready[0]
	c.ready = c.ready[1:]
	return p, true, nil
}

// fetch judges as many leads of the channel as are wanted, and a few more.
func (st *stream) fetch(ctx context.Context, c *channel, want int) error {
	want = c.toJudge(want)
	var entries []entry
	for len(entries) < want && st.filled.Looked < mostLooked {
		e, ok, err := c.seq.next(ctx, want-len(entries))
		if err != nil {
			return err
		}
		if !ok {
			c.dry = true
			break
		}
		st.filled.Looked++
		if st.skip[e.ID] {
			continue
		}
		st.skip[e.ID] = true
		if reason := st.atSight(e); reason != Dialable {
			st.filled.Held[reason]++
			continue
		}
		entries = append(entries, e)
	}
	asked := len(entries)
	entries, err := st.sift(ctx, c, entries)
	if err != nil {
		return err
	}
	picks, err := st.judge(ctx, entries, func(cand Candidate) Pick {
		return Pick{Candidate: cand, Source: c.source, Step: st.N, Number: cand.E164, Zone: cand.ZoneSet}
	})
	c.judged, c.passed = c.judged+asked, c.passed+len(picks)
	c.ready = append(c.ready, picks...)
	return err
}

// siftFrom is of how many leads of a channel all is asked before the filter is
// asked of them first; and siftShare how few must have passed, one in so many.
const (
	siftFrom  = 500
	siftShare = 8
)

// sift asks the filter alone, where few leads of the channel pass it: that takes a
// fraction of the time of asking all there is to ask.
func (st *stream) sift(ctx context.Context, c *channel, entries []entry) ([]entry, error) {
	if len(st.Filter.Where) == 0 || len(entries) == 0 || c.judged < siftFrom || c.passed*siftShare > c.judged {
		return entries, nil
	}
	ids := make([]dialer.LeadID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	pass, err := st.store.Passing(ctx, st.Filter, ids)
	if err != nil {
		return nil, err
	}
	passing := make(map[dialer.LeadID]bool, len(pass))
	for _, id := range pass {
		passing[id] = true
	}
	left := slices.DeleteFunc(entries, func(e entry) bool { return !passing[e.ID] })
	st.filled.Sifted += len(ids) - len(left)
	st.filled.Held[Filtered] += len(ids) - len(left)
	return left, nil
}

// atSight is what holds a lead back as far as its index tells.
func (st *stream) atSight(e entry) Reason {
	if e.of == nil {
		return Dialable
	}
	group := e.of.span.Group
	group.ZoneSet, group.Calls = e.ZoneSet, e.Calls
	return st.Why(Facts{Group: group})
}

// openRecycled is the sequence of recycled leads whose delay is over.
func (st *stream) openRecycled(context.Context) (sequence, error) {
	var sources []*source
	for _, l := range st.usable(st.part) {
		if st.lists[l.ID].parts[0] != slices.IndexFunc(st.parts, func(p part) bool { return p.N == st.N }) {
			continue // a list of several steps is recycled by the first
		}
		for _, rc := range st.Recycles {
			for round := 1; round <= rc.MaxAttempts; round++ {
				span := Span{Index: IndexCall, Group: Group{List: l.ID, Round: round, Status: rc.Status}, Until: st.now.Add(-rc.Delay).UnixMilli()}
				s := newSource(span, false, false)
				s.shift = rc.Delay.Milliseconds()
				sources = append(sources, s)
			}
		}
	}
	if len(sources) == 0 {
		return nil, nil
	}
	return st.keep(newMerge(st.store, sources), sources), nil
}

// openOrder is the sequence of leads of these statuses that were not called since
// their list's reset.
func (st *stream) openOrder(ctx context.Context, statuses []dialer.Status) (sequence, error) {
	lists := st.usable(st.part)
	if len(lists) == 0 || len(statuses) == 0 {
		return nil, nil
	}
	o := st.Order
	if o.Sorts() {
		return st.sorted(lists, statuses), nil
	}
	var sources []*source
	switch o.Key {
	case ByRank, ByCall:
		index := IndexRank
		if o.Key == ByCall {
			index = IndexCall
		}
		for _, l := range lists {
			for _, status := range statuses {
				sources = append(sources, newSource(Span{Index: index, Group: Group{List: l.ID, Status: status}}, o.Up, o.ThenUp))
			}
		}
		return st.keep(newMerge(st.store, sources), sources), nil
	}
	extents, err := st.groups(ctx)
	if err != nil {
		return nil, err
	}
	var open []Extent
	for _, e := range extents {
		if slices.Contains(statuses, e.Status) && slices.ContainsFunc(lists, func(l *listRules) bool { return l.ID == e.List }) && st.Why(Facts{Group: e.Group}) == Dialable {
			open = append(open, e)
		}
	}
	if o.Key == ByRandom {
		return newLottery(st.store, open, st.skip), nil
	}
	for _, e := range open {
		s := newSource(Span{Index: IndexLead, Group: e.Group}, o.Up, o.ThenUp)
		s.constant = true
		switch o.Key {
		case ByLead:
			s = newSource(Span{Index: IndexLead, Group: e.Group}, false, o.Up)
			s.constant = true
		case ByCount:
			s.key = int64(e.Calls)
		case ByTimezone:
			s.key = st.offset(e.ZoneSet)
		}
		first := e.First
		if s.idUp {
			first = e.Last
		}
		s.bound = &entry{Entry: Entry{ID: first}, by: s.key, of: s}
		sources = append(sources, s)
	}
	return st.keep(newMerge(st.store, sources), sources), nil
}
