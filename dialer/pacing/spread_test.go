package pacing

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
)

// TestDeal: nothing is lost, nothing goes where there is no room, and equal
// rooms get equal parts.
func TestDeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-3, 600).Draw(t, "n")
		rooms := rapid.SliceOfN(rapid.IntRange(-3, 200), 1, 8).Draw(t, "rooms")
		got, sum, total := deal(n, rooms), 0, 0
		for i, g := range got {
			if g < 0 || g > max(rooms[i], 0) {
				t.Fatalf("%d for a room of %d", g, rooms[i])
			}
			sum += g
			total += max(rooms[i], 0)
			for j := range rooms {
				if rooms[i] == rooms[j] && max(got[i]-got[j], got[j]-got[i]) > 1 {
					t.Fatalf("rooms %v got %v", rooms, got)
				}
			}
		}
		if sum != max(0, min(n, total)) {
			t.Fatalf("%d dealt of %d, room for %d", sum, n, total)
		}
	})
}

// TestSpread: one server is what Decide says; of several none is given more than
// it can send, all together no more than there are leads, and none dials for
// agents of another unless calls are delivered.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]dialer.DialMethod{dialer.DialRatio, dialer.DialTapered, dialer.DialProgressive, dialer.DialPredictive}).Draw(t, "method")
		delivered := rapid.Bool().Draw(t, "delivered")
		leads := rapid.IntRange(-1, 60).Draw(t, "leads")
		m := taught(200)
		small := rapid.IntRange(-2, 30)
		var servers []Input
		for range rapid.IntRange(1, 4).Draw(t, "servers") {
			servers = append(servers, Input{
				Now: m.at.Add(time.Second), Method: method, Model: m, Settings: Settings{2, dialer.PacingSettings{AvailableOnly: true}},
				Ready: small.Draw(t, "ready"), Talking: small.Draw(t, "talking"), Dialing: small.Draw(t, "dialing"),
				Channels: small.Draw(t, "channels"), CPSLeft: rapid.Float64Range(-1, 20).Draw(t, "cps"), Leads: leads,
				Budgets: []Budget{{"day", 0.03, rapid.Float64Range(0, 5000).Draw(t, "live"), 20}},
			})
		}
		before := m.Snapshot()
		all := Spread(servers, delivered)
		if len(all) != len(servers) {
			t.Fatalf("%d decisions for %d servers", len(all), len(servers))
		}
		sum := 0
		for i, d := range all {
			s := servers[i]
			if d.Place < 0 || d.Place > max(0, s.Channels) || float64(d.Place) > max(0, s.CPSLeft)+1e-9 || d.Reason == "" {
				t.Fatalf("%+v gave %+v", s, d)
			}
			if !delivered && max(0, s.Ready)+max(0, s.Talking) == 0 && d.Place > 0 {
				t.Fatalf("server %d dials for agents of another: %+v", i, d)
			}
			sum += d.Place
		}
		if leads >= 0 && sum > leads {
			t.Fatalf("%d dials, %d leads", sum, leads)
		}
		if len(servers) == 1 {
			servers[0].Model, _ = Restore(before)
			if again := Decide(servers[0]); method != dialer.DialPredictive && !reflect.DeepEqual(again, all[0]) {
				t.Fatalf("%+v alone, %+v spread", again, all[0])
			}
		}
	})
}

// TestOneTeamBeatsTwo: ten agents who take each other's calls bear more dials
// than two teams of five, at the same risk.
func TestOneTeamBeatsTwo(t *testing.T) {
	floor := func() []Input {
		m := taught(4000)
		a := floorOf(m, 5, 2)
		return []Input{a, a}
	}
	sum := func(all []Decision) (n int) {
		for _, d := range all {
			n += d.Place
		}
		return n
	}
	if one, two := sum(Spread(floor(), true)), sum(Spread(floor(), false)); one <= two {
		t.Errorf("one team of ten places %d, two of five %d", one, two)
	}
}

// TestSharedLedger: what one server has in the air, the others' ledger bears.
func TestSharedLedger(t *testing.T) {
	quiet, full := floorOf(taught(4000), 10, 3), floorOf(taught(4000), 10, 0)
	full.Dialing = 60
	for i := range 60 {
		full.Flights = append(full.Flights, Flight{StageRinging, s(float64(6 + i%6)), 0})
	}
	for i := range quiet.Budgets {
		quiet.Budgets[i].Live, quiet.Budgets[i].Drops = 1000, 26 // four in hand
	}
	full.Budgets, full.Model = quiet.Budgets, quiet.Model
	alone := Decide(quiet)
	quiet.Model = taught(4000)
	full.Model = quiet.Model
	beside := Spread([]Input{quiet, full}, false)[0]
	if alone.Place <= beside.Place || beside.Bound != BoundBudget {
		t.Errorf("alone %+v, beside a server with sixty calls in the air %+v", alone, beside)
	}
}

// TestSharedLevel: the ADAPT methods move one level for all servers.
func TestSharedLevel(t *testing.T) {
	a := Input{Now: start, Method: dialer.DialTapered, Settings: Settings{1, dialer.PacingSettings{MaxLevel: 5}}, Ready: 8, Leads: -1, Channels: 100, CPSLeft: 50}
	b := a
	b.Ready = 2
	for range 20 {
		all := Spread([]Input{a, b}, false)
		a.Adapt, b.Adapt = all[0].Adapt, all[1].Adapt
		a.Now, b.Now = a.Now.Add(3*time.Second), b.Now.Add(3*time.Second)
	}
	if a.Adapt.Level != b.Adapt.Level || a.Adapt.Level <= 1 {
		t.Errorf("levels %v and %v", a.Adapt.Level, b.Adapt.Level)
	}
}

// TestSharedLeads: the last leads of a list are dialed once.
func TestSharedLeads(t *testing.T) {
	a := Input{Now: start, Method: dialer.DialProgressive, Ready: 5, Leads: 6, Channels: 100, CPSLeft: 50}
	for _, delivered := range []bool{false, true} {
		all := Spread([]Input{a, a}, delivered)
		if sum := all[0].Place + all[1].Place; sum != 6 {
			t.Errorf("delivered %v: %d dials of six leads", delivered, sum)
		}
	}
}

// TestOneTeamDialsBesideItsAgents: the dials of one team go to the servers with
// free agents, then to those with agents, and what has no room there elsewhere.
func TestOneTeamDialsBesideItsAgents(t *testing.T) {
	in := func(ready, talking, dialing, channels int) Input {
		return Input{
			Now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Method: dialer.DialRatio, Settings: Settings{2, dialer.PacingSettings{}},
			Ready: ready, Talking: talking, Dialing: dialing, Channels: channels, CPSLeft: 100, Leads: -1,
		}
	}
	for name, tc := range map[string]struct {
		servers []Input
		want    []int
	}{
		"free agents first":       {[]Input{in(0, 0, 0, 90), in(3, 0, 0, 90)}, []int{0, 6}},
		"free, then with agents":  {[]Input{in(0, 3, 0, 90), in(3, 0, 1, 90)}, []int{3, 5}},
		"each beside its own":     {[]Input{in(2, 0, 0, 90), in(4, 0, 0, 90)}, []int{4, 8}},
		"what has no room":        {[]Input{in(0, 0, 0, 90), in(3, 0, 0, 2)}, []int{4, 2}},
		"no room with the agents": {[]Input{in(0, 0, 0, 90), in(3, 0, 0, 0)}, []int{6, 0}},
		"no room anywhere":        {[]Input{in(0, 0, 0, 1), in(3, 0, 0, 0)}, []int{1, 0}},
	} {
		var got []int
		for _, d := range Spread(tc.servers, true) {
			got = append(got, d.Place)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
