package report

import (
	"cmp"
	"math"
	"slices"
)

// groupTable is calls by the group of their outcome, in the groups' own order.
// Each call is in exactly one row. Those whose outcome is in no group, or was
// deleted, are together in one, and those without an outcome in the last.
func groupTable(w Words, sums []CallSum) Table {
	t := Table{Key: "groups", Title: "Outcomes by group", Says: "The sum is all calls.", Share: 2, Columns: []Column{
		{"Group", Text, "as Status groups has them"}, {"Calls", Count, ""}, {"Share", Percent, "of all calls"}, {"Talk", Seconds, "mean, of the calls that had an agent"},
	}}
	const last = math.MaxInt // behind every group that an admin has placed
	type group struct {
		name  string
		place int
	}
	by, all := map[group]Calls{}, Calls{}
	for _, s := range sums {
		o := w.outcome(s.Status)
		g := group{o.Group, o.Place}
		switch {
		case s.Status == "":
			g = group{o.Name, last}
		case o.Group == "":
			g = group{"No group", last - 1}
		}
		by[g] = by[g].Add(s.Calls)
		all = all.Add(s.Calls)
	}
	if len(by) == 0 {
		return t
	}
	var groups []group
	for g := range by {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.name, b.name))
	})
	parts := make([]int64, len(groups))
	for i, g := range groups {
		parts[i] = by[g].Calls
	}
	shares := Percents(parts...)
	for i, g := range groups {
		c := by[g]
		t.Rows = append(t.Rows, []Value{text(g.name), count(c.Calls), percent(shares[i]), mean(c.TalkMS, c.Connected)})
	}
	t.Foot = []Value{text("All"), count(all.Calls), percent(100), mean(all.TalkMS, all.Connected)}
	return t
}
