package compliance

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"trunkline/dialer"
)

// inputs is what a verdict hung on and many calls share. Its field names are
// kept in the database: they are added to, not changed.
type inputs struct {
	Rules         string         `json:"rules"` // Version
	Places        []string       `json:"places"`
	Zones         []string       `json:"zones"`
	Reserved      string         `json:"reserved,omitempty"`
	From          string         `json:"from"`
	To            string         `json:"to"`
	CallTimes     string         `json:"call_times,omitempty"`
	CallerID      string         `json:"caller_id"`
	RingSeconds   float64        `json:"ring_s"`
	Debt          bool           `json:"debt,omitempty"`
	RecordedVoice bool           `json:"recorded_voice,omitempty"`
	LiveAgent     bool           `json:"live_agent,omitempty"`
	MaxAttempts   int            `json:"max_attempts,omitempty"`
	MaxPerDay     int            `json:"max_per_day,omitempty"`
	MaxPer24h     int            `json:"max_per_24h,omitempty"`
	MaxByState    map[string]int `json:"max_by_state,omitempty"`
	LockoutHours  float64        `json:"drop_lockout_h,omitempty"`
}

// GroundsOf is what is kept with a call that a verdict has allowed.
func GroundsOf(q Question, v Verdict) dialer.Grounds {
	p := current()
	c := p.class(q.E164, q.State, q.Zones)
	text, err := json.Marshal(inputs{
		Rules: p.version, Places: c.places, Zones: c.zones, Reserved: c.reserved, From: clock(q.From), To: clock(q.To), CallTimes: q.CallTimes,
		CallerID: q.CallerID, RingSeconds: q.Ring.Seconds(), Debt: q.Debt, RecordedVoice: q.RecordedVoice, LiveAgent: q.LiveAgent,
		MaxAttempts: q.Caps.Attempts, MaxPerDay: q.Caps.PerDay, MaxPer24h: q.Caps.Per24h, MaxByState: q.Caps.ByState, LockoutHours: q.Caps.Lockout.Hours(),
	})
	if err != nil { // of strings and numbers
		panic(err)
	}
	h := fnv.New64a()
	h.Write(text)
	g := dialer.Grounds{Verdict: h.Sum64(), Rule: v.Rule, Knew: q.knew(), Inputs: string(text), Notice: p.announce(q.E164, q.State, q.Now)}
	if !v.Until.IsZero() {
		g.Until = &v.Until
	}
	return g
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// knew is what was known of the number, in 120 letters at the most.
func (q Question) knew() string {
	h := q.History
	if h == nil {
		return ""
	}
	parts := []string{fmt.Sprintf("lead %d", q.Called), fmt.Sprintf("24h %d", h.Since(q.Now.Add(-24*time.Hour))), fmt.Sprintf("7d %d", h.Since(q.Now.AddDate(0, 0, -7)))}
	add := func(what string, t time.Time) {
		if !t.IsZero() {
			parts = append(parts, what+" "+t.UTC().Format("01-02T15:04Z"))
		}
	}
	for _, e := range []event{afterTalk, afterDrop, afterMachine} {
		if a, ok := h.latest(e.is); ok {
			add(string(e), a.end())
		}
	}
	consent := "consent"
	if h.Consent.Written {
		consent = "written consent"
	}
	add(consent, h.Consent.Given)
	text := strings.Join(parts, ", ")
	return text[:min(len(text), 120)]
}
