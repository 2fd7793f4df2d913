package pacing

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"trunkline/dialer"
)

func TestRatio(t *testing.T) {
	plenty := Input{Method: dialer.DialRatio, Settings: Settings{1.5, dialer.PacingSettings{AvailableOnly: true}}, Leads: 1000, Channels: 100, CPSLeft: 50}
	for name, tc := range map[string]struct {
		change func(*Input)
		place  int
		bound  Bound
		reason string
	}{
		"nobody there":         {func(in *Input) {}, 0, BoundAgents, "0 dials, 0 ready × level 1.5, 0 calls on the way"},
		"one ready":            {func(in *Input) { in.Ready = 1 }, 2, BoundAgents, "2 dials, 1 ready × level 1.5, 0 calls on the way"},
		"ten ready":            {func(in *Input) { in.Ready = 10 }, 15, BoundAgents, "15 dials, 10 ready × level 1.5, 0 calls on the way"},
		"some on the way":      {func(in *Input) { in.Ready, in.Dialing, in.Waiting = 10, 9, 1 }, 5, BoundAgents, "5 dials, 10 ready × level 1.5, 10 calls on the way"},
		"enough on the way":    {func(in *Input) { in.Ready, in.Dialing = 2, 7 }, 0, BoundAgents, "0 dials, 2 ready × level 1.5, 7 calls on the way"},
		"talkers do not count": {func(in *Input) { in.Ready, in.Talking, in.WrapUp = 1, 9, 5 }, 2, BoundAgents, "2 dials, 1 ready × level 1.5, 0 calls on the way"},
		"last lead":            {func(in *Input) { in.Ready, in.Leads = 10, 1 }, 1, BoundLeads, "1 dial of 15 wanted: no more leads in the hopper"},
		"trunks full":          {func(in *Input) { in.Ready, in.Channels = 10, 0 }, 0, BoundChannels, "0 dials of 15 wanted: the server's trunks are full"},
		"cps":                  {func(in *Input) { in.Ready, in.CPSLeft = 10, 2.9 }, 2, BoundCPS, "2 dials of 15 wanted: the server's calls a second are spent"},
		"unknown leads":        {func(in *Input) { in.Ready, in.Leads = 2, -1 }, 3, BoundAgents, "3 dials, 2 ready × level 1.5, 0 calls on the way"},
		"level of one tenth":   {func(in *Input) { in.Ready, in.Settings.Level = 10, 0.1 }, 1, BoundAgents, "1 dial, 10 ready × level 0.1, 0 calls on the way"},
		"manual":               {func(in *Input) { in.Ready, in.Method = 10, dialer.DialManual }, 0, BoundMethod, "MANUAL places no calls by itself"},
	} {
		in := plenty
		tc.change(&in)
		d := Decide(in)
		if d.Place != tc.place || d.Bound != tc.bound || d.Reason != tc.reason {
			t.Errorf("%s: got %+v", name, d)
		}
	}
}

// TestBounds: whatever comes in, never a negative number, never over a limit.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		num := rapid.OneOf(rapid.IntRange(-5, 400), rapid.Just(math.MinInt), rapid.Just(math.MaxInt32))
		real := rapid.OneOf(rapid.Float64Range(-5, 1e9), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0}))
		in := Input{
			Method:   rapid.SampledFrom([]dialer.DialMethod{dialer.DialRatio, dialer.DialManual, "", "NONE"}).Draw(t, "method"),
			Settings: Settings{real.Draw(t, "level"), dialer.PacingSettings{AvailableOnly: true}}, Ready: num.Draw(t, "ready"), Talking: num.Draw(t, "talking"),
			Dialing: num.Draw(t, "dialing"), Waiting: num.Draw(t, "waiting"), Leads: num.Draw(t, "leads"),
			Channels: num.Draw(t, "channels"), CPSLeft: real.Draw(t, "cps"),
		}
		d := Decide(in)
		if d.Place < 0 || d.Place > max(0, in.Channels) || float64(d.Place) > max(0, in.CPSLeft) || in.Leads >= 0 && d.Place > in.Leads {
			t.Fatalf("%+v gave %+v", in, d)
		}
		if in.Ready <= 0 && d.Place > 0 {
			t.Fatalf("dials without a ready agent: %+v gave %+v", in, d)
		}
		if d.Reason == "" {
			t.Fatal("a decision without a reason")
		}
	})
}
