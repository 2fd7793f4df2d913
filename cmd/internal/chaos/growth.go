package chaos

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// sample is what a process had at a moment.
type sample struct {
	pid        int
	kb         int // resident memory
	goroutines int // 0: not one of ours, or not known
	after      time.Duration
}

// String is its memory.
func (s sample) String() string {
	if s.kb == 0 {
		return "away"
	}
	return fmt.Sprintf("%d MB", s.kb/1024)
}

// growth is how the processes' sizes went.
type growth struct{ of map[string][]sample }

func (g *growth) take(after time.Duration, now map[string]sample) {
	if g.of == nil {
		g.of = map[string][]sample{}
	}
	for name, s := range now {
		s.after = after
		g.of[name] = append(g.of[name], s)
	}
}

// Of what may grow, as the middle one of many looks: who waits for a database that
// was killed is many for a moment, and that is no growth. A call more or less at
// the time of a look, what a garbage collector has not come to, and listen's
// connections to ARI, 16 at the most with two goroutines each, which stay for 10 s
// after a crowd of requests, are none either.
const (
	longForm   = 5 * time.Minute // from which on memory is judged: before, everything still fills
	livesLong  = 16              // looks, of a process whose goroutines are judged
	mayGrow    = 1.25
	andThreads = 2 * 16   // goroutines
	andMemory  = 24 << 10 // kB
)

// grown are the processes that had more in the second half than in the first:
// goroutines over the life of each process, which a restart ends, and memory over
// the whole, which outlives it.
func (g *growth) grown(long bool) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(g.of)) {
		samples := g.of[name]
		known := slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.goroutines == 0 })
		for _, life := range lives(known) {
			early, late := middles(life, func(s sample) int { return s.goroutines })
			if len(life) >= livesLong && float64(late) > mayGrow*float64(early)+andThreads {
				all = append(all, fmt.Sprintf("%s (pid %d) had %d goroutines, and in the second half of the %s that it ran %d",
					name, life[0].pid, early, (life[len(life)-1].after-life[0].after).Round(time.Second), late))
			}
		}
		early, late := middles(samples, func(s sample) int { return s.kb })
		if long && float64(late) > mayGrow*float64(early)+andMemory {
			all = append(all, fmt.Sprintf("%s had %d MB of memory, and in the second half of the run %d MB", name, early/1024, late/1024))
		}
	}
	return all
}

// lives are the samples of each process that bore the name.
func lives(samples []sample) (all [][]sample) {
	for first := 0; first < len(samples); {
		next := first
		for next < len(samples) && samples[next].pid == samples[first].pid {
			next++
		}
		all = append(all, samples[first:next])
		first = next
	}
	return all
}

// middles are the middle ones of the first and of the second half.
func middles(samples []sample, of func(sample) int) (first, second int) {
	middle := func(part []sample) int {
		if len(part) == 0 {
			return 0
		}
		var values []int
		for _, s := range part {
			values = append(values, of(s))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	half := len(samples) / 2
	return middle(samples[:half]), middle(samples[half:])
}
