package hopper

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

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
	Asks     []Ask             `json:"asks,omitempty"`
}

// Count is how many leads a reason holds back, and where the reason is one of
// the calling rules', how many each rule does: they add up to the reason's.
type Count struct {
	Reason Reason      `json:"reason"`
	Says   string      `json:"says"` // completes "Each of them …"
	Class  Class       `json:"class"`
	Leads  int         `json:"leads"`
	Rules  []RuleCount `json:"rules,omitempty"` // the most leads first
}

// RuleCount is how many leads a calling rule holds back.
type RuleCount struct {
	RuleOn
	Leads int `json:"leads"`
}

// RuleOn is a calling rule, and the holiday on which it holds leads back; "": it
// would on any day.
type RuleOn struct {
	Rule    string `json:"rule"` // its id, as compliance has it
	Holiday string `json:"holiday,omitempty"`
}

// Ask is what a calling rule asks of the campaign and nothing on record sees to,
// such as a comparison with a do-not-call register. It holds no lead back:
// somebody may have seen to it elsewhere.
type Ask struct {
	Rule string `json:"rule"`
	Says string `json:"says"` // sentences, the way out among them
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

// Special is a lead of which there is more to know than its group tells.
type Special struct {
	Group
	ID          dialer.LeadID `db:"id"`
	LastCall    *time.Time    `db:"last_called_at"`
	InHopper    bool          `db:"in_hopper"`
	Promised    bool          `db:"promised"`
	DNC         bool          `db:"dnc"`
	CampaignDNC bool          `db:"campaign_dnc"`
	Filtered    bool          `db:"filtered"`
	Place       Place         `db:"place"`
}

// View is what a census reads, as of one moment. Tally, Special and Barred may be
// asked at the same time; what Tally tells may be some milliseconds apart from the
// others': a census adds up to what Tally counts all the same.
type View interface {
	// Tally counts the leads of the lists by their groups: where Rules.Undecided, those
	// apart that the filter leaves out, and of the others those whose delay is not
	// over (Rules.Apart) and, by their Place, those that may be where Rules.Narrowed
	// says. Of these, as Rules.Told has it, list and zone set tell alone.
	Tally(ctx context.Context, r *Rules) ([]Tally, error)
	// Special lists the leads of which there is more to know than Tally and Barred
	// tell, each once: in a hopper, promised a callback, or under a DNC's wildcard;
	// and of those on no DNC the ones with a number that was called in the days that
	// compliance looks back or whose consent was taken back, and those that
	// Rules.Unsure asks for.
	Special(ctx context.Context, r *Rules) ([]Special, error)
	// Barred counts the leads on a DNC that are not Special, by their groups, by what
	// Tally tells apart and by whose DNC it is.
	Barred(ctx context.Context, r *Rules) ([]Tally, error)
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
	var tallies, barred []Tally
	var special []Special
	var g errgroup.Group
	g.Go(func() (err error) {
		if tallies, err = v.Tally(ctx, r); err != nil {
			err = fmt.Errorf("counting leads by groups: %w", err)
		}
		return err
	})
	g.Go(func() (err error) {
		if special, err = v.Special(ctx, r); err != nil {
			err = fmt.Errorf("leads of which there is more to know: %w", err)
		}
		return err
	})
	g.Go(func() (err error) {
		if barred, err = v.Barred(ctx, r); err != nil {
			err = fmt.Errorf("counting leads on a do-not-call list: %w", err)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return c, err
	}
	left := make(map[Facts]int, len(tallies))
	for _, t := range tallies {
		left[r.Told(t.Facts)] += t.Leads
	}
	t := tallied{Rules: r, lists: map[dialer.ListID]*ListCensus{}, rules: map[Reason]map[RuleOn]int{}, shut: map[shutKey]RuleOn{}, sight: map[sightKey]compliance.Verdict{}}
	for _, b := range barred {
		n := r.take(left, b.Facts, b.Leads)
		t.count(b.Group, r.Why(b.Facts), RuleOn{}, n)
	}
	// Those that nothing else holds back are asked about one by one, for the sake of
	// their numbers.
	var ask []dialer.LeadID
	for _, l := range special {
		facts := Facts{Group: l.Group, InHopper: l.InHopper, Promised: l.Promised, DNC: l.DNC, CampaignDNC: l.CampaignDNC,
			Filtered: l.Filtered, TooSoon: r.tooSoon(l.Group, l.LastCall), Place: l.Place}
		if r.take(left, facts, 1) == 0 {
			continue
		}
		if reason := r.Why(facts); reason != Dialable {
			t.count(l.Group, reason, RuleOn{}, 1)
			continue
		}
		ask = append(ask, l.ID)
	}
	for batch := range slices.Chunk(ask, judgeBatch) {
		found, err := v.Judge(ctx, r.Campaign, batch)
		if err != nil {
			return c, fmt.Errorf("judging leads: %w", err)
		}
		var asked []Candidate
		for _, cand := range found {
			cand.TooSoon = r.tooSoon(cand.Group, cand.LastCall)
			if reason := r.Why(cand.Facts); reason != Dialable {
				t.count(cand.Group, reason, RuleOn{}, 1)
				continue
			}
			asked = append(asked, cand)
		}
		verdicts, err := r.verdicts(ctx, v, asked)
		if err != nil {
			return c, err
		}
		for i, cand := range asked {
			t.judged(cand.Group, verdicts[i], 1)
		}
	}
	for facts, n := range left {
		switch reason := r.Why(facts); {
		case n <= 0:
		case reason != Dialable:
			t.count(facts.Group, reason, RuleOn{}, n)
		default:
			t.judged(facts.Group, t.atSight(facts), n)
		}
	}
	for _, l := range r.Campaign.Lists {
		if lc := t.lists[l.ID]; lc != nil {
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
			c.Counts = append(c.Counts, Count{reason, says, class, n, t.rulesOf(reason)})
		}
	}
	return c, nil
}

// tallied is a census in the making.
type tallied struct {
	*Rules
	lists map[dialer.ListID]*ListCensus
	rules map[Reason]map[RuleOn]int
	shut  map[shutKey]RuleOn
	sight map[sightKey]compliance.Verdict
}

type shutKey struct {
	list dialer.ListID
	set  int
}

type sightKey struct {
	shutKey
	place Place
}

// count takes in leads of a group that a reason holds back, and the calling rule
// behind it; none: the one that the reason is, if it is one.
func (t *tallied) count(g Group, reason Reason, rule RuleOn, n int) {
	l := t.lists[g.List]
	if l == nil {
		l = &ListCensus{List: g.List, Held: map[Reason]int{}}
		if known := t.Rules.lists[g.List]; known != nil {
			l.Name = known.Name
		}
		t.lists[g.List] = l
	}
	l.Leads += n
	if reason == Dialable {
		l.Dialable += n
		return
	}
	l.Held[reason] += n
	if rule.Rule == "" {
		switch reason {
		case OnDNC:
			rule.Rule = compliance.RuleDNC
		case OnOwnDNC:
			rule.Rule = compliance.RuleCampaignDNC
		case LimitUsed:
			rule.Rule = compliance.RuleAttempts
		case Hours:
			rule = t.shutBy(g)
		default:
			return
		}
	}
	if t.rules[reason] == nil {
		t.rules[reason] = map[RuleOn]int{}
	}
	t.rules[reason][rule] += n
}

// judged takes in leads of a group by what compliance says of them.
func (t *tallied) judged(g Group, v compliance.Verdict, n int) {
	if v.Allowed {
		t.count(g, Dialable, RuleOn{}, n)
		return
	}
	t.count(g, byRule(v.Rule), RuleOn{v.Rule, v.Holiday}, n)
}

// shutBy is the rule of hours that closes the group's zone set.
func (t *tallied) shutBy(g Group) RuleOn {
	key := shutKey{g.List, g.ZoneSet}
	rule, ok := t.shut[key]
	if !ok {
		v := t.closedBy(g)
		rule = RuleOn{v.Rule, v.Holiday}
		t.shut[key] = rule
	}
	return rule
}

// atSight is the rules' answer of that name, which is the same for a list's leads of
// one zone set and place.
func (t *tallied) atSight(f Facts) compliance.Verdict {
	key := sightKey{shutKey{f.List, f.ZoneSet}, f.Place}
	v, ok := t.sight[key]
	if !ok {
		v = t.Rules.atSight(f.Group, f.Place)
		t.sight[key] = v
	}
	return v
}

func (t *tallied) rulesOf(reason Reason) []RuleCount {
	var all []RuleCount
	for rule, n := range t.rules[reason] {
		all = append(all, RuleCount{rule, n})
	}
	slices.SortFunc(all, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.Leads, a.Leads), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Holiday, b.Holiday))
	})
	return all
}

// closedBy is the verdict on the hours of a group's zone set.
func (r *Rules) closedBy(g Group) compliance.Verdict {
	return r.sets[g.ZoneSet].Hours(r.lists[g.List].Hours(r.Campaign.Campaign), r.now)
}

// atSight is what compliance says of a lead of the group and place that nobody has
// called and of whom nothing is on record, without a caller id of its own.
func (r *Rules) atSight(g Group, at Place) compliance.Verdict {
	if at == "" {
		return r.sets[g.ZoneSet].Check(r.question(g, ""))
	}
	area, state, _ := strings.Cut(string(at), "/")
	return r.sets[g.ZoneSet].CheckIn(area, state, r.question(g, ""))
}

// Unsure tells what of a lead may turn the verdict that its group has at sight:
// its callee's consent, in these zone sets, or the caller id in its security
// phrase.
func (r *Rules) Unsure() (consent []int, phrase bool) {
	for set := range r.sets {
		asked := false
		for _, l := range r.Campaign.Lists {
			v := r.atSight(Group{List: l.ID, ZoneSet: set}, "")
			rule, ok := compliance.RuleOf(v.Rule)
			if v.Allowed || !ok {
				continue
			}
			asked = asked || rule.Kind == compliance.KindConsent
			phrase = phrase || rule.Kind == compliance.KindCallerID && r.CustomCallerID
		}
		if asked {
			consent = append(consent, set)
		}
	}
	slices.Sort(consent)
	return consent, phrase
}

// Narrowed is where leads may be whose states' own hours are over by the call times
// of some list: their groups do not tell, their Place does.
func (r *Rules) Narrowed() (where compliance.Somewhere) {
	sets := slices.Collect(maps.Values(r.sets))
	done := map[string]bool{}
	for _, l := range r.Campaign.Lists {
		h := l.Hours(r.Campaign.Campaign)
		if done[h.CallTimes] {
			continue
		}
		done[h.CallTimes] = true
		more := compliance.Narrowed(sets, h, r.now)
		where.Areas = append(where.Areas, more.Areas...)
		where.States = append(where.States, more.States...)
	}
	return where
}

// take takes leads with some facts in common out of those that were counted by
// groups, and says how many of them there were: none of a list that is not the
// campaign's.
func (r *Rules) take(left map[Facts]int, f Facts, leads int) int {
	plain := r.Told(f)
	n := min(leads, left[plain])
	if n > 0 {
		left[plain] -= n
	}
	return n
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
	q := r.question(p.Group, p.Phrase)
	q.E164, q.Zones, q.State, q.DNC, q.CampaignDNC = p.Number, r.sets[p.Zone].Zones(), p.State, p.DNC, p.CampaignDNC
	q.Called, q.History = p.Calls, history
	return compliance.Check(q)
}

// question is what all leads of a group with the same security phrase have in
// common of what compliance is asked.
func (r *Rules) question(g Group, phrase string) compliance.Question {
	q := compliance.Question{Now: r.now}.In(r.Campaign.Campaign).Within(r.lists[g.List].Hours(r.Campaign.Campaign))
	q.CallerID = r.Shows(dialer.Lead{ListCallerID: r.lists[g.List].CallerID, SecurityPhrase: phrase})
	return q
}

// Answer is why one lead is not dialed now.
type Answer struct {
	Lead    dialer.LeadID `json:"lead"`
	List    dialer.ListID `json:"list"`
	Status  dialer.Status `json:"status"`
	Reason  Reason        `json:"reason"` // "": it can be dialed
	Class   Class         `json:"class"`
	Says    string        `json:"says"`           // a sentence
	Rule    string        `json:"rule,omitempty"` // of compliance, where one holds it back
	Until   *time.Time    `json:"until,omitempty"`
	Checked []Reason      `json:"also_held_by,omitempty"` // what would hold it if the first did not
}

// promiseSays is the sentence about a lead that is promised a call back.
var promiseSays = map[dialer.CallbackKind]string{
	dialer.CallbackAnyone:   "The lead is promised a call back, by whichever agent is free.",
	dialer.CallbackUserOnly: "The lead is promised a call back by one agent, who dials it.",
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
	verdict, byLaw := verdicts[0], Dialable
	if !verdict.Allowed {
		byLaw = byRule(verdict.Rule)
	}
	a := Answer{Lead: lead, List: c.List, Status: c.Status, Reason: cmp.Or(r.Why(c.Facts), byLaw)}
	says, class := a.Reason.Says()
	a.Says, a.Class = "The lead "+says+".", class
	if a.Reason == Hours { // of what else compliance finds it may speak first
		if shut := r.closedBy(c.Group); !shut.Allowed {
			verdict, byLaw = shut, Hours
		}
	}
	switch {
	case a.Reason == Waiting:
		until := c.LastCall.Add(r.recycle[c.Status].Delay)
		a.Until = &until
	case a.Reason == Promised:
		a.Says = promiseSays[c.Promise]
		if c.Due.After(r.now) {
			a.Until = c.Due
		}
	case a.Reason == byLaw && byLaw != Dialable:
		a.Rule, a.Says = verdict.Rule, verdict.Reason
		if !verdict.Until.IsZero() {
			a.Until = &verdict.Until
		}
	}
	for i := range reasons {
		reason := reasons[i].Reason
		if reason != a.Reason && (r.first(c.Facts, reason) != Dialable || reason == byLaw) {
			a.Checked = append(a.Checked, reason)
		}
	}
	return a, nil
}
