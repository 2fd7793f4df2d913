package hopper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Census counts every lead of a campaign's lists once: under the first reason
// that holds it back now, or as dialable. The selection goes by the same table of
// reasons, asked in the same order.
type Census struct {
	Campaign dialer.CampaignID `json:"campaign"`
	At       time.Time         `json:"at"`
	Leads    int               `json:"leads"`    // of all lists of the campaign
	Dialable int               `json:"dialable"` // could go into the hopper now
	Counts   []Count           `json:"counts"`   // in the order in which it is asked; without those that hold nobody
	Lists    []ListCensus      `json:"lists"`
	Opens    *time.Time        `json:"opens,omitempty"` // when the next of the closed zone sets opens
	Problem  string            `json:"problem,omitempty"`
}

// Count is how many leads a reason holds back.
type Count struct {
	Reason Reason `json:"reason"`
	Says   string `json:"says"` // completes "Each of them …"
	Class  Class  `json:"class"`
	Leads  int    `json:"leads"`
}

// ListCensus is the census of one list.
type ListCensus struct {
	List     dialer.ListID  `json:"list"`
	Name     string         `json:"name"`
	Leads    int            `json:"leads"`
	Dialable int            `json:"dialable"`
	Held     map[Reason]int `json:"held"`
}

// Tally is how many leads have some facts in common.
type Tally struct {
	Facts
	Leads int
}

// View is what a census reads, all of it as of one moment.
type View interface {
	// Tally counts the leads of the lists by their groups. Where a filter has to be
	// asked or a delay may not be over, it counts those apart.
	Tally(ctx context.Context, r *Rules) ([]Tally, error)
	// Special lists the leads of which there is more to know than a Tally tells: in
	// a hopper, promised a callback, on a DNC, or with a number that was called in
	// the days that compliance looks back or whose consent was taken back.
	Special(ctx context.Context, r *Rules) ([]dialer.LeadID, error)
	Judge(ctx context.Context, c Campaign, leads []dialer.LeadID) ([]Candidate, error)
	Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error)
}

// Count takes the census. It counts by groups, and takes those leads out of their
// groups of which there is more to know, one by one.
func (r *Rules) Count(ctx context.Context, v View) (Census, error) {
	c := Census{Campaign: r.ID, At: r.now}
	if !r.opens.IsZero() {
		c.Opens = &r.opens
	}
	if r.Broken != nil {
		c.Problem = r.Broken.Error()
	}
	tallies, err := v.Tally(ctx, r)
	if err != nil {
		return c, fmt.Errorf("counting leads by groups: %w", err)
	}
	left := make(map[Facts]int, len(tallies))
	for _, t := range tallies {
		left[t.Facts] += t.Leads
	}
	special, err := v.Special(ctx, r)
	if err != nil {
		return c, fmt.Errorf("leads of which there is more to know: %w", err)
	}
	lists := map[dialer.ListID]*ListCensus{}
	count := func(list dialer.ListID, reason Reason, n int) {
		l := lists[list]
		if l == nil {
			l = &ListCensus{List: list, Held: map[Reason]int{}}
			if known := r.lists[list]; known != nil {
				l.Name = known.Name
			}
			lists[list] = l
		}
		l.Leads += n
		if reason == Dialable {
			l.Dialable += n
		} else {
			l.Held[reason] += n
		}
	}
	for batch := range slices.Chunk(special, judgeBatch) {
		found, err := v.Judge(ctx, r.Campaign, batch)
		if err != nil {
			return c, fmt.Errorf("judging leads: %w", err)
		}
		var asked []Candidate
		for _, cand := range found {
			cand.TooSoon = r.tooSoon(cand.Group, cand.LastCall)
			plain := Facts{Group: cand.Group}
			if r.apart(cand.Group) {
				plain.TooSoon, plain.Filtered = cand.TooSoon, cand.Filtered
			}
			if left[plain] == 0 {
				continue // of no list of the campaign
			}
			left[plain]--
			if reason := r.Why(cand.Facts); reason != Dialable {
				count(cand.List, reason, 1)
				continue
			}
			asked = append(asked, cand)
		}
		verdicts, err := r.verdicts(ctx, v, asked)
		if err != nil {
			return c, err
		}
		for i, cand := range asked {
			reason := Dialable
			if !verdicts[i].Allowed {
				reason = NumberHeld
			}
			count(cand.List, reason, 1)
		}
	}
	for facts, n := range left {
		if n > 0 {
			count(facts.List, r.Why(facts), n)
		}
	}
	for _, l := range r.Campaign.Lists {
		if lc := lists[l.ID]; lc != nil {
			c.Lists = append(c.Lists, *lc)
			c.Leads += lc.Leads
			c.Dialable += lc.Dialable
		} else {
			c.Lists = append(c.Lists, ListCensus{List: l.ID, Name: l.Name, Held: map[Reason]int{}})
		}
	}
	for _, reason := range Reasons() {
		n := 0
		for _, l := range c.Lists {
			n += l.Held[reason]
		}
		if n > 0 {
			says, class := reason.Says()
			c.Counts = append(c.Counts, Count{reason, says, class, n})
		}
	}
	return c, nil
}

// verdicts are what compliance says of the candidates' own numbers.
func (r *Rules) verdicts(ctx context.Context, v interface {
	Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error)
}, candidates []Candidate) ([]compliance.Verdict, error) {
	numbers := make([]string, len(candidates))
	for i, c := range candidates {
		numbers[i] = c.E164
	}
	histories, err := v.Histories(ctx, numbers, r.now)
	if err != nil {
		return nil, fmt.Errorf("what is known of the numbers: %w", err)
	}
	all := make([]compliance.Verdict, len(candidates))
	for i, c := range candidates {
		all[i] = r.check(Pick{Candidate: c, Number: c.E164, Zone: c.ZoneSet}, histories[c.E164])
	}
	return all, nil
}

// check asks compliance what is asked again when the lead is dialed.
func (r *Rules) check(p Pick, history *compliance.History) compliance.Verdict {
	q := compliance.Question{E164: p.Number, Zones: r.sets[p.Zone].Zones(), State: p.State, DNC: p.DNC, CampaignDNC: p.CampaignDNC,
		Called: p.Calls, History: history, Now: r.now}.In(r.Campaign.Campaign)
	q = q.Within(r.lists[p.List].hours(r.Campaign))
	q.CallerID = r.Shows(dialer.Lead{ListCallerID: r.lists[p.List].CallerID, SecurityPhrase: p.Phrase})
	return compliance.Check(q)
}

// Answer is why one lead is not dialed now.
type Answer struct {
	Lead    dialer.LeadID `json:"lead"`
	List    dialer.ListID `json:"list"`
	Status  dialer.Status `json:"status"`
	Reason  Reason        `json:"reason"` // "": it can be dialed
	Class   Class         `json:"class"`
	Says    string        `json:"says"`           // a sentence
	Rule    string        `json:"rule,omitempty"` // of compliance, with Reason NUMBER
	Until   *time.Time    `json:"until,omitempty"`
	Checked []Reason      `json:"also_held_by,omitempty"` // what would hold it if the first did not
}

// Ask says why a lead is not dialed now. A lead that is not there, or of no list
// of the campaign's, is dialer.ErrNotFound.
func (r *Rules) Ask(ctx context.Context, v View, lead dialer.LeadID) (Answer, error) {
	found, err := v.Judge(ctx, r.Campaign, []dialer.LeadID{lead})
	if err != nil {
		return Answer{}, err
	}
	if len(found) == 0 || r.lists[found[0].List] == nil {
		return Answer{}, dialer.ErrNotFound
	}
	c := found[0]
	c.TooSoon = r.tooSoon(c.Group, c.LastCall)
	verdicts, err := r.verdicts(ctx, v, found[:1])
	if err != nil {
		return Answer{}, err
	}
	verdict := verdicts[0]
	c.NumberHeld = !verdict.Allowed
	a := Answer{Lead: lead, List: c.List, Status: c.Status, Reason: r.Why(c.Facts)}
	says, class := a.Reason.Says()
	a.Says, a.Class = "The lead "+says+".", class
	switch a.Reason {
	case NumberHeld, Hours:
		a.Rule, a.Says = verdict.Rule, verdict.Reason
		if !verdict.Until.IsZero() {
			a.Until = &verdict.Until
		}
	case Waiting:
		until := c.LastCall.Add(r.recycle[c.Status].Delay)
		a.Until = &until
	}
	for i := range reasons {
		if reasons[i].Reason != a.Reason && r.first(c.Facts, reasons[i].Reason) != Dialable {
			a.Checked = append(a.Checked, reasons[i].Reason)
		}
	}
	return a, nil
}
