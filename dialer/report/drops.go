package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing/ledger"
)

// drops is the report of people who found no agent.
func drops(ctx context.Context, s Source, q Query) (Result, error) {
	w, err := s.Words(ctx)
	if err != nil {
		return Result{}, err
	}
	a, groups := q.grouped()
	sums, err := s.Calls(ctx, a)
	if err != nil {
		return Result{}, err
	}
	laws, kept, err := lawTable(ctx, s, q, w)
	if err != nil {
		return Result{}, err
	}
	law := w.dropLaw(kept)
	lawOf := func(k rowKey) dropLaw {
		if q.By == ByCampaign {
			return w.dropLaw([]dialer.CampaignID{k.campaign})
		}
		return law
	}
	rateHelp := law.help()
	if q.By == ByCampaign {
		rateHelp = "as the law counts that the campaign keeps"
	}
	t := Table{Key: "drops", Title: "By " + lower(byName(q.By)), Columns: []Column{
		{byName(q.By), Text, ""}, {"Calls", Count, "that the dialer placed; those dialed by hand are no law's concern"}, {"Asked for an agent", Count, "judged a person, or nobody judged"},
		{"In time", Count, "had an agent within two seconds of the greeting's end"}, {"People", Count, "of those in time, by the agent's outcome"},
		{"Others", Count, "of those in time, by the agent's outcome a machine or nobody"}, {"Unknown", Count, "of those in time: no outcome was given, or the call was lost sight of"}, {"Dropped", Count, "none in time, late ones included"},
		{"Drop rate", Percent, rateHelp}, {"Wait", Seconds, "mean, of those who had an agent"},
	}}
	cells := func(name string, x *Tally, law dropLaw) []Value {
		rate, ok := law.rate(x)
		return []Value{
			text(name), count(x.Dial.Calls), count(x.Dial.Asked), count(x.Dial.InTime()), count(x.Human), count(x.Other), count(x.Untold), count(x.Dial.Dropped),
			some(100*rate, ok), mean(x.Dial.WaitMS, x.Dial.Connected),
		}
	}
	r := Result{}
	if len(sums) > 0 {
		r.Chart = &Chart{Title: "Dropped", Kind: "lines", Unit: "%", Series: []Series{{Name: "Drop rate"}}}
		for _, l := range law.limits {
			r.Chart.Series = append(r.Chart.Series, Series{Name: limitName(l), Look: "bad"})
		}
		keys, rows := rowsOf(q, w, groups, sums)
		all := &Tally{}
		for _, x := range sums {
			all.Take(w.outcome(x.Status), x)
		}
		for _, k := range keys {
			x, name, its := rows[k], k.name(q, w), lawOf(k)
			t.Rows = append(t.Rows, cells(name, x, its))
			r.Chart.Labels = append(r.Chart.Labels, name)
			var drawn *float64
			if rate, ok := its.rate(x); ok {
				drawn = new(100 * rate)
			}
			r.Chart.Series[0].Values = append(r.Chart.Series[0].Values, drawn)
			for i, l := range law.limits {
				var limit *float64 // of a campaign only its own law's
				if slices.ContainsFunc(its.limits, func(own ledger.Regime) bool { return own.Law == l.Law }) {
					limit = new(100 * l.Limit)
				}
				r.Chart.Series[i+1].Values = append(r.Chart.Series[i+1].Values, limit)
			}
		}
		name, window, err := windowed(ctx, s, q, w, law)
		if err != nil {
			return Result{}, err
		}
		if name != "" {
			r.Chart.Series = append(r.Chart.Series, Series{Name: name, Look: "d2", Values: window})
		}
		t.Foot = cells("All", all, law)
		dated(&t, q, groups)
	}
	r.Tables = []Table{t, laws}
	return r, nil
}

// lawTable is each campaign's drops as the laws count that it must keep, over
// their windows up to the query's end, or to now where that lies ahead. Windows
// begin and end on the hour; the campaign's own page has them to the minute. called
// are the campaigns with calls in a window; all, where none has any.
func lawTable(ctx context.Context, s Source, q Query, w Words) (t Table, called []dialer.CampaignID, err error) {
	t = Table{Key: "laws", Title: "Drops against the law", Says: "Each campaign by the law that it is set to keep. Dropped means no agent within two seconds of the greeting's end.", Columns: []Column{
		{"Campaign", Text, ""}, {"Rule and window", Text, ""}, {"Dropped", Decimal, "as the rule counts: estimates need not be whole"}, {"Of people", Decimal, ""},
		{"Rate", Percent, ""}, {"Limit", Percent, ""}, {"Kept", Text, ""},
	}}
	end := q.To
	if now := Hour.ceil(q.Now); now.Before(end) {
		end = now
	}
	begins, err := s.Begins(ctx, q.Campaigns)
	if err != nil {
		return t, nil, err
	}
	a := Ask{Query: q, ByCampaign: true}
	a.From, a.To, a.By, a.Lists, a.Users = Hour.Start(end.Add(-ledger.Keeps)), end, "", nil, nil
	if !a.From.Before(end) {
		return t, q.Campaigns, nil
	}
	if len(q.Lists) > 0 {
		t.Says += " The laws count all lists of a campaign together."
	}
	a.Bounds = lawBounds(a.Query, begins)
	sums, err := apart(ctx, s, a)
	if err != nil {
		return t, nil, err
	}
	books := map[dialer.CampaignID]*ledger.Ledger{}
	for _, x := range sums {
		if x.Manual {
			continue
		}
		var one Tally
		one.Take(w.outcome(x.Status), x)
		if books[x.Campaign] == nil {
			books[x.Campaign] = &ledger.Ledger{Begins: Hour.Start(begins[x.Campaign])}
		}
		books[x.Campaign].Add(a.Bounds[x.Group], counted(&one))
	}
	for _, id := range q.Campaigns {
		book, c := books[id], w.campaign(id)
		if book == nil {
			continue
		}
		called = append(called, id)
		amd := c.AMD == dialer.AMDDrop || c.AMD == dialer.AMDMessage
		if amd {
			book.Mistaken = c.Mistaken / 100
		}
		for _, l := range book.Report(end.Add(-time.Nanosecond), q.Zone) {
			if !l.Regime.Binds(c.DropRule, amd) {
				continue
			}
			kept := "yes"
			if !l.Holds() {
				kept = "no"
			}
			t.Rows = append(t.Rows, []Value{
				text(c.Name), text(l.Regime.Name), some(l.Numerator, true), some(l.Denominator, true),
				some(100*l.Share, l.Denominator > 0), percent(100 * l.Regime.Limit), text(kept),
			})
		}
	}
	for i, c := range t.Columns {
		if c.Kind == Decimal && wholes(t.Rows, i) {
			t.Columns[i].Kind = Count
		}
	}
	if len(called) == 0 {
		called = q.Campaigns
	}
	return t, called, nil
}

// wholes tells that a column has whole numbers only, as counts are that no
// estimate is in.
func wholes(rows [][]Value, column int) bool {
	return !slices.ContainsFunc(rows, func(row []Value) bool { return row[column].N != math.Trunc(row[column].N) })
}

// mostApart is how many groups are asked for one by one.
const mostApart = 40

// apart asks for each group of calls by itself. A window begins at any hour, but
// between two such hours lie weeks, of which the sums of days are read then and
// not those of hours.
func apart(ctx context.Context, s Source, a Ask) ([]CallSum, error) {
	if len(a.Bounds) > mostApart {
		return s.Calls(ctx, a)
	}
	var all []CallSum
	for i, from := range a.Bounds {
		one := a
		one.From, one.Bounds = from, a.Bounds[i:i+1]
		if i+1 < len(a.Bounds) {
			one.To = a.Bounds[i+1]
		}
		sums, err := s.Calls(ctx, one)
		if err != nil {
			return nil, err
		}
		for _, x := range sums {
			x.Group = i
			all = append(all, x)
		}
	}
	return all, nil
}

// lawBounds are where calls must be kept apart for the laws' windows: where each
// begins, to the hour. Between, there is nothing to tell apart.
func lawBounds(q Query, begins map[dialer.CampaignID]time.Time) []time.Time {
	all := []time.Time{q.From}
	for _, id := range q.Campaigns {
		for _, r := range ledger.Regimes {
			at := Hour.Start(r.From(q.To.Add(-time.Nanosecond), q.Zone, Hour.Start(begins[id])).Add(time.Hour - 1))
			if at.After(q.From) && at.Before(q.To) {
				all = append(all, at)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// causeWords are what final SIP responses mean to an operator (RFC 3261,
// section 21), and Q.850 causes where no response was had.
var sipWords = map[int]string{
	400: "bad request", 401: "sign-in asked for", 403: "refused by the carrier", 404: "no such number", 407: "sign-in asked for", 408: "no response in time",
	410: "number gone", 480: "not available", 484: "number incomplete", 486: "busy", 487: "given up by us", 488: "codecs do not match",
	500: "carrier's fault", 502: "bad gateway", 503: "carrier refused", 504: "carrier's time-out", 600: "busy everywhere", 603: "declined", 604: "exists nowhere",
	607: "unwanted", 608: "rejected by analytics",
}

var causeWords = map[int]string{
	1: "no such number", 16: "ended normally", 17: "busy", 18: "no response", 19: "rang in vain", 20: "not reachable", 21: "rejected", 22: "number changed",
	27: "out of order", 28: "number incomplete", 31: "ended normally", 34: "no line free", 38: "network out of order", 41: "temporary failure", 42: "congested",
	44: "line not available", 50: "not subscribed", 58: "not available now", 102: "timer ran out", 111: "protocol error", 127: "interworking",
}

// causeName is how a call ended on its carrier, in words.
func causeName(sip, cause int) string {
	switch {
	case sip >= 300:
		if word := sipWords[sip]; word != "" {
			return fmt.Sprintf("%d %s", sip, word)
		}
		return fmt.Sprintf("SIP %d", sip)
	case cause != 0:
		if word := causeWords[cause]; word != "" {
			return fmt.Sprintf("Q.850 %d %s", cause, word)
		}
		return fmt.Sprintf("Q.850 %d", cause)
	}
	return "not told"
}
