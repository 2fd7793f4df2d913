package compliance

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Status tells whether a rule of the pack is applied, and how sure we are of it.
type Status string

// The statuses of a rule.
const (
	StatusOn     Status = "on"     // applied, checked against its source
	StatusStrict Status = "strict" // applied unverified, because it only narrows what is allowed
	StatusOff    Status = "off"    // not applied
)

// Kind is the arithmetic of a rule: code holds it, the pack holds its numbers.
type Kind string

// The kinds of rule. Check asks all of them but the last three.
const (
	KindHours     Kind = "hours"     // calls only within Windows, and not on Holidays
	KindAttempts  Kind = "attempts"  // at most Max calls to a number in Hours, or in Days of the callee
	KindRest      Kind = "rest"      // no call for Hours, or Days of the callee, after After
	KindRing      Kind = "ring"      // an unanswered call rings for Seconds at least
	KindCallerID  Kind = "caller_id" // a caller id is sent, of Series if any are named
	KindConsent   Kind = "consent"   // the callee has consented, as Level says
	KindRecording Kind = "recording" // who is recorded is told so: Announce asks it
	KindScrub     Kind = "scrub"     // lists are compared with Register every so many Days: ScrubFindings asks it
	KindElsewhere Kind = "elsewhere" // kept by KeptBy: listed, so that nobody thinks it forgotten
)

// judges tells whether Check asks rules of the kind.
func (k Kind) judges() bool { return k != KindElsewhere && k != KindRecording && k != KindScrub }

// Rule is one row of a rule pack. Which of the fields from Windows on it has is
// its kind's affair; one that belongs to another kind is refused, since nobody
// would honour it.
type Rule struct {
	ID            string `json:"id"`
	Jurisdiction  string `json:"jurisdiction"` // ISO 3166: "US", "US-FL"; "*": everywhere, of hours: countries without a rule of their own
	Kind          Kind   `json:"kind"`
	Status        Status `json:"status"`
	Says          string `json:"says"` // the rule in an operator's words, to follow "The law allows" or stand alone
	Citation      string `json:"citation"`
	Note          string `json:"note"`
	EffectiveFrom string `json:"effective_from"` // first day in force, YYYY-MM-DD where the callee is; "": before this pack
	EffectiveTo   string `json:"effective_to"`   // last day in force; "": no end
	For           For    `json:"for"`
	Unless        Unless `json:"unless"`

	Windows  []Window `json:"windows"`  // hours; none: never
	Holidays string   `json:"holidays"` // hours: a table of holidays, on which there are none
	Max      int      `json:"max"`      // attempts
	Hours    int      `json:"hours"`    // attempts, rest
	Days     int      `json:"days"`     // attempts, rest: the first day counted; scrub
	After    event    `json:"after"`    // rest
	Seconds  int      `json:"seconds"`  // ring
	Series   []string `json:"series"`   // caller_id: leading digits of the national number
	Level    Level    `json:"level"`    // consent
	Register string   `json:"register"` // scrub: what the register is called
	KeptBy   string   `json:"kept_by"`  // elsewhere, recording, scrub

	Vectors []Vector `json:"vectors"` // that the rule does what it says

	Pack     string `json:"-"`
	from, to int    // effective days as yyyymmdd, inclusive
	holidays *Holidays
	dates    map[int]date // of call times: what holds on a day, by yyyymmdd, in place of its weekday
}

// For is which campaigns a rule is about.
type For string

// Whom a rule is about; "" is everybody.
const (
	ForDebt          For = "debt"           // campaigns that collect debts
	ForRecordedVoice For = "recorded_voice" // campaigns that play a recorded or artificial voice to whoever answers
)

// Unless is what frees a call from a rule.
type Unless string

// UnlessLiveAgent frees calls that an agent dials by hand, and hears ring.
const UnlessLiveAgent Unless = "live_agent"

// Level is what a consent has to be.
type Level string

// The levels of consent.
const (
	LevelExpress Level = "express"
	LevelWritten Level = "written"
)

// Window is a time of the callee's day in which calls are allowed.
type Window struct {
	Days []string `json:"days"` // "Mon" to "Sun"; none: every day
	From string   `json:"from"` // HH:MM
	To   string   `json:"to"`   // HH:MM, exclusive; "24:00" is midnight

	days     [7]bool
	from, to int // minutes of the day
}

// params are the fields that a kind needs, and those it may have besides.
var params = map[Kind]struct{ needs, may []string }{
	KindHours:     {[]string{"windows"}, []string{"holidays"}},
	KindAttempts:  {[]string{"max"}, []string{"hours", "days"}},
	KindRest:      {[]string{"after"}, []string{"hours", "days"}},
	KindRing:      {[]string{"seconds"}, nil},
	KindCallerID:  {nil, []string{"series"}},
	KindConsent:   {[]string{"level"}, nil},
	KindRecording: {nil, []string{"kept_by"}},
	KindScrub:     {[]string{"register", "days"}, []string{"kept_by"}},
	KindElsewhere: {[]string{"kept_by"}, nil},
}

// has tells which of a rule's own fields are set.
func (r *Rule) has() map[string]bool {
	return map[string]bool{
		"windows": len(r.Windows) > 0, "holidays": r.Holidays != "", "max": r.Max != 0, "hours": r.Hours != 0, "days": r.Days != 0,
		"after": r.After != "", "seconds": r.Seconds != 0, "series": len(r.Series) > 0, "level": r.Level != "",
		"kept_by": r.KeptBy != "", "register": r.Register != "",
	}
}

func (r *Rule) parse(tables map[string]*Holidays) (err error) {
	own, ok := params[r.Kind]
	switch {
	case r.ID == "" || len(r.ID) > 16:
		return fmt.Errorf("needs an id of 1 to 16 letters")
	case r.Jurisdiction == "" || r.Citation == "" || r.Says == "":
		return fmt.Errorf("needs jurisdiction, citation and says")
	case !ok:
		return fmt.Errorf("%q is no kind of rule", r.Kind)
	case !slices.Contains([]Status{StatusOn, StatusStrict, StatusOff}, r.Status):
		return fmt.Errorf("status %q is not on, strict or off", r.Status)
	case !slices.Contains([]For{"", ForDebt, ForRecordedVoice}, r.For):
		return fmt.Errorf("for %q is not debt or recorded_voice", r.For)
	case !slices.Contains([]Unless{"", UnlessLiveAgent}, r.Unless):
		return fmt.Errorf("unless %q is not live_agent", r.Unless)
	case r.Status == StatusOff && r.Note == "" && r.KeptBy == "":
		return fmt.Errorf("is off and does not say why (note)")
	}
	for field, set := range r.has() {
		switch {
		case set && !slices.Contains(own.needs, field) && !slices.Contains(own.may, field):
			return fmt.Errorf("%s is nothing that a rule of kind %s has", field, r.Kind)
		case !set && slices.Contains(own.needs, field):
			return fmt.Errorf("a rule of kind %s needs %s", r.Kind, field)
		}
	}
	if r.from, err = day(r.EffectiveFrom, 0); err != nil {
		return err
	}
	if r.to, err = day(r.EffectiveTo, 99991231); err != nil {
		return err
	}
	if r.from > r.to {
		return fmt.Errorf("ends on %s, before it begins on %s", r.EffectiveTo, r.EffectiveFrom)
	}
	switch r.Kind {
	case KindHours:
		if r.Holidays != "" {
			if r.holidays, ok = tables[r.Holidays]; !ok {
				return fmt.Errorf("there is no table of holidays %q", r.Holidays)
			}
		}
		return r.parseWindows()
	case KindScrub:
		if r.Days < 1 || r.Days > 366 || len(r.Register) > 20 {
			return fmt.Errorf("needs 1 to 366 days and a register of up to 20 letters")
		}
	case KindAttempts, KindRest:
		if (r.Hours > 0) == (r.Days > 0) || r.Hours < 0 || r.Days < 0 {
			return fmt.Errorf("needs hours or days, one of them")
		}
		if r.Hours > HistoryDays*24-24 || r.Days > HistoryDays-1 {
			return fmt.Errorf("looks back further than %d days, which is as far as calls are read", HistoryDays-1)
		}
		if r.Max < 0 || r.Max > HistoryMost {
			return fmt.Errorf("max %d is not 1 to %d", r.Max, HistoryMost)
		}
		if r.Kind == KindRest && !slices.Contains([]event{afterTalk, afterDrop, afterMachine}, r.After) {
			return fmt.Errorf("after %q is not talk, drop or machine", r.After)
		}
	case KindConsent:
		if r.Level != LevelExpress && r.Level != LevelWritten {
			return fmt.Errorf("level %q is not express or written", r.Level)
		}
	case KindRing:
		if r.Seconds < 1 || r.Seconds > 60 {
			return fmt.Errorf("seconds %d is not 1 to 60", r.Seconds)
		}
	}
	return nil
}

func (r *Rule) parseWindows() error {
	for i := range r.Windows {
		w := &r.Windows[i]
		if err := w.parse(); err != nil {
			return err
		}
		for _, other := range r.Windows[:i] {
			for d := range w.days {
				if w.days[d] && other.days[d] && w.from < other.to && other.from < w.to {
					return fmt.Errorf("windows %s-%s and %s-%s overlap on %s", other.From, other.To, w.From, w.To, dayNames[d])
				}
			}
		}
	}
	return nil
}

func day(s string, missing int) (int, error) {
	if s == "" {
		return missing, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day YYYY-MM-DD", s)
	}
	return dayOf(t), nil
}

func dayOf(t time.Time) int {
	y, m, d := t.Date()
	return y*10000 + int(m)*100 + d
}

var dayNames = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} // in the order of time.Weekday

func (w *Window) parse() (err error) {
	for i := range w.days {
		w.days[i] = len(w.Days) == 0
	}
	for _, d := range w.Days {
		i := slices.Index(dayNames, d)
		if i < 0 {
			return fmt.Errorf("%q is not a day Mon to Sun", d)
		}
		w.days[i] = true
	}
	if w.from, err = minute(w.From); err != nil {
		return err
	}
	if w.to, err = minute(w.To); err != nil {
		return err
	}
	if w.from >= w.to {
		return fmt.Errorf("window %s to %s is empty", w.From, w.To)
	}
	return nil
}

func minute(s string) (int, error) {
	if s == "24:00" {
		return 1440, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("%q is not a time HH:MM", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// inForce tells whether the rule holds on the day that it is in a zone.
func (r *Rule) inForce(local time.Time) bool {
	today := dayOf(local)
	return r.from <= today && today <= r.to
}

// about tells whether the rule is about the call that is asked for.
func (r *Rule) about(q Question) bool {
	switch r.For {
	case ForDebt:
		if !q.Debt {
			return false
		}
	case ForRecordedVoice:
		if !q.RecordedVoice {
			return false
		}
	}
	return r.Unless != UnlessLiveAgent || !q.LiveAgent
}

// meets tells whether a caller id is one that the rule takes.
func (r *Rule) meets(callerID, country string) bool {
	if callerID == "" || len(r.Series) == 0 {
		return callerID != ""
	}
	national := strings.TrimPrefix(callerID, "+")
	for _, code := range []string{callingCodes[country], "0", ""} {
		if code == "" && country != "" && callingCodes[country] == "" {
			continue
		}
		rest, ok := strings.CutPrefix(national, code)
		if ok && slices.ContainsFunc(r.Series, func(s string) bool { return strings.HasPrefix(rest, s) }) {
			return true
		}
	}
	return false
}

// callingCodes are those of the countries whose rules name series of numbers.
var callingCodes = map[string]string{"IN": "91"}
