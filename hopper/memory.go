package hopper

import (
	"context"
	"fmt"
	"time"

	"trunkline/dialer"
)

// Memory keeps from one fill to the next what would be costly to find out again:
// where a campaign's leads were looked at in vain, and a set that was sorted as
// a whole. Leads that it passes over are looked at again when the end is
// reached, when the settings change or after memoryLife.
type Memory struct {
	memos map[dialer.CampaignID]*memo
}

const memoryLife = 10 * time.Minute

// setBackBy is by how much the database's clock goes back before that counts as
// its having been set.
const setBackBy = time.Second

type memo struct {
	of     string    // what it was true of
	until  time.Time //
	latest time.Time // when it was asked for last
	at     map[place]entry
	sorted map[string]*sortedSet
	turns  map[int]int // leads chosen in the order, by step of the mix: every so-manieth is a NEW one, however few a fill takes

	alternates bool      // further numbers were looked for
	said       time.Time // and when, of calls whose agents speak of them late

	vain int       // leads that were looked at since one was chosen, or the end was reached
	rest time.Time // until then nothing is looked at but callbacks, further numbers and news

	again bool       // when the settings changed, it was on its way or rested: news still go first
	marks []newsMark // how far the news had come: the first is where the next look begins
}

// A campaign whose leads were all looked at in vain rests before they are looked
// at again, or it would keep the database at it for nothing. What is imported or
// edited meanwhile does not wait for that (news). A few leads are no trouble.
const (
	vainRest = 3 * time.Second
	vainFew  = 1000
)

// looked notes what a fill looked at and how many leads it chose.
func (m *memo) looked(f *Filled, chosen int, now time.Time) {
	m.vain += f.Seen + f.Sifted
	m.again = m.again && f.More
	switch {
	case chosen > 0:
		m.vain = 0
	case f.More:
	case m.vain > vainFew:
		m.vain, m.rest = 0, now.Add(vainRest)
	default:
		m.vain = 0
	}
}

// place names a source.
type place struct {
	index Index
	group Group
	until bool
}

type sortedSet struct{ left []dialer.LeadID }

// NewMemory is an empty one.
func NewMemory() *Memory { return &Memory{memos: map[dialer.CampaignID]*memo{}} }

// of is what is remembered for the campaign as it is set now. A nil Memory
// forgets at once.
func (m *Memory) of(r *Rules) *memo {
	if m == nil {
		return newMemo("", time.Time{})
	}
	now := r.fingerprint()
	known := m.memos[r.ID]
	if known != nil && known.latest.Sub(r.now) > setBackBy {
		known = nil // all that it knows is of moments that are still to come
	}
	if known == nil || known.of != now || r.now.After(known.until) {
		fresh := newMemo(now, r.now.Add(memoryLife))
		if known != nil {
			fresh.marks = known.marks // what is news does not hang on the settings
			fresh.again = known.again || len(known.at) > 0 || r.now.Before(known.rest)
		}
		known, m.memos[r.ID] = fresh, fresh
	}
	known.latest = r.now
	return known
}

func newMemo(of string, until time.Time) *memo {
	return &memo{of: of, until: until, at: map[place]entry{}, sorted: map[string]*sortedSet{}, turns: map[int]int{}}
}

// fingerprint changes with all that may make a lead dialable that was not.
func (r *Rules) fingerprint() string {
	text := fmt.Sprint(r.ChangedAt, r.DialStatuses, r.Order, r.Recycles, r.Filter, r.Mix, r.MixMethod, r.limit)
	for _, l := range r.Campaign.Lists {
		reset := time.Time{}
		if l.ResetAt != nil {
			reset = *l.ResetAt
		}
		text += fmt.Sprint(l.ID, l.Active, r.lists[l.ID].expired, reset, r.lists[l.ID].open, l.Hours(r.Campaign.Campaign))
	}
	return text
}

func (s *source) place() place { return place{s.span.Index, s.span.Group, s.span.Until != 0} }

// kept is a sequence whose place is remembered.
type kept struct {
	*merge
	sources []*source
}

func (s *selection) keep(m *merge, sources []*source) sequence {
	for _, src := range sources {
		if at, ok := s.memory.at[src.place()]; ok {
			src.resume(at)
		}
	}
	return &kept{m, sources}
}

// remember notes where the channels that found nothing for long stand, and
// forgets it where the end was reached.
func (st *stream) remember() {
	for _, c := range []*channel{st.recycled, st.rest, st.fresh} {
		if c == nil {
			continue
		}
		k, ok := c.seq.(*kept)
		switch {
		case !ok:
		case c.dry:
			for _, src := range k.sources {
				delete(st.memory.at, src.place())
			}
		case st.filled.More && len(c.ready) == 0:
			for _, src := range k.sources {
				if src.last != nil {
					st.memory.at[src.place()] = *src.last
				}
			}
		}
	}
}

// sortMost is how many leads are kept of a set that was sorted.
const sortMost = 10000

// sortedSequence gives the leads of a set in an order that no index has. The set
// is sorted when the leads of the last time are used up.
type sortedSequence struct {
	*selection
	set    Set
	order  Order
	key    string
	asked  bool
	cached *sortedSet
}

func (st *stream) sorted(lists []*listRules, statuses []dialer.Status) sequence {
	set := Set{Statuses: statuses, Limit: st.limit}
	open := map[int]bool{}
	for _, l := range lists {
		set.Lists = append(set.Lists, l.ID)
		for id, is := range l.open {
			if is && !open[id] {
				open[id] = true
				set.Open = append(set.Open, id)
				set.Ahead = append(set.Ahead, int(st.offset(id)))
			}
		}
	}
	key := fmt.Sprint(st.N, statuses)
	return &sortedSequence{selection: st.selection, set: set, order: st.Order, key: key, cached: st.memory.sorted[key]}
}

func (q *sortedSequence) next(ctx context.Context, want int) (entry, bool, error) {
	for q.cached == nil || len(q.cached.left) == 0 {
		if q.asked || len(q.set.Open) == 0 {
			return entry{}, false, nil
		}
		q.asked = true
		limit := max(sortMost, len(q.skip)+2*want)
		ids, err := q.store.Sorted(ctx, q.set, q.order, limit)
		if err != nil {
			return entry{}, false, err
		}
		q.cached = &sortedSet{ids}
		q.memory.sorted[q.key] = q.cached
	}
	id := q.cached.left[0]
	q.cached.left = q.cached.left[1:]
	return entry{Entry: Entry{ID: id}}, true, nil
}
