package hopper

import (
	"cmp"
	"math"
	"slices"

	"trunkline/dialer"
)

// source is one range of an index, read piece by piece in the order of a merge.
type source struct {
	span Span
	up   bool // greater keys first
	idUp bool // among equal keys greater ids first

	constant bool  // all entries have this key, whatever the index says
	key      int64 //
	shift    int64 // added to the index's keys

	bound  *entry // nothing of it comes before; nil: not known
	queue  []entry
	dry    bool // nothing is left beyond the queue
	limit  int  // entries of the next read
	tie    bool // at is the key of which more ids may follow
	at     int64
	after  dialer.LeadID
	beyond int64 // keys up to this one were read
	ended  bool  // nothing beyond that
	last   *entry
}

// entry is an Entry with the key by which it is merged.
type entry struct {
	Entry
	by int64
	of *source
}

// before tells which of two comes first in the merge.
func (s *source) before(a, b entry) int {
	c := cmp.Compare(a.by, b.by)
	if s.up {
		c = -c
	}
	if c != 0 {
		return c
	}
	if s.idUp {
		return cmp.Compare(b.ID, a.ID)
	}
	return cmp.Compare(a.ID, b.ID)
}

// newSource prepares the reading of a range from its beginning.
func newSource(span Span, up, idUp bool) *source {
	s := &source{span: span, up: up, idUp: idUp}
	s.span.Down, s.span.IDDown = up, idUp
	if span.Index == IndexLead {
		s.span.Down = idUp
		s.after = start(idUp)
		return s
	}
	s.beyond = math.MinInt64
	if up {
		s.beyond = math.MaxInt64
	}
	if span.Index == IndexCall && !up && span.Until == 0 {
		// Never called comes first, and is a key that has its own way of asking.
		s.tie, s.at, s.after = true, Never, start(idUp)
	}
	return s
}

// start is the id after which all others come.
func start(down bool) dialer.LeadID {
	if down {
		return math.MaxInt64
	}
	return 0
}

// resume goes on after an entry that was read before.
func (s *source) resume(e entry) {
	s.after = e.ID
	switch {
	case s.span.Index == IndexLead:
	case s.span.Index == IndexCall && e.Key == Never:
		s.tie, s.at, s.ended = true, Never, s.up
	default:
		s.tie, s.at, s.beyond = true, e.Key, e.Key
	}
}

// next are the spans to read next: the rest of a key's ids, and what lies
// beyond it.
func (s *source) next(limit int) []Span {
	s.limit = limit
	var spans []Span
	span := s.span
	span.Limit = limit
	if s.span.Index == IndexLead {
		span.After = s.after
		return []Span{span}
	}
	if s.tie {
		tie := span
		tie.Tie, tie.Key, tie.After = true, s.at, s.after
		spans = append(spans, tie)
	}
	if !s.ended {
		span.Key = s.beyond
		spans = append(spans, span)
	}
	return spans
}

// take queues what the spans of next brought, in their order.
func (s *source) take(read [][]Entry) {
	if s.span.Index == IndexLead {
		s.push(read[0])
		if s.dry = len(read[0]) < s.limit; !s.dry {
			s.after = read[0][len(read[0])-1].ID
		}
		return
	}
	if s.tie {
		tied := read[0]
		read = read[1:]
		s.push(tied)
		if len(tied) == s.limit { // what lies beyond was read in vain
			s.after = tied[len(tied)-1].ID
			return
		}
		s.tie = false
	}
	if s.ended {
		s.dry = true
		return
	}
	run := read[0]
	if len(run) < s.limit {
		s.ended = true
		s.push(run)
		if s.span.Index == IndexCall && s.up {
			s.tie, s.at, s.after = true, Never, start(s.idUp) // never called comes last
			return
		}
		s.dry = true
		return
	}
	edge := run[len(run)-1]
	s.tie, s.at, s.beyond = true, edge.Key, edge.Key
	if s.idUp == s.up {
		s.after = edge.ID
		s.push(run)
		return
	}
	// The index has the ids of a key the other way round than they are wanted: of
	// the last key, of which there may be more, they are asked for by themselves.
	s.after = start(s.idUp)
	s.push(slices.DeleteFunc(run, func(e Entry) bool { return e.Key == edge.Key }))
}

func (s *source) push(read []Entry) {
	for _, e := range read {
		by := e.Key + s.shift
		if s.constant {
			by = s.key
		}
		s.queue = append(s.queue, entry{e, by, s})
	}
	slices.SortStableFunc(s.queue, s.before)
}
