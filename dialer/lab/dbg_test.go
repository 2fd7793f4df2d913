package lab

import (
	"fmt"
	"os"
	"testing"
	"trunkline/dialer/pacing"
)

func TestDbg(t *testing.T) {
	key := os.Getenv("SC")
	if key == "" {
		key = "P1"
	}
	for _, s := range Scenarios() {
		if s.Key != key {
			continue
		}
		b := map[pacing.Bound]int{}
		n := 0
		th := 0.0
		hb := map[int]int{}
		next := 0.0
		r, _ := Run(s, Options{Method: "PREDICTIVE", Seed: 1, Log: func(at float64, in pacing.Input, d pacing.Decision) {
			b[d.Bound]++
			if d.Bound == pacing.BoundBudget {
				hb[int(at/600)]++
			}
			n++
			th += in.Model.Theta()
			if at > next {
				next += 600
				fmt.Printf("%6.0f %.3f share %.3f %+v\n", at, in.Model.Theta(), in.Model.Share(), d.Reason)
			}
		}})
		fmt.Println(hb)
		fmt.Println(b, th/float64(n), n)
		fmt.Printf("%+v\n", r)
	}
}
