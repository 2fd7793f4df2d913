package call

import (
	"testing"
	"time"
)

func TestSilence(t *testing.T) {
	for _, c := range []struct {
		amd, cause string
		ms         int
	}{
		{"HUMAN", "HUMAN-800-800", 800}, {"HUMAN", "HUMAN-1240-800", 1240}, {"HUMAN", "HUMAN-99999999-800", 5000}, {"HUMAN", "HUMAN--5-800", 0},
		{"HUMAN", "HUMAN", 0}, {"HUMAN", "HUMAN-x", 0}, {"MACHINE", "LONGGREETING-1600-1500", 0}, {"", "", 0}, {"NOTSURE", "TOOLONG-5000", 0},
	} {
		if got := Silence(c.amd, c.cause); got != time.Duration(c.ms)*time.Millisecond {
			t.Errorf("%s %s: %s", c.amd, c.cause, got)
		}
	}
	for params, ms := range map[string]int{"": 800, "2500,1500,600": 600, "2500,1500,600,5000": 600, "1,2": 800, "1,2,x": 800, "1,2,-3": 800} {
		if got := UsualSilence(params); got != time.Duration(ms)*time.Millisecond {
			t.Errorf("%q: %s", params, got)
		}
	}
}
