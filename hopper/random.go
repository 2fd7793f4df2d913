package hopper

import (
	"context"
	"maps"
	"math/rand/v2"

	"trunkline/dialer"
)

// lottery draws leads of groups by lot. It draws a group by its weight and then
// a lead of it: the next after an id drawn from those between its first and its
// last. Ids are given in runs, so this is as good as fair, and its cost does not
// hang on how many leads there are. What is small, or almost used up, is read as
// a whole and shuffled.
type lottery struct {
	store   Store
	extents []Extent
	weights []int
	total   int
	queue   []entry
	seen    map[dialer.LeadID]bool
	whole   *merge // the reading of all that is left
}

// drawMost is how many leads are drawn together.
const drawMost = 1000

func newLottery(store Store, extents []Extent, not map[dialer.LeadID]bool) *lottery {
	return &lottery{store: store, extents: extents, seen: maps.Clone(not)}
}

func (l *lottery) next(ctx context.Context, want int) (entry, bool, error) {
	if l.weights == nil && len(l.extents) > 0 {
		groups := make([]Group, len(l.extents))
		for i, e := range l.extents {
			groups[i] = e.Group
		}
		weights, err := l.store.Weigh(ctx, groups)
		if err != nil {
			return entry{}, false, err
		}
		l.weights = weights
		for i := range weights {
			weights[i] = max(1, weights[i])
			l.total += weights[i]
		}
	}
	for len(l.queue) == 0 {
		switch {
		case len(l.extents) == 0:
			return entry{}, false, nil
		case l.whole == nil && l.total < 4*want+100:
			l.readWhole()
		case l.whole == nil:
			if err := l.draw(ctx, want); err != nil {
				return entry{}, false, err
			}
			continue
		}
		// A piece is shuffled at a time: all of it, where it is small.
		for len(l.queue) < 4*want+100 {
			e, ok, err := l.whole.next(ctx, 4*want+100)
			if err != nil {
				return entry{}, false, err
			}
			if !ok {
				break
			}
			if !l.seen[e.ID] {
				l.seen[e.ID] = true
				l.queue = append(l.queue, e)
			}
		}
		if len(l.queue) == 0 {
			return entry{}, false, nil
		}
		rand.Shuffle(len(l.queue), func(i, j int) { l.queue[i], l.queue[j] = l.queue[j], l.queue[i] })
	}
	e := l.queue[0]
	l.queue = l.queue[1:]
	return e, true, nil
}

// draw queues up to want leads that were not drawn before.
func (l *lottery) draw(ctx context.Context, want int) error {
	n := min(max(want, minRead), drawMost)
	spans := make([]Span, n)
	for i := range spans {
		at, g := rand.N(l.total), 0
		for at >= l.weights[g] {
			at -= l.weights[g]
			g++
		}
		e := l.extents[g]
		spans[i] = Span{Index: IndexLead, Group: e.Group, After: e.First - 1 + rand.N(e.Last-e.First+1), Limit: 1}
	}
	read, err := l.store.Read(ctx, spans)
	if err != nil {
		return err
	}
	for _, e := range read {
		if !l.seen[e.ID] {
			l.seen[e.ID] = true
			l.queue = append(l.queue, entry{Entry: Entry{ID: e.ID, ZoneSet: e.ZoneSet, Calls: e.Calls}, of: &source{span: spans[e.Span]}})
		}
	}
	rand.Shuffle(len(l.queue), func(i, j int) { l.queue[i], l.queue[j] = l.queue[j], l.queue[i] })
	if len(l.queue) < n/4 { // most of what is drawn was drawn before
		l.readWhole()
	}
	return nil
}

// readWhole has all that is left read, from the beginnings of the groups.
func (l *lottery) readWhole() {
	var sources []*source
	for _, e := range l.extents {
		sources = append(sources, newSource(Span{Index: IndexLead, Group: e.Group}, false, false))
	}
	l.whole = newMerge(l.store, sources)
}
