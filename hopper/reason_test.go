package hopper

import (
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// TestEveryRuleHasItsReason: a rule that compliance gains needs a reason under
// which a census counts what it holds back.
func TestEveryRuleHasItsReason(t *testing.T) {
	for _, id := range compliance.Refusals() {
		_, known := own[id]
		if rule, ok := compliance.RuleOf(id); ok {
			_, known = kinds[rule.Kind]
		}
		if !known {
			t.Errorf("rule %s has no reason of its own", id)
		}
		if says, class := byRule(id).Says(); class == ClassNow || says == "" {
			t.Errorf("what rule %s holds back is said to be %q (%s)", id, says, class)
		}
	}
}

// TestOnlyWhatIsRecycledIsUsedUp: of a status that the campaign does not recycle
// nobody is told that it was recycled often enough.
func TestOnlyWhatIsRecycledIsUsedUp(t *testing.T) {
	c := campaign()
	c.Recycles = []Recycle{{Status: "NA", Delay: time.Hour, MaxAttempts: 2}}
	r := RulesAt(c, []ZoneSet{{1, "America/New_York;US"}}, time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC))
	for _, test := range []struct {
		status dialer.Status
		round  int
		used   bool
	}{{"NA", 2, false}, {"NA", 3, true}, {"B", 1, false}, {"B", 9, false}, {"NEW", 0, false}} {
		f := Facts{Group: Group{List: 101, Status: test.status, Round: test.round, ZoneSet: 1}}
		if used := r.first(f, TriesUsed) == TriesUsed; used != test.used {
			t.Errorf("%s, called %d times since the reset: used up is %v", test.status, test.round, used)
		}
	}
}
