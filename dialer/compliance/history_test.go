package compliance

import (
	"strings"
	"testing"
	"time"
)

// called is a history of calls that ended a minute after they were placed.
func called(times ...time.Time) *History {
	h := new(History)
	for _, t := range times {
		h.Attempts = append(h.Attempts, Attempt{At: t, Ended: t.Add(time.Minute)})
	}
	return h
}

func TestCapsOfACampaign(t *testing.T) {
	ny := "America/New_York"
	now := at(t, ny, "2026-11-23 12:00:00")
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	dropped := &History{Attempts: []Attempt{{At: ago(5 * time.Hour), Ended: ago(4 * time.Hour), Dropped: true}}}
	for name, test := range map[string]struct {
		caps  Caps
		state string
		h     *History
		rule  string // "": allowed
		until string
	}{
		"no caps":                    {Caps{}, "", called(ago(time.Hour), ago(2*time.Hour)), "", ""},
		"one too few":                {Caps{Per24h: 3}, "", called(ago(time.Hour), ago(2*time.Hour)), "", ""},
		"three in a day":             {Caps{Per24h: 3}, "", called(ago(time.Hour), ago(2*time.Hour), ago(20*time.Hour)), RulePer24h, "2026-11-23 16:00:00"},
		"in any order":               {Caps{Per24h: 3}, "", called(ago(20*time.Hour), ago(time.Hour), ago(2*time.Hour)), RulePer24h, "2026-11-23 16:00:00"},
		"four, though three may":     {Caps{Per24h: 3}, "", called(ago(time.Hour), ago(2*time.Hour), ago(3*time.Hour), ago(20*time.Hour)), RulePer24h, "2026-11-24 09:00:00"},
		"24 hours ago to the second": {Caps{Per24h: 1}, "", called(ago(24 * time.Hour)), "", ""},
		"a second less":              {Caps{Per24h: 1}, "", called(ago(24*time.Hour - time.Second)), RulePer24h, "2026-11-23 12:00:01"},
		"when the night is over":     {Caps{Per24h: 1}, "", called(ago(15 * time.Hour)), RulePer24h, "2026-11-24 08:00:00"}, // free at 21:00
		"the state's own":            {Caps{Per24h: 3, ByState: map[string]int{"FL": 1}}, "FL", called(ago(time.Hour)), RulePer24h, "2026-11-24 11:00:00"},
		"another state's":            {Caps{Per24h: 3, ByState: map[string]int{"FL": 1}}, "TX", called(ago(time.Hour)), "", ""},
		"today":                      {Caps{PerDay: 1}, "", called(ago(12 * time.Hour)), RulePerDay, "2026-11-24 08:00:00"},
		"yesterday":                  {Caps{PerDay: 1}, "", called(ago(12*time.Hour + time.Second)), "", ""},
		"after a drop":               {Caps{Lockout: 5 * time.Hour}, "", dropped, RuleLockout, "2026-11-23 13:00:00"},
		"long after a drop":          {Caps{Lockout: 4 * time.Hour}, "", dropped, "", ""},
	} {
		q := Question{E164: "+12122340000", State: test.state, To: 1440, Caps: test.caps, CallerID: "15550001111", History: test.h, Now: now}
		if strings.Contains(name, "night") {
			q.From, q.To = 480, 1260
		}
		v := Check(q)
		if v.Allowed != (test.rule == "") || test.rule != "" && v.Rule != test.rule {
			t.Errorf("%s: %+v, want rule %q", name, v, test.rule)
			continue
		}
		if test.until != "" && !v.Until.Equal(at(t, ny, test.until)) {
			t.Errorf("%s: until %v, want %s", name, v.Until.In(location(ny)), test.until)
		}
		if test.rule != "" {
			q.Now, q.History = v.Until, test.h
			if again := Check(q); !again.Allowed {
				t.Errorf("%s: at the end of the refusal it says %+v", name, again)
			}
		}
	}
}

// TestDayCapInEveryZone: a number that may be in two zones has had its call of
// the day until the day is over in both.
func TestDayCapInEveryZone(t *testing.T) {
	late := at(t, "America/Chicago", "2026-11-23 20:30:00") // in New York the law's hours are over
	q := Question{E164: "+14239990000", To: 1440, Caps: Caps{PerDay: 1}, CallerID: "15550001111", History: called(at(t, "America/New_York", "2026-11-23 00:30:00")), Now: at(t, "America/New_York", "2026-11-23 09:00:00")}
	if v := Check(q); v.Allowed || v.Rule != RulePerDay || !v.Until.Equal(at(t, "America/New_York", "2026-11-24 09:00:00")) {
		t.Errorf("called half past midnight in New York: %+v", v)
	}
	q.History, q.Now = called(late), at(t, "America/New_York", "2026-11-24 09:00:00")
	if v := Check(q); !v.Allowed {
		t.Errorf("the next day: %+v", v)
	}
}

func TestNumberThatIsBeingCalled(t *testing.T) {
	now := at(t, "America/New_York", "2026-11-23 12:00:00")
	q := Question{E164: "+12122340000", To: 1440, CallerID: "15550001111", History: new(History).With(now.Add(-time.Minute)), Now: now}
	if v := Check(q); v.Allowed || v.Rule != RuleCalledNow {
		t.Errorf("a call is up: %+v", v)
	}
	q.History = new(History).With(now.Add(-25 * time.Hour))
	if v := Check(q); !v.Allowed {
		t.Errorf("a call that nobody ended since yesterday: %+v", v)
	}
}

func TestClockSetBack(t *testing.T) {
	now := at(t, "America/New_York", "2026-11-23 12:00:00")
	q := Question{E164: "+12122340000", To: 1440, CallerID: "15550001111", History: called(now.Add(time.Hour)), Now: now}
	if v := Check(q); v.Allowed || v.Rule != RuleClock {
		t.Errorf("called in an hour: %+v", v)
	}
	q.History = called(now.Add(4 * time.Second)) // two servers, each within the skew that may dial
	if v := Check(q); !v.Allowed {
		t.Errorf("a skew of 4 s: %+v", v)
	}
}

func TestStateCaps(t *testing.T) {
	caps, err := ParseStateCaps(" fl=2  ON=1 ")
	if err != nil || len(caps) != 2 || caps["FL"] != 2 || caps["ON"] != 1 {
		t.Errorf("%v, %v", caps, err)
	}
	for _, text := range []string{"FL", "FL=0", "FL=100", "FL=x", "=1", "ZZ=1", "FL=1 FL=2"} {
		if _, err := ParseStateCaps(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
