package compliance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

// at is a wall-clock moment in a zone.
func at(t *testing.T, zone, s string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04:05.999", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// allDay is a question of a campaign that leaves all to the law.
func allDay(e164 string, now time.Time) Question {
	return Question{E164: e164, From: 0, To: 1440, CallerID: "15550001111", History: new(History), Now: now}
}

func TestZeroQuestionIsRefused(t *testing.T) {
	if v := Check(Question{}); v.Allowed || v.Rule == "" || v.Reason == "" {
		t.Errorf("the zero question got %+v", v)
	}
	noon := at(t, "America/New_York", "2026-11-23 12:00:00")
	for name, test := range map[string]struct {
		q    Question
		rule string
	}{
		"no number":          {Question{From: 0, To: 1440, Now: noon}, RuleNumber},
		"no plus":            {allDay("12122340000", noon), RuleNumber},
		"letters":            {allDay("+1212234000x", noon), RuleNumber},
		"too short":          {allDay("+1212234", noon), RuleNumber},
		"leading zero":       {allDay("+01222340000", noon), RuleNumber},
		"no time":            {allDay("+12122340000", time.Time{}), RuleClock},
		"no history":         {Question{E164: "+12122340000", To: 1440, Now: noon}, RuleHistory},
		"revoked":            {Question{E164: "+12122340000", To: 1440, History: &History{Consent: Consent{Revoked: noon}}, Now: noon}, RuleRevoked},
		"attempts used up":   {Question{E164: "+12122340000", To: 1440, CallerID: "15550001111", History: new(History), Called: 3, Caps: Caps{Attempts: 3}, Now: noon}, RuleAttempts},
		"no campaign hours":  {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), Now: noon}, RuleCampaignHours},
		"hours upside down":  {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), From: 1200, To: 600, Now: noon}, RuleCampaignHours},
		"hours out of range": {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), From: -1, To: 1500, Now: noon}, RuleCampaignHours},
		"DNC":                {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), To: 1440, DNC: true, Now: noon}, RuleDNC},
		"campaign DNC":       {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), To: 1440, CampaignDNC: true, Now: noon}, RuleCampaignDNC},
		"a zone of no map":   {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), To: 1440, Zones: []string{"America/Gotham"}, Now: noon}, RuleZoneUnknown},
		"the host's zone":    {Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), To: 1440, Zones: []string{"Local"}, Now: noon}, RuleZoneUnknown},
		"a country in space": {allDay("+88213300000", noon), RuleZoneUnknown},
	} {
		v := Check(test.q)
		if v.Allowed || v.Rule != test.rule || v.Reason == "" {
			t.Errorf("%s: %+v, want refused by %s", name, v, test.rule)
		}
		if !v.Until.IsZero() {
			t.Errorf("%s: may change at %v, want never", name, v.Until)
		}
	}
}

func TestFederalEdgesInEveryZone(t *testing.T) {
	// One number a zone, of states without hours of their own. The days are
	// ordinary ones and the nights on which clocks change.
	numbers := map[string]string{
		"America/New_York": "+12122340000", "America/Chicago": "+13122340000", "America/Denver": "+13032340000",
		"America/Phoenix": "+16022340000", "America/Los_Angeles": "+13102340000", "Pacific/Honolulu": "+18082340000",
		"America/Puerto_Rico": "+17872340000", "Pacific/Guam": "+16712340000", "Pacific/Pago_Pago": "+16842340000",
	}
	days := []string{"2026-11-23", "2026-07-04", "2026-03-07", "2026-03-08", "2026-03-09", "2026-10-31", "2026-11-01", "2026-11-02", "2027-03-14", "2027-11-07"}
	for zone, number := range numbers {
		for _, d := range days {
			for clock, allowed := range map[string]bool{"00:00:00": false, "01:30:00": false, "07:59:59.999": false, "08:00:00": true,
				"12:00:00": true, "20:59:59": true, "20:59:59.999": true, "21:00:00": false, "23:59:59": false} {
				v := Check(allDay(number, at(t, zone, d+" "+clock)))
				if v.Allowed != allowed || v.Rule != "US-1" {
					t.Errorf("%s %s in %s: %+v, want allowed %v by US-1", d, clock, zone, v, allowed)
				}
			}
			night := Check(allDay(number, at(t, zone, d+" 01:59:59")))
			if want := at(t, zone, d+" 08:00:00"); !night.Until.Equal(want) {
				t.Errorf("%s at night in %s: until %v, want %v", d, zone, night.Until, want)
			}
			day := Check(allDay(number, at(t, zone, d+" 09:00:00")))
			if want := at(t, zone, d+" 21:00:00"); !day.Until.Equal(want) {
				t.Errorf("%s by day in %s: until %v, want %v", d, zone, day.Until, want)
			}
		}
	}
}

func TestSplitAreaNeedsEveryZone(t *testing.T) {
	// 423 lies mainly in Eastern time and partly in Central; libphonenumber's
	// fallback says Chicago only.
	for clock, allowed := range map[string]bool{"08:59:59": false, "09:00:00": true, "20:59:59": true, "21:00:00": false} {
		v := Check(allDay("+14239990000", at(t, "America/New_York", "2026-11-23 "+clock)))
		if v.Allowed != allowed {
			t.Errorf("+1 423 at %s in New York: %+v, want %v", clock, v, allowed)
		}
	}
	v := Check(Question{E164: "+14239990000", CallerID: "15550001111", History: new(History), Zones: []string{"America/New_York"}, To: 1440, Now: at(t, "America/New_York", "2026-11-23 08:00:00")})
	if !v.Allowed {
		t.Errorf("a zone the lead itself knows was not taken: %+v", v)
	}
}

func TestUnknownZonesMeanTheIntersection(t *testing.T) {
	zones := []string{}
	for _, number := range []string{"+18002340000", "+18882340000", "+15002340000", "+19992340000"} {
		if got := Zones(number); len(got) != 0 {
			t.Errorf("%s lies in %v, want unknown", number, got)
		}
		// 10:00 in Honolulu (Canada's strict rule) to 18:00 in St. John's.
		for utc, allowed := range map[string]bool{"19:59:59": false, "20:00:00": true, "21:29:59": true, "21:30:00": false} {
			if v := Check(Question{E164: number, CallerID: "15550001111", History: new(History), Zones: zones, To: 1440, Now: at(t, "UTC", "2026-11-23 "+utc)}); v.Allowed != allowed {
				t.Errorf("%s at %s UTC: %+v, want %v", number, utc, v, allowed)
			}
		}
	}
}

func TestStateHours(t *testing.T) {
	for _, test := range []struct {
		name, number, state, zone, when string
		rule                            string // "": allowed
	}{
		{"Florida at eight in the evening", "+13052340000", "", "America/New_York", "2026-11-23 20:00:00", "US-FL-HOURS"},
		{"Florida before", "+13052340000", "", "America/New_York", "2026-11-23 19:59:59", ""},
		{"a Florida address", "+12122340000", "fl", "America/New_York", "2026-11-23 20:00:00", "US-FL-HOURS"},
		{"Florida's Panhandle in the morning", "+12122340000", "FL", "America/New_York", "2026-11-23 08:30:00", "US-1"},
		{"a number of Florida with another address", "+13052340000", "NY", "America/New_York", "2026-11-23 20:00:00", "US-FL-HOURS"},
		{"Texas on Monday", "+12142340000", "", "America/Chicago", "2026-11-23 09:00:00", ""},
		{"Texas on Monday early", "+12142340000", "", "America/Chicago", "2026-11-23 08:59:59", "US-TX-HOURS"},
		{"Texas on Sunday", "+12142340000", "", "America/Chicago", "2026-11-22 11:59:59", "US-TX-HOURS"},
		{"Texas on Sunday noon", "+12142340000", "", "America/Chicago", "2026-11-22 12:00:00", ""},
		{"Texas on Sunday evening", "+12142340000", "", "America/Chicago", "2026-11-22 20:59:59", ""},
		{"Alabama on Sunday", "+12052340000", "", "America/Chicago", "2026-11-22 12:00:00", "US-AL-HOURS"},
		{"Kentucky at ten", "+15022340000", "", "America/New_York", "2026-11-23 09:59:59", "US-KY-HOURS"},
		{"Pennsylvania's odd row is off", "+12152340000", "", "America/New_York", "2026-11-21 14:00:00", ""},
		{"Canada's strict row", "+14162340000", "", "America/Toronto", "2026-11-23 09:59:59", "CA-1"},
		{"a country without a row", "+442079460000", "", "Europe/London", "2026-11-23 08:59:59", "DEFAULT-HOURS"},
		{"its window", "+442079460000", "", "Europe/London", "2026-11-23 09:00:00", ""},
		{"an abbreviation abroad", "+442079460000", "FL", "Europe/London", "2026-11-23 09:00:00", ""},
		{"Jamaica", "+18762340000", "", "America/Jamaica", "2026-11-23 08:59:59", "DEFAULT-HOURS"},
		{"Puerto Rico is under federal law", "+17872340000", "", "America/Puerto_Rico", "2026-11-23 08:00:00", ""},
	} {
		q := allDay(test.number, at(t, test.zone, test.when))
		q.State = test.state
		v := Check(q)
		if v.Allowed != (test.rule == "") || (test.rule != "" && v.Rule != test.rule) {
			t.Errorf("%s: %+v, want rule %q", test.name, v, test.rule)
		}
	}
	// Sunday in Alabama, until Monday morning.
	v := Check(allDay("+12052340000", at(t, "America/Chicago", "2026-11-22 12:00:00")))
	if want := at(t, "America/Chicago", "2026-11-23 08:00:00"); !v.Until.Equal(want) {
		t.Errorf("Alabama on Sunday: until %v, want %v", v.Until, want)
	}
}

func TestCampaignHours(t *testing.T) {
	for clock, rule := range map[string]string{"08:00:00": RuleCampaignHours, "09:30:00": "", "16:59:59": "", "17:00:00": RuleCampaignHours, "21:30:00": "US-1"} {
		v := Check(Question{E164: "+12122340000", CallerID: "15550001111", History: new(History), From: 570, To: 1020, Now: at(t, "America/New_York", "2026-11-23 "+clock)})
		if v.Allowed != (rule == "") || (rule != "" && v.Rule != rule) {
			t.Errorf("%s: %+v, want rule %q", clock, v, rule)
		}
	}
}

func TestNumbersForFiction(t *testing.T) {
	night := at(t, "America/New_York", "2026-11-23 03:00:00")
	for number, fiction := range map[string]bool{
		"+12125550100": true, "+12125550199": true, "+14235550142": true, "+14165550150": true, "+13055550123": true,
		"+12125550099": false, "+12125550200": false, "+12125551100": false, "+12125540100": false, "+12125560100": false,
		"+18005550100": false, "+18885550199": false, "+19995550100": false, "+442125550100": false, "+125550100": false,
		"+121255501000": false, "+1212555010": false, "+52125550100": false,
	} {
		v := Check(allDay(number, night))
		if v.Allowed != fiction {
			t.Errorf("%s at night: %+v, want allowed %v", number, v, fiction)
		}
		if fiction && v.Rule != "FICTION-555" {
			t.Errorf("%s is allowed by %s", number, v.Rule)
		}
		if got := strings.Contains(string(SetOf(number, "")), "FICTION-555"); got != fiction {
			t.Errorf("%s has the set %s", number, SetOf(number, ""))
		}
	}
	if v := Check(Question{E164: "+12125550123", CallerID: "15550001111", History: new(History), From: 540, To: 1260, Now: night}); v.Allowed || v.Rule != RuleCampaignHours {
		t.Errorf("outside the campaign's hours: %+v", v)
	}
	if v := Check(Question{E164: "+12125550123", CallerID: "15550001111", History: new(History), To: 1440, DNC: true, Now: night}); v.Allowed || v.Rule != RuleDNC {
		t.Errorf("on DNC: %+v", v)
	}
}

// TestUntilIsTheNextChange compares Until with a search minute by minute.
func TestUntilIsTheNextChange(t *testing.T) {
	start := at(t, "UTC", "2026-10-30 00:07:00") // clocks change two days later
	for _, number := range []string{"+12122340000", "+14239990000", "+12142340000", "+12052340000", "+18002340000", "+17092340000", "+442079460000"} {
		for i := range 40 {
			now := start.Add(time.Duration(i) * 97 * time.Minute)
			q := allDay(number, now)
			v := Check(q)
			q.Now = now.Truncate(time.Minute).Add(time.Minute)
			for Check(q).Allowed == v.Allowed {
				q.Now = q.Now.Add(time.Minute)
			}
			if v.Allowed {
				// An end that another window continues is allowed to come early.
				if v.Until.After(q.Now) {
					t.Fatalf("%s at %v is allowed until %v, but not at %v", number, now, v.Until, q.Now)
				}
			} else if !v.Until.Equal(q.Now) {
				t.Fatalf("%s at %v is refused until %v, but allowed at %v", number, now, v.Until, q.Now)
			}
		}
	}
}

// TestOpenAgreesWithCheck: what the hopper takes for callable, the dialer may
// call, and the other way round.
func TestOpenAgreesWithCheck(t *testing.T) {
	leads := []struct{ number, state string }{{"+12122340000", ""}, {"+14239990000", ""}, {"+13052340000", ""}, {"+12122340000", "TX"}, {"+12125550101", "TX"},
		{"+18002340000", ""}, {"+18002340000", "FL"}, {"+442079460000", ""}, {"+88213300000", ""}, {"+19072340000", ""}, {"+14182340000", ""}}
	for hour := range 24 * 8 {
		now := at(t, "UTC", "2026-10-30 00:00:00").Add(time.Duration(hour)*time.Hour + 29*time.Minute)
		for _, l := range leads {
			set := SetOf(l.number, l.state)
			open, next := Open([]ZoneSet{set}, Hours{From: 480, To: 1230}, now)
			v := Check(Question{E164: l.number, CallerID: "15550001111", History: new(History), State: l.state, Zones: set.Zones(), From: 480, To: 1230, Now: now})
			if v.Allowed != slices.Contains(open, set) {
				t.Fatalf("%v at %v: Check says %+v, the set %s is open: %v", l, now, v, set, open)
			}
			if !v.Allowed && !next.Equal(v.Until) {
				t.Fatalf("%v at %v: Check says until %v, Open %v", l, now, v.Until, next)
			}
		}
	}
}

func TestAskTakesALead(t *testing.T) {
	now := at(t, "America/New_York", "2026-11-23 12:00:00")
	q := Ask(dialer.Lead{E164: "+14239990000", State: "TN", Zones: "America/Chicago,America/New_York"}, dialer.Campaign{CallFrom: 540, CallTo: 1260}, true, new(History), now)
	if q.E164 != "+14239990000" || q.State != "TN" || len(q.Zones) != 2 || q.From != 540 || q.To != 1260 || !q.DNC || !q.Now.Equal(now) {
		t.Errorf("asked %+v", q)
	}
	if q := Ask(dialer.Lead{}, dialer.Campaign{}, false, nil, now); len(q.Zones) != 0 {
		t.Errorf("no zones became %q", q.Zones)
	}
}

// TestAskWithinTheListsHours: what a list sets narrows its campaign's hours when its
// lead is dialed, not only when the hopper chooses it.
func TestAskWithinTheListsHours(t *testing.T) {
	noon := at(t, "America/New_York", "2026-11-23 12:00:00") // a Monday
	campaign := dialer.Campaign{CallFrom: 540, CallTo: 1260, CallerID: "15550001111"}
	lead := dialer.Lead{E164: "+12122340000", Zones: "America/New_York"}
	for name, test := range map[string]struct {
		from, to  *int
		callTimes string
		allowed   bool
	}{
		"none of its own":        {nil, nil, "", true},
		"wider, which is for no": {new(0), new(1440), "", true},
		"not yet":                {new(13 * 60), nil, "", false},
		"over":                   {nil, new(12 * 60), "", false},
		"by a call time":         {nil, nil, "Mon-Fri 13:00-20:00", false},
	} {
		lead.ListFrom, lead.ListTo, lead.ListCallTime = test.from, test.to, test.callTimes
		if v := Check(Ask(lead, campaign, false, new(History), noon)); v.Allowed != test.allowed || v.Reason == "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
