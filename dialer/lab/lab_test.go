package lab

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
)

func scenario(t testing.TB, key string) Scenario {
	t.Helper()
	for _, s := range Scenarios() {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("no scenario %s", key)
	return Scenario{}
}

func short(t testing.TB, key string, hours float64) Scenario {
	s := scenario(t, key)
	s.Hours = hours
	return s
}

func run(t testing.TB, s Scenario, method string, seed uint64) Result {
	t.Helper()
	r, err := Run(s, Options{Method: method, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSameSeedSameDay: to the last digit.
func TestSameSeedSameDay(t *testing.T) {
	for _, m := range Methods {
		a, b := run(t, short(t, "P1", 1), string(m), 7), run(t, short(t, "P1", 1), string(m), 7)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %+v\n%+v", m, a, b)
		}
	}
	if reflect.DeepEqual(run(t, short(t, "P1", 1), "PROGRESSIVE", 7), run(t, short(t, "P1", 1), "PROGRESSIVE", 8)) {
		t.Error("two seeds, one day")
	}
}

// TestCommonNumbers: the n-th lead and the m-th agent are the same whatever was
// drawn before.
func TestCommonNumbers(t *testing.T) {
	s := scenario(t, "P1")
	a, b := newDice(3), newDice(3)
	for i := range 50 {
		b.shift(&s, i)
		if a.lead(&s, i) != b.lead(&s, i) {
			t.Fatalf("lead %d differs", i)
		}
	}
	if !reflect.DeepEqual(a.shift(&s, 4), b.shift(&s, 4)) {
		t.Error("agent 4 differs")
	}
}

// TestWorld: the world's own figures, far from any method: progressive makes
// almost no drop, and its dials per connect are the list's.
func TestWorld(t *testing.T) {
	r := run(t, short(t, "P1", 4), "PROGRESSIVE", 3)
	asks := 0.22*(1-0.02) + 0.30*0.08 // humans that AMD lets through, machines that it misses
	if got, want := r.DialsPerConnect, 1/asks; math.Abs(got-want) > 0.6 {
		t.Errorf("%.2f dials a connect, want about %.2f", got, want)
	}
	if r.Abandoned > 2 || r.Utilisation < 0.45 || r.Utilisation > 0.62 {
		t.Errorf("%+v", r)
	}
}

// TestPredictiveBeatsVICIdial: on a day of each kind, within the law.
func TestPredictiveBeatsVICIdial(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates some shifts")
	}
	for _, key := range []string{"P1", "P5"} {
		s := scenario(t, key)
		ours, theirs := run(t, s, "PREDICTIVE", 21), run(t, s, "ADAPT_TAPERED", 21)
		if ours.Abandonment > 0.03 {
			t.Errorf("%s: %.2f %% abandoned", key, 100*ours.Abandonment)
		}
		if ours.Utilisation < theirs.Utilisation+0.07 {
			t.Errorf("%s: utilisation %.1f %%, VICIdial's %.1f %%", key, 100*ours.Utilisation, 100*theirs.Utilisation)
		}
	}
}

// TestAnyWorld: no scenario, however odd, gives an impossible figure.
func TestAnyWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := base()
		s.Key = "odd"
		s.Seats = rapid.IntRange(1, 12).Draw(t, "agents")
		s.Hours = rapid.Float64Range(0.05, 0.6).Draw(t, "hours")
		s.Human = rapid.Float64Range(0, 0.6).Draw(t, "human")
		s.AMD = rapid.Bool().Draw(t, "amd")
		s.CPS = rapid.Float64Range(0.1, 30).Draw(t, "cps")
		s.Channels = rapid.IntRange(1, 50).Draw(t, "channels")
		s.Leads = rapid.IntRange(0, 300).Draw(t, "leads")
		s.OddShifts = rapid.Float64Range(0, 1).Draw(t, "odd")
		s.Pauses = rapid.Float64Range(0, 20).Draw(t, "pauses")
		s.Drop = rapid.Float64Range(0.2, 20).Draw(t, "drop")
		m := rapid.SampledFrom(Methods).Draw(t, "method")
		r, err := Run(s, Options{Method: string(m), Seed: rapid.Uint64().Draw(t, "seed")})
		if err != nil {
			t.Fatal(err)
		}
		if !(r.Utilisation >= 0 && r.Utilisation <= 1) || !(r.Abandonment >= 0 && r.Abandonment <= 1) || r.Wait < 0 ||
			r.Connects > r.Dials || s.Leads > 0 && r.Dials > s.Leads {
			t.Fatalf("%+v", r)
		}
	})
}

func TestParse(t *testing.T) {
	all, err := Parse([]byte("[scenario.x]\nagents = 7\nhuman = 0.1\njumps = [{at = 1.0, human = 2.0}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s := all[0]; s.Key != "x" || s.Seats != 7 || s.Human != 0.1 || s.Machine != 0.30 || s.CPS != 5 || s.Channels != 76 || len(s.Jumps) != 1 {
		t.Errorf("%+v", s)
	}
	for text, want := range map[string]string{
		"":                          "no table",
		"[scenario.x]\nagents = 0":  "agents",
		"[scenario.x]\nhuman = 0.9": "more than 1",
		"[scenario.x]\ntypo = 1":    "typo",
		"[scenario.x]\nhours = nan": "hours",
		"[scenario.x]\njumps = [{at = 1.0, human = -5.0}]":                         "jumps, number 1: human",
		"[scenario.x]\njumps = [{at = nan, human = 1.0}]":                          "jumps, number 1: at",
		"[scenario.x]\njumps = [{at = 2.0, human = 1.0}, {at = 1.0, human = 1.0}]": "jumps, number 2: at",
		"[scenario.x]\nchannels = -1":                                              "negative",
		"[scenario.x]\nagents = \"many\"":                                          "scenario x",
		"[scenario":                                                                "",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReport(t *testing.T) {
	var all []Result
	world := short(t, "P2", 0.5)
	world.Target = 0.01
	for _, m := range []string{"PROGRESSIVE", "PREDICTIVE"} {
		for seed := range uint64(2) {
			r := run(t, world, m, seed)
			r.Scenario = "P2</script>"
			all = append(all, r)
		}
	}
	var page bytes.Buffer
	err := Report(&page, "A <day>", all, []byte("draw()"))
	if err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"A &lt;day&gt;", "PREDICTIVE", `<script type="module">draw()</script>`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the report", want)
		}
	}
	_, rest, _ := strings.Cut(text, `id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var charts []chart
	err = json.Unmarshal([]byte(data), &charts)
	if err != nil {
		t.Fatalf("the charts' data: %v", err)
	}
	if len(charts) != 1 || charts[0].Key != "P2</script>" || len(charts[0].Figures) != 5 || len(charts[0].Hours) != 2 {
		t.Fatalf("%+v", charts)
	}
	if limit := charts[0].Figures[1].Limit; limit != 1 {
		t.Errorf("the limit is drawn at %v %%, the scenario has 1 %%", limit)
	}
	// What is drawn is what the table says.
	p := Pool(all[2:])
	dials := charts[0].Figures[1].Lines[1]
	if last := dials.Values[1]; last == nil || math.Abs(*last/100-p.Abandonment) > 1e-9 {
		t.Errorf("%v at the end of the line, %v in the table", last, 100*p.Abandonment)
	}
	page.Reset()
	err = Report(&page, "", all, nil)
	if err != nil || !strings.Contains(page.String(), "There are no charts") {
		t.Errorf("without its script the page does not say so: %v", err)
	}
}

func TestResultKeys(t *testing.T) {
	text, err := json.Marshal(Result{})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	err = json.Unmarshal(text, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"abandoned", "abandonment", "agents", "dials_per_connect", "live", "method", "scenario", "seed", "utilisation", "wait_s", "worst_hour"}
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, want) {
		t.Errorf("%v, want %v", keys, want)
	}
}

func BenchmarkShift20(b *testing.B) {
	s := scenario(b, "P1")
	for b.Loop() {
		r := run(b, s, "PREDICTIVE", 1)
		b.ReportMetric(100*r.Utilisation, "utilisation_%")
		b.ReportMetric(100*r.Abandonment, "abandonment_%")
	}
}

// TestReplay: a day worked, written down and worked again gives about the same
// figures.
func TestReplay(t *testing.T) {
	var day Record
	for i := range 2000 {
		c := RecordedCall{At: float64(i) * 3.6, Setup: 2, Ring: 26, Rung: true}
		switch i % 10 {
		case 0, 1:
			c.Ring, c.Screen, c.Answered, c.Asked, c.Human, c.Talk, c.Wrap = 10, 1.8, true, true, true, float64(20+i%200), 15
		case 2:
			c.Ring, c.Screen, c.Answered = 20, 2.8, true
		case 3:
			c.Rung, c.Ring = false, 0
		case 4:
			c.Ring, c.Screen, c.Answered, c.Asked = 9, 1.8, true, true // it was dropped
		}
		day.Calls = append(day.Calls, c)
	}
	for i := range 12 {
		day.Agents = append(day.Agents, RecordedAgent{From: float64(i), To: 7200, Pauses: []Pause{{At: 3600, Long: 300}}})
	}
	s, err := Replay("C1", day)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Methods {
		r, err := Run(s, Options{Method: string(m), Seed: 1, Settings: pacing.Settings{Level: 1.5}})
		if err != nil {
			t.Fatal(err)
		}
		if r.DialsPerConnect < 2.5 || r.DialsPerConnect > 4.5 || r.Utilisation < 0.4 {
			t.Errorf("%s: %+v", m, r)
		}
	}
	_, err = Replay("C1", Record{Calls: []RecordedCall{{At: math.NaN()}}})
	if err == nil {
		t.Error("an empty day was replayed")
	}
}

// TestReplayIsToldWhatTheDayWas: pacing risks more where the rest of the day
// makes up for it, and goes on ledgers that have begun before: a replay that
// left them out would say less than the day did.
func TestReplayIsToldWhatTheDayWas(t *testing.T) {
	day := Record{Told: []Told{{At: 0, Leads: 40}, {At: 300, End: 900, Leads: 60}, {At: 450, End: 900}, {At: 600, End: 900, Leads: 60}}}
	for i := range 600 {
		day.Calls = append(day.Calls, RecordedCall{At: float64(2 * i), Setup: 1, Ring: 5, Rung: true, Answered: true, Asked: true, Human: true, Talk: 20, Wrap: 5})
	}
	for range 10 {
		day.Agents = append(day.Agents, RecordedAgent{To: 1200})
	}
	s, err := Replay("C1", day)
	if err != nil {
		t.Fatal(err)
	}
	ledgers := []pacing.Budget{{Name: "30 days", Limit: 0.03, Live: 2000, Drops: 20}}
	for _, before := range [][]pacing.Budget{nil, ledgers} {
		seen := 0
		_, err = Run(s, Options{Method: string(dialer.DialPredictive), Seed: 1, Before: before, Log: func(at float64, in pacing.Input, _ pacing.Decision) {
			told, end := day.Told[1], opening.Add(900*time.Second)
			if at == 0 {
				told, end = day.Told[0], time.Time{}
			}
			if at >= 900 {
				end = time.Time{} // over, and says nothing of what is dialed still
			}
			if in.Leads != told.Leads || !in.DialEnd.Equal(end) {
				t.Fatalf("at %.1f s: %d leads until %v", at, in.Leads, in.DialEnd)
			}
			switch b := in.Budgets; {
			case len(b) != 1, before == nil && b[0].Name != "today", before != nil && (b[0].Name != "30 days" || b[0].Live < 2000 || b[0].Drops < 20):
				t.Fatalf("at %.1f s: ledgers %+v", at, b)
			}
			seen++
		}})
		if err != nil || seen < 1200 {
			t.Errorf("%d decisions, %v", seen, err)
		}
	}
}

// TestReplayHasTheDaysOwnClock: ADAPT_TAPERED grows stricter towards a time of
// the server's day, which a replay must tell as it was.
func TestReplayHasTheDaysOwnClock(t *testing.T) {
	zone := time.FixedZone("five behind", -5*3600)
	day := Record{From: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)}
	for i := range 60 {
		day.Calls = append(day.Calls, RecordedCall{At: 15*3600 + float64(i), Setup: 1, Ring: 5, Rung: true})
	}
	day.Agents = []RecordedAgent{{From: 15 * 3600, To: 15*3600 + 60}}
	s, err := Replay("C1", day)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	_, err = Run(s, Options{Method: string(dialer.DialTapered), Zone: zone, Settings: pacing.Settings{Level: 1}, Log: func(at float64, in pacing.Input, _ pacing.Decision) {
		seen = true
		if want := day.From.Add(duration(at)); !in.Now.Equal(want) || in.Offset != -5*3600 {
			t.Fatalf("%.0f s into the day it is %v, %d s off UTC", at, in.Now, in.Offset)
		}
		if want := 1000 + 1; in.Settings.LatestTime != want { // the end of the day's last shift
			t.Fatalf("the latest time is %d, want %d", in.Settings.LatestTime, want)
		}
	}})
	if err != nil || !seen {
		t.Error(seen, err)
	}
}
