package report

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"trunkline/dialer"
)

// listsOf are the lists of the query's campaigns, or those of them that were
// asked for.
func (q Query) listsOf(w Words) []List {
	var all []List
	for _, l := range w.Lists {
		if slices.Contains(q.Campaigns, l.Campaign) && (len(q.Lists) == 0 || slices.Contains(q.Lists, l.ID)) {
			all = append(all, l)
		}
	}
	return all
}

// worked is how far leads have been worked.
type worked struct{ leads, fresh, never, called, dials int64 }

// lists is the report of lists as they are now.
func lists(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	mine := q.listsOf(w)
	ids := make([]dialer.ListID, len(mine))
	for i, l := range mine {
		ids[i] = l.ID
	}
	leads, err := s.Leads(ctx, ids)
	if err != nil {
		return Result{}, err
	}
	by, statuses := map[dialer.ListID]worked{}, map[dialer.ListID]map[dialer.Status]int64{}
	for _, x := range leads {
		v := by[x.List]
		v.leads += x.Leads
		v.called += x.Called
		v.never += x.Leads - x.Called
		v.dials += x.Dials
		if x.Fresh {
			v.fresh += x.Leads
		}
		by[x.List] = v
		if statuses[x.List] == nil {
			statuses[x.List] = map[dialer.Status]int64{}
		}
		statuses[x.List][x.Status] += x.Leads
	}
	t := Table{Key: "lists", Title: "How far they are worked", Says: "As it is now, whatever the days.", Columns: []Column{
		{"List", Text, ""}, {"Campaign", Text, ""}, {"Dialed", Text, "whether the list is switched on"}, {"Leads", Count, ""}, {"Never called", Count, ""}, {"Worked", Percent, "of the leads, called at least once"},
		{"Not since reset", Count, "not called since the list's last reset"}, {"Calls", Count, "to these leads, ever"}, {"Calls a lead", Decimal, ""},
	}}
	cells := func(name, campaign, on string, v worked) []Value {
		perLead, ok := Share(v.dials, v.leads)
		return []Value{text(name), text(campaign), text(on), count(v.leads), count(v.never), share(v.called, v.leads), count(v.fresh), count(v.dials), some(perLead, ok)}
	}
	var all worked
	var rows []named[dialer.ListID]
	chart := &Chart{Title: "Called and never called", Kind: "bars", Unit: "leads", Series: []Series{{Name: "Called"}, {Name: "Never called"}}}
	for _, l := range mine {
		v := by[l.ID]
		on := "no"
		if l.Active {
			on = "yes"
		}
		row := cells(w.list(l.ID), w.campaign(l.Campaign).Name, on, v)
		row[0].Href = "/lists/" + Raw(Count, count(int64(l.ID)))
		t.Rows = append(t.Rows, row)
		rows = append(rows, named[dialer.ListID]{l.ID, w.list(l.ID)})
		all = worked{all.leads + v.leads, all.fresh + v.fresh, all.never + v.never, all.called + v.called, all.dials + v.dials}
		chart.Labels = append(chart.Labels, w.list(l.ID))
		chart.Series[0].Values = append(chart.Series[0].Values, new(float64(v.called)))
		chart.Series[1].Values = append(chart.Series[1].Values, new(float64(v.never)))
	}
	m := matrix(w, "List", rows, statuses)
	m.Key, m.Title = "statuses", "What the leads are now"
	if len(mine) == 0 {
		return Result{Tables: []Table{t, m}}, nil
	}
	t.Foot = cells("All", "", "", all)
	return Result{Chart: chart, Tables: []Table{t, m}}, nil
}

// sources are where leads of the hopper come from.
var sources = []struct{ code, name string }{{"S", "In order"}, {"N", "New ones between"}, {"R", "Recycled"}, {"C", "Callbacks"}, {"A", "Further numbers"}}

// hopper is the report of what may be dialed now and next.
func hopper(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	rows, err := s.Hopper(ctx, q)
	if err != nil {
		return Result{}, err
	}
	var ids []dialer.ListID
	of := map[dialer.ListID]dialer.CampaignID{}
	for _, l := range q.listsOf(w) {
		if l.Active {
			ids = append(ids, l.ID)
			of[l.ID] = l.Campaign
		}
	}
	leads, err := s.Leads(ctx, ids)
	if err != nil {
		return Result{}, err
	}
	fresh := map[dialer.CampaignID]int64{}
	for _, x := range leads {
		c := w.campaign(of[x.List])
		if x.Fresh && slices.Contains(strings.Fields(c.Dials), string(x.Status)) {
			fresh[c.ID] += x.Leads
		}
	}
	t := Table{Key: "hopper", Title: "By campaign", Says: "As it is now. Dialable by status leaves hours, do-not-call and attempt limits aside: the campaign's page Why not dialed says what holds each lead back.",
		Columns: []Column{{"Campaign", Text, ""}, {"Dialing", Text, "whether the campaign is started"}, {"In the hopper", Count, "may be called now, and wait for it"}, {"Being dialed", Count, "taken by a server"}}}
	for _, src := range sources {
		t.Columns = append(t.Columns, Column{src.name, Count, "of those in the hopper"})
	}
	t.Columns = append(t.Columns, Column{"Dialable by status", Count, "leads of active lists, uncalled since the reset, with a status that the campaign dials"})
	type stock struct {
		free, taken int64
		by          map[string]int64
	}
	by := map[dialer.CampaignID]*stock{}
	for _, x := range rows {
		if by[x.Campaign] == nil {
			by[x.Campaign] = &stock{by: map[string]int64{}}
		}
		c := by[x.Campaign]
		if x.Claimed {
			c.taken += x.Leads
			continue
		}
		c.free += x.Leads
		c.by[x.Source] += x.Leads
	}
	for _, c := range w.Campaigns {
		if !slices.Contains(q.Campaigns, c.ID) || c.Archived {
			continue
		}
		st := by[c.ID]
		if st == nil {
			st = &stock{}
		}
		on := "no"
		if c.Active {
			on = "yes"
		}
		row := []Value{{Text: c.Name, Href: "/campaigns/" + string(c.ID) + "/why"}, text(on), count(st.free), count(st.taken)}
		for _, src := range sources {
			row = append(row, count(st.by[src.code]))
		}
		t.Rows = append(t.Rows, append(row, count(fresh[c.ID])))
	}
	return Result{Tables: []Table{t}}, nil
}

// callbacks is the report of promised calls.
func callbacks(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	all, err := s.Callbacks(ctx, q)
	if err != nil {
		return Result{}, err
	}
	type key struct {
		user dialer.UserID
		kind dialer.CallbackKind
	}
	type kept struct{ n, waiting, late, live, done, dead, tries int64 }
	by, sum := map[key]kept{}, kept{}
	for _, x := range all {
		k := key{x.User, x.Kind}
		v := by[k]
		for _, to := range []*kept{&v, &sum} {
			to.n += x.N
			to.tries += x.Tries
			switch x.State {
			case dialer.CallbackActive:
				to.waiting += x.N
				if x.Late {
					to.late += x.N
				}
			case dialer.CallbackLive:
				to.live += x.N
			case dialer.CallbackDone:
				to.done += x.N
			case dialer.CallbackDead:
				to.dead += x.N
			}
		}
		by[k] = v
	}
	t := Table{Key: "callbacks", Title: "By agent", Says: "Callbacks that were promised for these days. A callback for anyone stands beside the agent who promised it.", Columns: []Column{
		{"Agent", Text, ""}, {"For", Text, ""}, {"Promised", Count, ""}, {"Waiting", Count, ""}, {"Late", Count, "of those that wait, due before now"}, {"Being dialed", Count, ""},
		{"Reached", Count, ""}, {"Given up", Count, "or cancelled"}, {"Kept", Percent, "reached of those that are over"}, {"Tries in vain", Count, ""},
	}}
	cells := func(name, kind string, v kept) []Value {
		return []Value{text(name), text(kind), count(v.n), count(v.waiting), count(v.late), count(v.live), count(v.done), count(v.dead), share(v.done, v.done+v.dead), count(v.tries)}
	}
	var keys []key
	for k := range by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(w.user(a.user), w.user(b.user)), cmp.Compare(a.user, b.user), cmp.Compare(a.kind, b.kind))
	})
	words := map[dialer.CallbackKind]string{dialer.CallbackAnyone: "anyone", dialer.CallbackUserOnly: "the agent alone"}
	for _, k := range keys {
		t.Rows = append(t.Rows, cells(w.user(k.user), words[k.kind], by[k]))
	}
	if len(keys) > 0 {
		t.Foot = cells("All", "", sum)
	}
	return Result{Tables: []Table{t}}, nil
}

// callLogShown is how many calls the page of the log shows; a file has them all.
const callLogShown = 200

// callLog is the beginning of the log; ExportCalls gives all of it.
func callLog(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	parts, err := q.withCalls(ctx, s)
	if err != nil {
		return Result{}, err
	}
	t := Table{Key: "calls", Title: "Calls", Columns: q.CallColumns()}
	for _, campaign := range q.Campaigns {
		for _, part := range parts[campaign] {
			rows, err := s.CallRows(ctx, part, campaign, part.From, 0, callLogShown-len(t.Rows)+1)
			if err != nil {
				return Result{}, err
			}
			for _, c := range rows {
				t.Rows = append(t.Rows, c.values(w, q.Zone))
			}
			if len(t.Rows) > callLogShown {
				t.Rows = t.Rows[:callLogShown]
				t.Says = "The first 200, campaign by campaign. A file has all of them."
				return Result{Tables: []Table{t}}, nil
			}
		}
	}
	return Result{Tables: []Table{t}}, nil
}

// withCalls is the query by campaign, taken apart at its days where only those of
// some lists are asked for: the log knows calls by campaign and time, and the
// calls of a list may lie far apart. The sums tell on which days there are any;
// what they have not counted yet of a day without any comes within seconds.
func (q Query) withCalls(ctx context.Context, s Source) (map[dialer.CampaignID][]Query, error) {
	all := map[dialer.CampaignID][]Query{}
	if len(q.Lists) == 0 || len(q.Users) > 0 {
		for _, c := range q.Campaigns {
			all[c] = []Query{q}
		}
		return all, nil
	}
	days := q
	days.By = ByDay
	a, groups := days.grouped()
	a.ByCampaign = true
	sums, err := s.Calls(ctx, a)
	if err != nil {
		return nil, err
	}
	there := map[dialer.CampaignID]map[int]bool{}
	for _, x := range sums {
		if there[x.Campaign] == nil {
			there[x.Campaign] = map[int]bool{}
		}
		there[x.Campaign][x.Group] = true
	}
	for campaign, which := range there {
		for i := range groups {
			if !which[i] {
				continue
			}
			day := q
			day.From, day.To = groups[i].At.UTC(), q.To
			if i+1 < len(groups) {
				day.To = groups[i+1].At.UTC()
			}
			all[campaign] = append(all[campaign], day)
		}
	}
	return all, nil
}
