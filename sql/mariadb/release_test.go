package mariadb_test

import (
	"slices"
	"testing"
	"time"
)

// An agent's own callback is anyone's once its agent is gone, or has let it pass
// for longer than the campaign waits; not before its time.
func TestCallbacksOfAgentsWhoAreGoneAreAnyones(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 202)
	h.add(101, numbers(212, 4)...)
	h.add(202, numbers(213, 1)...)
	h.exec(`UPDATE campaigns SET callback_release_min = 30 WHERE id = 'C2'`)
	h.exec(`INSERT INTO users (id, username, full_name, pass_hash, role, active, created_at) VALUES (7, 'ann', 'Ann', '', 'agent', TRUE, NOW()), (8, 'bob', 'Bob', '', 'agent', FALSE, NOW())`)
	h.exec(`UPDATE leads SET status = 'CALLBK'`)
	due := noonEast
	for lead, user := range map[int]int{1: 7, 2: 8, 3: 99, 5: 7} {
		campaign := map[bool]string{true: "C2", false: "C1"}[lead == 5]
		h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, made_by, created_at, changed_at) VALUES (1, ?, ?, 'USERONLY', ?, ?, 'America/New_York', 'ACTIVE', ?, NOW(), NOW())`, campaign, lead, user, due, user)
	}
	anyones := func(at time.Time) []int {
		t.Helper()
		h.sweep(at)
		var leads []int
		if err := h.raw.Select(&leads, `SELECT lead_id FROM callbacks WHERE kind = 'ANYONE' ORDER BY lead_id`); err != nil {
			t.Fatal(err)
		}
		return leads
	}
	for _, test := range []struct {
		at   time.Time
		want []int
	}{
		{due.Add(-time.Second), nil},
		{due, []int{2, 3}},                             // switched off, and removed
		{due.Add(29 * time.Minute), []int{2, 3}},       //
		{due.Add(30 * time.Minute), []int{2, 3, 5}},    // its campaign waits half an hour
		{due.Add(30 * 24 * time.Hour), []int{2, 3, 5}}, // the other waits for its agent
	} {
		if got := anyones(test.at); !slices.Equal(got, test.want) {
			t.Errorf("at %s callbacks of the leads %v are anyone's, want %v", test.at.Sub(due), got, test.want)
		}
	}
	h.fill("C2", due.Add(30*time.Minute))
	if n := h.count(`SELECT COUNT(*) FROM hopper WHERE lead_id = 5 AND source = 'C'`); n != 1 {
		t.Error("what was released is not dialed")
	}
}
