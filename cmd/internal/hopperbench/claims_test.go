package hopperbench

import (
	"strings"
	"testing"
)

// good are figures that break nothing.
func good() Figures {
	return Figures{
		Explain: map[string]float64{"100000": 250, "1000000": 999}, Filtered: map[string]float64{"1000000": 999, "10000000": 9000}, Closed: map[string]float64{"1000000": 999},
		Orders:      map[string]map[string]float64{"DOWN": {"100000": 60, "10000000": 90}},
		Campaigns20: 2000, ClaimsPerS: 5000, ImportRate: 20_000,
	}
}

func TestEveryClaimIsHeld(t *testing.T) {
	if err := good().broken(); err != nil {
		t.Fatalf("figures that hold: %v", err)
	}
	for want, spoil := range map[string]func(*Figures){
		"the census of 1000000 leads took 1000 ms":                      func(f *Figures) { f.Explain["1000000"] = 1000 },
		"the census of 1000000 leads with a filter took 1000 ms":        func(f *Figures) { f.Filtered["1000000"] = 1000 },
		"the census of 1000000 leads where a state is closed took 1000": func(f *Figures) { f.Closed["1000000"] = 1000 },
		"filling from 100000 leads by DOWN took 101 ms":                 func(f *Figures) { f.Orders["DOWN"]["100000"] = 101 },
		"filling from 10000000 leads by DOWN took 1.52":                 func(f *Figures) { f.Orders["DOWN"]["10000000"] = 91 },
		"20 campaigns at once took 2001 ms":                             func(f *Figures) { f.Campaigns20 = 2001 },
		"4999 leads were claimed a second":                              func(f *Figures) { f.ClaimsPerS = 4999 },
		"19999 rows were imported a second":                             func(f *Figures) { f.ImportRate = 19_999 },
		"1 leads were claimed twice":                                    func(f *Figures) { f.Double = 1 },
	} {
		f := good()
		spoil(&f)
		if err := f.broken(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said: %v", want, err)
		}
	}
}
