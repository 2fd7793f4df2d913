package hopper

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"trunkline/dialer"
)

// lottery draws leads by lot: ids out of the runs in which the groups' leads lie,
// of which those are leads drawn that belong to one of the groups. So each is as
// likely as any other, and the cost does not hang on how many there are.
//
// Where that seldom meets one of the groups' leads, groups are drawn by their
// size, and then a few neighbours of a group, after an id between its first and
// its last: as good as fair, since ids are given in runs. What is small, or
// almost used up, is read as a whole and shuffled.
type lottery struct {
	store   Store
	extents []Extent
	member  map[Group]bool
	runs    []run
	ids     int // in all runs
	tried   int // ids that were drawn of them
	met     int // and were leads of the groups
	weights []int
	total   int
	queue   []entry
	seen    map[dialer.LeadID]bool
	whole   *merge // the reading of all that is left
}

// run is ids without a gap, both ends included.
type run struct{ first, last dialer.LeadID }

func (r run) length() int { return int(r.last-r.first) + 1 }

const (
	// drawMost is how many ids are drawn together: below the thousand from which
	// MariaDB turns an IN list into a join with a table of its own.
	drawMost = 900
	// drawSeldom is the share of drawn ids that must be met, one in so many; and
	// drawTried how many are drawn before that is judged.
	drawSeldom = 8
	drawTried  = 64
	// drawNeighbours is how many leads of a group are drawn together.
	drawNeighbours = 4
)

func newLottery(store Store, extents []Extent, not map[dialer.LeadID]bool) *lottery {
	l := &lottery{store: store, extents: extents, member: make(map[Group]bool, len(extents)), seen: maps.Clone(not)}
	for _, e := range slices.SortedFunc(slices.Values(extents), func(a, b Extent) int { return cmp.Compare(a.First, b.First) }) {
		l.member[e.Group] = true
		if n := len(l.runs); n > 0 && e.First <= l.runs[n-1].last+1 {
			l.runs[n-1].last = max(l.runs[n-1].last, e.Last)
			continue
		}
		l.runs = append(l.runs, run{e.First, e.Last})
	}
	for _, r := range l.runs {
		l.ids += r.length()
	}
	return l
}

func (l *lottery) next(ctx context.Context, want int) (entry, bool, error) {
	if l.whole == nil && l.ids < enough(want) {
		l.readWhole()
	}
	for len(l.queue) == 0 && l.whole == nil {
		draw := l.drawIDs
		if l.tried >= drawTried && l.met*drawSeldom < l.tried {
			draw = l.drawGroups
		}
		if err := draw(ctx, want); err != nil {
			return entry{}, false, err
		}
	}
	if len(l.queue) == 0 {
		// A piece is shuffled at a time: all of it, where it is small.
		for len(l.queue) < enough(want) {
			e, ok, err := l.whole.next(ctx, enough(want))
			if err != nil {
				return entry{}, false, err
			}
			if !ok {
				break
			}
			l.add(e)
		}
		if len(l.queue) == 0 {
			return entry{}, false, nil
		}
		l.shuffle()
	}
	e := l.queue[0]
	l.queue = l.queue[1:]
	return e, true, nil
}

// enough is of how many leads so many may be drawn one by one; fewer are read as
// a whole.
func enough(want int) int { return 4*want + 100 }

// drawIDs queues about as many leads as are wanted that were not drawn before.
func (l *lottery) drawIDs(ctx context.Context, want int) error {
	n := max(want, drawTried)
	if l.met > 0 {
		n = max(n, n*l.tried/l.met)
	}
	n = min(n, drawMost)
	ids := make([]dialer.LeadID, n)
	for i := range ids {
		at, r := rand.N(l.ids), 0
		for at >= l.runs[r].length() {
			at -= l.runs[r].length()
			r++
		}
		ids[i] = l.runs[r].first + dialer.LeadID(at)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	groups, err := l.store.GroupsOf(ctx, ids)
	if err != nil {
		return err
	}
	met := 0
	for _, id := range ids {
		if g, ok := groups[id]; ok && l.member[g] {
			met++
			l.add(entry{Entry: Entry{ID: id, ZoneSet: g.ZoneSet, Calls: g.Calls}, of: &source{span: Span{Index: IndexLead, Group: g}}})
		}
	}
	l.tried, l.met = l.tried+len(ids), l.met+met
	l.shuffle()
	if 4*len(l.queue) < met { // most of what is drawn was drawn before
		l.readWhole()
	}
	return nil
}

// drawGroups queues up to as many leads as are wanted that were not drawn before.
func (l *lottery) drawGroups(ctx context.Context, want int) error {
	if l.weights == nil {
		groups := make([]Group, len(l.extents))
		for i, e := range l.extents {
			groups[i] = e.Group
		}
		var err error
		l.weights, err = l.store.Weigh(ctx, groups)
		if err != nil {
			return err
		}
		for i := range l.weights {
			l.weights[i] = max(1, l.weights[i])
			l.total += l.weights[i]
		}
	}
	if l.total < enough(want) {
		l.readWhole()
		return nil
	}
	n := min(max(want, minRead), drawMost)
	spans := make([]Span, (n+drawNeighbours-1)/drawNeighbours)
	for i := range spans {
		at, g := rand.N(l.total), 0
		for at >= l.weights[g] {
			at -= l.weights[g]
			g++
		}
		e := l.extents[g]
		spans[i] = Span{Index: IndexLead, Group: e.Group, After: e.First - 1 + rand.N(e.Last-e.First+1), Limit: drawNeighbours}
	}
	read, err := l.store.Read(ctx, spans)
	if err != nil {
		return err
	}
	for _, e := range read {
		l.add(entry{Entry: Entry{ID: e.ID, ZoneSet: e.ZoneSet, Calls: e.Calls}, of: &source{span: spans[e.Span]}})
	}
	l.shuffle()
	if len(l.queue) < n/4 { // most of what is drawn was drawn before
		l.readWhole()
	}
	return nil
}

// add queues a lead that was not drawn before.
func (l *lottery) add(e entry) {
	if !l.seen[e.ID] {
		l.seen[e.ID] = true
		l.queue = append(l.queue, e)
	}
}

func (l *lottery) shuffle() {
	rand.Shuffle(len(l.queue), func(i, j int) { l.queue[i], l.queue[j] = l.queue[j], l.queue[i] })
}

// readWhole has all that is left read, from the beginnings of the groups.
func (l *lottery) readWhole() {
	var sources []*source
	for _, e := range l.extents {
		sources = append(sources, newSource(Span{Index: IndexLead, Group: e.Group}, false, false))
	}
	l.whole = newMerge(l.store, sources)
}
