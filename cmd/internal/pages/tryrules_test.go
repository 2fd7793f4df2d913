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
	for _, want := range []string{"Of 3 leads the calling rules allow 0 now", "would allow 3", "3 would become callable", "(215) 234-0000"} {
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
