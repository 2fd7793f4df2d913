package chaos

import (
	"fmt"
	"slices"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// evidence is what is known when the storm is over.
type evidence struct {
	ledger  []asteriskconf.Entry
	calls   []mariadb.RigCall
	resets  []time.Time     // of the list
	hungUp  map[string]bool // calls whose agent clicked "hang up"
	stuck   []mariadb.RigLead
	deaths  []death // of Asterisk
	records int     // calls that should have a recording and have none
}

// death is an end of Asterisk, by the database's clock.
type death struct {
	from, to time.Time
	carrier  bool // it was the carrier's, not the telephony server's
}

// faults is a list of what is wrong, each kind with its first few examples.
type faults struct {
	kinds    []string
	count    map[string]int
	examples map[string][]string
}

func (f *faults) add(kind, format string, args ...any) {
	if f.count == nil {
		f.count, f.examples = map[string]int{}, map[string][]string{}
	}
	if f.count[kind] == 0 {
		f.kinds = append(f.kinds, kind)
	}
	f.count[kind]++
	if len(f.examples[kind]) < 5 {
		f.examples[kind] = append(f.examples[kind], fmt.Sprintf(format, args...))
	}
}

// judge compares what the carrier saw with what the books say.
func judge(e evidence) *faults {
	f := &faults{}
	f.match(e)
	f.twice(e)
	f.ends(e)
	f.fates(e)
	f.crowded(e)
	for _, l := range e.stuck {
		f.add("a lead is lost: neither dialable nor with an outcome", "lead %d: %s, called %d times since the reset", l.ID, l.Status, l.Called)
	}
	if e.records > 0 {
		f.add("a call that an agent had has no recording in the books", "%d of them", e.records)
	}
	return f
}

// match holds every INVITE against its row, by the id that we gave the call.
func (f *faults) match(e evidence) {
	invites := map[string]int{}
	for _, l := range e.ledger {
		if l.Call == "" {
			f.add("an INVITE without a call's id", "%s to %s", l.UniqueID, l.Number)
			continue
		}
		invites[l.Call]++
		if invites[l.Call] == 2 {
			f.add("a call was sent twice", "call %s to %s", l.Call, l.Number)
		}
	}
	for _, c := range e.calls {
		id := c.ID.String()
		switch n := invites[id]; {
		case c.Sent && n == 0 && !e.diedAt(c.PlacedAt) && !e.unknowable(c):
			f.add("the books say sent, the carrier had no INVITE", "call %s, placed %s, %s %s", id, clock(c.PlacedAt), c.State, c.Status)
		case !c.Sent && n > 0:
			f.add("the carrier had an INVITE, the books say it was not sent", "call %s, placed %s, %s", id, clock(c.PlacedAt), c.Status)
		}
		delete(invites, id)
	}
	for id := range invites {
		f.add("an INVITE that the books know nothing of", "call %s", id)
	}
}

// diedAt: what Asterisk was told in its last moment it may never have done.
func (e evidence) diedAt(at time.Time) bool {
	for _, d := range e.deaths {
		if at.After(d.from.Add(-time.Second)) && at.Before(d.to) {
			return true
		}
	}
	return false
}

// unknowable: an unanswered call that ended when Asterisk went down counts as
// sent. Whether it was, Asterisk took along.
func (e evidence) unknowable(c mariadb.RigCall) bool {
	return c.AnsweredAt == nil && c.EndedAt != nil && e.wentDown(c)
}

// wentDown tells whether a call was up on an Asterisk in the moment in which that
// went down: placed before it was up again, and not ended before. Half a minute is
// given for such an end to be noticed; that of a carrier nobody tells, and who
// talks to it may go on doing so.
func (e evidence) wentDown(c mariadb.RigCall) bool {
	for _, d := range e.deaths {
		if !c.PlacedAt.Before(d.to) || c.EndedAt != nil && c.EndedAt.Before(d.from.Add(-time.Second)) {
			continue
		}
		if c.EndedAt == nil || d.carrier || c.EndedAt.Before(d.to.Add(30*time.Second)) {
			return true
		}
	}
	return false
}

// twice finds leads that were dialed again without a reset in between. A lead
// whose unanswered call died with Asterisk is dialable again by design.
func (f *faults) twice(e evidence) {
	type stretch struct {
		lead  dialer.LeadID
		after int
	}
	dialed := map[stretch]dialer.CallID{}
	for _, c := range e.calls {
		if !c.Sent {
			continue
		}
		s := stretch{lead: c.LeadID}
		for _, at := range e.resets {
			if at.Before(c.PlacedAt) {
				s.after++
			}
		}
		if before, ok := dialed[s]; ok {
			f.add("a lead was dialed twice", "lead %d: calls %s and %s", c.LeadID, before, c.ID)
		}
		if c.Status == dialer.StatusError && e.unknowable(c) {
			continue
		}
		dialed[s] = c.ID
	}
}

// never are the carrier's parties that do not hang up by themselves: their
// calls end by the agent's hand, or by a fault of ours.
var never = map[string]bool{"human": true, "early": true, "talkative": true}

// ends looks how the calls ended that an agent had on the line.
func (f *faults) ends(e evidence) {
	behaviour, books := map[string]string{}, map[string]mariadb.RigCall{}
	for _, c := range e.calls {
		books[c.ID.String()] = c
	}
	for _, l := range e.ledger {
		behaviour[l.Call] = l.Behaviour
		// To a far end whose Asterisk was killed nobody says goodbye.
		if c, known := books[l.Call]; l.Ended.IsZero() && !(known && e.wentDown(c)) {
			f.add("the carrier still has a call", "call %s to %s", l.Call, l.Number)
		}
	}
	for _, c := range e.calls {
		id := c.ID.String()
		if c.EndedAt == nil {
			f.add("a call has no end", "call %s: %s since %s", id, c.State, clock(c.PlacedAt))
			continue
		}
		if c.BridgedAt == nil || e.wentDown(c) {
			continue
		}
		if c.EndedBy == dialer.ByDialer || never[behaviour[id]] && !e.hungUp[id] {
			f.add("a conversation was ended by us", "call %s, %s to %s, ended by %q, %s, agent hung up: %t",
				id, clock(*c.BridgedAt), clock(*c.EndedAt), c.EndedBy, c.Status, e.hungUp[id])
		}
	}
}

// outcomes are what the books must say of the carrier's parties that refuse, or
// that nobody answers.
var outcomes = map[string]dialer.Status{
	"busy": dialer.StatusBusy, "invalid": dialer.StatusDisconnected, "congestion": dialer.StatusCongestion, "noanswer": dialer.StatusNoAnswer,
}

// fates holds what became of each call against what the carrier saw. Only what
// went down with Asterisk may be unknown.
func (f *faults) fates(e evidence) {
	seen := map[string]asteriskconf.Entry{}
	for _, l := range e.ledger {
		seen[l.Call] = l
	}
	for _, c := range e.calls {
		l, ok := seen[c.ID.String()]
		if !c.Sent || !ok || c.EndedAt == nil || e.wentDown(c) {
			continue
		}
		told := fmt.Sprintf("call %s, placed %s, %s: %s, cause %d, SIP %d, answered %t; at the carrier answered %t",
			c.ID, clock(c.PlacedAt), l.Behaviour, c.Status, c.Cause, c.SIPCode, c.AnsweredAt != nil, !l.Answered.IsZero())
		want, refused := outcomes[l.Behaviour]
		switch {
		case c.Cause == causeLost || c.BridgedAt == nil && c.Status == dialer.StatusError:
			f.add("the books do not know a call's fate", "%s", told)
		case l.Answered.IsZero() != (c.AnsweredAt == nil):
			f.add("the books and the carrier disagree whether a call was answered", "%s", told)
		case refused && c.Status != want:
			f.add("the books have another outcome than the carrier", "%s", told)
		}
	}
}

// causeLost is the cause of an end that listen was not told.
const causeLost = 41

func clock(t time.Time) string { return t.Format("15:04:05.000") }

// crowded finds agents who had two customers at once.
func (f *faults) crowded(e evidence) {
	latest := map[dialer.SessionID]mariadb.RigCall{}
	talks := slices.DeleteFunc(slices.Clone(e.calls), func(c mariadb.RigCall) bool {
		// Of a call whose end we did not see it is not known how long it was.
		return c.BridgedAt == nil || c.EndedAt == nil || c.Cause == causeLost
	})
	slices.SortFunc(talks, func(a, b mariadb.RigCall) int { return a.BridgedAt.Compare(*b.BridgedAt) })
	for _, c := range talks {
		if before, ok := latest[c.SessionID]; ok && before.EndedAt.After(*c.BridgedAt) {
			f.add("an agent had two customers at once", "session %s: calls %s and %s", c.SessionID, before.ID, c.ID)
		}
		latest[c.SessionID] = c
	}
}
