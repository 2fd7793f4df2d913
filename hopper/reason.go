package hopper

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Reason is why a lead is not put into the hopper now; Dialable is none.
type Reason string

// The reasons.
const (
	Dialable   Reason = ""
	InHopper   Reason = "IN-HOPPER"
	OnCall     Reason = "ON-CALL"
	ListOff    Reason = "LIST-OFF"
	ListEnded  Reason = "LIST-EXPIRED"
	NotMixed   Reason = "LIST-MIX"
	Promised   Reason = "CALLBACK"
	NotDialed  Reason = "STATUS"
	Called     Reason = "CALLED"
	TriesUsed  Reason = "RECYCLING-USED-UP"
	LimitUsed  Reason = "MAX-ATTEMPTS"
	OnDNC      Reason = "DNC"
	OnOwnDNC   Reason = "DNC-CAMPAIGN"
	Filtered   Reason = "FILTER"
	Hours      Reason = "HOURS"
	Waiting    Reason = "RECYCLING-DELAY"
	NumberHeld Reason = "NUMBER"     // what happened to the number lately: caps, a drop, a conversation, a call that is up
	Unmet      Reason = "RULE"       // what a calling rule asks of the campaign or of the callee's consent is not there
	Revoked    Reason = "REVOKED"    // consent was taken back
	BadNumber  Reason = "BAD-NUMBER" // it is none
)

// Class tells what ends a Reason.
type Class string

// The classes, as the page groups them.
const (
	ClassNow   Class = "now"   // can be called, or is
	ClassTime  Class = "time"  // comes by itself
	ClassYours Class = "yours" // waits for a decision of the operator
	ClassNever Class = "never"
)

// Facts are all that the selection knows of a lead. Those of a Group are known of
// many leads together.
type Facts struct {
	Group
	InHopper    bool
	OnCall      bool // a call to the lead is up, or its outcome is not written yet
	Promised    bool // a callback is agreed
	DNC         bool // the number is on the system's list, by itself or by a wildcard
	CampaignDNC bool
	Filtered    bool // the campaign's filter leaves it out
	TooSoon     bool // its status is recycled and the delay is not over
	Place       Place
	// Passed says of leads together that nothing before the filter holds them back: of
	// their group the list and the zone set tell any more, the rest is left empty.
	Passed bool
}

// Place is where a lead is that may lie in a state whose own hours are over
// (Rules.Narrowed): the area of its number and the state of its address. Of all
// others it is "".
type Place string

// PlaceOf is the place of a number's area, "+1216" ("": it has none that is known),
// and a state as it stands in the lead.
func PlaceOf(area, state string) Place { return Place(area + "/" + state) }

// Group is what leads_dialable tells of a lead: those of one group share it.
type Group struct {
	List    dialer.ListID `db:"list_id"`
	Round   int           `db:"called_since_reset"` // calls since the list's reset
	Status  dialer.Status `db:"status"`
	ZoneSet int           `db:"zone_set"`
	Calls   int           `db:"called_count"` // ever
}

// reasons is the one table of what holds a lead back, in the order in which it is
// asked: a lead is counted under the first that holds. The selection and the
// census both go by it. Those without a test are compliance's to find: it is
// asked of what nothing else holds back, and byRule says which reason it is.
var reasons = []struct {
	Reason Reason
	Class  Class
	Says   string // completes "The lead …"
	holds  func(*Rules, *Facts) bool
}{
	{OnCall, ClassNow, "is being called", func(_ *Rules, f *Facts) bool {
		return f.OnCall || f.Status == dialer.StatusQueue || f.Status == dialer.StatusInCall
	}},
	{InHopper, ClassNow, "is in the hopper", func(_ *Rules, f *Facts) bool { return f.InHopper }},
	{ListOff, ClassYours, "is on a list that is switched off", func(r *Rules, f *Facts) bool { l := r.lists[f.List]; return l == nil || !l.Active }},
	{ListEnded, ClassYours, "is on a list that has expired", func(r *Rules, f *Facts) bool {
		l := r.lists[f.List]
		return l.expired || l.ended[f.ZoneSet]
	}},
	{NotMixed, ClassYours, "is on a list that is no part of the list mix", func(r *Rules, f *Facts) bool { return len(r.lists[f.List].parts) == 0 }},
	{OnDNC, ClassNever, "is on the do-not-call list", func(_ *Rules, f *Facts) bool { return f.DNC }},
	{OnOwnDNC, ClassNever, "is on the campaign's do-not-call list", func(_ *Rules, f *Facts) bool { return f.CampaignDNC }},
	{Promised, ClassTime, "is promised a call back", func(_ *Rules, f *Facts) bool { return f.Promised }},
	{NotDialed, ClassYours, "has a status that is not dialed", func(r *Rules, f *Facts) bool {
		return !r.dialed(f.Group) && (f.Round == 0 || r.recycle[f.Status].Status == "")
	}},
	{Called, ClassYours, "was called since its list's reset", func(r *Rules, f *Facts) bool { return f.Round > 0 && r.recycle[f.Status].Status == "" }},
	{TriesUsed, ClassYours, "was recycled as often as the campaign allows", func(r *Rules, f *Facts) bool {
		rc := r.recycle[f.Status]
		return rc.Status != "" && f.Round > rc.MaxAttempts
	}},
	{LimitUsed, ClassYours, "was called as often as the campaign allows", func(r *Rules, f *Facts) bool { return r.limit > 0 && f.Calls >= r.limit }},
	{Filtered, ClassYours, "does not pass the campaign's filter", func(_ *Rules, f *Facts) bool { return f.Filtered }},
	{Hours, ClassTime, "is outside calling hours", func(r *Rules, f *Facts) bool { return !r.lists[f.List].open[f.ZoneSet] }},
	{Waiting, ClassTime, "was tried a short while ago", func(_ *Rules, f *Facts) bool { return f.TooSoon && (f.Round > 0 || f.Passed) }},
	{NumberHeld, ClassTime, "has a number that was called too often or too lately", nil},
	{Unmet, ClassYours, "is held back by a calling rule that the campaign or the consent on record does not meet", nil},
	{Revoked, ClassNever, "has a number whose owner took consent back", nil},
	{BadNumber, ClassNever, "has no number that can be dialed", nil},
}

// own are the rules that are no row of a rule pack, by the reason under which
// they hold a lead back.
var own = map[string]Reason{
	compliance.RuleNumber: BadNumber, compliance.RuleDNC: OnDNC, compliance.RuleCampaignDNC: OnOwnDNC, compliance.RuleRevoked: Revoked,
	compliance.RuleAttempts: LimitUsed, compliance.RuleZoneUnknown: Hours, compliance.RuleCampaignHours: Hours,
	compliance.RuleClock: NumberHeld, compliance.RuleHistory: NumberHeld, compliance.RuleCalledNow: NumberHeld,
	compliance.RulePer24h: NumberHeld, compliance.RulePerDay: NumberHeld, compliance.RuleLockout: NumberHeld,
}

// kinds are the same of the packs' rules, by their kind.
var kinds = map[compliance.Kind]Reason{
	compliance.KindHours: Hours, compliance.KindAttempts: NumberHeld, compliance.KindRest: NumberHeld,
	compliance.KindRing: Unmet, compliance.KindCallerID: Unmet, compliance.KindConsent: Unmet,
}

// byRule is the reason under which a rule of compliance holds a lead back.
func byRule(id string) Reason {
	if reason, ok := own[id]; ok {
		return reason
	}
	if rule, ok := compliance.RuleOf(id); ok {
		if reason, ok := kinds[rule.Kind]; ok {
			return reason
		}
	}
	return Unmet
}

// Why is the first reason that holds the lead back.
func (r *Rules) Why(f Facts) Reason {
	if f.Passed {
		return r.first(f, fromFilter...)
	}
	return r.first(f)
}

// first is the first of the given reasons that holds the lead back; of all, when
// none are given.
func (r *Rules) first(f Facts, of ...Reason) Reason {
	for i := range reasons {
		if (len(of) == 0 || slices.Contains(of, reasons[i].Reason)) && reasons[i].holds != nil && reasons[i].holds(r, &f) {
			return reasons[i].Reason
		}
	}
	return Dialable
}

// Reasons are all reasons in the order in which they are asked.
func Reasons() []Reason {
	all := make([]Reason, len(reasons))
	for i, r := range reasons {
		all[i] = r.Reason
	}
	return all
}

// Says is the reason as the end of a sentence about a lead, and its class.
func (r Reason) Says() (string, Class) {
	for _, row := range reasons {
		if row.Reason == r {
			return row.Says, row.Class
		}
	}
	return "can be called now", ClassNow
}

// Rules are what a campaign's selection goes by at one moment.
type Rules struct {
	Campaign
	now     time.Time
	sets    map[int]compliance.ZoneSet
	lists   map[dialer.ListID]*listRules
	recycle map[dialer.Status]Recycle
	parts   []part
	limit   int       // calls of a lead, ever; 0: none
	opens   time.Time // when the next of the closed zone sets opens; zero: none will
}

type listRules struct {
	List
	expired bool         // everywhere
	ended   map[int]bool // the zone sets in which its last day is over, while it is not everywhere
	parts   []int        // that dial it, by their place in Rules.parts
	open    map[int]bool // the zone sets that may be called now
}

// RulesAt takes a campaign's settings as they stand and the zone sets that are
// open at now.
func RulesAt(c Campaign, sets []ZoneSet, now time.Time) *Rules {
	r := &Rules{Campaign: c, now: now, sets: make(map[int]compliance.ZoneSet, len(sets)),
		lists: make(map[dialer.ListID]*listRules, len(c.Lists)), recycle: make(map[dialer.Status]Recycle, len(c.Recycles)), limit: c.MaxAttempts}
	known := make([]compliance.ZoneSet, len(sets))
	for i, s := range sets {
		r.sets[s.ID], known[i] = s.Set, s.Set
	}
	for _, rc := range c.Recycles {
		r.recycle[rc.Status] = rc
	}
	windows := map[compliance.Hours]map[int]bool{}
	for _, l := range c.Lists {
		hours := l.Hours(c.Campaign)
		open, ok := windows[hours]
		if !ok {
			in, next := compliance.Open(known, hours, now)
			isOpen := make(map[compliance.ZoneSet]bool, len(in))
			for _, z := range in {
				isOpen[z] = true
			}
			open = make(map[int]bool, len(in))
			for _, s := range sets {
				open[s.ID] = isOpen[s.Set]
			}
			windows[hours] = open
			if !next.IsZero() && (r.opens.IsZero() || next.Before(r.opens)) {
				r.opens = next
			}
		}
		lr := &listRules{List: l, open: open}
		lr.expired, lr.ended = r.ends(l)
		if len(lr.ended) > 0 {
			lr.open = maps.Clone(open)
			for set := range lr.ended {
				lr.open[set] = false
			}
		}
		r.lists[l.ID] = lr
	}
	r.parts = c.parts()
	for i, p := range r.parts {
		for _, id := range p.from {
			if l := r.lists[id]; l != nil {
				l.parts = append(l.parts, i)
			}
		}
	}
	return r
}

// part is one stream of leads that share the hopper by their percentages: a step
// of the list mix, or all there is.
type part struct {
	Step
	from []dialer.ListID
}

func (c Campaign) parts() []part {
	if c.MixMethod == string(MixNone) {
		p := part{Step: Step{Percent: 100, Order: c.Order, Statuses: statuses(c)}}
		for _, l := range c.Lists {
			p.from = append(p.from, l.ID)
		}
		return []part{p}
	}
	var all []part
	for _, s := range c.Mix {
		if len(s.Statuses) == 0 {
			s.Statuses = statuses(c)
		}
		all = append(all, part{Step: s, from: []dialer.ListID{s.List}})
	}
	return all
}

// usable are the part's lists that are dialed at all now.
func (r *Rules) usable(p part) []*listRules {
	var all []*listRules
	for _, id := range p.from {
		if l := r.lists[id]; l != nil && l.Active && !l.expired {
			all = append(all, l)
		}
	}
	return all
}

// dialed tells whether leads of the group's list and status are dialed, when it
// is their turn.
func (r *Rules) dialed(g Group) bool {
	return slices.ContainsFunc(r.lists[g.List].parts, func(i int) bool { return slices.Contains(r.parts[i].Statuses, g.Status) })
}

// ends tells whether a list's last day is over wherever on earth, or else for the
// callees of which zone sets: by their own clocks.
func (r *Rules) ends(l List) (everywhere bool, ended map[int]bool) {
	if l.ExpiresOn == nil {
		return false, nil
	}
	last := l.ExpiresOn.Format(time.DateOnly)
	over := func(ahead time.Duration) bool { return r.now.UTC().Add(ahead).Format(time.DateOnly) > last }
	switch {
	case over(-12 * time.Hour):
		return true, nil
	case !over(14 * time.Hour): // not even where each day begins first
		return false, nil
	}
	ended = map[int]bool{}
	for id, set := range r.sets {
		if set.Past(last, r.now) {
			ended[id] = true
		}
	}
	return false, ended
}

// Hours are the list's calling hours: its own can only narrow the campaign's.
func (l List) Hours(c dialer.Campaign) compliance.Hours {
	return compliance.Hours{From: c.CallFrom, To: c.CallTo, CallTimes: c.CallTimes}.Narrowed(l.CallFrom, l.CallTo, l.CallTime)
}

// tooSoon tells whether the delay of a recycled lead is not over yet.
func (r *Rules) tooSoon(g Group, last *time.Time) bool {
	rc, ok := r.recycle[g.Status]
	return ok && g.Round > 0 && last != nil && last.After(r.now.Add(-rc.Delay))
}

// offset is how many seconds the clocks of a zone set are ahead of UTC now; of
// several zones, the most.
func (r *Rules) offset(set int) int64 {
	most := -24 * 3600
	for _, name := range r.sets[set].Zones() {
		if zone, err := time.LoadLocation(name); err == nil {
			_, ahead := r.now.In(zone).Zone()
			most = max(most, ahead)
		}
	}
	return int64(most)
}

// Wanted are the lists and the statuses of which leads are dialed now, and the
// statuses that are recycled.
func (r *Rules) Wanted() (lists []dialer.ListID, dial, recycled []dialer.Status) {
	for _, p := range r.parts {
		for _, l := range r.usable(p) {
			lists = append(lists, l.ID)
		}
		dial = append(dial, p.Statuses...)
	}
	for _, rc := range r.Recycles {
		recycled = append(recycled, rc.Status)
	}
	return lists, dial, recycled
}

// Window is the zone sets that some lists may call now.
type Window struct {
	Lists []dialer.ListID
	Open  []int
}

// Windows are the open zone sets of all lists, those with the same hours
// together.
func (r *Rules) Windows() []Window {
	var all []Window
	at := map[string]int{}
	for _, l := range r.Campaign.Lists {
		var open []int
		for id, is := range r.lists[l.ID].open {
			if is {
				open = append(open, id)
			}
		}
		slices.Sort(open)
		key := fmt.Sprint(open)
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, Window{Open: open})
		}
		all[i].Lists = append(all[i].Lists, l.ID)
	}
	return all
}

// Now is the moment that the rules are of.
func (r *Rules) Now() time.Time { return r.now }

// Apart is leads of one status and some rounds, inclusive, of which some may
// still wait for their delay.
type Apart struct {
	Status   dialer.Status
	From, To int
	Since    time.Time // a last call after this is too recent
}

// Apart are those that recycling makes, of whatever list.
func (r *Rules) Apart() []Apart {
	var all []Apart
	for _, rc := range r.Recycles {
		all = append(all, Apart{Status: rc.Status, From: 1, To: rc.MaxAttempts, Since: r.now.Add(-rc.Delay)})
	}
	return all
}

// The reasons that are asked before the filter, and those from it on.
var beforeFilter, fromFilter = func() (before, from []Reason) {
	all := Reasons()
	i := slices.Index(all, Filtered)
	return all[:i], all[i:]
}()

// Undecided tells whether some of the group's leads may be dialed, or are held
// back by the filter or what is asked after it: nothing before that holds all of
// them back.
func (r *Rules) Undecided(g Group) bool { return r.first(Facts{Group: g}, beforeFilter...) == Dialable }

// Told are those of a lead's facts by which leads are counted together: all that
// decides what becomes of them.
func (r *Rules) Told(f Facts) Facts {
	switch {
	case f.Passed:
		return f
	case !r.Undecided(f.Group):
		return Facts{Group: f.Group}
	}
	plain := Facts{Group: Group{List: f.List, ZoneSet: f.ZoneSet}, Passed: true, Filtered: f.Filtered}
	if !f.Filtered {
		plain.TooSoon, plain.Place = f.TooSoon && f.Round > 0, f.Place
	}
	return plain
}
