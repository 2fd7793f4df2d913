package hopper

import (
	"slices"
	"testing"
)

// TestSharesOfAMix: what comes out over time, one row after the other, is what the
// steps' percentages say; and once a step has no more, what those of the others
// say of each other.
func TestSharesOfAMix(t *testing.T) {
	steps := []Step{{N: 1, Percent: 60}, {N: 2, Percent: 30}, {N: 3, Percent: 10}}
	for _, test := range []struct {
		dry  []bool
		want []int
	}{
		{[]bool{false, false, false}, []int{60, 30, 10}},
		{[]bool{true, false, false}, []int{0, 75, 25}},
		{[]bool{false, true, false}, []int{86, 0, 14}},
	} {
		// A hopper of twenty, of which the oldest row is dialed each time.
		var line []int
		have, got := make([]int, 3), make([]int, 3)
		for need := 20; len(line) < 120; need = 1 {
			give := quotas(steps, test.dry, have, need)
			for i, n := range give {
				for range n {
					line = append(line, i)
					have[i]++
				}
			}
			if len(line) >= 20 {
				have[line[len(line)-20]]--
			}
		}
		for _, i := range line[20:120] {
			got[i]++
		}
		for i, want := range test.want {
			if got[i] < want-2 || got[i] > want+2 {
				t.Errorf("without %v: of a hundred rows the steps gave %v, want about %v", test.dry, got, test.want)
				break
			}
		}
		if n := quotas(steps, test.dry, have, 7); slices.Contains(n, -1) || n[0]+n[1]+n[2] != 7 {
			t.Errorf("seven rows are divided as %v", n)
		}
	}
	if n := quotas(steps, []bool{true, true, true}, make([]int, 3), 5); n[0]+n[1]+n[2] != 0 {
		t.Errorf("steps that have nothing give %v", n)
	}
}
