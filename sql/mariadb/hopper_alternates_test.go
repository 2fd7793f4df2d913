package mariadb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
)

// reached is a call to a number of a lead that has ended with a status, by an agent
// of the shift or (0) by nobody.
func (h hopperDB) reached(lead int, e164, status string, at time.Time, session int64) {
	h.Helper()
	h.exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, placed_at, ended_at, status, sent)
		SELECT COALESCE(MAX(id), 0) + 1, 'ENDED', 'C1', 101, ?, ?, 1, 1, NULLIF(?, 0), ?, ?, ?, 1 FROM calls`, lead, e164, session, at, at.Add(20*time.Second), status)
	h.exec(`UPDATE leads SET status = ?, called_count = called_count + 1, called_since_reset = called_since_reset + 1, last_called_at = ? WHERE id = ?`, status, at, lead)
	h.exec(`DELETE FROM hopper`)
}

// TestFurtherNumbers are dialed one after the other once a call has ended as the
// campaign says, each once, whatever else there is to dial; but for those that
// may never be called, behind which the next comes at once.
func TestFurtherNumbers(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`UPDATE campaigns SET hopper_level = 1, dial_statuses = 'NEW', auto_alt = 'ALL', auto_alt_statuses = 'NA B WN'`)
	h.add(101, numbers(212, 3)...)
	of := func(lead, n int) string { return fmt.Sprintf("+1212234%d%03d", lead, n) }
	for lead := 1; lead <= 3; lead++ {
		for n := 1; n <= 4; n++ {
			h.exec(`INSERT INTO lead_phones (lead_id, n, label, e164, phone_code, phone_number, zone_set) SELECT id, ?, 'x', ?, '1', '', zone_set FROM leads WHERE id = ?`, n, of(lead, n), lead)
		}
	}
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', ?, 'x', NOW()), ('C1', ?, 'x', NOW())`, of(1, 2), of(1, 3))
	h.exec(`UPDATE lead_phones SET active = FALSE WHERE lead_id = 2 AND n = 1`)
	h.exec(`UPDATE lead_phones SET e164 = (SELECT e164 FROM leads WHERE id = 3) WHERE lead_id = 3 AND n = 1`)
	memory := hopper.NewMemory()
	at := noonEast
	fill := func() (numbers []string) {
		t.Helper()
		at = at.Add(30 * time.Second)
		if _, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", at), h.sets(), at), hopper.Fence{}, memory); err != nil {
			t.Fatal(err)
		}
		if err := h.raw.Select(&numbers, `SELECT e164 FROM hopper WHERE source = 'A' AND priority = 25 ORDER BY e164`); err != nil {
			t.Fatal(err)
		}
		return numbers
	}
	want := func(what string, want ...string) {
		t.Helper()
		if got := fill(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	want("nobody was called")
	h.reached(1, "+12122340000", "NA", at, 0)
	want("nobody answered", of(1, 1))
	want("once", of(1, 1))
	h.reached(1, of(1, 1), "B", at, 0)
	want("busy, and the next two are on do-not-call lists", of(1, 4))
	h.reached(1, of(1, 4), "NA", at, 0)
	want("that was the last")
	h.reached(2, "+12122340001", "SALE", at, 0)
	want("somebody was reached")
	h.reached(2, "+12122340001", "NA", at, 0)
	want("the first is switched off", of(2, 2))
	h.reached(3, "+12122340002", "NA", at, 0)
	want("the first is the lead's own number", of(2, 2), of(3, 2))
	h.exec(`DELETE FROM hopper; UPDATE leads SET status = 'SALE'`)

	// An agent says it after a long talk.
	session := int64(dialer.NewIDs(1).Next(at))
	h.exec(`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at)
		VALUES (?, NULL, 5, 'C1', 1, 1, 'PAUSED', ?, ?, ?)`, session, at, at, at)
	talked := at
	h.reached(1, "+12122340000", "", talked, session)
	for range 20 {
		want("the agent talks")
	}
	h.exec(`UPDATE calls SET status = 'WN' WHERE session_id = ?`, session)
	h.exec(`UPDATE leads SET status = 'WN' WHERE id = 1`)
	want("a wrong number, said after ten minutes", of(1, 1))
}

// TestOneNewLeadInSoMany: the order holds as well for a hopper that is filled one
// row at a time, as calls take them.
func TestOneNewLeadInSoMany(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`UPDATE campaigns SET hopper_level = 1, lead_order = 'DOWN 3rd NEW'`)
	h.add(101, numbers(212, 12)...)
	h.exec(`UPDATE leads SET status = 'NA' WHERE id > 4`)
	memory := hopper.NewMemory()
	var got []dialer.LeadID
	for range 9 {
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast), hopper.Fence{}, memory)
		if err != nil || f.Inserted != 1 {
			t.Fatal(f, err)
		}
		var id dialer.LeadID
		if err := h.raw.Get(&id, `SELECT lead_id FROM hopper`); err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
		h.exec(`UPDATE leads SET called_since_reset = 1 WHERE id = ?; DELETE FROM hopper`, id)
	}
	if want := []dialer.LeadID{5, 6, 1, 7, 8, 2, 9, 10, 3}; !slices.Equal(got, want) {
		t.Errorf("dialed %v, want %v", got, want)
	}
}

// TestExplainOfAPromise: of a lead that is promised a call back it is said by whom
// and when.
func TestExplainOfAPromise(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 1)...)
	due := noonEast.Add(2 * time.Hour)
	h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, comments, made_by, created_at, changed_at)
		VALUES (1, 'C1', 1, 'USERONLY', 5, ?, 'America/New_York', 'ACTIVE', '', 5, ?, ?)`, due, noonEast, noonEast)
	ask := func(at time.Time) (a hopper.Answer) {
		t.Helper()
		err := h.store.View(t.Context(), func(v hopper.View) (err error) {
			a, err = hopper.RulesAt(h.state("C1", at), h.sets(), at).Ask(t.Context(), v, 1)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := ask(noonEast); a.Reason != hopper.Promised || a.Until == nil || !a.Until.Equal(due) || a.Says != "The lead is promised a call back by one agent, who dials it." {
		t.Errorf("before its time: %+v", a)
	}
	if a := ask(due); a.Reason != hopper.Promised || a.Until != nil {
		t.Errorf("at its time: %+v", a)
	}
	h.exec(`UPDATE callbacks SET kind = 'ANYONE'`)
	if a := ask(noonEast); a.Until == nil || a.Says != "The lead is promised a call back, by whichever agent is free." {
		t.Errorf("by anyone: %+v", a)
	}
}
