package compliance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

const office = `Mon-Fri 9:00-12:30 13:30-20:00
Sat 10:00-16:00
FL Mon-Fri 11:00-12:00 15:00-19:00
FL Sat closed
2026-12-25 closed # Christmas
2026-12-24 9:00-14:00
2026-12-26 closed`

func TestCallTimes(t *testing.T) {
	eastern, _ := time.LoadLocation("America/New_York")
	const ohio, florida = "+16145550142", "+13055550142"
	for _, c := range []struct {
		at, number, state string
		open              bool
		says, until       string // a part of the reason; the next open moment
	}{
		{"2026-12-02 10:00", ohio, "", true, "", ""},
		{"2026-12-02 08:59", ohio, "", false, "from 09:00 to 12:30 and from 13:30 to 20:00", "2026-12-02 09:00"},
		{"2026-12-02 12:30", ohio, "", false, "13:30", "2026-12-02 13:30"},
		{"2026-12-05 17:00", ohio, "", false, "from 10:00 to 16:00", "2026-12-07 09:00"},
		{"2026-12-06 12:00", ohio, "", false, "It is Sunday", "2026-12-07 09:00"},
		// A state narrows the week: by the number, and by the lead's address.
		{"2026-12-02 10:00", florida, "", false, "from 11:00 to 12:00", "2026-12-02 11:00"},
		{"2026-12-02 11:30", florida, "", true, "", ""},
		{"2026-12-02 14:00", ohio, "FL", false, "from 15:00 to 19:00", "2026-12-02 15:00"},
		{"2026-12-02 19:30", florida, "", false, "", "2026-12-03 11:00"},
		{"2026-12-05 12:00", florida, "", false, "does not call on this day", "2026-12-07 11:00"},
		// Dates take the place of their weekday; a Friday, its eve, and a Saturday.
		{"2026-12-25 10:00", ohio, "", false, "It is Christmas", "2026-12-28 09:00"},
		{"2026-12-24 15:00", ohio, "", false, "from 09:00 to 14:00", "2026-12-28 09:00"},
		{"2026-12-24 13:00", ohio, "", true, "", ""},
		{"2026-12-26 12:00", ohio, "", false, "It is 26 December", "2026-12-28 09:00"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", c.at, eastern)
		if err != nil {
			t.Fatal(err)
		}
		q := Question{E164: c.number, State: c.state, Zones: []string{"America/New_York"}, History: new(History), Now: now}.
			In(dialer.Campaign{CallFrom: 0, CallTo: 1440, CallTimes: office, CallerID: "16145550100", DialTimeout: 30})
		// The numbers are of fiction, whom no law protects; the campaign's own hours hold.
		v := Check(q)
		until := ""
		if !v.Until.IsZero() {
			until = v.Until.In(eastern).Format("2006-01-02 15:04")
		}
		if v.Allowed != c.open || !v.Allowed && (v.Rule != RuleCampaignHours || until != c.until || !strings.Contains(v.Reason, c.says)) {
			t.Errorf("%s %s %s: %+v until %s, want %v, %q until %s", c.at, c.number, c.state, v, until, c.open, c.says, c.until)
		}
		set := SetOf(c.number, "")
		if c.state == "" && c.number == ohio {
			open, next := Open([]ZoneSet{set}, q.hours(), now)
			if (len(open) == 1) != c.open || len(open) == 0 && next.In(eastern).Format("2006-01-02 15:04") != c.until {
				t.Errorf("%s: %v opens %s", c.at, open, next)
			}
		}
	}
}

// The law holds besides, whatever a call time says; several hold together; one
// that cannot be read lets nothing through.
func TestCallTimesOnlyNarrow(t *testing.T) {
	eastern, _ := time.LoadLocation("America/New_York")
	late := time.Date(2026, 12, 2, 21, 30, 0, 0, eastern)
	ask := func(number, text string, now time.Time) Verdict {
		return Check(Question{E164: number, Zones: []string{"America/New_York"}, History: new(History), Now: now}.
			In(dialer.Campaign{CallFrom: 0, CallTo: 1440, CallTimes: text, CallerID: "16145550100", DialTimeout: 30}))
	}
	if v := ask("+16142340142", "Mon-Sun 0:00-24:00", late); v.Allowed || v.Rule == RuleCampaignHours {
		t.Errorf("at half past nine in the evening: %+v", v)
	}
	noon := time.Date(2026, 12, 2, 12, 0, 0, 0, eastern)
	both := JoinCallTimes("Mon-Sun 9:00-13:00", "", "Wed 13:00-14:00")
	if v := ask("+16142340142", both, noon); v.Allowed || !strings.Contains(v.Reason, "from 13:00 to 14:00") {
		t.Errorf("two call times that never meet: %+v", v)
	}
	if v := ask("+16142340142", "Mon-Sun 9:00-13:00", noon); !v.Allowed {
		t.Errorf("one of them: %+v", v)
	}
	if v := ask("+16142340142", "Mon-Sun 9:00-13:00\nwhenever", noon); v.Allowed {
		t.Errorf("one that cannot be read: %+v", v)
	}
}

func TestLinesOfCallTimes(t *testing.T) {
	for line, good := range map[string]bool{
		"Mon-Fri 9:00-20:00": true, "Fri-Mon 9:00-10:00 11:00-24:00": true, "Sat,Sun closed": true, "FL 9:00-10:00": true, "ON Sun closed": true, "2026-12-25 closed # Christmas": true, "": true,
		"9:00-20:00": false, "Mon": false, "Mon 20:00-9:00": false, "Mon 9-20": false, "Mon 9:00-25:00": false, "Mon 9:00-12:00 11:00-13:00": false, "Montag 9:00-10:00": false,
		"ZZ 9:00-10:00": false, "fl 9:00-10:00": false, "2026-02-30 closed": false, "Mon closed 9:00-10:00": false, "Mon -1:00-2:00": false,
	} {
		if says := CheckCallTime(line); (says == "") != good || says != "" && !strings.HasSuffix(says, ".") {
			t.Errorf("%q: %q", line, says)
		}
	}
}

// Spans leave no gap, and say of every moment what the verdict on the hours says:
// over a change of the clocks, holidays, several zones and states, with the law's
// hours and call times together.
func TestSpansSayWhatHoursSay(t *testing.T) {
	eastern, _ := time.LoadLocation("America/New_York")
	for _, set := range []ZoneSet{"America/New_York;US,US-FL", "America/Chicago,America/New_York;US", "America/New_York;FICTION-555,US", ";US", "America/Chicago;US,US-AL"} {
		for _, h := range []Hours{{0, 1440, ""}, {540, 1200, ""}, {0, 1440, office}, {600, 1140, JoinCallTimes(office, "Mon-Sun 8:00-18:00")}, {600, 600, ""}} {
			for _, from := range []string{"2026-10-30", "2026-12-20", "2026-03-06"} {
				at, _ := time.ParseInLocation(time.DateOnly, from, eastern)
				to := at.AddDate(0, 0, 8)
				spans := set.Spans(h, at, to)
				i := 0
				for t0 := at; t0.Before(to); t0 = t0.Add(30 * time.Minute) {
					for i < len(spans)-1 && !t0.Before(spans[i].To) {
						if !spans[i].To.Equal(spans[i+1].From) || spans[i].Why == spans[i+1].Why {
							t.Fatalf("%s %v: %+v, then %+v", set, h, spans[i], spans[i+1])
						}
						i++
					}
					if v := set.Hours(h, t0); v.Allowed != (spans[i].Why == "") {
						t.Fatalf("%s %v at %v: %+v, but the hours say %+v", set, h, t0, spans[i], v)
					}
				}
				if last := spans[len(spans)-1]; !spans[0].From.Equal(at) || !last.To.Equal(to) {
					t.Fatalf("%s %v: from %v to %v", set, h, spans[0].From, last.To)
				}
			}
		}
	}
	// The sentences are the same for a whole stretch, and need no clock.
	day := time.Date(2026, 12, 25, 0, 0, 0, 0, eastern)
	spans := ZoneSet("America/New_York;FICTION-555,US").Spans(Hours{0, 1440, office}, day.AddDate(0, 0, -1), day.AddDate(0, 0, 1))
	var says []string
	for _, s := range spans {
		says = append(says, s.From.In(eastern).Format("2 15:04 ")+s.Why)
	}
	want := []string{
		"24 00:00 No calls at that hour in America/New_York; the campaign calls from 09:00 to 14:00.", "24 09:00 ",
		"24 14:00 No calls at that hour in America/New_York; the campaign calls from 09:00 to 14:00.", "25 00:00 That is Christmas in America/New_York; the campaign does not call on it.",
	}
	if !slices.Equal(says, want) {
		t.Errorf("%q", says)
	}
	if unknown := ZoneSet(";").Spans(Hours{540, 1200, ""}, day, day.Add(time.Hour)); len(unknown) != 1 || unknown[0].Why != "" {
		t.Errorf("where nobody knows the zone: %+v", unknown)
	}
}
