package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
)

// rowKey is what a row of calls stands for.
type rowKey struct {
	group    string // the name of a group of time
	list     dialer.ListID
	campaign dialer.CampaignID
}

// rowsOf adds calls up by the query's rows, in their order: of time all that
// there are, of lists and campaigns those with calls, the most calls first.
func rowsOf(q Query, w Words, groups []Group, sums []CallSum) (keys []rowKey, rows map[rowKey]*Tally) {
	rows = map[rowKey]*Tally{}
	row := func(k rowKey) *Tally {
		if rows[k] == nil {
			rows[k] = &Tally{}
			keys = append(keys, k)
		}
		return rows[k]
	}
	byTime := q.By != ByList && q.By != ByCampaign
	if byTime {
		for _, g := range groups {
			row(rowKey{group: g.Name})
		}
	}
	for _, s := range sums {
		k := rowKey{list: s.List, campaign: s.Campaign}
		if byTime {
			k = rowKey{group: groups[s.Group].Name}
		}
		row(k).Take(w.outcome(s.Status), s)
	}
	switch {
	case !byTime:
		slices.SortFunc(keys, func(a, b rowKey) int {
			return cmp.Or(cmp.Compare(rows[b].Calls.Calls, rows[a].Calls.Calls), cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.list, b.list))
		})
	case q.By == ByHourOfDay:
		slices.SortStableFunc(keys, func(a, b rowKey) int { return cmp.Compare(a.group, b.group) })
	}
	return keys, rows
}

// name is the row's first cell.
func (k rowKey) name(q Query, w Words) string {
	switch q.By {
	case ByList:
		return w.list(k.list)
	case ByCampaign:
		return w.campaign(k.campaign).Name
	}
	return k.group
}

// dated makes the days of a table whose rows are days dates, as files want them.
func dated(t *Table, q Query, groups []Group) {
	if q.By != ByDay {
		return
	}
	t.Columns[0].Kind = Date
	for i, row := range t.Rows {
		for _, g := range groups {
			if g.Name == row[0].Text {
				t.Rows[i][0].At = g.At
			}
		}
	}
}

// byName is the head of the first column.
func byName(by By) string {
	for _, b := range ByNames {
		if b.By == by {
			return b.Name
		}
	}
	return "Day"
}

var callColumns = []Column{
	{"Calls", Count, "placed in this time, and ended since"},
	{"People", Count, "a person was on the line: by the outcome that the agent or the dialer gave, drops included"},
	{"Machines", Count, "answered by no person: machines, faxes, dead air, and what agents found to be none"},
	{"No answer", Count, "rang in vain"},
	{"Failed", Count, "not answered: busy, refused, out of service or congested; or lost sight of"},
	{"Unknown", Count, "answered, and nobody said by whom: no outcome was given, the call was lost sight of or hung up at answer, or its outcome was deleted"},
	{"Dropped", Count, "asked for an agent and had none within two seconds of the greeting's end"},
	{"Sales", Count, "by the outcome"},
}

func callCells(t *Tally) []Value {
	return []Value{
		count(t.Calls.Calls), count(t.Met[Person]), count(t.Met[Machine]), count(t.Met[NoAnswer]), count(t.Met[Failed]), count(t.Met[Unknown]),
		count(t.Dropped), count(t.Sales),
	}
}

// callTable is calls by the query's rows, with their sum, and the same drawn.
func callTable(q Query, w Words, groups []Group, sums []CallSum) (Table, *Chart, *Tally) {
	all := &Tally{}
	for _, s := range sums {
		all.Take(w.outcome(s.Status), s)
	}
	t := Table{Key: "by-" + string(q.By), Title: "By " + lower(byName(q.By)), Columns: append([]Column{{Name: byName(q.By)}}, callColumns...)}
	if len(sums) == 0 {
		return t, nil, all
	}
	chart := &Chart{Title: "What calls met", Kind: "bars", Unit: "calls"}
	for _, name := range MetNames {
		chart.Series = append(chart.Series, Series{Name: name})
	}
	chart.Series[Unknown].Look = "mute"
	keys, rows := rowsOf(q, w, groups, sums)
	for _, k := range keys {
		name := k.name(q, w)
		t.Rows = append(t.Rows, append([]Value{text(name)}, callCells(rows[k])...))
		chart.Labels = append(chart.Labels, name)
		for i := range chart.Series {
			chart.Series[i].Values = append(chart.Series[i].Values, new(float64(rows[k].Met[i])))
		}
	}
	t.Foot = append([]Value{text("All")}, callCells(all)...)
	dated(&t, q, groups)
	return t, chart, all
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]|0x20) + s[1:]
}

// outcomeTable is calls by outcome, the most frequent first.
func outcomeTable(w Words, sums []CallSum) Table {
	t := Table{Key: "outcomes", Title: "Outcomes", Says: "The sum is all calls.", Share: 3, Columns: []Column{
		{"Outcome", Text, ""}, {"Code", Code, ""}, {"Calls", Count, ""}, {"Share", Percent, "of all calls"}, {"Talk", Seconds, "mean, of the calls that had an agent"},
	}}
	by, all := map[dialer.Status]Calls{}, Calls{}
	for _, s := range sums {
		by[s.Status] = by[s.Status].Add(s.Calls)
		all = all.Add(s.Calls)
	}
	var statuses []dialer.Status
	for s := range by {
		statuses = append(statuses, s)
	}
	slices.SortFunc(statuses, func(a, b dialer.Status) int {
		return cmp.Or(cmp.Compare(by[b].Calls, by[a].Calls), cmp.Compare(a, b))
	})
	parts := make([]int64, len(statuses))
	for i, s := range statuses {
		parts[i] = by[s].Calls
	}
	shares := Percents(parts...)
	for i, s := range statuses {
		c := by[s]
		t.Rows = append(t.Rows, []Value{text(w.outcome(s).Name), text(string(s)), count(c.Calls), percent(shares[i]), mean(c.TalkMS, c.Connected)})
	}
	if len(t.Rows) > 0 {
		t.Foot = []Value{text("All"), {}, count(all.Calls), percent(100), mean(all.TalkMS, all.Connected)}
	}
	return t
}

// outbound is the report of what was called.
func outbound(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	a, groups := q.grouped()
	sums, err := s.Calls(ctx, a)
	if err != nil {
		return Result{}, err
	}
	t, chart, all := callTable(q, w, groups, sums)
	r := Result{Chart: chart, Tables: []Table{t, outcomeTable(w, sums), groupTable(w, sums)}}
	before, err := s.Calls(ctx, q.before().ask())
	if err != nil {
		return Result{}, err
	}
	r.Figures = callFigures(all, before, w)
	if len(q.Lists) > 0 {
		return r, nil // an agent's time is of no list
	}
	times, err := s.Times(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	r.Figures = append(r.Figures, floorFigures(times)...)
	if len(q.Users) > 0 {
		return r, nil // the laws and the carriers know no agents
	}
	causes, err := s.Causes(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	laws, _, err := lawTable(ctx, s, q, w)
	r.Tables = append(r.Tables, laws, causeTable(w, causes))
	return r, err
}

// before is the query for as many days before, at the same weekdays where it
// is whole weeks.
func (q Query) before() Query {
	days := len(q.Days())
	y, m, d := q.From.In(q.Zone).Date()
	q.To = q.From
	q.From = time.Date(y, m, d-days, 0, 0, 0, 0, q.Zone)
	return q
}

func callFigures(all *Tally, before []CallSum, w Words) []Figure {
	var last Tally
	for _, s := range before {
		last.Take(w.outcome(s.Status), s)
	}
	rate, ok := all.DropRate()
	dropped := Figure{Name: "Dropped", Value: Shown(Decimal, some(100*rate, ok)), Unit: "%", Than: "no people yet"}
	if ok {
		dropped.Value = fmt.Sprintf("%.2f", 100*rate)
		dropped.Than = fmt.Sprintf("%s of %s people", Grouped(all.Dial.Dropped), Grouped(all.Dial.Dropped+all.Human))
	}
	return []Figure{
		{"Calls", Grouped(all.Calls.Calls), "", "as many days before: " + Grouped(last.Calls.Calls)},
		{"People reached", Grouped(all.People()), "", Shown(Percent, share(all.People(), all.Calls.Calls)) + " of calls"},
		{"Sales", Grouped(all.Sales), "", Shown(Percent, share(all.Sales, all.People())) + " of people"},
		dropped,
	}
}

// floorFigures are how busy the agents were: talk and wrap-up of each hour that
// they were not paused, and how long they waited for a call.
func floorFigures(times []TimeSum) []Figure {
	var busy, ready, waits int64
	for _, t := range times {
		switch t.State {
		case dialer.AgentInCall, dialer.AgentWrapUp:
			busy += t.MS
		case dialer.AgentReady:
			ready += t.MS
			waits += t.Stretches
		}
	}
	minutes, ok := Share(busy, busy+ready)
	wait, waited := Mean(ready, waits)
	return []Figure{
		{"Busy an hour", Shown(Decimal, some(60*minutes, ok)), "min", "talk and wrap-up, pauses left out"},
		{"Agents wait", Shown(Seconds, some(wait, waited)), "", "mean between calls"},
	}
}

// hourly is the report of how the hours differ.
func hourly(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	a, groups := q.grouped()
	sums, err := s.Calls(ctx, a)
	if err != nil || len(sums) == 0 {
		return Result{Tables: []Table{{Key: "hours", Title: "Hours"}}}, err
	}
	t := Table{Key: "hours", Title: "By " + lower(byName(q.By)), Columns: []Column{
		{byName(q.By), Text, ""}, {"Calls", Count, ""}, {"People", Count, ""}, {"Reached", Percent, "people of calls"}, {"Machines", Count, ""},
		{"Sales", Count, ""}, {"Converted", Percent, "sales of people"}, {"Dropped", Count, ""}, {"Drop rate", Percent, "of people that the dialer called"},
		{"Talk", Seconds, "of all calls together"},
	}}
	cells := func(name string, x *Tally) []Value {
		rate, ok := x.DropRate()
		return []Value{
			text(name), count(x.Calls.Calls), count(x.People()), share(x.People(), x.Calls.Calls), count(x.Met[Machine]), count(x.Sales),
			share(x.Sales, x.People()), count(x.Dropped), some(100*rate, ok), seconds(x.TalkMS),
		}
	}
	chart := &Chart{Title: "Calls and people", Kind: "lines", Unit: "calls", Series: []Series{{Name: "Calls"}, {Name: "People"}, {Name: "Sales"}}}
	keys, rows := rowsOf(q, w, groups, sums)
	all := &Tally{}
	for _, x := range sums {
		all.Take(w.outcome(x.Status), x)
	}
	for _, k := range keys {
		x := rows[k]
		t.Rows = append(t.Rows, cells(k.group, x))
		chart.Labels = append(chart.Labels, k.group)
		for i, n := range []int64{x.Calls.Calls, x.People(), x.Sales} {
			chart.Series[i].Values = append(chart.Series[i].Values, new(float64(n)))
		}
	}
	t.Foot = cells("All", all)
	return Result{Chart: chart, Tables: []Table{t}}, nil
}

// outcomes is the report of each outcome by the query's rows.
func outcomes(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	a, groups := q.grouped()
	sums, err := s.Calls(ctx, a)
	if err != nil {
		return Result{}, err
	}
	by := map[rowKey]map[dialer.Status]int64{}
	for _, x := range sums {
		k := rowKey{list: x.List, campaign: x.Campaign, group: groups[x.Group].Name}
		if by[k] == nil {
			by[k] = map[dialer.Status]int64{}
		}
		by[k][x.Status] += x.Calls.Calls
	}
	keys, _ := rowsOf(q, w, groups, sums)
	rows := make([]named[rowKey], 0, len(keys))
	for _, k := range keys {
		rows = append(rows, named[rowKey]{k, k.name(q, w)})
	}
	t := matrix(w, byName(q.By), rows, by)
	t.Key, t.Title = "outcomes", "Outcomes by "+lower(byName(q.By))
	dated(&t, q, groups)
	return Result{Tables: []Table{t, outcomeTable(w, sums), groupTable(w, sums)}}, nil
}

type named[K comparable] struct {
	key  K
	name string
}

// matrix is a table with a column for each status that occurs, the most
// frequent first.
func matrix[K comparable](w Words, head string, rows []named[K], by map[K]map[dialer.Status]int64) Table {
	totals, all := map[dialer.Status]int64{}, int64(0)
	for _, statuses := range by {
		for s, n := range statuses {
			totals[s] += n
			all += n
		}
	}
	var statuses []dialer.Status
	for s := range totals {
		statuses = append(statuses, s)
	}
	slices.SortFunc(statuses, func(a, b dialer.Status) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b))
	})
	t := Table{Columns: []Column{{head, Text, ""}, {"All", Count, ""}}}
	if all == 0 {
		return t
	}
	t.Foot = []Value{text("All"), count(all)}
	for _, s := range statuses {
		name := string(s)
		if s == "" {
			name = "No outcome"
		}
		t.Columns = append(t.Columns, Column{name, Count, w.outcome(s).Name})
		t.Foot = append(t.Foot, count(totals[s]))
	}
	for _, r := range rows {
		cells, sum := []Value{text(r.name), {}}, int64(0)
		for _, s := range statuses {
			cells = append(cells, count(by[r.key][s]))
			sum += by[r.key][s]
		}
		cells[1] = count(sum)
		t.Rows = append(t.Rows, cells)
	}
	return t
}
