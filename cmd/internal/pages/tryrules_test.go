package pages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/compliance"
)

// TestTryRules: a change of rules is tried on a campaign's leads: how many turn
// either way, by which rule, and who; nothing is changed.
func TestTryRules(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440 WHERE id = 'AUTUMN'`)
	o.exec(`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/New_York;US'), (2, 'America/New_York;US,US-FL')`)
	for i := range 8 {
		o.exec(fmt.Sprintf(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES (%d, 1024, 1, '+1215234000%d', '1', '', UTC_TIMESTAMP(3))`, i+1, i))
	}
	o.exec(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES (20, 1024, 2, '+13052340000', '1', '', UTC_TIMESTAMP(3))`)
	saturday := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC) // half past eight in the evening in New York
	draft, err := compliance.NewDraft("own.json", []byte(`{"pack":"own","version":"2026-12-01","set":[
		{"rule":"US-PA-HOURS","status":"on","why":"a test"},{"rule":"US-FL-HOURS","status":"off","why":"a test"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	version := compliance.Version()
	r, err := app.TryRules(t.Context(), o.db, "AUTUMN", draft, saturday, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Leads != 9 || r.Allowed != 8 || r.Then != 1 || r.Lost.Leads != 8 || r.Lost.ByRule["US-PA-HOURS"] != 8 || len(r.Lost.Samples) != 5 || r.Lost.Samples[0].Lead != 1 ||
		r.Gained.Leads != 1 || r.Gained.ByRule["US-FL-HOURS"] != 1 || r.Gained.Samples[0].Lead != 20 {
		t.Errorf("%+v", r)
	}
	if r.Before != version || r.After == version || compliance.Version() != version {
		t.Errorf("rules %s, tried %s, now %s", r.Before, r.After, compliance.Version())
	}
}

// TestTryRulesWithWhatIsKnown: what is known of a number, and what is set for a list,
// counts in a trial as it does when a lead is dialed.
func TestTryRulesWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	noon := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)
	o.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440, max_per_24h = 1, caller_id = '' WHERE id = 'AUTUMN'`)
	o.exec(`UPDATE lists SET caller_id = '12125550100' WHERE id = 1024`)
	o.exec(`INSERT INTO lists (id, campaign_id, name, active, caller_id, call_from_min, created_at) VALUES
		(1025, 'AUTUMN', 'From one on', TRUE, '12125550100', 780, UTC_TIMESTAMP(3)), (1026, 'AUTUMN', 'Without a caller id', TRUE, '', NULL, UTC_TIMESTAMP(3)), (1027, 'AUTUMN', 'Off', FALSE, '', NULL, UTC_TIMESTAMP(3))`)
	o.exec(`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/New_York;US')`)
	for list, leads := range map[int]int{1024: 6, 1025: 2, 1026: 1, 1027: 1} {
		for i := range leads {
			o.exec(`INSERT INTO leads (list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES (?, 1, ?, '1', '', UTC_TIMESTAMP(3))`, list, fmt.Sprintf("+1%d234000%d", list-1024+212, i))
		}
	}
	o.exec(`INSERT INTO leads (list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES (1024, 1, '+13322340001', '1', '', UTC_TIMESTAMP(3))`)
	o.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340001', 'admin', NOW()), ('AUTUMN', '+12122340002', 'admin', NOW()),
		('WINTER', '+12122340005', 'admin', NOW()), ('AUTUMN', '+1332*', 'admin', NOW())`)
	o.exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sent)
		VALUES (1, 'ENDED', 'WINTER', 1, 1, '+12122340003', 1, 1, ?, ?, 'NA', TRUE), (2, 'ENDED', 'WINTER', 1, 1, '+12122340004', 1, 1, ?, ?, 'NA', TRUE)`,
		noon.Add(-time.Hour), noon.Add(-time.Hour), noon.AddDate(0, 0, -9), noon.AddDate(0, 0, -9))
	draft, err := compliance.NewSwitched(nil)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	r, err := app.TryRules(t.Context(), o.db, "AUTUMN", draft, noon, func(n int) { said = n })
	if err != nil {
		t.Fatal(err)
	}
	// Of list 1024: one never called, one called nine days ago, one on another
	// campaign's do-not-call list.
	if r.Leads != 10 || said != 10 || r.Allowed != 3 || r.Then != 3 || r.Gained.Leads+r.Lost.Leads != 0 {
		t.Errorf("%+v, said %d", r, said)
	}
}

// TestTryARuleOnThePage: the same by the page of the rules, at this moment.
func TestTryARuleOnThePage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440, amd = 'message', voicemail = 'ours' WHERE id = 'AUTUMN'`)
	// A zone where it is about one o'clock now, whenever the test runs.
	o.exec(fmt.Sprintf(`INSERT INTO zone_sets (id, zones) VALUES (1, 'Etc/GMT%+d;US')`, time.Now().UTC().Hour()-13))
	for i := range 3 {
		o.exec(fmt.Sprintf(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES (%d, 1024, 1, '+1215234000%d', '1', '', UTC_TIMESTAMP(3))`, i+1, i))
	}
	sam := o.as("sam")
	a := sam.get("/rules?rule=US-10&state=off&campaign=AUTUMN")
	for _, want := range []string{"Of 3 leads the calling rules allow 0 now", "would allow 3", "3 would become callable", "+12152340000"} {
		if a.status != 200 || !strings.Contains(a.text(), want) {
			t.Errorf("%d: no %q in %.900s", a.status, want, a.text())
		}
	}
	if a := sam.get("/rules?rule=US-10&state=maybe&campaign=AUTUMN"); a.status != 422 || !strings.Contains(a.text(), "cannot be switched") {
		t.Errorf("a state that is none: %d", a.status)
	}
	if a := sam.get("/rules?rule=US-10&state=off&campaign=WINTER"); a.status != 404 {
		t.Errorf("a campaign that is not Sam's: %d", a.status)
	}
}
