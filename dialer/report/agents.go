package report

import (
	"cmp"
	"context"
	"slices"

	"trunkline/dialer"
)

// states are what an agent's shift is made of, in the order of the reports; a
// state that is not among them would be missing from the 100 %, which a test
// holds.
var states = []struct {
	state dialer.AgentState
	name  string
	look  string
	says  string
}{
	{dialer.AgentReady, "Waiting", "ready", "ready, until a call came"},
	{dialer.AgentInCall, "On call", "call", "with a customer, hold and transfers included"},
	{dialer.AgentWrapUp, "Wrap-up", "wrapup", "after the call, until the outcome was saved"},
	{dialer.AgentPaused, "Paused", "paused", ""},
	{dialer.AgentConnecting, "Connecting", "offline", "signed in, the phone not on the line"},
}

// shifts is agents' time in milliseconds.
type shifts map[dialer.AgentState]int64

func (s shifts) sum() (ms int64) {
	for _, n := range s {
		ms += n
	}
	return ms
}

// timesOf are the sums of agents' time and, as far as they lie in the query's
// time, the stretches that go on.
func timesOf(ctx context.Context, s Source, q Query) ([]TimeSum, error) {
	sums, err := s.Times(ctx, q.ask())
	if err != nil {
		return nil, err
	}
	under, err := s.Under(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, p := range under {
		if p.State != dialer.AgentPaused {
			p.Pause = ""
		}
		ms := Overlap(p.From, q.Now, q.From, q.To).Milliseconds()
		begun := int64(0)
		if !p.From.Before(q.From) && p.From.Before(q.To) {
			begun = 1
		}
		if ms > 0 || begun > 0 {
			sums = append(sums, TimeSum{User: p.User, State: p.State, Pause: p.Pause, MS: ms, Stretches: begun})
		}
	}
	return sums, nil
}

// usersOf are the agents by name.
func usersOf(w Words, ids map[dialer.UserID]bool) []dialer.UserID {
	var all []dialer.UserID
	for id := range ids {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b dialer.UserID) int { return cmp.Or(cmp.Compare(w.user(a), w.user(b)), cmp.Compare(a, b)) })
	return all
}

// agentTime is the report of where the agents' shifts went.
func agentTime(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	sums, err := timesOf(ctx, s, q)
	if err != nil {
		return Result{}, err
	}
	by, all, seen := map[dialer.UserID]shifts{}, shifts{}, map[dialer.UserID]bool{}
	for _, x := range sums {
		if by[x.User] == nil {
			by[x.User] = shifts{}
		}
		by[x.User][x.State] += x.MS
		all[x.State] += x.MS
		seen[x.User] = true
	}
	t := Table{Key: "time", Title: "By agent", Says: "The parts are the whole shift, from signing in to signing out, or to now.", Columns: []Column{{"Agent", Text, ""}, {"Shift", Seconds, "signed in"}}}
	chart := &Chart{Title: "Hours by agent", Kind: "bars", Unit: "h"}
	for _, st := range states {
		t.Columns = append(t.Columns, Column{st.name, Seconds, st.says}, Column{st.name + ", share", Percent, "of the shift"})
		chart.Series = append(chart.Series, Series{Name: st.name, Look: st.look})
	}
	cells := func(name string, sh shifts) []Value {
		row := []Value{text(name), seconds(sh.sum())}
		parts := make([]int64, len(states))
		for i, st := range states {
			parts[i] = sh[st.state]
		}
		shares := Percents(parts...)
		for i, ms := range parts {
			row = append(row, seconds(ms), some(shares[i], sh.sum() > 0))
		}
		return row
	}
	users := usersOf(w, seen)
	for _, id := range users {
		t.Rows = append(t.Rows, cells(w.user(id), by[id]))
		chart.Labels = append(chart.Labels, w.user(id))
		for i, st := range states {
			chart.Series[i].Values = append(chart.Series[i].Values, new(float64(by[id][st.state])/3.6e6))
		}
	}
	r := Result{Tables: []Table{t, pauseTable(w, users, sums)}}
	if len(t.Rows) > 0 {
		r.Tables[0].Foot, r.Chart = cells("All", all), chart
	}
	return r, nil
}

// pauseTable is the agents' pauses by reason.
func pauseTable(w Words, users []dialer.UserID, sums []TimeSum) Table {
	type key struct {
		user dialer.UserID
		code string
	}
	by, whole := map[key]TimeSum{}, map[dialer.UserID]int64{}
	var all TimeSum
	var total int64
	for _, x := range sums {
		whole[x.User] += x.MS
		total += x.MS
		if x.State != dialer.AgentPaused {
			continue
		}
		k := key{x.User, x.Pause}
		p := by[k]
		p.MS += x.MS
		p.Stretches += x.Stretches
		by[k] = p
		all.MS += x.MS
		all.Stretches += x.Stretches
	}
	t := Table{Key: "pauses", Title: "Pauses, by reason", Columns: []Column{
		{"Agent", Text, ""}, {"Reason", Text, ""}, {"Code", Code, ""}, {"Pauses", Count, "that began in this time"}, {"Together", Seconds, ""}, {"Mean", Seconds, ""}, {"Of the shift", Percent, ""},
	}}
	var keys []key
	for k := range by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(slices.Index(users, a.user), slices.Index(users, b.user)), cmp.Compare(by[b].MS, by[a].MS), cmp.Compare(a.code, b.code))
	})
	for _, k := range keys {
		name := w.Pauses[k.code]
		if name == "" {
			name = "No reason given"
		}
		p := by[k]
		t.Rows = append(t.Rows, []Value{text(w.user(k.user)), text(name), text(k.code), count(p.Stretches), seconds(p.MS), mean(p.MS, p.Stretches), share(p.MS, whole[k.user])})
	}
	if len(keys) > 0 {
		t.Foot = []Value{text("All"), {}, {}, count(all.Stretches), seconds(all.MS), mean(all.MS, all.Stretches), share(all.MS, total)}
	}
	return t
}

// work is what an agent did.
type work struct {
	calls, hand, people, sales, talk int64
	ready, inCall, wrap, paused      int64 // ms
	waits, wraps                     int64
	shift                            int64 // ms
}

func (a work) add(b work) work {
	return work{a.calls + b.calls, a.hand + b.hand, a.people + b.people, a.sales + b.sales, a.talk + b.talk, a.ready + b.ready, a.inCall + b.inCall,
		a.wrap + b.wrap, a.paused + b.paused, a.waits + b.waits, a.wraps + b.wraps, a.shift + b.shift}
}

// offShift is how many of agentPerformance's columns tell of calls and not of the
// shift.
const offShift = 8

// agentPerformance is the report of what the agents did.
func agentPerformance(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	calls, err := s.Agents(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	var times []TimeSum
	ofLists := len(q.Lists) > 0
	if !ofLists { // an agent's time is of no list
		times, err = timesOf(ctx, s, q)
		if err != nil {
			return Result{}, err
		}
	}
	by, seen := map[dialer.UserID]work{}, map[dialer.UserID]bool{}
	for _, x := range calls {
		o, d := w.outcome(x.Status), work{calls: x.Calls, talk: x.TalkMS}
		if o.Human {
			d.people = x.Calls
		}
		if o.Sale {
			d.sales = x.Calls
		}
		if x.Manual {
			d.hand = x.Calls
		}
		by[x.User], seen[x.User] = by[x.User].add(d), true
	}
	for _, x := range times {
		d := work{shift: x.MS}
		switch x.State {
		case dialer.AgentReady:
			d.ready, d.waits = x.MS, x.Stretches
		case dialer.AgentInCall:
			d.inCall = x.MS
		case dialer.AgentWrapUp:
			d.wrap, d.wraps = x.MS, x.Stretches
		case dialer.AgentPaused:
			d.paused = x.MS
		}
		by[x.User], seen[x.User] = by[x.User].add(d), true
	}
	t := Table{Key: "performance", Title: "By agent", Columns: []Column{
		{"Agent", Text, ""}, {"Calls", Count, "that the agent had, and that have ended"}, {"By hand", Count, "of them, dialed by the agent"}, {"People", Count, ""}, {"Sales", Count, ""},
		{"Converted", Percent, "sales of people"}, {"Talk", Seconds, "of all calls together"}, {"Mean talk", Seconds, ""}, {"Mean wrap-up", Seconds, ""}, {"Mean wait", Seconds, "for a call"},
		{"Shift", Seconds, "signed in"}, {"Busy", Percent, "talk and wrap-up of the shift without pauses"}, {"Calls an hour", Decimal, "of the shift"}, {"Sales an hour", Decimal, "of the shift"},
	}}
	if ofLists {
		t.Columns, t.Says = t.Columns[:offShift], "An agent's shift, waiting and wrap-up are of no list: asked for all lists, they stand here too."
	}
	cells := func(name string, a work) []Value {
		busy, atWork := a.inCall+a.wrap, a.inCall+a.wrap+a.ready
		hours := float64(a.shift) / 3.6e6
		perHour := func(n int64) Value {
			if a.shift <= 0 {
				return Value{None: true}
			}
			return some(float64(n)/hours, true)
		}
		return []Value{
			text(name), count(a.calls), count(a.hand), count(a.people), count(a.sales), share(a.sales, a.people), seconds(a.talk), mean(a.talk, a.calls),
			mean(a.wrap, a.wraps), mean(a.ready, a.waits), seconds(a.shift), share(busy, atWork), perHour(a.calls), perHour(a.sales),
		}[:len(t.Columns)]
	}
	chart := &Chart{Title: "Sales and other people", Kind: "bars", Unit: "calls", Series: []Series{{Name: "Sales"}, {Name: "People, no sale"}}}
	var all work
	for _, id := range usersOf(w, seen) {
		a := by[id]
		all = all.add(a)
		t.Rows = append(t.Rows, cells(w.user(id), a))
		chart.Labels = append(chart.Labels, w.user(id))
		chart.Series[0].Values = append(chart.Series[0].Values, new(float64(min(a.sales, a.people))))
		chart.Series[1].Values = append(chart.Series[1].Values, new(float64(max(a.people-a.sales, 0))))
	}
	if len(t.Rows) == 0 {
		return Result{Tables: []Table{t}}, nil
	}
	t.Foot = cells("All", all)
	return Result{Chart: chart, Tables: []Table{t}}, nil
}

// agentOutcomes is the report of which outcomes the agents chose.
func agentOutcomes(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	sums, err := s.Agents(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	by, seen := map[dialer.UserID]map[dialer.Status]int64{}, map[dialer.UserID]bool{}
	for _, x := range sums {
		if by[x.User] == nil {
			by[x.User] = map[dialer.Status]int64{}
		}
		by[x.User][x.Status] += x.Calls
		seen[x.User] = true
	}
	var rows []named[dialer.UserID]
	for _, id := range usersOf(w, seen) {
		rows = append(rows, named[dialer.UserID]{id, w.user(id)})
	}
	t := matrix(w, "Agent", rows, by)
	t.Key, t.Title = "outcomes", "Outcomes by agent"
	return Result{Tables: []Table{t}}, nil
}

// recordings is the report of what was recorded.
func recordings(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	a, groups := q.grouped()
	a.Together = true
	sums, err := s.Agents(ctx, a)
	if err != nil {
		return Result{}, err
	}
	byAgent, err := s.Agents(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	columns := []Column{
		{"Calls with an agent", Count, ""}, {"Recorded", Count, "at least in part"}, {"Share", Percent, ""}, {"Files", Count, ""}, {"Lost", Count, "files that were not completed"}, {"Too short", Count, "hung up before the recorder began; not among the files"},
		{"Length", Seconds, "of all together"}, {"Size", Bytes, ""},
	}
	cells := func(name string, x AgentSum) []Value {
		return []Value{text(name), count(x.Calls), count(x.Recorded), share(x.Recorded, x.Calls), count(x.Files), count(x.Lost), count(x.TooShort), seconds(x.RecMS), {N: float64(x.RecBytes)}}
	}
	add := func(a, b AgentSum) AgentSum {
		a.Calls, a.Recorded, a.Files, a.Lost = a.Calls+b.Calls, a.Recorded+b.Recorded, a.Files+b.Files, a.Lost+b.Lost
		a.TooShort, a.RecMS, a.RecBytes = a.TooShort+b.TooShort, a.RecMS+b.RecMS, a.RecBytes+b.RecBytes
		return a
	}
	t := Table{Key: "recordings", Title: "By " + lower(byName(q.By)), Columns: append([]Column{{byName(q.By), Text, ""}}, columns...)}
	people := Table{Key: "agents", Title: "By agent", Columns: append([]Column{{"Agent", Text, ""}}, columns...)}
	if len(sums) == 0 {
		return Result{Tables: []Table{t, people}}, nil
	}
	byRow, byUser, seen := map[string]AgentSum{}, map[dialer.UserID]AgentSum{}, map[dialer.UserID]bool{}
	var order []string
	if q.By != ByCampaign {
		for _, g := range groups {
			if !slices.Contains(order, g.Name) {
				order = append(order, g.Name)
			}
		}
	}
	var all AgentSum
	for _, x := range sums {
		name := groups[x.Group].Name
		if q.By == ByCampaign {
			name = w.campaign(x.Campaign).Name
			if !slices.Contains(order, name) {
				order = append(order, name)
			}
		}
		byRow[name], all = add(byRow[name], x), add(all, x)
	}
	for _, x := range byAgent {
		byUser[x.User], seen[x.User] = add(byUser[x.User], x), true
	}
	if q.By == ByCampaign {
		slices.Sort(order)
	}
	chart := &Chart{Title: "Recorded and not", Kind: "bars", Unit: "calls", Series: []Series{{Name: "Recorded"}, {Name: "Not recorded"}}}
	for _, name := range order {
		x := byRow[name]
		t.Rows = append(t.Rows, cells(name, x))
		chart.Labels = append(chart.Labels, name)
		chart.Series[0].Values = append(chart.Series[0].Values, new(float64(x.Recorded)))
		chart.Series[1].Values = append(chart.Series[1].Values, new(float64(x.Calls-x.Recorded)))
	}
	for _, id := range usersOf(w, seen) {
		people.Rows = append(people.Rows, cells(w.user(id), byUser[id]))
	}
	t.Foot, people.Foot = cells("All", all), cells("All", all)
	dated(&t, q, groups)
	return Result{Chart: chart, Tables: []Table{t, people}}, nil
}
