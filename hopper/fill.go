package hopper

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Filled says what a Fill did and, where the hopper stays short, why.
type Filled struct {
	Level    int       // what the hopper is kept at
	Inserted int       // rows put in
	Seen     int       // leads read
	Refused  int       // of those, refused by compliance though their zone set is open
	Ranges   int       // index ranges with leads to dial in open zone sets
	Closed   int       // index ranges whose zone set is closed now
	Opens    time.Time // when the next of the closed ones opens; zero: none will
}

// insertBatch bounds a transaction: Galera and TiDB like small write sets.
const insertBatch = 500

// historyBatch is how many leads are judged together.
const historyBatch = 500

// Fill brings a campaign's hopper to its level. It reads the index ranges of the
// campaign's (list, status, zone set) in step, lowest lead id first, and stops
// as soon as it has enough: the cost follows what is inserted, never the size of
// the lists. Every lead is judged by compliance before it goes in, with the same
// question that is asked again when it is dialed, so that the two cannot
// disagree for ever.
func Fill(ctx context.Context, store Store, c Campaign, sets []ZoneSet, fence Fence, now time.Time) (Filled, error) {
	f := Filled{Level: Level(c)}
	need := f.Level - c.Rows
	if need <= 0 || len(c.Lists) == 0 || len(statuses(c)) == 0 {
		return f, nil
	}
	ranges, err := store.Ranges(ctx, c.Lists, statuses(c))
	if err != nil {
		return f, fmt.Errorf("campaign %s: what its lists hold: %w", c.ID, err)
	}
	ranges = f.openOnly(c, sets, ranges, now)
	m := merge{store: store, campaign: c.ID, ranges: ranges, need: need}
	var leads []dialer.LeadID
	byID := make(map[int]compliance.ZoneSet, len(sets))
	for _, s := range sets {
		byID[s.ID] = s.Set
	}
	taken := map[string]bool{} // numbers: two leads of one number are not called at once
	for more := true; more && len(leads) < need && f.Refused < 1000+10*need; {
		var batch []Candidate
		for len(batch) < min(need-len(leads)+minRead, historyBatch) {
			cand, ok, err := m.next(ctx)
			if err != nil {
				return f, fmt.Errorf("campaign %s: reading leads: %w", c.ID, err)
			}
			if more = ok; !ok {
				break
			}
			batch = append(batch, cand)
		}
		numbers := make([]string, len(batch))
		for i, cand := range batch {
			numbers[i] = cand.E164
		}
		histories, err := store.Histories(ctx, numbers, now)
		if err != nil {
			return f, fmt.Errorf("campaign %s: what is known of the numbers: %w", c.ID, err)
		}
		for _, cand := range batch {
			if len(leads) == need {
				break
			}
			f.Seen++
			v := compliance.Check(compliance.Question{E164: cand.E164, Zones: byID[cand.ZoneSet].Zones(), State: cand.State,
				Called: cand.Called, History: histories[cand.E164], Now: now}.In(c.Campaign))
			if !v.Allowed || taken[cand.E164] {
				f.Refused++
				continue
			}
			taken[cand.E164] = true
			leads = append(leads, cand.ID)
		}
	}
	for batch := range slices.Chunk(leads, insertBatch) {
		n, err := store.Insert(ctx, c, batch, fence, now)
		f.Inserted += n
		if err != nil {
			return f, fmt.Errorf("campaign %s: filling the hopper: %w", c.ID, err)
		}
	}
	return f, nil
}

// openOnly drops the ranges whose zone set may not be called now.
func (f *Filled) openOnly(c Campaign, sets []ZoneSet, ranges []Range, now time.Time) []Range {
	var present []compliance.ZoneSet
	byID := make(map[int]compliance.ZoneSet, len(sets))
	for _, s := range sets {
		if slices.ContainsFunc(ranges, func(r Range) bool { return r.ZoneSet == s.ID }) {
			present = append(present, s.Set)
			byID[s.ID] = s.Set
		}
	}
	open, opens := compliance.Open(present, c.CallFrom, c.CallTo, now)
	f.Opens = opens
	kept := slices.DeleteFunc(slices.Clone(ranges), func(r Range) bool { return !slices.Contains(open, byID[r.ZoneSet]) })
	f.Ranges, f.Closed = len(kept), len(ranges)-len(kept)
	return kept
}

// OpenSets are the ids of the zone sets that the campaign may call at now.
func OpenSets(c Campaign, sets []ZoneSet, now time.Time) []int {
	known := make([]compliance.ZoneSet, len(sets))
	for i, s := range sets {
		known[i] = s.Set
	}
	open, _ := compliance.Open(known, c.CallFrom, c.CallTo, now)
	var ids []int
	for _, s := range sets {
		if slices.Contains(open, s.Set) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func statuses(c Campaign) []dialer.Status {
	var all []dialer.Status
	for _, s := range strings.Fields(c.DialStatuses) {
		all = append(all, dialer.Status(s))
	}
	return all
}

// merge reads many index ranges as one sequence by lead id.
type merge struct {
	store    Store
	campaign dialer.CampaignID
	ranges   []Range
	need     int

	started bool
	queues  [][]Candidate // read ahead, by range
	dry     []bool        // the range has nothing beyond its queue
}

// minRead is the fewest leads read of a range at once.
const minRead = 20

func (m *merge) next(ctx context.Context) (Candidate, bool, error) {
	if !m.started {
		m.started = true
		m.queues = make([][]Candidate, len(m.ranges))
		m.dry = make([]bool, len(m.ranges))
	}
	var empty []int
	for i, q := range m.queues {
		if len(q) == 0 && !m.dry[i] {
			empty = append(empty, i)
		}
	}
	if len(empty) > 0 {
		if err := m.read(ctx, empty); err != nil {
			return Candidate{}, false, err
		}
	}
	best := -1
	for i, q := range m.queues {
		if len(q) > 0 && (best < 0 || q[0].ID < m.queues[best][0].ID) {
			best = i
		}
	}
	if best < 0 {
		return Candidate{}, false, nil
	}
	c := m.queues[best][0]
	m.queues[best] = m.queues[best][1:]
	return c, true, nil
}

// read fills the queues of the given ranges. All are read in one statement: a
// range that is emptied first is asked for as many again as its even share.
func (m *merge) read(ctx context.Context, which []int) error {
	ranges := make([]Range, len(which))
	for i, w := range which {
		ranges[i] = m.ranges[w]
	}
	each := max(minRead, min(m.need, 2*m.need/len(m.ranges)))
	found, err := m.store.Candidates(ctx, m.campaign, ranges, each)
	if err != nil {
		return err
	}
	for _, c := range found {
		w := which[c.Slot]
		m.queues[w] = append(m.queues[w], c)
	}
	for _, w := range which {
		q := m.queues[w]
		if m.dry[w] = len(q) < each; len(q) > 0 {
			m.ranges[w].After = q[len(q)-1].ID
		}
	}
	return nil
}
