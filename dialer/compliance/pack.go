package compliance

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed rules.json
var rulesJSON []byte

// shipped is the rule pack of this binary. A broken pack is a programming error
// and stops the process at start.
var shipped = func() *pack {
	p, err := parsePack(rulesJSON)
	if err != nil {
		panic("compliance: " + err.Error())
	}
	return p
}()

// Status tells whether a rule of the pack is applied, and how sure we are of it.
type Status string

// The statuses of a rule.
const (
	StatusOn     Status = "on"     // applied, checked against its source
	StatusStrict Status = "strict" // applied unverified, because it only narrows what is allowed
	StatusOff    Status = "off"    // not applied
)

// Rule is one row of the rule pack: the hours in which a jurisdiction lets
// itself be called.
type Rule struct {
	ID            string   `json:"id"`
	Jurisdiction  string   `json:"jurisdiction"` // ISO 3166: "US", "US-FL"; "*": countries without a rule of their own
	Status        Status   `json:"status"`
	Citation      string   `json:"citation"`
	Note          string   `json:"note"`
	EffectiveFrom string   `json:"effective_from"` // first day in force, YYYY-MM-DD where the callee is; "": before this pack
	EffectiveTo   string   `json:"effective_to"`   // last day in force; "": no end
	Windows       []Window `json:"windows"`        // none: never

	from, to int // effective days as yyyymmdd, inclusive
}

// Window is a time of the callee's day in which calls are allowed.
type Window struct {
	Days []string `json:"days"` // "Mon" to "Sun"; none: every day
	From string   `json:"from"` // HH:MM
	To   string   `json:"to"`   // HH:MM, exclusive; "24:00" is midnight

	days     [7]bool
	from, to int // minutes of the day
}

// reserved is a range of numbers that ring nobody, so that no law of calling
// hours is about them.
type reserved struct {
	ID          string `json:"id"`
	Citation    string `json:"citation"`
	CountryCode string `json:"country_code"`
	Exchange    string `json:"exchange"`
	LineFrom    int    `json:"line_from"`
	LineTo      int    `json:"line_to"`
}

type pack struct {
	Version      string              `json:"version"`
	Rules        []Rule              `json:"rules"`
	Reserved     []reserved          `json:"reserved"`
	UnknownZones map[string][]string `json:"unknown_zones"`

	byPlace map[string][]*Rule // applied rules
}

// Version is the rule pack's, to be kept with what it decided.
func Version() string { return shipped.Version }

// Rules lists the rows of the rule pack, those that are switched off too.
func Rules() []Rule { return slices.Clone(shipped.Rules) }

func parsePack(text []byte) (*pack, error) {
	p := &pack{byPlace: map[string][]*Rule{}}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // a field nobody honours would be a law nobody keeps
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("rule pack: %w", err)
	}
	seen := map[string]bool{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if err := r.parse(); err != nil {
			return nil, fmt.Errorf("rule pack %s: rule %q: %w", p.Version, r.ID, err)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("rule pack %s: rule %q stands twice", p.Version, r.ID)
		}
		seen[r.ID] = true
		if r.Status != StatusOff {
			p.byPlace[r.Jurisdiction] = append(p.byPlace[r.Jurisdiction], r)
		}
	}
	if p.Version == "" || len(p.byPlace["*"]) == 0 {
		return nil, fmt.Errorf("rule pack: needs a version and a rule for countries without one (*)")
	}
	for place, zones := range p.UnknownZones {
		for _, z := range zones {
			if location(z) == nil {
				return nil, fmt.Errorf("rule pack %s: unknown_zones of %s: no zone %q", p.Version, place, z)
			}
		}
	}
	return p, nil
}

func (r *Rule) parse() (err error) {
	switch {
	case r.ID == "" || r.Jurisdiction == "" || r.Citation == "":
		return fmt.Errorf("needs id, jurisdiction and citation")
	case !slices.Contains([]Status{StatusOn, StatusStrict, StatusOff}, r.Status):
		return fmt.Errorf("status %q is not on, strict or off", r.Status)
	}
	if r.from, err = day(r.EffectiveFrom, 0); err != nil {
		return err
	}
	if r.to, err = day(r.EffectiveTo, 99991231); err != nil {
		return err
	}
	for i := range r.Windows {
		if err := r.Windows[i].parse(); err != nil {
			return err
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

// rules are those in the pack for the jurisdictions: a country without a row of
// its own gets the default row.
func (p *pack) rules(places []string) []*Rule {
	var all []*Rule
	country := false
	for _, place := range places {
		rules := p.byPlace[place]
		if !strings.Contains(place, "-") {
			country = true
			if len(rules) == 0 {
				rules = p.byPlace["*"]
			}
		}
		for _, r := range rules {
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	if !country {
		all = append(all, p.byPlace["*"]...)
	}
	return all
}
