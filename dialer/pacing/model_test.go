package pacing

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func s(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }

// taught is a model that has seen a dial a second for n seconds, of which one
// in four asked after about 10 s of ringing, and as many talks of a minute.
func taught(n int) *Model {
	m := NewModel()
	m.teach(n, 4)
	return m
}

func (m *Model) teach(n, oneIn int) {
	r := rand.New(rand.NewPCG(1, 2))
	at := m.at
	if at.IsZero() {
		at = start
	}
	var flights []Flight
	for i := range n {
		at = at.Add(time.Second)
		flights = flights[:0]
		for age := range min(i, 26) {
			if asks := (i-age)%oneIn == 0; !asks || age < 10 {
				flights = append(flights, Flight{StageRinging, s(float64(age)), 0})
			}
		}
		m.advance(Input{Now: at, Flights: flights})
		if i%oneIn != 0 {
			m.Observe(Event{At: at, Kind: Lost, Setup: s(2), Rang: s(26), Rung: true})
			continue
		}
		m.Observe(Event{At: at, Kind: Asked, Setup: s(2), Rang: s(8 + 4*r.Float64()), Screened: s(1.8), Rung: true, Answered: true})
		m.Observe(Event{At: at, Kind: TalkEnd, Talked: s(60)})
		m.Observe(Event{At: at, Kind: WrapEnd, Talked: s(60), Wrapped: s(10 + 5*r.Float64()), Human: true})
	}
}

// floorOf is an input of a team of n, a good ledger behind it.
func floorOf(m *Model, n, ready int) Input {
	in := Input{
		Now: m.at.Add(time.Second), Method: dialer.DialPredictive, Model: m, Ready: ready, Talking: n - ready,
		Leads: -1, Channels: 10 * n, CPSLeft: 1000,
		Budgets: []Budget{{Name: "day", Limit: 0.03, Live: 5000, Drops: 100}},
	}
	for i := range n - ready {
		in.Busy = append(in.Busy, Busy{In: s(float64(5 + i%50))})
	}
	return in
}

func TestYoungCampaignIsProgressive(t *testing.T) {
	in := floorOf(NewModel(), 5, 3)
	in.Budgets[0].Live, in.Budgets[0].Drops = 20, 0
	d := Decide(in)
	if d.Place != 3 || d.Bound != BoundBudget {
		t.Errorf("20 live calls cannot carry a drop: %+v", d)
	}
	in.Budgets = nil
	in.Now = in.Now.Add(time.Second)
	if d := Decide(in); d.Place != 3 || d.Bound != BoundBudget {
		t.Errorf("without a ledger: %+v", d)
	}
	in.Model = nil
	if d := Decide(in); d.Place != 3 || d.Bound != BoundBudget {
		t.Errorf("without a model: %+v", d)
	}
}

func TestSpentBudgetIsProgressive(t *testing.T) {
	in := floorOf(taught(2000), 20, 3)
	in.Budgets = append(in.Budgets, Budget{Name: "24 h", Limit: 0.03, Live: 1000, Drops: 40})
	if d := Decide(in); d.Place > 3 || d.Bound != BoundBudget {
		t.Errorf("one spent ledger of two must bind: %+v", d)
	}
}

func TestPredictiveDialsAhead(t *testing.T) {
	m := taught(4000)
	rich := Decide(floorOf(m, 20, 5))
	if rich.Place <= 5 {
		t.Errorf("five waiting agents and a quarter of the dials answered: %+v", rich)
	}
	none := Decide(floorOf(m, 20, 0))
	if none.Place > rich.Place {
		t.Errorf("no waiting agent places %d, five place %d", none.Place, rich.Place)
	}
	full := floorOf(m, 20, 5)
	full.Dialing = 200
	if d := Decide(full); d.Place != 0 {
		t.Errorf("200 calls on the way for 20 agents: %+v", d)
	}
}

// TestFollowsChange: after answers have become twice as frequent the believed
// share has doubled within minutes.
func TestFollowsChange(t *testing.T) {
	m := taught(3000)
	before := m.Share()
	if before < 0.2 || before > 0.3 {
		t.Errorf("one in four asked; believed %.3f", before)
	}
	m.teach(300, 2)
	if after := m.Share(); after < before*1.5 {
		t.Errorf("share %.3f before, %.3f after", before, after)
	}
}

// TestTail: the two ways to the tail agree, and the exact one is exact.
func TestTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		team := rapid.IntRange(1, exactUpTo).Draw(t, "team")
		q := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 12).Draw(t, "q")
		var fast sum
		fast.reset(team)
		for _, x := range q {
			fast.add(x)
		}
		want := 0.0
		for mask := range 1 << len(q) {
			p, n := 1.0, 0
			for i, x := range q {
				if mask>>i&1 == 1 {
					p *= x
					n++
				} else {
					p *= 1 - x
				}
			}
			if n >= team {
				want += p
			}
		}
		if got := fast.reach(); math.Abs(got-want) > 1e-4 {
			t.Fatalf("team %d, %v: %v, want %v", team, q, got, want)
		}
	})
	var exact, normal sum
	exact.reset(exactUpTo)
	normal.reset(exactUpTo)
	normal.exact = false
	for i := range 60 {
		q := 0.1 + 0.4*float64(i%7)/7
		exact.add(q)
		normal.add(q)
	}
	if a, b := exact.reach(), normal.reach(); math.Abs(a-b) > 0.003 {
		t.Errorf("exact %v, normal %v", a, b)
	}
}

func TestSnapshot(t *testing.T) {
	m := taught(1500)
	text := m.Snapshot()
	back, err := Restore(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, back.Snapshot()) {
		t.Error("a restored model's snapshot differs")
	}
	for range 20 {
		a, b := Decide(floorOf(m, 20, 4)), Decide(floorOf(back, 20, 4))
		if a != b {
			t.Fatalf("%+v\n%+v", a, b)
		}
	}
	for _, bad := range []string{"", "{}", "[]", `{"Version":99}`, "null"} {
		if _, err := Restore([]byte(bad)); err == nil {
			t.Errorf("%q was restored", bad)
		}
	}
	odd, err := Restore([]byte(`{"Version":2,"Level":[-5,1e300],"Total":-1,"Theta":{"Log":1e9,"Rate":-3},"AskRing":[-1,-2]}`))
	if err != nil {
		t.Fatal(err)
	}
	if d := Decide(floorOf(odd, 5, 2)); d.Place < 0 || d.Place > 50 {
		t.Errorf("%+v", d)
	}
}

// TestNeverUnbounded: whatever happened and whatever is asked, a number within
// every limit, and none when dialing is closed.
func TestNeverUnbounded(t *testing.T) {
	methods := []dialer.DialMethod{dialer.DialManual, dialer.DialRatio, dialer.DialHardLimit, dialer.DialTapered,
		dialer.DialAverage, dialer.DialProgressive, dialer.DialPredictive, "", "NONE"}
	rapid.Check(t, func(t *rapid.T) {
		num := rapid.OneOf(rapid.IntRange(-5, 400), rapid.SampledFrom([]int{math.MinInt, math.MaxInt32, math.MaxInt}))
		small := rapid.IntRange(-5, 60)
		counts := rapid.SampledFrom([]dialer.AgentCount{dialer.CountOff, dialer.CountLoggedIn, dialer.CountNonPaused, dialer.CountWaiting, ""})
		real := rapid.OneOf(rapid.Float64Range(-5, 1e4), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1e300}))
		span := rapid.OneOf(rapid.Int64Range(-1e10, 1e12), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}))
		m := NewModel()
		at := start
		var adapt Adapt
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.Int64Range(-1e11, 1e11).Draw(t, "clock")))
			for range rapid.IntRange(0, 20).Draw(t, "events") {
				d := func(n string) time.Duration { return time.Duration(span.Draw(t, n)) }
				m.Observe(Event{At: at, Kind: Kind(rapid.IntRange(0, 8).Draw(t, "kind")), Setup: d("setup"), Rang: d("rang"), Screened: d("screened"),
					Talked: d("talked"), Wrapped: d("wrapped"), Rung: rapid.Bool().Draw(t, "rung"), Answered: rapid.Bool().Draw(t, "answered"),
					Human: rapid.Bool().Draw(t, "human"), Paused: rapid.Bool().Draw(t, "paused")})
			}
			in := Input{
				Now: at, Method: rapid.SampledFrom(methods).Draw(t, "method"), Model: m, Adapt: adapt,
				Settings: Settings{real.Draw(t, "level"), dialer.PacingSettings{
					MaxLevel: real.Draw(t, "max"), DropPercent: real.Draw(t, "percent"), Intensity: num.Draw(t, "intensity"),
					DiffTarget: num.Draw(t, "diff"), DiffMethod: rapid.SampledFrom([]dialer.DiffMethod{dialer.DiffPlaced, dialer.DiffCalc, ""}).Draw(t, "placed"),
					AvailableOnly: rapid.Bool().Draw(t, "available"), AvailableCount: counts.Draw(t, "of"), AvailableBelow: num.Draw(t, "below"),
					LevelOneCount: counts.Draw(t, "one of"), LevelOneBelow: num.Draw(t, "one below"),
					LatestTime: num.Draw(t, "latest"), InCallThreshold: num.Draw(t, "incall")}},
				Offset: num.Draw(t, "offset"), Elsewhere: real.Draw(t, "elsewhere"),
				Ready: small.Draw(t, "ready"), Talking: small.Draw(t, "talking"), WrapUp: small.Draw(t, "wrap"), Paused: num.Draw(t, "paused"),
				Dialing: small.Draw(t, "dialing"), Waiting: small.Draw(t, "waiting"),
				Grace: time.Duration(span.Draw(t, "grace")), Leads: num.Draw(t, "leads"), Channels: num.Draw(t, "channels"), CPSLeft: real.Draw(t, "cps"),
				Budgets: []Budget{{"x", real.Draw(t, "limit"), real.Draw(t, "live"), real.Draw(t, "drops")}},
				Day:     Tally{num.Draw(t, "c"), num.Draw(t, "a"), num.Draw(t, "d")}, Minute: Tally{num.Draw(t, "mc"), 0, num.Draw(t, "md")},
			}
			for range rapid.IntRange(0, 5).Draw(t, "flights") {
				in.Flights = append(in.Flights, Flight{Stage(rapid.IntRange(0, 6).Draw(t, "stage")), time.Duration(span.Draw(t, "in")), time.Duration(span.Draw(t, "r"))})
				in.Busy = append(in.Busy, Busy{rapid.Bool().Draw(t, "w"), time.Duration(span.Draw(t, "b")), time.Duration(span.Draw(t, "br")), time.Duration(span.Draw(t, "bt"))})
			}
			if rapid.IntRange(0, 5).Draw(t, "closed") == 0 {
				in.Closed = "night"
			}
			d := Decide(in)
			adapt = d.Adapt
			switch {
			case d.Place < 0, d.Place > max(0, in.Channels), d.Place > maxPlace, in.Leads >= 0 && d.Place > in.Leads, float64(d.Place) > max(0, in.CPSLeft):
				t.Fatalf("%+v", d)
			case in.Closed != "" && d.Place > 0:
				t.Fatalf("dials at night: %+v", d)
			case d.Reason == "" || d.Bound == "":
				t.Fatalf("unsaid: %+v", d)
			case math.IsNaN(m.Theta()) || math.IsNaN(m.Share()) || m.Share() < 0 || m.Share() > 1:
				t.Fatalf("theta %v, share %v", m.Theta(), m.Share())
			case in.Method == dialer.DialPredictive && max(0, in.Ready)+max(0, in.Talking)+max(0, in.WrapUp) == 0 && d.Place > 0:
				t.Fatalf("dials without agents: %+v", d)
			}
		}
	})
}

// TestFlood: ten thousand answers at once, and all the calls that they leave
// behind, place nothing more and teach nothing absurd.
func TestFlood(t *testing.T) {
	m := taught(1000)
	for range 10_000 {
		m.Observe(Event{At: m.at, Kind: Asked, Setup: s(1), Rang: s(9), Rung: true, Answered: true})
	}
	in := floorOf(m, 20, 5)
	in.Waiting, in.Dialing = 10_000, math.MaxInt32
	if d := Decide(in); d.Place != 0 {
		t.Errorf("%+v", d)
	}
	if p := m.Share(); !(p > 0 && p <= 1) {
		t.Errorf("share %v", p)
	}
	// Afterwards it is unlearnt: nobody answers for an hour.
	in.Waiting, in.Dialing = 0, 0
	for range 3600 {
		in.Now = in.Now.Add(time.Second)
		in.Flights = in.Flights[:0]
		for i := range 40 {
			in.Flights = append(in.Flights, Flight{StageRinging, s(float64(i % 26)), 0})
		}
		in.Dialing = 40
		Decide(in)
	}
	if p := m.Share(); p > 0.1 {
		t.Errorf("after an hour without an answer %.2f of the dials are believed to be answered", p)
	}
}

// TestCountersReset: the ledger's counts fall back to nothing, as at midnight:
// the campaign is young again, and nothing else happens.
func TestCountersReset(t *testing.T) {
	m := taught(4000)
	in := floorOf(m, 10, 4)
	if d := Decide(in); d.Bound == BoundBudget {
		t.Fatalf("a good ledger: %+v", d)
	}
	in.Now = in.Now.Add(time.Second)
	in.Budgets[0].Live, in.Budgets[0].Drops = 0, 0
	if d := Decide(in); d.Bound != BoundBudget || d.Place > 4+1 {
		t.Errorf("an empty ledger: %+v", d)
	}
	in.Now = in.Now.Add(-time.Hour)
	in.Budgets[0].Live = -5
	in.Budgets[0].Drops = math.NaN()
	if d := Decide(in); d.Place > 4+1 {
		t.Errorf("an absurd ledger, an hour ago: %+v", d)
	}
}

func TestNobodyThere(t *testing.T) {
	m := taught(1000)
	in := floorOf(m, 1, 0)
	in.Talking, in.Busy, in.Paused = 0, nil, 20
	if d := Decide(in); d.Place != 0 {
		t.Errorf("all paused: %+v", d)
	}
	in.Ready, in.Channels = 20, 0
	if d := Decide(in); d.Place != 0 {
		t.Errorf("no channels: %+v", d)
	}
}

func BenchmarkDecide300(b *testing.B) {
	m := taught(4000)
	in := floorOf(m, 300, 20)
	in.Dialing = 400
	for i := range 400 {
		in.Flights = append(in.Flights, Flight{Stage(i % 3), s(float64(i % 20)), s(10)})
	}
	b.ReportAllocs()
	for b.Loop() {
		in.Now = in.Now.Add(250 * time.Millisecond)
		Decide(in)
	}
}

// TestClockSetBack: where the host's clock is set back by an hour, what is seen
// until it is as late again is learnt all the same.
func TestClockSetBack(t *testing.T) {
	m := taught(3000)
	before := m.Share()
	m.at = m.at.Add(time.Hour) // what went before had been an hour ahead
	in := floorOf(m, 20, 5)
	in.Now = m.at.Add(-time.Hour)
	for range 900 { // nobody answers
		in.Now = in.Now.Add(time.Second)
		in.Flights = in.Flights[:0]
		for i := range 40 {
			in.Flights = append(in.Flights, Flight{StageRinging, s(float64(i % 26)), 0})
		}
		in.Dialing = 40
		Decide(in)
	}
	if after := m.Share(); after > before/2 {
		t.Errorf("a quarter of an hour without an answer: share %.3f before, %.3f after", before, after)
	}
}
