package chaos

import (
	"slices"
	"testing"
	"time"
)

// TestGrown: what grows with the calls is found, and what a blow or the beginning
// brings about is not.
func TestGrown(t *testing.T) {
	const calls = 10 // a second
	cases := map[string]struct {
		of   func(second int) sample
		n    int
		long bool
		want int
	}{
		"nothing grows":      {func(s int) sample { return sample{pid: 7, kb: 80 << 10, goroutines: 60 + s%7} }, 600, true, 0},
		"a goroutine a call": {func(s int) sample { return sample{pid: 7, goroutines: 60 + calls*s} }, 24, false, 1},
		"a goroutine every fifth call, over restarts": {func(s int) sample { return sample{pid: 7 + s/60, goroutines: 60 + calls*(s%60)/5} }, 600, false, 10},
		"not known at first": {func(s int) sample {
			if s < 14 {
				return sample{pid: 7}
			}
			return sample{pid: 7, goroutines: 60}
		}, 24, false, 0},
		"restarts too fast to tell": {func(s int) sample { return sample{pid: 7 + s/10, goroutines: 60 + calls*(s%10)} }, 60, false, 0},
		"many who wait, twice": {func(s int) sample {
			if s%12 < 4 {
				return sample{pid: 7, goroutines: 500}
			}
			return sample{pid: 7, goroutines: 60}
		}, 60, false, 0},
		"a crowd's connections to ARI": {func(s int) sample { return sample{pid: 7, goroutines: 24 + 32*(s/10)} }, 20, false, 0},
		"10 kB a call":                 {func(s int) sample { return sample{pid: 7 + s/100, kb: 90<<10 + 10*calls*s} }, 1200, true, 1},
		"the same, in the short form":  {func(s int) sample { return sample{pid: 7, kb: 90<<10 + 100*calls*s} }, 90, false, 0},
		"it fills, and is full":        {func(s int) sample { return sample{pid: 7, kb: min(90<<10+3000*s, 180<<10)} }, 600, true, 0},
	}
	for name, c := range cases {
		g := growth{}
		for s := range c.n {
			g.take(time.Duration(s)*time.Second, map[string]sample{"listen": c.of(s)})
		}
		if got := g.grown(c.long); len(got) != c.want {
			t.Errorf("%s: %q", name, slices.Clip(got))
		}
	}
}
