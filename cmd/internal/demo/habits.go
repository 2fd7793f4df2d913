package demo

import (
	"math"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"trunkline/dialer"
)

// habits are what a simulated agent decides by itself. Two with the same seed
// and the same calls do the same.
type habits struct {
	rng   *rand.Rand
	brisk float64 // conversations are so many times shorter than usual
}

// talk is how long a conversation lasts: most about 8 s, a few much longer. A
// machine is hung up as soon as it is heard to be one.
func (h habits) talk(behaviour string) time.Duration {
	switch behaviour {
	case "machine", "announcement", "fax", "tone", "tone500", "tone1000", "tone2000":
		return 2 * time.Second
	case "silence", "mute", "quiet":
		return 3 * time.Second
	}
	s := 8 / h.brisk * math.Exp(0.5*h.rng.NormFloat64())
	return time.Duration(math.Min(math.Max(s, 1.5), 60) * float64(time.Second))
}

// outcome is the disposition of a call.
func (h habits) outcome(behaviour string) (status dialer.Status, note string) {
	switch behaviour {
	case "machine", "announcement":
		return dialer.StatusMachine, ""
	case "fax", "tone", "tone500", "tone1000", "tone2000":
		return dialer.StatusDisconnected, "no voice line"
	case "silence", "mute", "quiet":
		return "N", ""
	}
	switch p := h.rng.Float64(); {
	case p < 0.55:
		return "NI", ""
	case p < 0.75:
		return "CALLBK", "Asked to be called in the evening"
	case p < 0.87:
		return "SALE", "Takes the review, send the papers"
	case p < 0.97:
		return "DEC", ""
	}
	return dialer.StatusDNC, "Asked not to be called again"
}

// writing is how long the outcome takes to note down.
func (h habits) writing() time.Duration {
	return time.Duration((0.4 + 1.2*h.rng.Float64()) * float64(time.Second))
}

// hold is whether, after how long and for how long a customer is put on hold.
func (h habits) hold(talk time.Duration) (after, long time.Duration, ok bool) {
	if talk < 6*time.Second || h.rng.Float64() > 0.12 {
		return 0, 0, false
	}
	return talk / 3, time.Duration((1 + h.rng.Float64()) * float64(time.Second)), true
}

// rest is whether a pause follows this call, its code and its length.
func (h habits) rest() (code string, long time.Duration, ok bool) {
	if h.rng.Float64() > 0.04 {
		return "", 0, false
	}
	code = []string{"BREAK", "ADMIN", "TRAIN"}[h.rng.IntN(3)]
	return code, time.Duration((4 + 8*h.rng.Float64()) * float64(time.Second)), true
}

// click is one thing to do at the screen.
type click struct {
	what string
	form url.Values
}

// agent is a shift as the hands know it. It is fed with snapshots and asked what
// is to be done now.
type agent struct {
	habits
	ears    func(number string) string // the carrier's behaviour behind a number
	leaving bool                       // no more calls: log out as soon as there is none
	over    <-chan struct{}            // conversations go on until it is closed; nil: each has its length

	snap      Snapshot
	asked     time.Time // when the phone was last asked for
	call      string    // the call that the plan below is for
	behaviour string
	until     time.Time // hang up then
	holdAt    time.Time // zero: never, or done
	resumeAt  time.Time
	hungUp    bool
	wrapped   string // the call whose outcome is being written
	writeEnd  time.Time
	pauseEnd  time.Time
	retry     time.Time // a click that failed is not repeated before
}

// next is what to do now, if anything.
func (a *agent) next(now time.Time) (click, bool) {
	if now.Before(a.retry) {
		return click{}, false
	}
	switch a.snap.State {
	case dialer.AgentConnecting:
		if a.leaving {
			return click{what: "logout"}, true
		}
		if !a.snap.Phone.Connected && now.Sub(a.asked) > 5*time.Second {
			a.asked = now
			return click{what: "connect"}, true
		}
	case dialer.AgentPaused, dialer.AgentReady:
		return a.idle(now)
	case dialer.AgentInCall:
		return a.talking(now)
	case dialer.AgentWrapUp:
		return a.writingUp(now)
	}
	return click{}, false
}

func (a *agent) idle(now time.Time) (click, bool) {
	switch {
	case a.leaving:
		return click{what: "logout"}, true
	case !a.snap.Phone.Connected && now.Sub(a.asked) > 5*time.Second:
		a.asked = now
		return click{what: "connect"}, true
	case a.snap.State == dialer.AgentReady:
		if code, long, ok := a.breakDue(); ok {
			a.pauseEnd = now.Add(long)
			return click{"pause", url.Values{"code": {code}}}, true
		}
	case now.After(a.pauseEnd) && a.snap.Phone.Connected:
		return click{what: "ready"}, true
	}
	return click{}, false
}

// breakDue is asked again and again while ready, but decides once a call.
func (a *agent) breakDue() (code string, long time.Duration, ok bool) {
	if a.wrapped == "" {
		return "", 0, false
	}
	a.wrapped = ""
	return a.rest()
}

func (a *agent) talking(now time.Time) (click, bool) {
	c := a.snap.Call
	if c == nil {
		return click{}, false
	}
	if c.ID != a.call {
		a.call, a.behaviour, a.hungUp = c.ID, a.ears(c.Number), false
		talk := a.talk(a.behaviour)
		a.until, a.holdAt, a.resumeAt = now.Add(talk), time.Time{}, time.Time{}
		if after, long, ok := a.hold(talk); ok {
			a.holdAt, a.resumeAt = now.Add(after), now.Add(after+long)
		}
	}
	form := url.Values{"call": {c.ID}}
	switch {
	case a.hungUp:
	case a.leaving, a.saidAll(now):
		a.hungUp = true
		return click{"hangup", form}, true
	case !a.holdAt.IsZero() && now.After(a.holdAt) && c.State == dialer.CallTalking:
		a.holdAt = time.Time{}
		return click{"hold", form}, true
	case !a.resumeAt.IsZero() && now.After(a.resumeAt) && c.State == dialer.CallHeld:
		a.resumeAt = time.Time{}
		return click{"resume", form}, true
	}
	return click{}, false
}

// saidAll tells whether the conversation has lasted long enough.
func (a *agent) saidAll(now time.Time) bool {
	if a.over == nil {
		return now.After(a.until)
	}
	select {
	case <-a.over:
		return true
	default:
		return false
	}
}

func (a *agent) writingUp(now time.Time) (click, bool) {
	c := a.snap.Call
	if c == nil {
		return click{}, false
	}
	if a.wrapped != c.ID {
		if a.call != c.ID { // it ended before we saw it
			a.call, a.behaviour = c.ID, a.ears(c.Number)
		}
		a.wrapped, a.writeEnd = c.ID, now.Add(a.writing())
	}
	if now.Before(a.writeEnd) && !a.leaving {
		return click{}, false
	}
	status, note := a.outcome(a.behaviour)
	// Not before the screen has had time to show it.
	a.writeEnd = now.Add(2 * time.Second)
	then := "ready"
	if a.leaving {
		then = "pause"
	}
	form := url.Values{"call": {c.ID}, "status": {string(status)}, "comments": {note}, "then": {then}}
	if status == dialer.StatusCallback {
		form.Set("callback_at", a.promises(c.Lead.Zone, now))
	}
	return click{"dispose", form}, true
}

// promises is an evening hour of the next day by the customer's clock, whose zones
// are listed by comma.
func (a *agent) promises(zones string, now time.Time) string {
	name, _, _ := strings.Cut(zones, ",")
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	day := now.In(zone).AddDate(0, 0, 1)
	return time.Date(day.Year(), day.Month(), day.Day(), 17+a.rng.IntN(3), 0, 0, 0, zone).Format("2006-01-02T15:04")
}
