package hopper

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"trunkline/dialer"
)

// MixMethod is how the leads of a mix's steps follow each other.
type MixMethod string

// The methods, as VICIdial's users know them.
const (
	MixNone    MixMethod = ""
	MixEven    MixMethod = "EVEN"     // as evenly as the percentages allow
	MixInOrder MixMethod = "IN_ORDER" // all of step 1, then of step 2 …
	MixRandom  MixMethod = "RANDOM"
)

// Step is one part of a campaign's list mix: a list, its share of the hopper and
// its own order.
type Step struct {
	N        int // from 1 on
	List     dialer.ListID
	Percent  int
	Order    Order
	Statuses []dialer.Status // none: the campaign's dial statuses
}

// Bounds of a list mix. VICIdial asks for a hopper of 100 or more; ours keeps the
// shares over time, whatever the level.
const maxSteps = 10

// CheckMix refuses a mix whose shares are not 100 per cent together.
func CheckMix(steps []Step) error {
	total := 0
	for _, s := range steps {
		if s.Percent < 1 || s.Percent > 100 {
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("Step %d of the list mix takes 1 to 100 per cent, not %d.", s.N, s.Percent))
		}
		total += s.Percent
	}
	switch {
	case len(steps) == 0 || len(steps) > maxSteps:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("A list mix has 1 to %d steps, not %d.", maxSteps, len(steps)))
	case total != 100:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The shares of a list mix are 100 per cent together, not %d.", total))
	}
	return nil
}

// quotas divides need rows among the steps that are not dry so that the hopper,
// which holds have of each, comes as near to the shares as it can. What a step
// cannot give is for the others by their shares, in a second call.
func quotas(steps []Step, dry []bool, have []int, need int) []int {
	total, shares := need, 0 // of those that are not dry
	for i, n := range have {
		if !dry[i] {
			total, shares = total+n, shares+steps[i].Percent
		}
	}
	give := make([]int, len(steps))
	for range need {
		best, most := -1, 0.0
		for i, s := range steps {
			if dry[i] {
				continue
			}
			short := float64(s.Percent)*float64(total)/float64(shares) - float64(have[i]+give[i])
			if best < 0 || short > most {
				best, most = i, short
			}
		}
		if best < 0 {
			break
		}
		give[best]++
	}
	return give
}

// interleave puts the leads of the steps in the order of the method.
func interleave(method MixMethod, of [][]Pick) []Pick {
	all := slices.Concat(of...)
	switch method {
	case MixRandom:
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	case MixEven:
		// The i-th of n stands at (i + 1/2) / n of the whole way.
		type placed struct {
			pick Pick
			at   float64
		}
		var line []placed
		for _, picks := range of {
			for i, p := range picks {
				line = append(line, placed{p, (float64(i) + 0.5) / float64(len(picks))})
			}
		}
		slices.SortStableFunc(line, func(a, b placed) int {
			switch {
			case a.at < b.at:
				return -1
			case a.at > b.at:
				return 1
			}
			return 0
		})
		for i, l := range line {
			all[i] = l.pick
		}
	}
	return all
}
