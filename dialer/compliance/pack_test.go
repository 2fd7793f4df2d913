package compliance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// packOf is the shipped pack and one file more.
func packOf(t *testing.T, text string) (*pack, error) {
	t.Helper()
	return shipped.with([]source{{"own.json", []byte(text)}})
}

func TestShippedPack(t *testing.T) {
	day, digest, _ := strings.Cut(Version(), ".")
	if _, err := time.Parse(time.DateOnly, day); err != nil || len(digest) != 8 {
		t.Errorf("version %q is not a day and a digest", Version())
	}
	federal := shipped.hours["US"]
	if len(federal) != 1 || federal[0].ID != "US-1" || federal[0].Status != StatusOn {
		t.Errorf("federal hours: %+v", federal)
	}
	for _, r := range Rules() {
		if strings.Contains(r.Citation+r.Note, "unverified") && r.Status == StatusOn {
			t.Errorf("%s is on and unverified", r.ID)
		}
		if r.Status != StatusOff && r.Kind.judges() && len(r.Vectors) == 0 {
			t.Errorf("%s has no vector", r.ID)
		}
	}
	for _, id := range []string{"US-1", "US-4", "US-5", "US-9", "US-10", "US-15-CALLS", "US-15-TALK", "US-FL-24H", "US-OK-24H", "UK-3", "UK-4", "UK-5", "CA-1", "US-WA-REC"} {
		if r, ok := RuleOf(id); !ok || r.Status == StatusOff {
			t.Errorf("%s is not applied", id)
		}
	}
}

// TestVectorsCanFail: a vector that says the opposite is refused, for each kind.
func TestVectorsCanFail(t *testing.T) {
	for _, r := range shipped.rules {
		for i, v := range r.Vectors {
			if err := shipped.try(r, v); err != nil {
				t.Errorf("%s, vector %d: %v", r.ID, i+1, err)
			}
			v.Allowed = !v.Allowed
			if shipped.try(r, v) == nil {
				t.Errorf("%s, vector %d is true of the opposite, too", r.ID, i+1)
			}
		}
	}
}

func TestPackIsRefusedWhenItCannotBeKept(t *testing.T) {
	const ok = `{"pack":"own","version":"2026-12-01","rules":[{"id":"D","jurisdiction":"ZZ","kind":"hours","status":"strict","says":"s","citation":"c","windows":[{"from":"09:00","to":"20:00"}]}%s]%s}`
	if _, err := packOf(t, fmt.Sprintf(ok, "", "")); err != nil {
		t.Fatal(err)
	}
	rule := func(rest string) string {
		return fmt.Sprintf(ok, `,{"id":"X","jurisdiction":"US","status":"on","says":"s","citation":"c"`+rest+`}`, "")
	}
	hours := `,"kind":"hours","windows":[{"from":"09:00","to":"20:00"}]`
	for name, test := range map[string]struct{ text, says string }{
		"unknown key":         {rule(hours + `,"weekends":true`), `unknown field "weekends"`},
		"no kind":             {rule(""), "is no kind of rule"},
		"same id":             {fmt.Sprintf(ok, `,{"id":"D","jurisdiction":"US","status":"on","says":"s","citation":"c"`+hours+`}`, ""), "stands twice"},
		"no citation":         {strings.Replace(rule(hours), `"citation":"c"`, `"citation":""`, 1), "needs jurisdiction"},
		"status":              {strings.Replace(rule(hours), `"on"`, `"maybe"`, 1), "not on, strict or off"},
		"day":                 {rule(`,"kind":"hours","windows":[{"days":["Monday"],"from":"09:00","to":"20:00"}]`), "not a day"},
		"empty window":        {rule(`,"kind":"hours","windows":[{"from":"20:00","to":"20:00"}]`), "is empty"},
		"hour":                {rule(`,"kind":"hours","windows":[{"from":"9:00","to":"20:00"}]`), "not a time"},
		"overlap":             {rule(`,"kind":"hours","windows":[{"from":"09:00","to":"20:00"},{"days":["Sun"],"from":"19:59","to":"21:00"}]`), "overlap on Sun"},
		"date":                {rule(hours + `,"effective_from":"soon"`), "not a day"},
		"ends before":         {rule(hours + `,"effective_from":"2026-02-01","effective_to":"2026-01-01"`), "before it begins"},
		"holidays of nowhere": {rule(hours + `,"holidays":"Utopia"`), `no table of holidays "Utopia"`},
		"another kind's":      {rule(hours + `,"max":3`), "max is nothing that a rule of kind hours has"},
		"no max":              {rule(`,"kind":"attempts","hours":24`), "needs max"},
		"hours and days":      {rule(`,"kind":"attempts","max":3,"hours":24,"days":1`), "one of them"},
		"too far back":        {rule(`,"kind":"attempts","max":3,"days":30`), "looks back further"},
		"after what":          {rule(`,"kind":"rest","after":"lunch","hours":1`), "not talk"},
		"level":               {rule(`,"kind":"consent","level":"oral"`), "not express or written"},
		"off, and not why":    {strings.Replace(rule(hours), `"on"`, `"off"`, 1), "does not say why"},
		"a vector that fails": {rule(hours + `,"vectors":[{"number":"+12122340000","zone":"America/New_York","at":"2026-11-23 03:00:00","allowed":true}]`), "does not do what its vector 1 says"},
		"a vector in no zone": {rule(hours + `,"vectors":[{"number":"+12122340000","zone":"America/Gotham","at":"2026-11-23 03:00:00"}]`), `no zone "America/Gotham"`},
		"unknown zone":        {fmt.Sprintf(ok, "", `,"unknown_zones":{"ZZ":["Mars/Olympus"]}`), `no zone "Mars/Olympus"`},
		"a holiday":           {fmt.Sprintf(ok, "", `,"holidays":{"ZZ":{"days":[{"name":"Never","month":13,"day":1}]}}`), "neither a date"},
		"set of no rule":      {fmt.Sprintf(ok, "", `,"set":[{"rule":"US-0","status":"on","why":"w"}]`), `no rule "US-0"`},
		"set without why":     {fmt.Sprintf(ok, "", `,"set":[{"rule":"US-PA-HOURS","status":"on"}]`), "say why"},
		"a shipped name":      {strings.Replace(fmt.Sprintf(ok, "", ""), `"own"`, `"us"`, 1), "already"},
		"no version":          {strings.Replace(fmt.Sprintf(ok, "", ""), "2026-12-01", "soon", 1), "needs a name"},
		"no JSON":             {`{"pack":`, "cannot be read"},
		"two files in one":    {fmt.Sprintf(ok, "", "") + "{}", "goes on after its end"},
	} {
		_, err := packOf(t, test.text)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "own.json") && !strings.Contains(err.Error(), "pack own") {
			t.Errorf("%s: %v, want a sentence with %q and the file", name, err, test.says)
		}
	}
}

func TestOperatorsPack(t *testing.T) {
	p, err := packOf(t, `{"pack":"own","version":"2026-12-01",
		"set":[{"rule":"US-PA-HOURS","status":"on","why":"our counsel read the statute on 2026-11-30"}],
		"rules":[{"id":"US-FL-24H","jurisdiction":"US-FL","kind":"attempts","status":"on","says":"at most 2 calls","citation":"house rule","max":2,"hours":24}]}`)
	if err != nil {
		t.Fatal(err)
	}
	q := allDay("+12152340000", at(t, "America/New_York", "2026-11-21 14:00:00"))
	q.CallerID, q.Ring = "15550001111", 26*time.Second
	if v := p.check(q); v.Allowed || v.Rule != "US-PA-HOURS" {
		t.Errorf("Saturday afternoon in Pennsylvania: %+v", v)
	}
	if v := shipped.check(q); !v.Allowed {
		t.Errorf("as shipped: %+v", v)
	}
	q = allDay("+13052340000", at(t, "America/New_York", "2026-11-23 14:00:00"))
	q.CallerID, q.Ring = "15550001111", 26*time.Second
	q.History = called(q.Now.Add(-time.Hour), q.Now.Add(-2*time.Hour))
	if v := p.check(q); v.Allowed || v.Rule != "US-FL-24H" {
		t.Errorf("the third call of the day in Florida: %+v", v)
	}
	if p.version == shipped.version || !strings.HasPrefix(p.version, "2026-12-01.") {
		t.Errorf("version %s", p.version)
	}
}

func TestRulesHaveTheirDays(t *testing.T) {
	p, err := packOf(t, `{"pack":"own","version":"2026-12-01","rules":[
		{"id":"US-1","jurisdiction":"US","kind":"hours","status":"on","says":"s","citation":"c","effective_to":"2026-11-22","windows":[{"from":"08:00","to":"21:00"}]},
		{"id":"NEW","jurisdiction":"US","kind":"hours","status":"on","says":"s","citation":"c","effective_from":"2026-11-23","windows":[{"from":"10:00","to":"18:00"}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for when, allowed := range map[string]bool{"2026-11-22 08:00:00": true, "2026-11-22 20:59:59": true, "2026-11-23 09:59:59": false, "2026-11-23 10:00:00": true, "2026-11-23 18:00:00": false} {
		if v := p.check(allDay("+12122340000", at(t, "America/New_York", when))); v.Allowed != allowed {
			t.Errorf("%s: %+v, want %v", when, v, allowed)
		}
	}
}

func TestHolidays(t *testing.T) {
	for year, want := range map[int]string{2000: "2000-04-23", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2027: "2027-03-28", 2038: "2038-04-25", 2285: "2285-03-22"} {
		if got := easter(year).Format(time.DateOnly); got != want {
			t.Errorf("Easter %d is %s, want %s", year, got, want)
		}
	}
	noon := func(day string) time.Time { return at(t, "America/Chicago", day+" 12:00:00") }
	r, _ := RuleOf("US-LA-HOURS")
	for day, want := range map[string]string{
		"2026-01-01": "New Year's Day", "2026-01-19": "Martin Luther King Day", "2026-02-17": "Mardi Gras", "2026-04-03": "Good Friday",
		"2026-05-25": "Memorial Day", "2026-07-03": "Independence Day", "2026-07-04": "Independence Day", "2026-11-26": "Thanksgiving", "2026-11-27": "Acadian Day",
		"2027-12-24": "Christmas", "2027-12-31": "New Year's Day", // 2028-01-01 is a Saturday
		"2028-12-25": "Christmas", "2028-12-26": "", "2026-11-25": "", "2026-05-18": "", "2029-11-12": "Veterans Day",
	} {
		if got := r.holidays.on(noon(day)); got != want {
			t.Errorf("%s is %q, want %q", day, got, want)
		}
	}
	// Thanksgiving and the day after, a Saturday of hours, then Sunday.
	q := allDay("+15042340000", noon("2026-11-26"))
	q.CallerID, q.Ring = "15550001111", 26*time.Second
	if v := Check(q); v.Allowed || !strings.Contains(v.Reason, "Thanksgiving") || !v.Until.Equal(at(t, "America/Chicago", "2026-11-28 08:00:00")) {
		t.Errorf("Thanksgiving in Louisiana: %+v", v)
	}
}

// TestOklahomaAsksForConsent: as shipped the rule holds back whoever has not
// consented in writing, and says what is missing; who sells nothing switches it
// off.
func TestOklahomaAsksForConsent(t *testing.T) {
	off, err := NewSwitched([]Setting{{Rule: "US-OK-CONSENT", Status: StatusOff, Why: "we sell nothing"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number  string
		consent Level
		bars    bool
	}{
		{"+14052340000", "", true}, {"+14052340000", LevelExpress, true}, {"+14052340000", LevelWritten, false},
		{"+12142340000", "", false}, // Texas
		{"+14055550101", "", false}, // for fiction
	} {
		q, err := (Vector{Number: c.number, Zone: "America/Chicago", At: "2026-11-23 12:00:00", Consent: c.consent}).question()
		if err != nil {
			t.Fatal(err)
		}
		if v := Check(q); v.Allowed == c.bars || c.bars && (v.Rule != "US-OK-CONSENT" || !strings.HasPrefix(v.Reason, "The callee's consent (written) is not on record")) {
			t.Errorf("%s with consent %q: %+v", c.number, c.consent, v)
		}
		if v := off.Check(q); !v.Allowed {
			t.Errorf("%s with consent %q is held back with the rule off: %+v", c.number, c.consent, v)
		}
	}
}
