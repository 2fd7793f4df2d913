package chaos

import (
	"slices"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// but is a thing with one difference.
func but[T any](thing T, change func(*T)) T {
	change(&thing)
	return thing
}

// TestJudge: each kind of loss is seen, and what is none is not.
func TestJudge(t *testing.T) {
	call := func(id dialer.CallID, lead dialer.LeadID) mariadb.RigCall {
		return mariadb.RigCall{ID: id, LeadID: lead, Sent: true, State: dialer.CallEnded, PlacedAt: noon.Add(time.Duration(id) * time.Second), EndedAt: new(noon.Add(time.Hour)), EndedBy: dialer.ByCarrier, Status: dialer.StatusBusy}
	}
	invite := func(id, behaviour string) asteriskconf.Entry {
		return asteriskconf.Entry{Call: id, Number: "12025550150", Behaviour: behaviour, Ended: noon}
	}
	talked := call(1, 1)
	talked.BridgedAt, talked.AnsweredAt = new(noon), new(noon)
	human := invite("1", "human")
	human.Answered = noon
	down := []death{{from: noon, to: noon.Add(10 * time.Second)}}
	unknown := func(c *mariadb.RigCall) {
		c.Status, c.Cause, c.EndedAt = dialer.StatusError, causeLost, new(noon.Add(4*time.Second))
	}
	cases := map[string]struct {
		e    evidence
		want []string
	}{
		"all is well": {e: evidence{calls: []mariadb.RigCall{call(1, 1)}, ledger: []asteriskconf.Entry{invite("1", "busy")}}},
		"never sent, and it says so": {e: evidence{calls: []mariadb.RigCall{func() mariadb.RigCall {
			c := call(1, 1)
			c.Sent = false
			return c
		}()}}},
		"not at the carrier": {
			evidence{calls: []mariadb.RigCall{call(1, 1)}},
			[]string{"the books say sent, the carrier had no INVITE"},
		},
		"not in the books": {
			evidence{ledger: []asteriskconf.Entry{invite("1", "busy")}},
			[]string{"an INVITE that the books know nothing of"},
		},
		"two INVITEs": {
			evidence{calls: []mariadb.RigCall{call(1, 1)}, ledger: []asteriskconf.Entry{invite("1", "busy"), invite("1", "busy")}},
			[]string{"a call was sent twice"},
		},
		"two calls to a lead": {
			evidence{calls: []mariadb.RigCall{call(1, 1), call(2, 1)}, ledger: []asteriskconf.Entry{invite("1", "busy"), invite("2", "busy")}},
			[]string{"a lead was dialed twice"},
		},
		"with a reset between": {e: evidence{
			calls: []mariadb.RigCall{call(1, 1), call(2, 1)}, ledger: []asteriskconf.Entry{invite("1", "busy"), invite("2", "busy")},
			resets: []time.Time{noon.Add(1500 * time.Millisecond)},
		}},
		"nobody was told of its end": {
			evidence{calls: []mariadb.RigCall{func() mariadb.RigCall {
				c := call(1, 1)
				c.Status, c.Cause = dialer.StatusError, causeLost
				return c
			}()}, ledger: []asteriskconf.Entry{invite("1", "busy")}},
			[]string{"the books do not know a call's fate"},
		},
		"answered, and the books know nothing of it": {
			evidence{calls: []mariadb.RigCall{call(1, 1)}, ledger: []asteriskconf.Entry{func() asteriskconf.Entry {
				l := invite("1", "human")
				l.Answered = noon
				return l
			}()}},
			[]string{"the books and the carrier disagree whether a call was answered"},
		},
		"another outcome": {
			evidence{calls: []mariadb.RigCall{func() mariadb.RigCall {
				c := call(1, 1)
				c.Status = dialer.StatusNoAnswer
				return c
			}()}, ledger: []asteriskconf.Entry{invite("1", "busy")}},
			[]string{"the books have another outcome than the carrier"},
		},
		"a human who never hangs up": {
			evidence{calls: []mariadb.RigCall{talked}, ledger: []asteriskconf.Entry{human}},
			[]string{"a conversation was ended by us"},
		},
		"the agent hung up": {e: evidence{
			calls: []mariadb.RigCall{talked}, ledger: []asteriskconf.Entry{human}, hungUp: map[string]bool{"1": true},
		}},
		"sent, and the books deny it": {
			evidence{calls: []mariadb.RigCall{but(call(1, 1), func(c *mariadb.RigCall) { c.Sent = false })}, ledger: []asteriskconf.Entry{invite("1", "busy")}},
			[]string{"the carrier had an INVITE, the books say it was not sent"},
		},
		"an INVITE of nobody's": {
			evidence{ledger: []asteriskconf.Entry{invite("", "busy")}},
			[]string{"an INVITE without a call's id"},
		},
		"hung up by the dialer": {
			evidence{
				calls:  []mariadb.RigCall{but(talked, func(c *mariadb.RigCall) { c.EndedBy = dialer.ByDialer })},
				ledger: []asteriskconf.Entry{human}, hungUp: map[string]bool{"1": true},
			},
			[]string{"a conversation was ended by us"},
		},
		"left at the carrier": {
			evidence{calls: []mariadb.RigCall{call(1, 1)}, ledger: []asteriskconf.Entry{{Call: "1", Behaviour: "busy"}}},
			[]string{"the carrier still has a call"},
		},
		"left in the books": {
			evidence{calls: []mariadb.RigCall{but(call(1, 1), func(c *mariadb.RigCall) { c.EndedAt = nil })}, ledger: []asteriskconf.Entry{invite("1", "busy")}},
			[]string{"a call has no end"},
		},
		"two customers": {
			evidence{
				calls:  []mariadb.RigCall{talked, but(talked, func(c *mariadb.RigCall) { c.ID, c.LeadID, c.BridgedAt = 2, 2, new(noon.Add(time.Minute)) })},
				ledger: []asteriskconf.Entry{human, but(human, func(l *asteriskconf.Entry) { l.Call = "2" })}, hungUp: map[string]bool{"1": true, "2": true},
			},
			[]string{"an agent had two customers at once"},
		},
		"a file that is not there": {evidence{records: 1}, []string{"a call that an agent had has no recording in the books"}},
		"it died in the moment": {e: evidence{
			calls: []mariadb.RigCall{but(call(1, 1), func(c *mariadb.RigCall) { c.EndedAt = new(noon.Add(12 * time.Second)) })}, deaths: down,
		}},
		"it died, and nobody knows what became of a call": {e: evidence{
			calls:  []mariadb.RigCall{but(call(1, 1), unknown), but(call(2, 1), func(c *mariadb.RigCall) { c.PlacedAt = noon.Add(time.Minute) })},
			ledger: []asteriskconf.Entry{but(invite("1", "human"), func(l *asteriskconf.Entry) { l.Ended = time.Time{} }), invite("2", "busy")}, deaths: down,
		}},
		"it died, and a call that had ended before is not known": {
			evidence{
				calls: []mariadb.RigCall{but(call(1, 1), func(c *mariadb.RigCall) {
					unknown(c)
					c.PlacedAt, c.EndedAt = noon.Add(-time.Minute), new(noon.Add(-2*time.Second))
				})},
				ledger: []asteriskconf.Entry{but(invite("1", "busy"), func(l *asteriskconf.Entry) { l.Ended = time.Time{} })}, deaths: down,
			},
			[]string{"the carrier still has a call", "the books do not know a call's fate"},
		},
		"it died, and a call that came after that is not known": {
			evidence{
				calls: []mariadb.RigCall{but(call(1, 1), func(c *mariadb.RigCall) {
					unknown(c)
					c.PlacedAt, c.EndedAt = noon.Add(11*time.Second), new(noon.Add(15*time.Second))
				})},
				ledger: []asteriskconf.Entry{invite("1", "busy")}, deaths: down,
			},
			[]string{"the books do not know a call's fate"},
		},
		"the carrier died under a talk that goes on": {e: evidence{
			calls:  []mariadb.RigCall{but(talked, func(c *mariadb.RigCall) { c.PlacedAt, c.EndedBy = noon.Add(-time.Minute), dialer.ByDialer })},
			ledger: []asteriskconf.Entry{but(human, func(l *asteriskconf.Entry) { l.Ended = time.Time{} })}, deaths: []death{{from: noon, to: noon.Add(3 * time.Second), carrier: true}},
		}},
		"a lead in between": {
			evidence{stuck: []mariadb.RigLead{{ID: 1, Status: dialer.StatusQueue}}},
			[]string{"a lead is lost: neither dialable nor with an outcome"},
		},
	}
	for name, c := range cases {
		if got := judge(c.e).kinds; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A daemon that was killed just after Asterisk had died waits for it, too.
func TestFellSince(t *testing.T) {
	now := time.Now()
	c := &chaos{falls: []fallen{{Fall: rig.Fall{At: now.Add(-time.Second)}}}}
	for _, x := range []struct {
		began time.Time
		want  bool
	}{{now, true}, {now.Add(-2 * time.Second), true}, {now.Add(asteriskStarts), false}} {
		if got := c.fellSince(x.began.Add(-asteriskStarts)); got != x.want {
			t.Errorf("struck %s after it: %t", x.began.Sub(c.falls[0].At), got)
		}
	}
}
