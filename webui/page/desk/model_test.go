package desk

import (
	"strings"
	"testing"

	"trunkline/dialer"
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
		{"L,", "1,2"}, // L connects the phone
		{strings.Repeat(",", 19), "1,2,3,4,5,6,7,8,9,0,A,I,J,U,Y,Z,OA,OB,OC,OD"},
		{strings.Repeat(",", 41), "1,2,3,4,5,6,7,8,9,0,A,I,J,U,Y,Z,OA,OB,OC,OD,OE,OF,OG,OH,OI,OJ,OK,OL,OM,ON,OP,OQ,OR,OS,OT,OU,OV,OW,OX,OY,OZ,"},
	} {
		if got := strings.Join(keysOf(given(strings.Split(c.set, ",")...)), ","); got != c.want {
			t.Errorf("%q: %q, want %q", c.set, got, c.want)
		}
	}
}

// Regrouping moves outcomes on the screen and changes no key.
func TestOutcomesStandUnderTheirGroups(t *testing.T) {
	choice := func(status, key string, group int64, name string, place int) facts.StatusChoice {
		return facts.StatusChoice{Status: dialer.Status(status), Hotkey: key, GroupID: group, Group: name, Place: place}
	}
	for _, c := range []struct {
		name, want string
		given      []facts.StatusChoice
	}{
		{"as their groups are placed", "Gone: DNC 2, B 4. Talked: SALE 1, CALLBK 7. Other: X 3", []facts.StatusChoice{
			choice("SALE", "", 1, "Talked", 9), choice("DNC", "", 2, "Gone", 3), choice("X", "", 0, "", 0), choice("CALLBK", "7", 1, "Talked", 9), choice("B", "", 2, "Gone", 3),
		}},
		{"two groups at one place", "One: A 1, C 3. Two: B 2", []facts.StatusChoice{
			choice("A", "", 1, "One", 5), choice("B", "", 2, "Two", 5), choice("C", "", 1, "One", 5),
		}},
		{"no groups at all", ": A 1, B 2", []facts.StatusChoice{choice("A", "", 0, "", 0), choice("B", "", 0, "", 0)}},
		{"none", "", nil},
	} {
		var groups []string
		for _, g := range groupsOf(c.given) {
			var picks []string
			for _, p := range g.Picks {
				picks = append(picks, p.Value+" "+p.Key)
			}
			groups = append(groups, g.Name+": "+strings.Join(picks, ", "))
		}
		if got := strings.Join(groups, ". "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
