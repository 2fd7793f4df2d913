package report

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

// shop is a log of sums at moments, of campaigns with laws.
type shop struct {
	Source
	words Words
	log   []sold
}

type sold struct {
	at  time.Time
	sum CallSum
}

func (s shop) Words(context.Context) (Words, error) { return s.words, nil }

func (s shop) Begins(context.Context, []dialer.CampaignID) (map[dialer.CampaignID]time.Time, error) {
	return nil, nil
}

func (s shop) Calls(_ context.Context, a Ask) (all []CallSum, _ error) {
	for _, one := range s.log {
		if one.at.Before(a.From) || !one.at.Before(a.To) || !slices.Contains(a.Campaigns, one.sum.Campaign) {
			continue
		}
		x := one.sum
		for i, b := range a.Bounds {
			if !one.at.Before(b) {
				x.Group = i
			}
		}
		if !a.ByCampaign {
			x.Campaign = ""
		}
		all = append(all, x)
	}
	return all, nil
}

// The chart of drops has the law's own formula, limit and window.
func TestDropsByTheCampaignsLaw(t *testing.T) {
	day := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	people := Outcome{Status: "NI", Human: true}
	s := shop{words: Words{
		Outcomes: map[dialer.Status]Outcome{"NI": people, "DROP": {Status: "DROP", Human: true}, "A": {Status: "A"}},
		Campaigns: []Campaign{
			{ID: "US", Name: "Ohio", DropRule: "us"}, {ID: "UK", Name: "Leeds", DropRule: "uk", AMD: dialer.AMDDrop, Mistaken: 10}, {ID: "CA", Name: "Ottawa", DropRule: "ca"},
		},
	}}
	for _, c := range []dialer.CampaignID{"US", "UK", "CA"} {
		// On the 28th 90 people in time, 10 dropped, and 100 machines that answered and
		// were hung up on; ten days before, 100 people and no drop.
		s.log = append(s.log,
			sold{day.Add(10 * time.Hour), CallSum{Campaign: c, Status: "NI", Calls: Calls{Calls: 90, Answered: 90, Asked: 90, Connected: 90}}},
			sold{day.Add(11 * time.Hour), CallSum{Campaign: c, Status: "DROP", Calls: Calls{Calls: 10, Answered: 10, Asked: 10, Dropped: 10}}},
			sold{day.Add(12 * time.Hour), CallSum{Campaign: c, Status: "A", Calls: Calls{Calls: 100, Answered: 100}}},
			sold{day.AddDate(0, 0, -10), CallSum{Campaign: c, Status: "NI", Calls: Calls{Calls: 100, Answered: 100, Asked: 100, Connected: 100}}},
		)
	}
	ask := func(by By, campaigns ...dialer.CampaignID) Result {
		t.Helper()
		r, err := drops(t.Context(), s, Query{From: day, To: day.AddDate(0, 0, 1), Now: day.Add(20 * time.Hour), Zone: time.UTC, By: by, Campaigns: campaigns})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	// wants compares the series, by name, with their values; a nil one is none.
	wants := func(what string, r Result, want map[string][]float64) {
		t.Helper()
		for _, series := range r.Chart.Series {
			values, ok := want[series.Name]
			if !ok || len(series.Values) != len(values) {
				t.Errorf("%s: there is %q with %d values", what, series.Name, len(series.Values))
				continue
			}
			for i, v := range series.Values {
				if v == nil != math.IsNaN(values[i]) || v != nil && math.Abs(*v-values[i]) > 0.01 {
					t.Errorf("%s: %s of row %d is %v, want %v", what, series.Name, i, v, values[i])
				}
			}
		}
		if len(r.Chart.Series) != len(want) {
			t.Errorf("%s: %d series, want %d", what, len(r.Chart.Series), len(want))
		}
	}
	none := math.NaN()
	wants("US", ask(ByDay, "US"), map[string][]float64{"Drop rate": {10}, "US limit, over 30 days: 3 %": {3}, "Over the 30 days to then": {5}})
	// 100 people and drops; a tenth of all people were taken for machines: 11.1 more.
	wants("UK with AMD", ask(ByDay, "UK"), map[string][]float64{"Drop rate": {100 * (10 + 100.0/9) / (100 + 100.0/9)}, "UK limit, over 24 hours: 3 %": {3}})
	wants("Canada", ask(ByDay, "CA"), map[string][]float64{"Drop rate": {5}, "Canada's limit, over a calendar month: 5 %": {5}, "Over the month so far": {100 * 10.0 / 300}})
	wants("all of them", ask(ByCampaign, "CA", "UK", "US"), map[string][]float64{
		"Drop rate": {5, 100 * (10 + 100.0/9) / (100 + 100.0/9), 10}, "US limit, over 30 days: 3 %": {none, none, 3},
		"UK limit, over 24 hours: 3 %": {none, 3, none}, "Canada's limit, over a calendar month: 5 %": {5, none, none},
	})
	wants("all of them by day", ask(ByDay, "US", "CA"), map[string][]float64{
		"Drop rate": {10}, "US limit, over 30 days: 3 %": {3}, "Canada's limit, over a calendar month: 5 %": {5},
	})
}
