package pacing

import (
	"math"
	"testing"
	"time"

	"trunkline/dialer"
)

// floor is ten agents in an ADAPT campaign at level 2, at noon.
func floor(change func(*Input)) Input {
	in := Input{
		Now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Method: dialer.DialHardLimit, Talking: 10,
		Settings: Settings{2, dialer.PacingSettings{MaxLevel: 20}}, Leads: 1000, Channels: 1000, CPSLeft: 1000,
	}
	change(&in)
	return in
}

// TestAdaptedLevel: the level after one turn of VICIdial's loop, each worked out
// by hand: level × (1 + (ready − waiting + target) / agents × intensity), between
// 1 and the maximum, then what the drops make of it.
func TestAdaptedLevel(t *testing.T) {
	ready := func(in *Input) { in.Ready, in.Talking = 2, 8 } // a fifth waits: 2 × 1.2 = 2.4
	waits := func(in *Input) { in.Waiting = 3 }              // three calls wait for ten agents: 2 × 0.7 = 1.4
	dropped := func(m dialer.DialMethod, at string) func(*Input) {
		return func(in *Input) {
			in.Ready, in.Talking, in.Method, in.Settings.Level = 2, 8, m, 10 // 12, drops aside
			in.Day = Tally{Calls: 60, Answers: 50, Drops: 2}                 // 4 % of 3
			clock, err := time.Parse("15:04", at)
			if err != nil {
				t.Fatal(err)
			}
			in.Now = time.Date(2026, 3, 4, clock.Hour()+5, clock.Minute(), 0, 0, time.UTC)
			in.Offset = -5 * 3600
		}
	}
	and := func(all ...func(*Input)) func(*Input) {
		return func(in *Input) {
			for _, f := range all {
				f(in)
			}
		}
	}
	intensity := func(n int) func(*Input) { return func(in *Input) { in.Settings.Intensity = n } }
	target := func(n int) func(*Input) { return func(in *Input) { in.Settings.DiffTarget = n } }
	for name, tc := range map[string]struct {
		floor func(*Input)
		level float64
	}{
		"nothing to do":              {func(*Input) {}, 2},
		"agents wait":                {ready, 2.4},
		"calls wait":                 {waits, 1.4},
		"as many of both":            {func(in *Input) { in.Ready, in.Talking, in.Waiting = 3, 7, 3 }, 2},
		"the paused are agents, too": {func(in *Input) { in.Ready, in.Talking, in.Paused = 2, 3, 5 }, 2.4},
		"nobody signed in":           {func(in *Input) { in.Talking, in.Waiting = 0, 3 }, 2},
		"intensity 50, up":           {and(ready, intensity(50)), 2.6},
		"intensity 50, down":         {and(waits, intensity(50)), 1.7},
		"intensity -50, up":          {and(ready, intensity(-50)), 2.2},
		"intensity -50, down":        {and(waits, intensity(-50)), 1.1},
		"intensity -100, up":         {and(ready, intensity(-100)), 2},
		"intensity 100, down":        {and(waits, intensity(100)), 2},
		"two kept idle, two are":     {and(ready, target(-2)), 2},
		"two kept idle, none is":     {target(-2), 1.6},
		"two calls kept waiting":     {target(2), 2.4},
		"not over the maximum":       {and(ready, func(in *Input) { in.Settings.MaxLevel = 2.25 }), 2.25},
		"not under 1":                {func(in *Input) { in.Waiting = 9 }, 1},
		"a thousandth":               {func(in *Input) { in.Ready, in.Talking = 1, 6 }, 2.286},
		"a storm of drops":           {and(ready, func(in *Input) { in.Minute = Tally{Calls: 21, Drops: 11} }), 1.2},
		"a storm of few calls":       {and(ready, func(in *Input) { in.Minute = Tally{Calls: 20, Drops: 11} }), 2.4},
		"half of a minute's calls":   {and(ready, func(in *Input) { in.Minute = Tally{Calls: 22, Drops: 11} }), 2.4},
		"HARD_LIMIT over its limit":  {dropped(dialer.DialHardLimit, "12:00"), 1},
		"AVERAGE over its limit":     {dropped(dialer.DialAverage, "12:00"), 6},
		"at the limit is not over":   {and(dropped(dialer.DialHardLimit, "12:00"), func(in *Input) { in.Settings.DropPercent = 4 }), 12},
		"not before 51 calls":        {and(dropped(dialer.DialHardLimit, "12:00"), func(in *Input) { in.Day.Calls = 50 }), 12},
		// HHMM are subtracted as if they were plain numbers.
		"TAPERED in the morning":           {dropped(dialer.DialTapered, "09:00"), 12},
		"TAPERED a minute before noon":     {dropped(dialer.DialTapered, "11:59"), 12 * 0.941},
		"TAPERED at noon":                  {dropped(dialer.DialTapered, "12:00"), 12 * 0.900},
		"TAPERED in the evening":           {dropped(dialer.DialTapered, "18:00"), 12 * 0.300},
		"TAPERED after the last":           {dropped(dialer.DialTapered, "18:01"), 12 * 0.299},
		"TAPERED when it is late":          {dropped(dialer.DialTapered, "21:01"), 1},
		"TAPERED with an earlier end":      {and(dropped(dialer.DialTapered, "12:00"), func(in *Input) { in.Settings.LatestTime = 1700 }), 6},
		"level 1 below so many":            {and(ready, func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountLoggedIn, 11 }), 1},
		"not level 1 with enough":          {and(ready, func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountLoggedIn, 10 }), 2.4},
		"level 1 below so many who work":   {and(ready, func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountNonPaused, 11 }), 1},
		"level 1 below so many who wait":   {and(ready, func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountWaiting, 3 }), 1},
		"not level 1 with enough who wait": {and(ready, func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountWaiting, 2 }), 2.4},
		"not level 1 for those who pause": {and(ready, func(in *Input) {
			in.Talking, in.Paused = 3, 5
			in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountLoggedIn, 10
		}), 2.4},
		"level 1 without those who pause": {and(ready, func(in *Input) {
			in.Talking, in.Paused = 3, 5
			in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountNonPaused, 10
		}), 1},
		"who wraps up works": {func(in *Input) {
			in.Ready, in.Talking, in.WrapUp = 2, 3, 5
			in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountNonPaused, 10
		}, 2.4},
		"it begins at 1 where none was set": {func(in *Input) { in.Settings.Level = 0; in.Ready, in.Talking = 2, 8 }, 1.2},
	} {
		got := Decide(floor(tc.floor)).Adapt.Level
		if math.Abs(got-tc.level) > 1e-9 {
			t.Errorf("%s: level %v, %v by VICIdial's arithmetic", name, got, tc.level)
		}
	}
}

// TestAdaptsOnStaleDrops: VICIdial reads the drops once a minute and moves the
// level each 15 seconds, so that ADAPT_AVERAGE halves four times on one reading.
func TestAdaptsOnStaleDrops(t *testing.T) {
	in := floor(func(in *Input) {
		in.Method, in.Settings.Level = dialer.DialAverage, 16
		in.Day = Tally{Calls: 60, Answers: 50, Drops: 2}
	})
	began := in.Now
	levels := map[time.Duration]float64{}
	for s := time.Duration(0); s <= 75*time.Second; s += time.Second {
		in.Now = began.Add(s)
		in.Adapt = Decide(in).Adapt
		levels[s] = in.Adapt.Level
		in.Day = Tally{Calls: 600, Answers: 500, Drops: 2}
	}
	for s, want := range map[time.Duration]float64{0: 8, 14: 8, 15: 4, 29: 4, 30: 2, 45: 1, 60: 1, 75: 1} {
		if got := levels[s*time.Second]; got != want {
			t.Errorf("after %d s the level is %v, not %v", s, got, want)
		}
	}
}

// TestPlacedByVICIdialsLoop: which agents the level multiplies, and which calls
// are taken off.
func TestPlacedByVICIdialsLoop(t *testing.T) {
	ratio := func(change func(*Input)) func(*Input) {
		return func(in *Input) {
			in.Method, in.Ready, in.Talking, in.WrapUp, in.Dialing = dialer.DialRatio, 3, 5, 2, 4
			change(in)
		}
	}
	for name, tc := range map[string]struct {
		floor func(*Input)
		place int
	}{
		"those on calls count, and their calls":     {ratio(func(*Input) {}), 7}, // 2 × (3 + 5) − (4 + 5)
		"only those who wait":                       {ratio(func(in *Input) { in.Settings.AvailableOnly = true }), 2},
		"only those who wait, below six":            {ratio(func(in *Input) { in.Settings.AvailableCount, in.Settings.AvailableBelow = dialer.CountWaiting, 6 }), 2},
		"all, from three who wait":                  {ratio(func(in *Input) { in.Settings.AvailableCount, in.Settings.AvailableBelow = dialer.CountWaiting, 3 }), 7},
		"level 1 below eleven agents":               {ratio(func(in *Input) { in.Settings.LevelOneCount, in.Settings.LevelOneBelow = dialer.CountLoggedIn, 11 }), 0},
		"the difference is no agents":               {ratio(func(in *Input) { in.Settings.DiffTarget = 4 }), 7},
		"the difference is agents, as CALLS_PLACED": {ratio(func(in *Input) { in.Settings.DiffTarget, in.Settings.DiffMethod = 4, dialer.DiffPlaced }), 15},
		"and those kept idle are none":              {ratio(func(in *Input) { in.Settings.DiffTarget, in.Settings.DiffMethod = -4, dialer.DiffPlaced }), 0},
		"calls older than the threshold": {ratio(func(in *Input) { // 2 × (3 + 1) − 5 with one of the five, 2 × 8 − 5 with all
			in.Dialing, in.Settings.InCallThreshold = 0, 30
			in.Busy = []Busy{{In: 30 * time.Second}, {In: 31 * time.Second}, {In: 99 * time.Second}, {In: 99 * time.Second}, {In: 99 * time.Second}, {WrapUp: true}}
		}), 3},
		"calls within the threshold": {ratio(func(in *Input) {
			in.Settings.InCallThreshold = 30
			in.Busy = []Busy{{}, {}, {}, {}, {}, {WrapUp: true}}
		}), 7},
		"half a call is a call": {ratio(func(in *Input) { in.Settings.Level = 1.1875; in.Settings.AvailableOnly = true; in.Ready = 8 }), 6}, // 9.5 − 4
	} {
		if got := Decide(floor(tc.floor)); got.Place != tc.place {
			t.Errorf("%s: %d dials, %d by VICIdial's arithmetic: %s", name, got.Place, tc.place, got.Reason)
		}
	}
}

// TestLoopComesRound: an ADAPT method counts its calls out every 2.5 s; in between
// it sends only what the calls a second had held back.
func TestLoopComesRound(t *testing.T) {
	in := floor(func(in *Input) { in.Ready, in.Talking, in.Settings.AvailableOnly, in.CPSLeft = 10, 0, true, 4 })
	in.Settings.MaxLevel = 2 // 20 of them
	want := []struct {
		after time.Duration
		place int
		bound Bound
	}{
		{0, 4, BoundCPS},
		{time.Second, 4, BoundCPS},             // 16 are owed
		{2 * time.Second, 4, BoundCPS},         // 12
		{2500 * time.Millisecond, 4, BoundCPS}, // counted anew: 20 less those under way
	}
	began := in.Now
	for i, w := range want {
		in.Now = began.Add(w.after)
		d := Decide(in)
		if d.Place != w.place || d.Bound != w.bound {
			t.Errorf("after %v: %d dials by %q, want %d by %q: %s", w.after, d.Place, d.Bound, w.place, w.bound, d.Reason)
		}
		in.Adapt = d.Adapt
		in.Dialing += d.Place
		if owed := []int{16, 12, 8, 4}[i]; d.Adapt.Owed != owed {
			t.Errorf("after %v %d are owed, not %d", w.after, d.Adapt.Owed, owed)
		}
	}
	in.Now, in.CPSLeft = began.Add(2600*time.Millisecond), 1000
	if d := Decide(in); d.Place != 4 || d.Bound != BoundPeriod {
		t.Errorf("the rest: %d by %q, want 4 by %q", d.Place, d.Bound, BoundPeriod)
	}
}
