package report

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
)

// Percents are always 100.0 together, and none is further than a tenth from what
// it is.
func TestPercentsAreHundred(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 12).Draw(t, "parts")
		var sum int64
		for _, p := range parts {
			sum += p
		}
		got := Percents(parts...)
		var tenths int
		for i, p := range got {
			tenths += int(math.Round(p * 10))
			if sum > 0 && math.Abs(p-float64(parts[i])*100/float64(sum)) >= 0.1 {
				t.Fatalf("%d of %d is %v %%", parts[i], sum, p)
			}
		}
		if want := map[bool]int{true: 1000, false: 0}[sum > 0]; tenths != want {
			t.Fatalf("%v are %d tenths", got, tenths)
		}
	})
}

// Cover's ranges follow each other without a gap from the first moment to the
// last, each made of whole spans, none longer than allowed or beyond what has
// sums.
func TestCoverIsExact(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	quarters := rapid.IntRange(0, 96*10)
	at := func(q int) time.Time { return begin.Add(time.Duration(q) * 15 * time.Minute) }
	rapid.Check(t, func(t *rapid.T) {
		from, to := at(quarters.Draw(t, "from")), at(quarters.Draw(t, "to"))
		coarsest := Span(rapid.IntRange(0, 2).Draw(t, "coarsest"))
		rolled := Rolled{Hours: at(quarters.Draw(t, "hours")).Truncate(time.Hour), Days: at(quarters.Draw(t, "days")).Truncate(24 * time.Hour)}
		next := from
		for _, r := range Cover(from, to, coarsest, rolled) {
			if r.From == r.To {
				continue
			}
			if r.From != next || r.To.Before(r.From) || r.Span > coarsest || r.Span.Start(r.From) != r.From || r.Span.Start(r.To) != r.To {
				t.Fatalf("%v after %v", r, next)
			}
			if r.Span == Hour && r.To.After(rolled.Hours) || r.Span == Day && r.To.After(rolled.Days) {
				t.Fatalf("%v has no sums yet: %v", r, rolled)
			}
			next = r.To
		}
		if want := to; !to.Before(from) && next != want {
			t.Fatalf("covered up to %v, not %v", next, want)
		}
	})
}

// A month of whole days is read as few rows: nearly all of it as days.
func TestCoverTakesDays(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	ranges := Cover(from, from.AddDate(0, 1, 0), Day, Rolled{Hours: from.AddDate(1, 0, 0), Days: from.AddDate(1, 0, 0)})
	if d := ranges[2]; d.Span != Day || d.To.Sub(d.From) != 30*24*time.Hour {
		t.Errorf("%v", ranges)
	}
	if n := ranges[1].To.Sub(ranges[1].From) + ranges[3].To.Sub(ranges[3].From); n != 24*time.Hour || ranges[0].From != ranges[0].To {
		t.Errorf("%v", ranges)
	}
}

// What calls met is every call once.
func TestMetIsEveryCallOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calls{Calls: rapid.Int64Range(0, 1000).Draw(t, "calls")}
		c.Answered = rapid.Int64Range(0, c.Calls).Draw(t, "answered")
		o := Outcome{Status: dialer.Status(rapid.SampledFrom([]string{"NA", "B", "A", "SALE", "DROP", "ERI", ""}).Draw(t, "status")), Human: rapid.Bool().Draw(t, "human"), Gone: rapid.Bool().Draw(t, "gone")}
		var sum int64
		for _, n := range MetOf(o, c) {
			if n < 0 {
				t.Fatal("less than none")
			}
			sum += n
		}
		if sum != c.Calls {
			t.Fatalf("%d of %d", sum, c.Calls)
		}
	})
}

// Who answered is a machine only where somebody said so: not where the agent's desk
// vanished, where the call was lost sight of, or where the outcome was deleted.
func TestNobodySaidWhoAnswered(t *testing.T) {
	w := Words{Outcomes: map[dialer.Status]Outcome{
		"SALE": {Status: "SALE", Human: true}, "A": {Status: "A"}, "NA": {Status: "NA"}, "ERI": {Status: "ERI"}, "PDROP": {Status: "PDROP"}, "DROP": {Status: "DROP", Human: true},
	}}
	for status, want := range map[dialer.Status]Met{"SALE": Person, "DROP": Person, "A": Machine, "NA": Machine, "": Unknown, "ERI": Unknown, "PDROP": Unknown, "GONE": Unknown} {
		met := MetOf(w.outcome(status), Calls{Calls: 5, Answered: 5})
		if met[want] != 5 {
			t.Errorf("%q: %v", status, met)
		}
	}
	// Nobody answered: there is nothing to be said of whom.
	if met := MetOf(w.outcome("ERI"), Calls{Calls: 2}); met[Failed] != 2 {
		t.Errorf("%v", met)
	}
	var all Tally
	for _, s := range []dialer.Status{"SALE", "A", "", "ERI", "GONE"} {
		all.Take(w.outcome(s), CallSum{Status: s, Calls: Calls{Calls: 1, Answered: 1, Asked: 1, Connected: 1}})
	}
	if all.Human != 1 || all.Other != 1 || all.Untold != 3 || all.Dial.InTime() != 5 {
		t.Errorf("%+v", all)
	}
}

// Quarters lose no time: their sum is that of the periods within the bounds.
func TestQuartersLoseNoTime(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		from, to := begin.Add(6*time.Hour), begin.Add(18*time.Hour)
		var periods []Period
		var want int64
		at := begin
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			end := at.Add(time.Duration(rapid.IntRange(0, 5_000_000).Draw(t, "ms")) * time.Millisecond)
			p := Period{User: 1, Campaign: "C", State: dialer.AgentState(rapid.SampledFrom([]string{"READY", "PAUSED"}).Draw(t, "state")), Pause: "X", From: at, To: end}
			periods = append(periods, p)
			want += Overlap(p.From, p.To, from, to).Milliseconds()
			at = end
		}
		var got int64
		for _, s := range Quarters(periods, from, to) {
			got += s.MS
			if s.MS > Quarter.Length().Milliseconds() || s.At.Before(from) || !s.At.Before(to) || s.State != dialer.AgentPaused && s.Pause != "" {
				t.Fatalf("%+v", s)
			}
		}
		if got != want {
			t.Fatalf("%d ms of %d", got, want)
		}
	})
}

// Days are the office's, whatever its clock does.
func TestDaysOfTheOffice(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	q := Query{From: time.Date(2026, 10, 31, 0, 0, 0, 0, zone), To: time.Date(2026, 11, 3, 0, 0, 0, 0, zone), Zone: zone}
	if days := q.Days(); len(days) != 3 || days[2].Sub(days[1]) != 25*time.Hour {
		t.Errorf("%v", days)
	}
	if hours := q.Hours(); len(hours) != 73 {
		t.Errorf("%d hours", len(hours))
	}
	q.By = ByHour
	hours := map[string]bool{}
	for _, g := range q.Groups() {
		hours[g.Name] = true
	}
	if len(hours) != 73 || !hours["Sun 1 Nov 01:00 EDT"] || !hours["Sun 1 Nov 01:00 EST"] || !hours["Sun 1 Nov 02:00"] {
		t.Errorf("%d hours with names: %v", len(hours), hours)
	}
	q.By = ByHourOfDay
	names := map[string]int{}
	for _, g := range q.Groups() {
		names[g.Name]++
	}
	if len(names) != 24 || names["01:00"] != 4 {
		t.Errorf("%v", names)
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		value      Value
		shown, raw string
	}{
		{Count, Value{N: 1234567}, "1,234,567", "1234567"}, {Percent, Value{N: 2.5}, "2.5 %", "2.50"}, {Percent, Value{None: true}, "–", ""},
		{Seconds, Value{N: 61.5}, "1:02", "61.5"}, {Seconds, Value{N: 36061}, "10:01:01", "36061.0"}, {Bytes, Value{N: 48e6}, "48.0 MB", "48000000"},
		{Date, Value{Text: "Sun 1 Mar", At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, "Sun 1 Mar", "2026-03-01"}, {Date, Value{Text: "All"}, "All", "All"},
		{Text, Value{Text: "x"}, "x", "x"}, {Count, Value{N: -1234}, "-1,234", "-1234"},
	} {
		if got := Shown(c.kind, c.value); got != c.shown {
			t.Errorf("shown as %q, want %q", got, c.shown)
		}
		if got := Raw(c.kind, c.value); got != c.raw {
			t.Errorf("written as %q, want %q", got, c.raw)
		}
	}
}

// A moment in the call log says by which clock it is: on the page and in its files.
func TestCallLogSaysItsZone(t *testing.T) {
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-11-20", "2026-11-28", "Placed, EST"}, {"2026-07-01", "2026-07-02", "Placed, EDT"}, {"2026-10-30", "2026-11-03", "Placed, EDT and EST"},
		{"2026-10-30", "2026-11-01", "Placed, EDT"}, // the clock goes back at two o'clock of the day after the last
	} {
		from, _ := time.ParseInLocation(time.DateOnly, c.from, ny)
		to, _ := time.ParseInLocation(time.DateOnly, c.to, ny)
		q := Query{From: from, To: to, Zone: ny}
		if got := q.CallColumns()[0].Heading(); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
	if logColumns[0].Name != "Placed" {
		t.Error("a query's zone has stayed in the columns")
	}
}

// Every report can be found, says what it answers, and has rows in ways that
// have names.
func TestCatalogue(t *testing.T) {
	for _, r := range All {
		if found, ok := Find(r.Name); !ok || found.Title != r.Title || r.Says == "" || r.Group == "" || r.Make == nil {
			t.Errorf("%s is not whole", r.Name)
		}
		for _, by := range r.Bys {
			if byName(by) == "Day" && by != ByDay {
				t.Errorf("%s: rows by %s have no name", r.Name, by)
			}
		}
	}
}

// calls is a log of moments, counted by the question's groups.
type calls struct {
	Source
	at []time.Time
}

func (c calls) Calls(_ context.Context, a Ask) ([]CallSum, error) {
	by := map[int]int64{}
	for _, at := range c.at {
		if at.Before(a.From) || !at.Before(a.To) {
			continue
		}
		group := 0
		for i, b := range a.Bounds {
			if !at.Before(b) {
				group = i
			}
		}
		by[group]++
	}
	var all []CallSum
	for group, n := range by {
		all = append(all, CallSum{Group: group, Calls: Calls{Calls: n}})
	}
	slices.SortFunc(all, func(a, b CallSum) int { return cmp.Compare(a.Group, b.Group) })
	return all, nil
}

// Asked for one by one, groups are what they are together, however many.
func TestGroupsApart(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return begin.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "hour")) * time.Hour)
		})
		log := calls{at: rapid.SliceOfN(moment, 0, 50).Draw(t, "calls")}
		a := Ask{Query: Query{From: begin, To: begin.AddDate(0, 0, 31)}}
		a.Bounds = append(rapid.SliceOfN(moment, 0, mostApart+5).Draw(t, "bounds"), begin)
		slices.SortFunc(a.Bounds, time.Time.Compare)
		a.Bounds = slices.CompactFunc(a.Bounds, time.Time.Equal)
		together, _ := log.Calls(t.Context(), a)
		got, err := apart(t.Context(), log, a)
		if err != nil || !slices.Equal(got, together) {
			t.Fatalf("apart %+v, together %+v (%v)", got, together, err)
		}
	})
}

// Each call is in the row of its outcome's group, once; groups have their own
// order; what is in none comes after them, and what has no outcome last.
func TestOutcomesByGroup(t *testing.T) {
	w := Words{Outcomes: map[dialer.Status]Outcome{
		"SALE": {Name: "Sale", Group: "Talked", Place: 5}, "NI": {Name: "Not interested", Group: "Talked", Place: 5}, "A": {Name: "Machine", Group: "Elsewhere", Place: 1}, "QQ": {Name: "None"},
	}}
	calls := func(s dialer.Status, n, talked int64) CallSum {
		return CallSum{Status: s, Calls: Calls{Calls: n, Connected: talked, TalkMS: 60_000 * talked}}
	}
	got := groupTable(w, []CallSum{calls("SALE", 2, 2), calls("QQ", 1, 0), calls("NI", 3, 3), calls("A", 10, 0), calls("GONE", 4, 1), calls("", 3, 3), calls("SALE", 1, 0)})
	want := [][]Value{
		{text("Elsewhere"), count(10), percent(41.7), {None: true}}, {text("Talked"), count(6), percent(25), seconds(60_000)}, {text("No group"), count(5), percent(20.8), seconds(60_000)},
		{text("No outcome"), count(3), percent(12.5), seconds(60_000)},
	}
	if !slices.EqualFunc(got.Rows, want, slices.Equal) || got.Foot[1] != count(24) {
		t.Errorf("%v, all %v", got.Rows, got.Foot)
	}
	if none := groupTable(w, nil); len(none.Rows) != 0 || none.Foot != nil {
		t.Errorf("of nothing %v", none)
	}
}
