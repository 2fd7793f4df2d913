package report

import (
	"cmp"
	"slices"
	"time"

	"trunkline/dialer"
)

// Period is a stretch of an agent's time in one state.
type Period struct {
	User     dialer.UserID     `db:"user_id"`
	Campaign dialer.CampaignID `db:"campaign_id"`
	State    dialer.AgentState `db:"state"`
	Pause    string            `db:"pause_code"` // with PAUSED
	From     time.Time         `db:"from_at"`
	To       time.Time         `db:"to_at"`
}

// TimeSum is how long an agent was in a state within a span.
type TimeSum struct {
	Campaign  dialer.CampaignID `db:"campaign_id"`
	Group     int               `db:"grp"` // of Query.Bounds
	At        time.Time         `db:"at"`
	User      dialer.UserID     `db:"user_id"`
	State     dialer.AgentState `db:"state"`
	Pause     string            `db:"pause_code"`
	Stretches int64             `db:"stretches"` // that began in it
	MS        int64             `db:"ms"`        // of all that reach into it, as far as they do
}

// Quarters takes periods apart at the quarters of the hour, and adds up those
// of each agent, campaign, state and pause code; only quarters from from on and
// before to. A code counts with PAUSED alone: in other states it is a leftover.
func Quarters(periods []Period, from, to time.Time) []TimeSum {
	sums := map[TimeSum]TimeSum{}
	for _, p := range periods {
		if p.State != dialer.AgentPaused {
			p.Pause = ""
		}
		at := Quarter.Start(p.From)
		if at.Before(from) {
			at = from
		}
		for ; at.Before(to) && (at.Before(p.To) || !at.After(p.From)); at = at.Add(Quarter.Length()) {
			key := TimeSum{Campaign: p.Campaign, At: at, User: p.User, State: p.State, Pause: p.Pause}
			s, ok := sums[key]
			if !ok {
				s = key
			}
			s.MS += Overlap(p.From, p.To, at, at.Add(Quarter.Length())).Milliseconds()
			if !p.From.Before(at) {
				s.Stretches++
			}
			sums[key] = s
		}
	}
	all := make([]TimeSum, 0, len(sums))
	for _, s := range sums {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b TimeSum) int {
		return cmp.Or(cmp.Compare(a.Campaign, b.Campaign), a.At.Compare(b.At), cmp.Compare(a.User, b.User), cmp.Compare(a.State, b.State), cmp.Compare(a.Pause, b.Pause))
	})
	return all
}

// Overlap is how long two stretches of time have in common.
func Overlap(from, to, begin, end time.Time) time.Duration {
	if from.Before(begin) {
		from = begin
	}
	if to.After(end) {
		to = end
	}
	return max(to.Sub(from), 0)
}
