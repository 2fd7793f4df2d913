package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing/ledger"
)

// dropLaw is how the drops of some campaigns are counted together, and the limits
// that they keep.
type dropLaw struct {
	regime   ledger.Regime   // whose formula counts
	limits   []ledger.Regime // one of each law that one of the campaigns keeps
	mistaken float64         // estimate of the share of people whom AMD took for machines, 0 to 1; the largest of the campaigns'
}

// dropLaw is that of campaigns. Where they keep several laws, the US' formula
// counts: none of them knows a share of all together.
func (w Words) dropLaw(campaigns []dialer.CampaignID) dropLaw {
	var d dropLaw
	for _, id := range campaigns {
		c := w.campaign(id)
		amd := c.AMD == dialer.AMDDrop || c.AMD == dialer.AMDMessage
		if amd {
			d.mistaken = max(d.mistaken, c.Mistaken/100)
		}
		r := keeps(c.DropRule, amd)
		if i := slices.IndexFunc(d.limits, func(l ledger.Regime) bool { return l.Law == r.Law }); i < 0 {
			d.limits = append(d.limits, r)
		} else if r.Key == "uk-amd" { // counts more: it goes before UK without AMD
			d.limits[i] = r
		}
	}
	d.regime = keeps(string(dialer.DropUS), false)
	if len(d.limits) == 1 {
		d.regime = d.limits[0]
	}
	return d
}

// keeps is the regime that binds under a law. The US have two, which differ in
// where their windows begin: the rolling one stands for both.
func keeps(law string, amd bool) ledger.Regime {
	i := slices.IndexFunc(ledger.Regimes, func(r ledger.Regime) bool { return r.Binds(law, amd) })
	return ledger.Regimes[i] // each law has one; what is not known counts as the US'
}

// rate is the share of drops, 0 to 1; ok is false where there is nothing to count.
func (d dropLaw) rate(x *Tally) (rate float64, ok bool) {
	return d.regime.Share(counted(x).WithMistaken(d.mistaken))
}

// help says what the rate is of.
func (d dropLaw) help() string {
	says := map[string]string{
		"us": "dropped of dropped and people, as 47 CFR 64.1200(a)(7) counts", "uk": "dropped of dropped and people, as Ofcom's statement of 2010 counts",
		"ca": "dropped of all answered calls, as the CRTC's rules count",
	}[d.regime.Law]
	if d.regime.Key == "uk-amd" {
		says += ": with an estimate of the people whom AMD took for machines"
	}
	if len(d.limits) > 1 {
		says += "; these campaigns keep several laws, each of which is below"
	}
	return says
}

// limitName is a limit in a chart's legend, with the window over which it holds.
func limitName(r ledger.Regime) string {
	name := map[string]string{"us": "US limit, over 30 days", "uk": "UK limit, over 24 hours", "ca": "Canada's limit, over a calendar month"}[r.Law]
	return fmt.Sprintf("%s: %.0f %%", name, 100*r.Limit)
}

// counted is calls as the laws' ledgers take them.
func counted(x *Tally) ledger.Counts {
	return ledger.Counts{
		Attempts: float64(x.Dial.Calls), Answered: float64(x.Dial.Answered), Dropped: float64(x.Dial.Dropped), Humans: float64(x.Human), Machines: float64(x.Other),
	}
}

// windowed is the share over the law's whole window as it stood at the end of each
// of the query's days, in percent; nil for a day that is to come or has nothing to
// count. Only one campaign has such a share, and only of all its lists; of a window
// of one day the day's own rate is that already.
func windowed(ctx context.Context, s Source, q Query, w Words, d dropLaw) (name string, values []*float64, err error) {
	if q.By != ByDay || len(q.Campaigns) != 1 || len(q.Lists) > 0 || d.regime.Law == "uk" {
		return "", nil, nil
	}
	begins, err := s.Begins(ctx, q.Campaigns)
	if err != nil {
		return "", nil, err
	}
	wide := q
	wide.From, wide.Users = q.From.In(q.Zone).AddDate(0, 0, -31).UTC(), nil
	days := wide.Days()
	sums, err := apart(ctx, s, Ask{Query: wide, Bounds: days})
	if err != nil {
		return "", nil, err
	}
	book := ledger.Ledger{Mistaken: d.mistaken, Begins: begins[q.Campaigns[0]]}
	tallies := make([]Tally, len(days))
	for _, x := range sums {
		tallies[x.Group].Take(w.outcome(x.Status), x)
	}
	for i := range tallies {
		// At noon, so that a clock that was moved meanwhile shifts no day out of a window.
		book.Add(days[i].Add(12*time.Hour), counted(&tallies[i]))
	}
	for _, at := range q.Days() {
		var share *float64
		for _, l := range book.Report(at.AddDate(0, 0, 1).Add(-time.Nanosecond), q.Zone) {
			if l.Regime.Key == d.regime.Key && l.Denominator > 0 && !at.After(q.Now) {
				share = new(100 * l.Share)
			}
		}
		values = append(values, share)
	}
	return map[string]string{"us": "Over the 30 days to then", "ca": "Over the month so far"}[d.regime.Law], values, nil
}
