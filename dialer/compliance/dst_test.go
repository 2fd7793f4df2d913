package compliance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// edgeZones are those of our area codes and some whose clocks behave otherwise:
// at midnight, by half an hour, in the south, not at all any more.
var edgeZones = []string{
	"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "America/Adak",
	"Pacific/Honolulu", "America/St_Johns", "America/Halifax", "America/Puerto_Rico", "America/Toronto", "America/Winnipeg", "America/Regina",
	"Europe/London", "Europe/Paris", "Australia/Lord_Howe", "America/Havana", "America/Santiago", "Asia/Beirut", "Africa/Cairo", "Asia/Kolkata", "Pacific/Apia",
}

// changes are the moments of 2025 to 2030 at which a zone's clocks change.
func changes(loc *time.Location) []time.Time {
	var all []time.Time
	t := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() > 2030 {
			return all
		}
		all = append(all, end)
		t = end
	}
}

// byTheClock says what the wall clock says: minute by minute, no arithmetic
// shared with the code under test.
func byTheClock(limits []limit, t time.Time) bool {
	for _, l := range limits {
		local := t.In(l.zone)
		open := false
		for _, w := range l.rule.Windows {
			minute := local.Hour()*60 + local.Minute()
			open = open || (len(w.Days) == 0 || slices.Contains(w.Days, local.Weekday().String()[:3])) && w.from <= minute && minute < w.to
		}
		if !open {
			return false
		}
	}
	return true
}

// TestEveryChangeOfTheClocks goes through every change of the clocks from 2025
// to 2030, in every zone, with windows that begin and end around it, and
// compares the night with the wall clock: what is allowed, and
// that Until is the very next change of the answer, to the second.
func TestEveryChangeOfTheClocks(t *testing.T) {
	rules := []*Rule{
		campaignRule(0, 1440), campaignRule(480, 1260), campaignRule(90, 150), campaignRule(120, 180), campaignRule(0, 60), campaignRule(1410, 1440), campaignRule(30, 1410),
		{ID: "TWO", to: 99991231, Windows: []Window{window(t, "01:15", "01:45"), window(t, "02:30", "23:30")}},
		{ID: "SUN", to: 99991231, Windows: []Window{window(t, "02:00", "03:00", "Sun"), window(t, "09:00", "12:00", "Mon", "Sat")}},
	}
	edges, checked := 0, 0
	for _, name := range edgeZones {
		loc := location(name)
		if loc == nil {
			t.Fatal("no zone ", name)
		}
		for _, change := range changes(loc) {
			edges++
			for _, r := range rules {
				limits := []limit{{r, loc}}
				checked += compareDay(t, limits, change)
			}
		}
	}
	if edges < 150 {
		t.Errorf("only %d changes of the clocks were found", edges)
	}
	t.Logf("%d changes of the clocks, %d moments", edges, checked)
}

// compareDay walks from 5 hours before a moment to 9 hours after it: at each quarter of
// an hour, a second after it and a nanosecond before it.
func compareDay(t *testing.T, limits []limit, around time.Time) (checked int) {
	t.Helper()
	start := around.Add(-5 * time.Hour).Truncate(15 * time.Minute)
	const steps = 4 * 14
	open := make([]bool, steps+1)
	for i := range open {
		open[i] = byTheClock(limits, start.Add(time.Duration(i)*15*time.Minute))
	}
	for i := range steps {
		for _, off := range []time.Duration{0, time.Second, 15*time.Minute - 1} {
			now := start.Add(time.Duration(i)*15*time.Minute + off)
			shutBy, shut := closed(limits, now)
			checked++
			if shut == open[i] {
				t.Fatalf("%s in %s at %v: closed %v, the wall clock says open %v", shutBy.rule.ID, limits[0].zone, now.In(limits[0].zone), shut, open[i])
			}
			// The answer changes at the first quarter that differs; windows of
			// these tests begin and end at quarters.
			change := i + 1
			for change <= steps && open[change] == open[i] {
				change++
			}
			if change > steps {
				continue
			}
			want := start.Add(time.Duration(change) * 15 * time.Minute)
			if shut {
				if got := next(limits, now); !got.Equal(want) {
					t.Fatalf("%s in %s at %v: opens at %v, want %v", shutBy.rule.ID, limits[0].zone, now.In(limits[0].zone), got.In(limits[0].zone), want.In(limits[0].zone))
				}
				continue
			}
			var got time.Time
			for _, l := range limits {
				if _, end := l.at(now); got.IsZero() || end.Before(got) {
					got = end
				}
			}
			// A window up to midnight ends there, though the next day's goes on.
			if got.After(want) || !got.Equal(want) && got.In(limits[0].zone).Hour() != 0 {
				t.Fatalf("%s in %s at %v: ends at %v, want %v", limits[0].rule.ID, limits[0].zone, now.In(limits[0].zone), got.In(limits[0].zone), want.In(limits[0].zone))
			}
		}
	}
	return checked
}

func window(t *testing.T, from, to string, days ...string) Window {
	t.Helper()
	w := Window{Days: days, From: from, To: to}
	if err := w.parse(); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestEveryStateAtEveryChange asks the whole question, in every state and at
// every edge of its hours on the days around each change of its clocks: refused
// to the last nanosecond before, allowed at the second itself.
func TestEveryStateAtEveryChange(t *testing.T) {
	asked := 0
	seen := map[string]bool{}
	for npa, a := range areas {
		key := strings.Join(a.places, " ") + strings.Join(a.zones, " ")
		if seen[key] {
			continue // another area code of the same place and zones
		}
		seen[key] = true
		number := "+1" + npa + "2340000"
		c := shipped.class(number, "", nil)
		limits, _, ok := shipped.limits(c, Hours{To: 1440})
		if !ok {
			t.Fatal("no limits for ", number)
		}
		for _, change := range changes(location(a.zones[0])) {
			for day := -1; day <= 1; day++ {
				noon := change.Add(time.Duration(day)*24*time.Hour + 6*time.Hour)
				for _, l := range limits {
					y, m, d := noon.In(l.zone).Date()
					for _, w := range l.rule.Windows {
						for _, minute := range []int{w.from, w.to} {
							edge := time.Date(y, m, d, 0, minute, 0, 0, l.zone)
							for _, now := range []time.Time{edge.Add(-time.Nanosecond), edge, edge.Add(time.Second)} {
								asked++
								q := allDay(number, now)
								q.CallerID, q.Ring = "15550001111", 26*time.Second
								q.History.Consent = Consent{Given: now.AddDate(-1, 0, 0), Written: true} // Oklahoma asks for it
								v := Check(q)
								if want := byTheClock(limits, now) && !anyHoliday(limits, now); v.Allowed != want {
									t.Fatalf("%s at %v: %+v, want allowed %v", number, now.In(l.zone), v, want)
								}
								if v.Until.IsZero() || !v.Until.After(now) {
									t.Fatalf("%s at %v: until %v", number, now, v.Until)
								}
								q.Now = v.Until
								if after := Check(q); !v.Allowed && !after.Allowed {
									t.Fatalf("%s is refused until %v, and refused then: %+v", number, v.Until, after)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d questions", asked)
}

func anyHoliday(limits []limit, t time.Time) bool {
	return slices.ContainsFunc(limits, func(l limit) bool { return l.rule.holidays.on(t.In(l.zone)) != "" })
}

// TestRandomHistories: whatever has happened to a number, a refusal that names
// an end is over at it and not a nanosecond before, if nothing else happens.
func TestRandomHistories(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	numbers := []string{"+12122340000", "+13052340000", "+14052340000", "+442079460000", "+14162340000", "+14239990000", "+12135550123"}
	refused := map[string]int{}
	for range 20000 {
		now := time.Date(2025+rnd.IntN(6), time.Month(1+rnd.IntN(12)), 1+rnd.IntN(28), rnd.IntN(24), rnd.IntN(60), rnd.IntN(60), 0, time.UTC)
		q := allDay(numbers[rnd.IntN(len(numbers))], now)
		q.CallerID, q.Ring, q.Debt = "15550001111", 26*time.Second, rnd.IntN(2) == 0
		q.Caps = Caps{PerDay: rnd.IntN(4), Per24h: rnd.IntN(5), Lockout: time.Duration(rnd.IntN(72)) * time.Hour}
		h := &History{Consent: Consent{Given: now.AddDate(-1, 0, 0), Written: true}} // Oklahoma asks for it, and no waiting brings it
		for range rnd.IntN(10) {
			a := Attempt{At: now.Add(-time.Duration(rnd.Int64N(int64(8 * 24 * time.Hour)))), Talked: rnd.IntN(4) == 0, Dropped: rnd.IntN(4) == 0, Machine: rnd.IntN(4) == 0}
			a.Ended = a.At.Add(time.Duration(rnd.IntN(100)) * time.Second)
			if a.Ended.After(now) {
				a.Ended = now
			}
			h.Attempts = append(h.Attempts, a)
		}
		q.History = h
		v := Check(q)
		if v.Allowed {
			continue
		}
		refused[v.Rule]++
		if v.Until.IsZero() {
			t.Fatalf("%+v: never", v)
		}
		q.Now = v.Until
		if after := Check(q); !after.Allowed {
			t.Fatalf("%s at %v is refused until %v by %s, and then by %+v", q.E164, now, v.Until, v.Rule, after)
		}
		q.Now = v.Until.Add(-time.Nanosecond)
		if q.Now.After(now) {
			if before := Check(q); before.Allowed {
				t.Fatalf("%s at %v is refused until %v by %s, but allowed a moment before", q.E164, now, v.Until, v.Rule)
			}
		}
	}
	for _, rule := range []string{RulePer24h, RulePerDay, RuleLockout, "US-1", "US-FL-24H", "US-OK-24H", "US-15-TALK", "UK-4", "UK-5"} {
		if refused[rule] < 10 {
			t.Errorf("%s refused %d times only", rule, refused[rule])
		}
	}
}
