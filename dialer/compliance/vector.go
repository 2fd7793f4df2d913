package compliance

import (
	"fmt"
	"strings"
	"time"
)

// Vector is a case that shows what a rule does. Times are wall-clock times in
// Zone; what is not set is such that no other rule minds.
type Vector struct {
	Number        string   `json:"number"`
	State         string   `json:"state"`
	Zone          string   `json:"zone"`
	At            string   `json:"at"`       // "2026-11-23 07:59:59.999"
	Attempts      []string `json:"attempts"` // "-1h", "-26h drop": how long ago, and talk, drop or machine
	Ring          *int     `json:"ring"`     // seconds
	CallerID      string   `json:"caller_id"`
	NoCallerID    bool     `json:"no_caller_id"`
	Debt          bool     `json:"debt"`
	RecordedVoice bool     `json:"recorded_voice"`
	LiveAgent     bool     `json:"live_agent"`
	Consent       Level    `json:"consent"`

	Allowed bool   `json:"allowed"`
	Rule    string `json:"rule"`  // "": whichever
	Until   string `json:"until"` // "": whenever
}

const clockFormat = "2006-01-02 15:04:05.999"

// try tells whether a vector comes out as it says. A rule that is off is asked
// as if it were the only one of its kind that is not.
func (p *pack) try(r *Rule, v Vector) error {
	q, err := v.question()
	if err != nil {
		return err
	}
	got := p.check(q)
	switch {
	case got.Allowed != v.Allowed, v.Rule != "" && got.Rule != v.Rule:
		return fmt.Errorf("%s at %s is allowed %v by %s (%s)", v.Number, v.At, got.Allowed, got.Rule, got.Reason)
	case v.Until != "" && got.Until.In(location(v.Zone)).Format(clockFormat) != v.Until:
		return fmt.Errorf("%s at %s: until %s", v.Number, v.At, got.Until.In(location(v.Zone)).Format(clockFormat))
	}
	return nil
}

// question is what the vector asks.
func (v Vector) question() (Question, error) {
	zone := location(v.Zone)
	if zone == nil {
		return Question{}, fmt.Errorf("there is no zone %q", v.Zone)
	}
	now, err := time.ParseInLocation(clockFormat, v.At, zone)
	if err != nil {
		return Question{}, fmt.Errorf("at %q is not a time YYYY-MM-DD HH:MM:SS", v.At)
	}
	q := Question{
		E164: v.Number, State: v.State, To: 1440, Ring: 26 * time.Second, CallerID: v.CallerID, Debt: v.Debt, RecordedVoice: v.RecordedVoice,
		LiveAgent: v.LiveAgent, History: new(History), Now: now,
	}
	if q.CallerID == "" && !v.NoCallerID {
		q.CallerID = "15550001111"
	}
	if v.Ring != nil {
		q.Ring = time.Duration(*v.Ring) * time.Second
	}
	if v.Consent != "" {
		q.History.Consent = Consent{Given: now.Add(-time.Hour), Written: v.Consent == LevelWritten}
	}
	for _, text := range v.Attempts {
		ago, what, _ := strings.Cut(text, " ")
		d, err := time.ParseDuration(ago)
		if err != nil || d >= 0 {
			return Question{}, fmt.Errorf("attempt %q is not a time ago, such as -26h drop", text)
		}
		a := Attempt{At: now.Add(d), Ended: now.Add(d)}
		switch event(what) {
		case "":
		case afterTalk:
			a.Talked = true
		case afterDrop:
			a.Dropped = true
		case afterMachine:
			a.Machine = true
		default:
			return Question{}, fmt.Errorf("attempt %q: %q is not talk, drop or machine", text, what)
		}
		q.History.Attempts = append(q.History.Attempts, a)
	}
	return q, nil
}
