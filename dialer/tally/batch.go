package tally

import (
	"cmp"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/report"
)

// Batch is what is counted anew in one transaction: quarters of a campaign's
// UTC day.
type Batch struct {
	Campaign dialer.CampaignID
	Day      time.Time
	Calls    []time.Time // quarters whose calls have changed, in order
	Time     []UserTime  // quarters in which agents' time has changed
	Changes  []int64     // that are dealt with by it
}

// UserTime is agents whose time from one quarter to another is counted anew.
type UserTime struct {
	From, To time.Time // To excluded
	Users    []dialer.UserID
}

// perBatch bounds a transaction: the quarters of four hours at most.
const perBatch = 16

// Batches sorts changes by what can be counted together, the newest days first.
// A stretch of time that reaches over midnight is a part of several batches, and
// its change is dealt with by the last of them.
func Batches(changes []Change) []Batch {
	days := map[dayKey]*dayWork{}
	at := func(c dialer.CampaignID, t time.Time) *dayWork {
		key := dayKey{c, report.Day.Start(t)}
		if days[key] == nil {
			days[key] = &dayWork{calls: map[time.Time][]int64{}, time: map[stretch]map[dialer.UserID]bool{}}
		}
		return days[key]
	}
	for _, c := range changes {
		if c.Kind == Call {
			q := report.Quarter.Start(c.From)
			w := at(c.Campaign, q)
			w.calls[q] = append(w.calls[q], c.ID)
			continue
		}
		from, to := report.Quarter.Start(c.From), report.Quarter.Start(c.To).Add(report.Quarter.Length())
		first := at(c.Campaign, from)
		first.ids = append(first.ids, c.ID)
		for from.Before(to) {
			end := report.Day.Start(from).Add(report.Day.Length())
			if to.Before(end) {
				end = to
			}
			w := at(c.Campaign, from)
			s := stretch{from, end}
			if w.time[s] == nil {
				w.time[s] = map[dialer.UserID]bool{}
			}
			w.time[s][c.User] = true
			from = end
		}
	}
	keys := make([]dayKey, 0, len(days))
	for key := range days {
		keys = append(keys, key)
	}
	// A change of time is taken out with its first day, which the order by days,
	// the newest first, makes the last that is counted.
	slices.SortFunc(keys, func(a, b dayKey) int { return cmp.Or(b.day.Compare(a.day), cmp.Compare(a.campaign, b.campaign)) })
	var all []Batch
	for _, key := range keys {
		all = append(all, days[key].batches(key)...)
	}
	return all
}

type dayKey struct {
	campaign dialer.CampaignID
	day      time.Time
}

type stretch struct{ from, to time.Time }

// dayWork is what is to do for a campaign's day.
type dayWork struct {
	calls map[time.Time][]int64              // changes by quarter
	time  map[stretch]map[dialer.UserID]bool //
	ids   []int64                            // changes of time that began on the day
}

func (w *dayWork) batches(key dayKey) []Batch {
	var all []Batch
	if len(w.time) > 0 {
		b := Batch{Campaign: key.campaign, Day: key.day, Changes: w.ids}
		for s, users := range w.time {
			u := UserTime{From: s.from, To: s.to}
			for id := range users {
				u.Users = append(u.Users, id)
			}
			slices.Sort(u.Users)
			b.Time = append(b.Time, u)
		}
		slices.SortFunc(b.Time, func(a, b UserTime) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
		all = append(all, b)
	}
	quarters := make([]time.Time, 0, len(w.calls))
	for q := range w.calls {
		quarters = append(quarters, q)
	}
	slices.SortFunc(quarters, time.Time.Compare)
	for part := range slices.Chunk(quarters, perBatch) {
		b := Batch{Campaign: key.campaign, Day: key.day, Calls: part}
		for _, q := range part {
			b.Changes = append(b.Changes, w.calls[q]...)
		}
		all = append(all, b)
	}
	return all
}
