package compliance

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the rules must not depend on what a host has installed
)

var locations sync.Map // zone name → *time.Location; nil for a name that is none

// location is the zone of that name, or nil.
func location(name string) *time.Location {
	if v, ok := locations.Load(name); ok {
		return v.(*time.Location)
	}
	// "" and "Local" would be the host's own ideas of a zone.
	var loc *time.Location
	if strings.Contains(name, "/") {
		if l, err := time.LoadLocation(name); err == nil {
			loc = l
		}
	}
	if loc != nil { // what is no zone comes from outside: not kept, or the map could grow without end
		locations.Store(name, loc)
	}
	return loc
}

// limit is one rule in one zone.
type limit struct {
	rule *Rule
	zone *time.Location
}

// at tells whether the rule lets calls through at t and, if so, until when.
func (l limit) at(t time.Time) (open bool, end time.Time) {
	local := t.In(l.zone)
	if !l.rule.inForce(local) {
		return true, time.Time{}
	}
	w := l.window(local)
	if w == nil {
		return false, time.Time{}
	}
	// On this side of a change of the clocks the window's end is as far away as
	// the wall clock says; beyond it the window is looked for anew: clocks that
	// are set back may fall out of it.
	h, m, s := local.Clock()
	end = t.Add(time.Duration(w.to-h*60-m)*time.Minute - time.Duration(s)*time.Second - time.Duration(local.Nanosecond()))
	_, change := local.ZoneBounds()
	if change.IsZero() || change.After(end) {
		return true, end
	}
	if still, later := l.at(change); still && !later.IsZero() {
		return true, later
	}
	return true, change
}

// window is the one that holds at a local time; nil: none.
func (l limit) window(local time.Time) *Window {
	if l.rule.holidays.on(local) != "" {
		return nil
	}
	h, m, _ := local.Clock()
	now := h*60 + m
	windows := l.rule.windowsOn(local)
	for i := range windows {
		w := &windows[i]
		if w.days[local.Weekday()] && w.from <= now && now < w.to {
			return w
		}
	}
	return nil
}

// windowsOn are the windows that count on a day: those of the date, where there
// are some of its own.
func (r *Rule) windowsOn(local time.Time) []Window {
	if d, ok := r.dates[dayOf(local)]; ok {
		return d.windows
	}
	return r.Windows
}

// opens lists the moments after t at which the rule may begin to let calls
// through, on the day that lies so many days after t where the callee is: the
// starts of its windows, twice where the clocks are set back over one, the
// changes of the clocks, and the days on which the rule comes into force or ends.
func (l limit) opens(t time.Time, days int) []time.Time {
	var starts []time.Time
	add := func(start time.Time) {
		if start.After(t) {
			starts = append(starts, start)
		}
	}
	y, m, d := t.In(l.zone).Date()
	begins := startOfDay(y, m, d+days, l.zone)
	y, m, d = begins.Date()
	add(begins)
	var offsets []int
	for _, near := range []time.Time{begins.Add(-time.Second), begins.Add(13 * time.Hour), begins.Add(26 * time.Hour)} {
		if _, offset := near.Zone(); !slices.Contains(offsets, offset) {
			offsets = append(offsets, offset)
		}
		if _, change := near.ZoneBounds(); !change.IsZero() && dayOf(change) == dayOf(begins) {
			add(change)
		}
	}
	for _, w := range l.rule.windowsOn(begins) {
		wall := time.Date(y, m, d, 0, w.from, 0, 0, time.UTC)
		for _, offset := range offsets {
			add(wall.Add(-time.Duration(offset) * time.Second).In(l.zone))
		}
	}
	return starts
}

// horizon is how many days ahead the next open moment is looked for: windows
// repeat weekly, a window that is open on one weekday only may meet another
// zone's just a week later, and holidays may take that week.
const horizon = 15

// next is the first moment after t at which every limit lets calls through, or
// zero when there is none within the horizon.
func next(limits []limit, t time.Time) time.Time {
	for days := range horizon {
		var starts []time.Time
		for _, l := range limits {
			starts = append(starts, l.opens(t, days)...)
		}
		slices.SortFunc(starts, time.Time.Compare)
		for _, start := range starts {
			if _, shut := closed(limits, start); !shut {
				return start
			}
		}
	}
	return time.Time{}
}

func closed(limits []limit, t time.Time) (limit, bool) {
	for _, l := range limits {
		if open, _ := l.at(t); !open {
			return l, true
		}
	}
	return limit{}, false
}

// locations are the zones in which the class is judged. ok is false when they are
// unknown and the country has no intersection either; then the zone to name is
// in bad ("" for none known).
func (p *pack) locations(c class) (locs []*time.Location, bad string, ok bool) {
	zones := c.zones
	if len(zones) == 0 {
		for _, place := range c.places {
			zones = append(zones, p.unknown[place]...)
		}
	}
	for _, z := range zones {
		loc := location(z)
		if loc == nil {
			return nil, z, false
		}
		locs = append(locs, loc)
	}
	return locs, "", len(locs) > 0
}

// Hours are when a campaign calls, by its own setting; the law's hours hold
// besides.
type Hours struct {
	From, To  int    // minutes of the callee's local day; To is exclusive, 1440 is midnight
	CallTimes string // call times that narrow that; "": none. See callTime
}

// Narrowed are the hours that are left by a list's own: from and to where they are
// not nil, and call times besides.
func (h Hours) Narrowed(from, to *int, callTimes string) Hours {
	if from != nil {
		h.From = max(h.From, *from)
	}
	if to != nil {
		h.To = min(h.To, *to)
	}
	h.CallTimes = JoinCallTimes(h.CallTimes, callTimes)
	return h
}

// limits are the hours that hold for the class, the law's first, in each of its
// zones; bad and ok as of locations.
func (p *pack) limits(c class, h Hours) (limits []limit, bad string, ok bool) {
	zones, bad, ok := p.locations(c)
	if !ok {
		return nil, bad, false
	}
	rules := append([]*Rule{campaignRule(h.From, h.To)}, rulesFor(h.CallTimes, c.places)...)
	if c.reserved == "" {
		rules = append(p.hoursOf(c.places), rules...)
	}
	for _, r := range rules {
		for _, z := range zones {
			limits = append(limits, limit{r, z})
		}
	}
	return limits, "", true
}

// openFrom is the first moment from t on at which all hours allow a call, zero
// when there is none.
func (p *pack) openFrom(c class, h Hours, t time.Time) time.Time {
	limits, _, _ := p.limits(c, h)
	if _, shut := closed(limits, t); shut {
		return next(limits, t).UTC()
	}
	return t.UTC()
}

// campaignRule is the campaign's calling hours as a rule: an empty or impossible
// window lets nothing through.
func campaignRule(from, to int) *Rule {
	r := &Rule{ID: RuleCampaignHours, to: 99991231}
	if 0 <= from && from < to && to <= 1440 {
		r.Windows = []Window{{days: [7]bool{true, true, true, true, true, true, true}, from: from, to: to}}
	}
	return r
}

func (p *pack) checkHours(c class, h Hours, now time.Time) Verdict {
	limits, bad, ok := p.limits(c, h)
	switch {
	case !ok && bad != "":
		return Verdict{Rule: RuleZoneUnknown, Reason: fmt.Sprintf("%q is not a time zone.", bad)}
	case !ok:
		return Verdict{Rule: RuleZoneUnknown, Reason: "The time zone of the number is not known."}
	}
	if l, shut := closed(limits, now); shut {
		return Verdict{Rule: l.rule.ID, Reason: l.refusal(now), Until: next(limits, now).UTC(), Holiday: l.holiday(now)}
	}
	v := Verdict{Allowed: true, Rule: c.reserved}
	for _, l := range limits {
		if _, end := l.at(now); !end.IsZero() && (v.Until.IsZero() || end.Before(v.Until)) {
			v.Until = end.UTC()
			if c.reserved == "" {
				v.Rule = l.rule.ID
			}
			v.Reason = fmt.Sprintf("Allowed until %s in %s (%s).", end.Format("15:04"), l.zone, l.rule.ID)
		}
	}
	return v
}

// holiday is the name of the day whose hours hold in place of its weekday's; "":
// it is a day as any other.
func (l limit) holiday(t time.Time) string {
	local := t.In(l.zone)
	if name := l.rule.holidays.on(local); name != "" {
		return name
	}
	return l.rule.dates[dayOf(local)].name
}

// refusal is the sentence for the operator.
func (l limit) refusal(now time.Time) string {
	subject, _, rest := l.shut(now)
	return fmt.Sprintf("It is %s in %s; %s.", subject, l.zone, rest)
}

// shut says why the limit lets no calls through at t: what it is there, a holiday,
// a day or (clock) an hour, and which calls there are instead.
func (l limit) shut(t time.Time) (subject string, clock bool, rest string) {
	local := t.In(l.zone)
	if holiday := l.rule.holidays.on(local); holiday != "" {
		return holiday, false, fmt.Sprintf("rule %s allows no calls on it", l.rule.ID)
	}
	d, dated := l.rule.dates[dayOf(local)]
	if dated && len(d.windows) == 0 {
		name := d.name
		if name == "" {
			name = local.Format("2 January")
		}
		return name, false, "the campaign does not call on it"
	}
	var windows []string
	for _, w := range l.rule.windowsOn(local) {
		if w.days[local.Weekday()] {
			windows = append(windows, fmt.Sprintf("from %02d:%02d to %02d:%02d", w.from/60, w.from%60, w.to/60, w.to%60))
		}
	}
	who, none := "rule "+l.rule.ID+" allows calls ", "rule "+l.rule.ID+" allows no calls "
	if l.rule.ID == RuleCampaignHours {
		who, none = "the campaign calls ", "the campaign does not call "
	}
	switch {
	case len(windows) > 0:
		return local.Format("15:04"), true, who + strings.Join(windows, " and ")
	case len(l.rule.Windows) == 0:
		return local.Format("15:04"), true, who + "at no time"
	}
	return local.Format("Monday"), false, none + "on this day"
}
