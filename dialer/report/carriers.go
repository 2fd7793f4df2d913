package report

import (
	"cmp"
	"context"
	"slices"

	"trunkline/dialer"
)

// carriers is the report of what carriers did with the calls they got.
func carriers(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	sums, err := s.Causes(ctx, q.ask())
	if err != nil {
		return Result{}, err
	}
	t := Table{Key: "carriers", Title: "By carrier", Columns: []Column{
		{"Carrier", Text, ""}, {"Calls", Count, ""}, {"Answered", Count, ""}, {"Answer rate", Percent, "answer-seizure ratio: answered of calls"}, {"Rang", Count, "ringing or early media was heard"},
		{"Until it rang", Seconds, "mean post-dial delay, of the calls that rang"}, {"Line time", Seconds, "from the answer to the end, of all calls together"}, {"Mean call", Seconds, "line time of an answered call"},
	}}
	by := map[dialer.CarrierID]CauseSum{}
	var all CauseSum
	for _, x := range sums {
		c := by[x.Carrier]
		for _, to := range []*CauseSum{&c, &all} {
			to.Calls += x.Calls
			to.Answered += x.Answered
			to.Rang += x.Rang
			to.DelayMS += x.DelayMS
			to.LineMS += x.LineMS
		}
		by[x.Carrier] = c
	}
	cells := func(name string, c CauseSum) []Value {
		return []Value{text(name), count(c.Calls), count(c.Answered), share(c.Answered, c.Calls), count(c.Rang), mean(c.DelayMS, c.Rang), seconds(c.LineMS), mean(c.LineMS, c.Answered)}
	}
	chart := &Chart{Title: "Answered and not", Kind: "bars", Unit: "calls", Series: []Series{{Name: "Answered"}, {Name: "Not answered"}}}
	for _, id := range carriersOf(sums) {
		t.Rows = append(t.Rows, cells(w.carrier(id), by[id]))
		chart.Labels = append(chart.Labels, w.carrier(id))
		chart.Series[0].Values = append(chart.Series[0].Values, new(float64(by[id].Answered)))
		chart.Series[1].Values = append(chart.Series[1].Values, new(float64(by[id].Calls-by[id].Answered)))
	}
	if len(sums) == 0 {
		return Result{Tables: []Table{t}}, nil
	}
	t.Foot = cells("All", all)
	return Result{Chart: chart, Tables: []Table{t, causeTable(w, sums)}}, nil
}

func (w Words) carrier(id dialer.CarrierID) string {
	if name := w.Carriers[id]; name != "" {
		return name
	}
	return "no carrier"
}

func carriersOf(sums []CauseSum) []dialer.CarrierID {
	var all []dialer.CarrierID
	for _, x := range sums {
		if !slices.Contains(all, x.Carrier) {
			all = append(all, x.Carrier)
		}
	}
	slices.Sort(all)
	return all
}

// causeTable is the calls that were not answered, by what the carrier said and
// what they were saved as, with a column for each carrier.
func causeTable(w Words, sums []CauseSum) Table {
	type key struct {
		cause  string
		status dialer.Status
	}
	ids := carriersOf(sums)
	t := Table{Key: "causes", Title: "Unanswered calls, by cause", Columns: []Column{{"Cause", Text, "the carrier's final SIP response, or the Q.850 cause"}, {"Saved as", Code, ""}}}
	for _, id := range ids {
		t.Columns = append(t.Columns, Column{w.carrier(id), Count, ""})
	}
	t.Columns = append(t.Columns, Column{"All", Count, ""})
	by, total := map[key]map[dialer.CarrierID]int64{}, map[key]int64{}
	foot, all := map[dialer.CarrierID]int64{}, int64(0)
	for _, x := range sums {
		n := x.Calls - x.Answered
		if n == 0 {
			continue
		}
		k := key{causeName(x.SIPCode, x.Cause), x.Status}
		if by[k] == nil {
			by[k] = map[dialer.CarrierID]int64{}
		}
		by[k][x.Carrier] += n
		total[k] += n
		foot[x.Carrier] += n
		all += n
	}
	if all == 0 {
		return t
	}
	var keys []key
	for k := range by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a.cause, b.cause), cmp.Compare(a.status, b.status))
	})
	for _, k := range keys {
		row := []Value{text(k.cause), text(string(k.status))}
		for _, id := range ids {
			row = append(row, count(by[k][id]))
		}
		t.Rows = append(t.Rows, append(row, count(total[k])))
	}
	t.Foot = []Value{text("All"), {}}
	for _, id := range ids {
		t.Foot = append(t.Foot, count(foot[id]))
	}
	t.Foot = append(t.Foot, count(all))
	return t
}
