package hopper

import (
	"container/heap"
	"context"
	"slices"
)

// sequence gives leads one by one in the order in which they are to be dialed.
type sequence interface {
	// next gives the next lead; ok is false when there is none. want is how many
	// the caller may still ask for.
	next(ctx context.Context, want int) (e entry, ok bool, err error)
}

// merge reads many ranges of an index as one sequence. A range is opened only
// when the leads in it can be next.
type merge struct {
	store  Store
	heads  heads     // the first of each source's queue
	wait   []*source // to be read before the next lead is known
	closed []*source // not opened yet, by their bound
}

// reading is how many ranges are opened together, and the fewest and the most
// leads that are read of one at a time.
const (
	openTogether = 64
	minRead      = 16
	maxRead      = 2000
)

func newMerge(store Store, sources []*source) *merge {
	m := &merge{store: store}
	for _, s := range sources {
		if s.bound == nil {
			m.wait = append(m.wait, s)
		} else {
			m.closed = append(m.closed, s)
		}
	}
	slices.SortStableFunc(m.closed, func(a, b *source) int { return a.before(*a.bound, *b.bound) })
	return m
}

func (m *merge) next(ctx context.Context, want int) (entry, bool, error) {
	for {
		if len(m.closed) > 0 && (len(m.heads) == 0 || m.closed[0].before(*m.closed[0].bound, m.heads[0].queue[0]) < 0) {
			n := min(openTogether, len(m.closed))
			m.wait = append(m.wait, m.closed[:n]...)
			m.closed = m.closed[n:]
		}
		if len(m.wait) == 0 {
			break
		}
		if err := m.read(ctx, want); err != nil {
			return entry{}, false, err
		}
	}
	if len(m.heads) == 0 {
		return entry{}, false, nil
	}
	s := m.heads[0]
	e := s.queue[0]
	s.queue = s.queue[1:]
	s.last = &e
	switch {
	case len(s.queue) > 0:
		heap.Fix(&m.heads, 0)
	default:
		heap.Pop(&m.heads)
		if !s.dry {
			m.wait = append(m.wait, s)
		}
	}
	return e, true, nil
}

// read reads on in all that wait, in one go, and in those that will wait soon:
// where many ranges are merged, they run out one by one, and each would cost a
// statement of its own. A range that is emptied is asked for twice as many as
// before.
func (m *merge) read(ctx context.Context, want int) error {
	all := m.wait
	for _, s := range m.heads {
		if !s.dry && len(s.queue) <= s.limit/4 {
			all = append(all, s)
		}
	}
	share := max(minRead, min(2*want/len(all), maxRead))
	var spans []Span
	var of [][2]int
	for _, s := range all {
		mine := s.next(min(max(share, 2*s.limit), max(minRead, 2*want), maxRead))
		of = append(of, [2]int{len(spans), len(spans) + len(mine)})
		spans = append(spans, mine...)
	}
	read, err := m.store.Read(ctx, spans)
	if err != nil {
		return err
	}
	by := make([][]Entry, len(spans))
	for _, e := range read {
		by[e.Span] = append(by[e.Span], e)
	}
	var again []*source
	for i, s := range all {
		s.take(by[of[i][0]:of[i][1]])
		switch {
		case i >= len(m.wait): // its first entry is the same, so it stays where it is
		case len(s.queue) > 0:
			heap.Push(&m.heads, s)
		case !s.dry:
			again = append(again, s)
		}
	}
	m.wait = again
	return nil
}

// heads is a heap of sources by the first of their queues.
type heads []*source

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return h[i].before(h[i].queue[0], h[j].queue[0]) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(s any)        { *h = append(*h, s.(*source)) }
func (h *heads) Pop() any {
	old := *h
	s := old[len(old)-1]
	*h = old[:len(old)-1]
	return s
}
