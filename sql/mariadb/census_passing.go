package mariadb

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

var (
	censusExtents     = queries.Get("census-extents")
	censusPassingRun  = queries.Get("census-passing-run")
	censusPassingOwn  = queries.Get("census-passing-own")
	censusPassingRest = queries.Get("census-passing-rest")
)

// passing counts the leads that pass the campaign's filter, of the groups of
// which nothing else decides; those whose delay is not over apart, and those of
// each place. Without a filter these alone are counted.
//
// A filter asks for a lead's whole row, which takes ten times as long to find by
// the index as when the rows are read in the order in which they lie. A list lies
// in runs of ids, since it was imported in one go or in some: the runs are found
// by a few samples, and read through; what lies elsewhere is found by the index.
// The samples decide the way only, never a number.
func (v *hopperView) passing(ctx context.Context, r *hopper.Rules, groups []tallyRow) ([]tallyRow, error) {
	var asked []tallyRow
	for _, g := range groups {
		if r.Undecided(g.Group) {
			asked = append(asked, g)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	q := passingOf(r, asked, groups)
	if err := v.extents(ctx, q.lists, asked); err != nil {
		return nil, err
	}
	runs, err := v.runs(ctx, r, asked)
	if err != nil {
		return nil, err
	}
	var work []counting
	if wantsOwn(r.Filter) && v.find.mostly(asked, runs) {
		q.run, _ = passingSQL(q.together(censusPassingOwn), r.Filter)
	}
	for _, run := range runs {
		for first := run.first; first <= run.last; first += runPiece {
			work = append(work, counting{q.run, []any{first, min(first+runPiece-1, run.last), q.lists, q.statuses, q.rounds}})
		}
	}
	for _, list := range q.lists {
		first, last := extent(asked, list)
		if slices.ContainsFunc(runs, func(run idRun) bool { return run.first <= first && last <= run.last }) {
			continue
		}
		rest, args := q.outside(runs)
		work = append(work, counting{rest, append([]any{list, q.rounds, q.statuses}, args...)})
	}
	return v.count(ctx, r, q, work)
}

// mostly tells whether the filter is asked of so many of the leads in the runs that
// it is faster to begin with their own fields.
func (f censusRuns) mostly(asked []tallyRow, runs []idRun) bool {
	leads, ids := 0, 0
	for _, g := range asked {
		leads += g.Leads
	}
	for _, run := range runs {
		ids += int(run.last-run.first) + 1
	}
	return leads*100 >= ids*f.own
}

// counting is a part of what is to be counted: a statement, and its arguments
// between those of the delays and of the filter.
type counting struct {
	query string
	args  []any
}

// runPiece is how many ids one statement reads through.
const runPiece = 65536

// count does the work on both connections: on the second as soon as that is done
// with the leads of which there is more to know.
func (v *hopperView) count(ctx context.Context, r *hopper.Rules, q passingQuery, work []counting) ([]tallyRow, error) {
	queue := make(chan counting, len(work))
	for _, w := range work {
		queue <- w
	}
	close(queue)
	var mu sync.Mutex
	var all []tallyRow
	by := func(tx *sqlx.Tx) error {
		for w := range queue {
			query, args, err := sqlx.In(q.delays.in(q.places.in(w.query)), slices.Concat(q.apart, w.args, q.filterArgs)...)
			if err != nil {
				return err
			}
			var rows []tallyRow
			if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
				return kind(err)
			}
			mu.Lock()
			for _, row := range rows {
				row.Passed = q.whole
				if q.whole || r.Undecided(row.Group) { // a round or status of another list's
					all = append(all, row)
				}
			}
			mu.Unlock()
		}
		return nil
	}
	var both errgroup.Group
	both.Go(func() error { return by(v.tx) })
	if v.aside != nil && len(work) > 1 {
		both.Go(func() error {
			v.besides.Lock()
			defer v.besides.Unlock()
			return by(v.aside)
		})
	}
	err := both.Wait()
	return all, err
}

// extents fills in from which id to which the groups go.
func (v *hopperView) extents(ctx context.Context, lists []dialer.ListID, groups []tallyRow) error {
	query, args, err := sqlx.In(censusExtents, lists)
	if err != nil {
		return err
	}
	var found []tallyRow
	if err := v.tx.SelectContext(ctx, &found, query, args...); err != nil {
		return kind(err)
	}
	at := make(map[hopper.Group]tallyRow, len(found))
	for _, g := range found {
		at[g.Group] = g
	}
	for i := range groups {
		groups[i].First, groups[i].Last = at[groups[i].Group].First, at[groups[i].Group].Last
	}
	return nil
}

// passingQuery is what the statements of one passing have in common.
type passingQuery struct {
	run, rest  string
	lists      []dialer.ListID
	statuses   []dialer.Status
	rounds     int  // the most
	whole      bool // nothing else is of these lists, statuses and rounds
	delays     delays
	places     places
	apart      []any // arguments of both
	filterArgs []any
}

func passingOf(r *hopper.Rules, asked, groups []tallyRow) passingQuery {
	var q passingQuery
	for _, g := range asked {
		if !slices.Contains(q.lists, g.List) {
			q.lists = append(q.lists, g.List)
		}
		if !slices.Contains(q.statuses, g.Status) {
			q.statuses = append(q.statuses, g.Status)
		}
		q.rounds = max(q.rounds, g.Round)
	}
	q.whole = !slices.ContainsFunc(groups, func(g tallyRow) bool {
		return !r.Undecided(g.Group) && slices.Contains(q.lists, g.List) && slices.Contains(q.statuses, g.Status) && g.Round <= q.rounds
	})
	q.delays, q.places = delaysOf(r, q.statuses), placesOf(r)
	q.apart = slices.Concat(q.delays.args, q.places.args)
	if len(r.Filter.Where) > 0 {
		q.run, q.filterArgs = passingSQL(q.together(censusPassingRun), r.Filter)
		q.rest, _ = passingSQL(q.together(censusPassingRest), r.Filter)
		return q
	}
	some := " AND (" + q.places.where
	q.filterArgs = q.places.whereArgs
	if q.delays.where != "" {
		some += " OR " + q.delays.where
		q.filterArgs = slices.Concat(q.filterArgs, q.delays.args)
	}
	q.run = strings.Replace(q.together(censusPassingRun), " AND TRUE\n", some+")\n", 1)
	q.rest = strings.Replace(q.together(censusPassingRest), " AND TRUE\n", some+")\n", 1)
	return q
}

// together has a statement count leads by list and zone set alone where nothing else
// of their groups decides: the fewer columns, the faster, by a fifth.
func (q passingQuery) together(query string) string {
	if !q.whole {
		return query
	}
	return strings.ReplaceAll(query, "l.called_since_reset, l.status, l.zone_set, l.called_count, ", "l.zone_set, ")
}

// places tell the place of leads l.
type places struct {
	where     string // is true of those that have one; "": none has
	whereArgs []any
	text      string
	args      []any
}

// placesOf tell the places where states' own hours are over. They are told by
// their bytes: a collation takes for one what compliance tells apart.
func placesOf(r *hopper.Rules) places {
	where := r.Narrowed()
	if len(where.States) == 0 {
		return places{}
	}
	// The state of an address counts with numbers of +1 alone.
	p := places{where: "l.e164 LIKE '+1%' AND l.state IN (?)", whereArgs: []any{where.States}}
	if len(where.Areas) > 0 {
		p.where = "(LEFT(l.e164, 5) IN (?) OR " + p.where + ")"
		p.whereArgs = []any{where.Areas, where.States}
	}
	p.text = "IF(" + p.where + ", BINARY CONCAT(IF(CHAR_LENGTH(l.e164) = 12, LEFT(l.e164, 5), ''), '/', l.state), '')"
	p.args = p.whereArgs
	return p
}

// in puts them into a statement.
func (p places) in(query string) string {
	if p.text == "" {
		return query
	}
	return strings.Replace(query, "'' AS place", p.text+" AS place", 1)
}

// delays are the conditions by which a lead's delay is not over.
type delays struct {
	where string // "": there are none
	args  []any
}

// delaysOf are those of the given statuses; nil: of all.
func delaysOf(r *hopper.Rules, of []dialer.Status) delays {
	var d delays
	var parts []string
	for _, a := range r.Apart() {
		if of == nil || slices.Contains(of, a.Status) {
			parts = append(parts, "l.status = ? AND l.called_since_reset BETWEEN ? AND ? AND l.last_called_at > ?")
			d.args = append(d.args, a.Status, a.From, a.To, a.Since)
		}
	}
	if len(parts) > 0 {
		d.where = "COALESCE(" + strings.Join(parts, " OR ") + ", FALSE)"
	}
	return d
}

// in puts them into a statement.
func (d delays) in(query string) string {
	if d.where == "" {
		return query
	}
	return strings.Replace(query, "FALSE AS too_soon", d.where+" AS too_soon", 1)
}

// outside is the statement of what lies outside the runs, with its arguments.
func (q passingQuery) outside(runs []idRun) (string, []any) {
	const not = " AND l.id NOT BETWEEN ? AND ?"
	var args []any
	for _, run := range runs {
		args = append(args, run.first, run.last)
	}
	return strings.Replace(q.rest, not, strings.Repeat(not, len(runs)), 1), args
}

// extent is the first and the last id of the list's groups.
func extent(groups []tallyRow, list dialer.ListID) (first, last dialer.LeadID) {
	for _, g := range groups {
		if g.List != list {
			continue
		}
		if last == 0 {
			first = g.First
		}
		first, last = min(first, g.First), max(last, g.Last)
	}
	return first, last
}

// idRun is ids from one to another, both included.
type idRun struct{ first, last dialer.LeadID }

// censusRuns is how runs are found: ids are looked at in blocks, and in each a few
// of them. A block is read through if one in so many of those is a lead that the
// filter is asked of.
type censusRuns struct {
	few     int           // leads that are found by the index faster than runs are found
	block   dialer.LeadID // ids
	blocks  dialer.LeadID // the most of all; they are longer then
	samples dialer.LeadID
	share   int
	own     int // percent of a run's ids; where the filter is asked of more, a lead's own fields are read before the lead
}

var usualRuns = censusRuns{few: 2000, block: 8192, blocks: 512, samples: 16, share: 4, own: 70}

// runs are the ids between which a good part is leads that the filter is asked
// of.
func (v *hopperView) runs(ctx context.Context, r *hopper.Rules, asked []tallyRow) ([]idRun, error) {
	leads := 0
	first, last := asked[0].First, asked[0].Last
	for _, g := range asked {
		leads += g.Leads
		first, last = min(first, g.First), max(last, g.Last)
	}
	if leads < v.find.few {
		return nil, nil
	}
	block := max(v.find.block, (last-first)/v.find.blocks+1)
	var blocks []*sampled
	at := map[dialer.LeadID]*sampled{} // by the ids that were looked at
	for from := first; from <= last; from += block {
		to := min(from+block-1, last)
		if !slices.ContainsFunc(asked, func(g tallyRow) bool { return g.First <= to && from <= g.Last }) {
			continue
		}
		b := &sampled{idRun: idRun{from, to}}
		blocks = append(blocks, b)
		for i := range v.find.samples {
			at[from+(to-from)*i/v.find.samples] = b
		}
	}
	// Fewer than the thousand from which MariaDB makes a table of them.
	for part := range slices.Chunk(slices.Sorted(maps.Keys(at)), 900) {
		found, err := groupsOf(ctx, v.tx, part)
		if err != nil {
			return nil, err
		}
		for _, id := range part {
			at[id].looks++
			if g, ok := found[id]; ok && r.Undecided(g) {
				at[id].hits++
			}
		}
	}
	var runs []idRun
	for _, b := range blocks {
		switch n := len(runs); {
		case b.hits*v.find.share < b.looks:
		case n > 0 && runs[n-1].last+1 == b.first:
			runs[n-1].last = b.last
		default:
			runs = append(runs, b.idRun)
		}
	}
	return runs, nil
}

// sampled is a block of which some ids were looked at.
type sampled struct {
	idRun
	looks, hits int
}
