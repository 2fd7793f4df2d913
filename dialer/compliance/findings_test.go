package compliance

import (
	"strings"
	"testing"

	"trunkline/dialer"
)

func TestFindings(t *testing.T) {
	whole := dialer.Campaign{DialMethod: dialer.DialPredictive, SafeHarbour: "ours", Record: dialer.RecordAll, RecordNotice: "recorded"}
	whole.DropRule = dialer.DropUS
	for name, test := range map[string]struct {
		change func(c *dialer.Campaign)
		rules  string
		says   string
	}{
		"nothing":               {func(c *dialer.Campaign) {}, "", ""},
		"the built-in message":  {func(c *dialer.Campaign) { c.SafeHarbour = "" }, "US-5", "names neither your business nor a number"},
		"in the UK":             {func(c *dialer.Campaign) { c.SafeHarbour, c.DropRule = "", dialer.DropUK }, "UK-2", "Record one that does"},
		"in Canada":             {func(c *dialer.Campaign) { c.SafeHarbour, c.DropRule = "", dialer.DropCA }, "", ""},
		"by hand":               {func(c *dialer.Campaign) { c.SafeHarbour, c.DialMethod = "", dialer.DialManual }, "", ""},
		"hangs up":              {func(c *dialer.Campaign) { c.DropAction = dialer.DropHangup }, "US-5", "hangs up instead"},
		"the agent says it":     {func(c *dialer.Campaign) { c.RecordNotice = "" }, "US-CA-REC", "in CA, CT, DE, FL, IL, MA, MD, MI, MT, NH, NV, OR, PA, WA."},
		"on an agent's key too": {func(c *dialer.Campaign) { c.RecordNotice, c.Record = "", dialer.RecordDemand }, "US-CA-REC", ""},
		"records nothing":       {func(c *dialer.Campaign) { c.RecordNotice, c.Record = "", dialer.RecordNever }, "", ""},
		"both":                  {func(c *dialer.Campaign) { c.RecordNotice, c.SafeHarbour = "", "" }, "US-5 US-CA-REC", ""},
	} {
		c := whole
		test.change(&c)
		var rules, says []string
		for _, f := range Findings(c) {
			rules, says = append(rules, f.Rule), append(says, f.Says)
		}
		if got := strings.Join(rules, " "); got != test.rules || !strings.Contains(strings.Join(says, "\n"), test.says) {
			t.Errorf("%s: %s, want %s; it says %q, want %q", name, got, test.rules, says, test.says)
		}
	}
}
