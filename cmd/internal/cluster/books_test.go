package cluster

import (
	"slices"
	"strings"
	"testing"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/sql/mariadb"
)

// TestUnlike: whatever is amiss between the books and the carrier's ledger is
// found.
func TestUnlike(t *testing.T) {
	books := func() []mariadb.RigCall {
		return []mariadb.RigCall{{ID: 1, E164: "+12125550131", Sent: true}, {ID: 2, E164: "+12135550131", Sent: true}, {ID: 3, E164: "+12145550131"}}
	}
	ledger := func() []asteriskconf.Entry {
		return []asteriskconf.Entry{
			{Call: "1", Number: "12125550131"}, {Call: "2", Number: "+12135550131"},
			{Call: "2", Number: "19025550132"}, // a third party
			{Number: "19005552030"},            // an agent's phone
		}
	}
	for name, c := range map[string]struct {
		calls   []mariadb.RigCall
		entries []asteriskconf.Entry
		want    string
	}{
		"alike":                        {books(), ledger(), ""},
		"one was never sent":           {books(), ledger()[1:], "call 1 to +12125550131 was sent 0 times"},
		"one was sent twice":           {books(), append(ledger(), ledger()[0]), "call 1 to +12125550131 was sent 2 times"},
		"to another number":            {books(), append(ledger()[1:], asteriskconf.Entry{Call: "1", Number: "12165550131"}), "call 1 to +12125550131 was sent 0 times"},
		"one that nobody has":          {books(), append(ledger(), asteriskconf.Entry{Call: "9", Number: "12175550131"}), "a call 9 to 12175550131, of which the books have nothing"},
		"one that was said not to be":  {books(), append(ledger(), asteriskconf.Entry{Call: "3", Number: "12145550131"}), "call 3 to +12145550131 was sent, and the books say that it was not"},
		"a number twice, as two calls": {append(books(), mariadb.RigCall{ID: 4, E164: "+12125550131", Sent: true}), append(ledger(), asteriskconf.Entry{Call: "4", Number: "12125550131"}), "the number was dialed before: true"},
		"nothing at all":               {nil, nil, "no call was sent at all"},
	} {
		wrong := unlike(c.calls, c.entries)
		if c.want == "" && len(wrong) > 0 || c.want != "" && !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: %q, want %q", name, wrong, c.want)
		}
	}
}
