package ledger

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func regime(t *testing.T, key string) Regime {
	t.Helper()
	for _, r := range Regimes {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("no regime %s", key)
	return Regime{}
}

// TestGolden: the formulas of the regimes on one log, D=29, H=9, M=7.
func TestGolden(t *testing.T) {
	c := Counts{Attempts: 1000, Answered: 45, Dropped: 29, Humans: 9, Machines: 7}
	for key, want := range map[string]float64{
		"us-fcc": 29.0 / 38, "us-tsr": 29.0 / 38, "uk": 0.6444, "uk-amd": 29.0 / 38, "ca": 29.0 / 45,
		"vicidial": 29.0 / 38, "queue": 29.0 / 45, "attempts": 0.029,
	} {
		got := regime(t, key).line(time.Time{}, time.Time{}, c).Share
		if math.Abs(got-want) > 5e-5 {
			t.Errorf("%s: %.4f, want %.4f", key, got, want)
		}
	}
	c.Mistaken = 2
	if got := regime(t, "uk-amd").line(time.Time{}, time.Time{}, c).Share; got != 31.0/40 {
		t.Errorf("UK with two false positives: %.4f", got)
	}
}

// TestLimit: "more than three percent" is the violation.
func TestLimit(t *testing.T) {
	for _, tc := range []struct {
		drops, humans, spare float64
		holds                bool
	}{{30, 970, 0, true}, {31, 969, -1, false}, {0, 33, 0, true}, {1, 32, -1, false}, {0, 34, 1, true}, {0, 0, 0, true}} {
		l := regime(t, "us-fcc").line(time.Time{}, time.Time{}, Counts{Dropped: tc.drops, Humans: tc.humans})
		if l.Holds() != tc.holds || l.Spare != tc.spare {
			t.Errorf("%v: holds %v, spare %v", tc, l.Holds(), l.Spare)
		}
	}
}

func TestWindows(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	now := time.Date(2026, 7, 15, 10, 30, 0, 0, time.UTC)
	var l Ledger
	for _, at := range []time.Time{
		now.Add(-45 * 24 * time.Hour),                  // May 31: before every window but the campaign's
		now.Add(-29 * 24 * time.Hour),                  // June 16: within 30 days and the second successive period
		time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC), // July 1 already in London
		time.Date(2026, 7, 14, 22, 59, 0, 0, time.UTC), // yesterday
		time.Date(2026, 7, 14, 23, 0, 0, 0, time.UTC),  // midnight in London: today
		now,
	} {
		l.Add(at, Counts{Dropped: 1})
	}
	want := map[string]float64{"uk": 2, "vicidial": 2, "us-fcc": 5, "ca": 4, "us-tsr": 4}
	for _, line := range l.Report(now, london) {
		if n, ok := want[line.Regime.Key]; ok && line.Numerator != n {
			t.Errorf("%s: %v drops from %v, want %v", line.Regime.Key, line.Numerator, line.From, n)
		}
	}
	l.Forget(now)
	if got := l.Sum(time.Time{}, now.Add(time.Hour)).Dropped; got != 5 {
		t.Errorf("%v drops after forgetting, want 5", got)
	}
	for _, line := range l.Report(now, london) {
		if n, ok := want[line.Regime.Key]; ok && line.Numerator != n {
			t.Errorf("after forgetting, %s: %v drops, want %v", line.Regime.Key, line.Numerator, n)
		}
	}
}

func TestReplace(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	var l, fresh Ledger
	for i := range 10 {
		l.Add(at.Add(time.Duration(i)*time.Minute), Counts{Humans: 1})
		fresh.Add(at.Add(time.Duration(i)*time.Minute), Counts{Humans: 10})
	}
	l.Replace(at.Add(6*time.Minute+time.Second), &fresh)
	if got := l.Sum(at, at.Add(time.Hour)).Humans; got != 6+40 {
		t.Errorf("%v", got)
	}
}

// TestRoundingIsNoCall: what an estimate's rounding leaves has a bound, too.
func TestRoundingIsNoCall(t *testing.T) {
	for _, d := range []float64{5e-324, 1.1e-308, 1e-160, 1e-9} {
		if got := Wilson(d, d); got != 1 {
			t.Errorf("Wilson(%g, %g) = %v, want 1", d, d, got)
		}
	}
}

// TestMistaken: of 98 persons whom AMD let through at 2 % false positives, two
// more were hung up on.
func TestMistaken(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	l := Ledger{Mistaken: 0.02}
	l.Add(at, Counts{Dropped: 1, Humans: 97})
	for _, line := range l.Report(at, time.UTC) {
		if want := 3.0 / 100; line.Regime.Key == "uk-amd" && math.Abs(line.Share-want) > 1e-9 {
			t.Errorf("%v, want %v", line.Share, want)
		}
		if line.Regime.Key == "us-fcc" && line.Numerator != 1 {
			t.Errorf("the US count adds %v", line.Numerator)
		}
	}
}

// TestBinds: a campaign keeps the limits of its own law and of no other.
func TestBinds(t *testing.T) {
	for _, tc := range []struct {
		law  string
		amd  bool
		want []string
	}{
		{"us", true, []string{"us-fcc", "us-tsr"}}, {"", false, []string{"us-fcc", "us-tsr"}},
		{"uk", false, []string{"uk"}}, {"uk", true, []string{"uk-amd"}}, {"ca", true, []string{"ca"}},
	} {
		var got []string
		for _, r := range Regimes {
			if r.Binds(tc.law, tc.amd) {
				got = append(got, r.Key)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s, AMD %v: %v, want %v", tc.law, tc.amd, got, tc.want)
		}
	}
}

// TestSane: whatever is booked, shares stay shares and no bound lies below
// what was seen.
func TestSane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Float64Range(0, 1e6), rapid.SampledFrom([]float64{-1, math.NaN(), math.Inf(1), math.Inf(-1), 0}))
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var l Ledger
		for range rapid.IntRange(0, 20).Draw(t, "entries") {
			at := start.Add(time.Duration(rapid.IntRange(-1e6, 1e7).Draw(t, "at")) * time.Second)
			l.Add(at, Counts{n.Draw(t, "t"), n.Draw(t, "a"), n.Draw(t, "d"), n.Draw(t, "h"), n.Draw(t, "m"), n.Draw(t, "f")})
		}
		now := start.Add(time.Duration(rapid.IntRange(-1e6, 1e7).Draw(t, "now")) * time.Second)
		for _, line := range l.Report(now, time.UTC) {
			if !(line.Share >= 0 && line.Share <= 1) || !(line.Upper >= line.Share-1e-9 && line.Upper <= 1) || math.IsNaN(line.Spare) || line.Numerator > line.Denominator+1e-6 {
				t.Fatalf("%+v", line)
			}
		}
	})
}

// TestDaysAreTheRegimesOwn: the UK's day begins at midnight in the UK, wherever
// the server stands; a product's figure at the server's.
func TestDaysAreTheRegimesOwn(t *testing.T) {
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 7, 15, 10, 30, 0, 0, time.UTC)
	var l Ledger
	for _, line := range l.Report(now, york) {
		want, ok := map[string]time.Time{
			"uk": time.Date(2026, 7, 14, 23, 0, 0, 0, time.UTC), "uk-amd": time.Date(2026, 7, 14, 23, 0, 0, 0, time.UTC),
			"vicidial": time.Date(2026, 7, 15, 4, 0, 0, 0, time.UTC), "ca": time.Date(2026, 7, 1, 4, 0, 0, 0, time.UTC),
		}[line.Regime.Key]
		if ok && !line.From.Equal(want) {
			t.Errorf("%s: from %v, want %v", line.Regime.Key, line.From.UTC(), want)
		}
	}
}
