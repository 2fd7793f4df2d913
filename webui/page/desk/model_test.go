package desk

import (
	"strings"
	"testing"

	"trunkline/webui/facts"
)

func TestDispositionsHaveTheKeysThatWereSetUp(t *testing.T) {
	given := func(keys ...string) (all []facts.StatusChoice) {
		for _, k := range keys {
			all = append(all, facts.StatusChoice{Hotkey: k})
		}
		return all
	}
	for _, c := range []struct{ set, want string }{
		{",,", "1,2,3"},
		{"3,,1,", "3,2,1,4"}, // what is set stays, the rest take what is free
		{"5,5,", "5,1,2"},    // one key, one disposition
		{"H,,Z", "1,2,Z"},    // H holds the call
		{",,,,,,,,,,,", "1,2,3,4,5,6,7,8,9,0,A,I"},
		{strings.Repeat(",", 19), "1,2,3,4,5,6,7,8,9,0,A,I,J,L,Q,U,Y,Z,,"},
	} {
		if got := strings.Join(keysOf(given(strings.Split(c.set, ",")...)), ","); got != c.want {
			t.Errorf("%q: %q, want %q", c.set, got, c.want)
		}
	}
}
