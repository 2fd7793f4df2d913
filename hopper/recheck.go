package hopper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
)

// recheckEvery is how often leads in the hopper are asked again what they were
// asked when they came in, besides whenever their campaign changes: limits are
// reached by other campaigns' calls too.
const recheckEvery = 30 * time.Second

// recheck is when leads in a campaign's hopper were last asked again, and of
// which settings.
type recheck struct {
	of string
	at time.Time
}

// rechecks takes out of the hopper what may not be dialed any more for a reason
// that Sweep's statement does not know: limits of calls, and all that the
// calling rules say. Of campaigns that did not change it asks one a step, the one
// whose turn it is longest. A campaign that fails does not keep the others.
func (f *Filler) rechecks(ctx context.Context, campaigns []*Rules) []error {
	var due []*Rules
	var turn *Rules
	for _, r := range campaigns {
		last := f.checked[r.ID]
		switch {
		case r.Broken != nil:
		case last.of != "" && last.of != r.fingerprint():
			due = append(due, r)
		case r.narrowed():
			due = append(due, r)
		case r.now.Sub(last.at).Abs() < recheckEvery:
		case turn == nil || last.at.Before(f.checked[turn.ID].at):
			turn = r
		}
	}
	if turn != nil {
		due = append(due, turn)
	}
	var errs []error
	for _, r := range due {
		n, err := Recheck(ctx, f.Store, f.Sweeper, r)
		if n > 0 {
			f.Log.Info("leads in the hopper may not be dialed any more", "campaign", r.ID, "removed", n)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f.checked[r.ID] = recheck{r.fingerprint(), r.now}
	}
	return errs
}

// narrowed tells whether call times narrow the hours of some states, which Sweep's
// statement does not know: a lead's zone set names only those of the law.
func (r *Rules) narrowed() bool {
	return slices.ContainsFunc(r.Campaign.Lists, func(l List) bool { return l.Hours(r.Campaign.Campaign).NamesStates() })
}

// Recheck asks the unclaimed leads in a campaign's hopper what a fill asked
// before it put them in, takes out those that it would not put in now, and says
// how many.
func Recheck(ctx context.Context, store Store, sweeper Sweeper, r *Rules) (int, error) {
	rows, err := store.Rows(ctx, r.ID)
	if err != nil {
		return 0, fmt.Errorf("campaign %s: its hopper: %w", r.ID, err)
	}
	rows = slices.DeleteFunc(rows, func(row Row) bool { return row.Claimed })
	var out []int64
	for batch := range slices.Chunk(rows, judgeBatch) {
		held, err := r.illegal(ctx, store, batch)
		if err != nil {
			return 0, fmt.Errorf("campaign %s: judging its hopper: %w", r.ID, err)
		}
		out = append(out, held...)
	}
	if len(out) == 0 {
		return 0, nil
	}
	return sweeper.RemoveRows(ctx, out)
}

// illegal are those of the rows that a fill would not put in now.
func (r *Rules) illegal(ctx context.Context, store Store, rows []Row) ([]int64, error) {
	ids := make([]dialer.LeadID, len(rows))
	numbers := make([]string, len(rows))
	for i, row := range rows {
		ids[i], numbers[i] = row.Lead, row.Number
	}
	found, err := store.Judge(ctx, r.Campaign, ids)
	if err != nil {
		return nil, err
	}
	leads := make(map[dialer.LeadID]Candidate, len(found))
	for _, c := range found {
		leads[c.ID] = c
	}
	histories, err := store.Histories(ctx, numbers, r.now)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, row := range rows {
		c, ok := leads[row.Lead]
		c = r.inRow(row, c)
		if !ok || !r.stays(row, c) || !r.check(Pick{Candidate: c, Number: row.Number, Zone: row.ZoneSet}, histories[row.Number]).Allowed {
			out = append(out, row.ID)
		}
	}
	return out, nil
}

// inRow is the lead as it was when the row was put in, but for what has changed.
func (r *Rules) inRow(row Row, c Candidate) Candidate {
	c.InHopper, c.TooSoon = false, r.tooSoon(c.Group, c.LastCall)
	if row.Source == Alternate {
		// Of the further number, whose place on a DNC is Sweep's to see.
		c.ZoneSet, c.DNC, c.CampaignDNC = row.ZoneSet, false, false
	}
	return c
}

// stays tells whether the row's lead may stay, before compliance is asked.
func (r *Rules) stays(row Row, c Candidate) bool {
	switch row.Source {
	case Callback:
		return c.Promised && r.first(c.Facts, unwaivable...) == Dialable
	case Alternate:
		return r.first(c.Facts, alternateAsked...) == Dialable
	}
	return r.Why(c.Facts) == Dialable
}
