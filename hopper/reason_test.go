package hopper

import (
	"testing"

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
