package pages

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhyNotDialed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	sam := o.as("sam")
	if a := sam.get("/campaigns/AUTUMN/why"); a.status != 200 || !strings.Contains(a.text(), "lists have no leads") {
		t.Errorf("an empty campaign: %d %.400s", a.status, a.text())
	}
	o.exec(`UPDATE campaigns SET active = 1, call_from_min = 0, call_to_min = 1440 WHERE id = 'AUTUMN'`)
	o.exec(`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/New_York;FICTION-555,US')`)
	for i, status := range []string{"NEW", "NEW", "NEW", "NI", "SALE"} {
		o.exec(fmt.Sprintf(`INSERT INTO leads (id, list_id, status, zone_set, e164, phone_code, phone_number, first_name, created_at)
			VALUES (%d, 1024, '%s', 1, '+1212555010%d', '1', '212555010%d', 'Ann', UTC_TIMESTAMP(3))`, i+1, status, i, i))
	}
	o.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12125550102', 'admin', UTC_TIMESTAMP(3))`)
	a := sam.get("/campaigns/AUTUMN/why")
	text := a.text()
	if a.status != 200 || !strings.Contains(text, "2 of 5 leads can be called now.") {
		t.Errorf("%d %.1200s", a.status, text)
	}
	for _, want := range []string{`data-reason="STATUS"`, `data-reason="DNC"`, `data-testid="sum">5<`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in the census", want)
		}
	}
	// Who may change it is led to where; others are not led to what they are refused.
	const statuses = `href="/campaigns/AUTUMN/settings/leads"`
	if mia := o.as("mia"); !strings.Contains(mia.get("/campaigns/AUTUMN/why").body, statuses) || strings.Contains(a.body, statuses) {
		t.Error("the way to the statuses that are dialed is missing, or shown to somebody who may not go there")
	} else {
		mia.get("/campaigns/AUTUMN/settings/leads").is(200, "Statuses dialed")
	}
	sam.get("/campaigns/AUTUMN/why").is(200, "holding nobody back", "No comparison with US National Registry is on record")
	o.exec(`INSERT INTO zone_sets (id, zones) VALUES (2, 'America/New_York;US')`)
	o.exec(`UPDATE leads SET zone_set = 2, e164 = '+12122340101' WHERE id = 2`)
	o.exec(`UPDATE campaigns SET caller_id = '', call_from_min = 0, call_to_min = 1440 WHERE id = 'AUTUMN'`)
	if a = sam.get("/campaigns/AUTUMN/why"); !strings.Contains(a.body, `data-rule="US-9"`) && !strings.Contains(a.body, `data-rule="US-1"`) {
		t.Errorf("the census names no rule: %.1500s", a.text())
	}
	for asked, want := range map[string]string{
		"(212) 555-0102": "do-not-call list", "3": "do-not-call list", "4": "status that is not dialed", "%2B12125550100": "can be called",
		"99": "No list of this campaign has that lead", "nonsense": "No list of this campaign has that lead",
	} {
		if a := sam.get("/campaigns/AUTUMN/why?lead=" + strings.ReplaceAll(asked, " ", "+")); a.status != 200 || !strings.Contains(a.text(), want) {
			t.Errorf("asked about %s: %d, no %q in %.900s", asked, a.status, want, a.text())
		}
	}
	if a := sam.post("/campaigns/AUTUMN/why/revoke", "lead", "1", "words", ""); a.status == 303 {
		t.Errorf("revoked without a word: %d", a.status)
	}
	if a := sam.post("/campaigns/AUTUMN/why/revoke", "lead", "1", "words", "She wrote on 27 November."); a.status != 303 {
		t.Errorf("revoked: %d %.400s", a.status, a.text())
	}
	if a := sam.get("/campaigns/AUTUMN/why?lead=1"); !strings.Contains(a.text(), "do-not-call list") {
		t.Errorf("after the revocation: %.900s", a.text())
	}
	if n := stored[int](o, `SELECT COUNT(*) FROM consents WHERE e164 = '+12125550100' AND kind = 'revoke' AND user_id = 3 AND source = 'admin'`); n != 1 {
		t.Errorf("%d rows in the ledger", n)
	}
	if a := sam.get("/campaigns/WINTER/why"); a.status != 403 {
		t.Errorf("another team's campaign: %d", a.status)
	}
	if a := sam.get("/why"); a.status != 303 || a.to != "/campaigns/AUTUMN/why" {
		t.Errorf("with one campaign /why leads to %q (%d)", a.to, a.status)
	}
	if a := o.as("ada").get("/why"); a.status != 200 || !strings.Contains(a.text(), "Winter tariff change") {
		t.Errorf("with several: %d %.400s", a.status, a.text())
	}
}

func TestCallingRules(t *testing.T) {
	t.Parallel()
	a := newOffice(t).as("sam").get("/rules")
	for _, want := range []string{"US-1", "US-PA-HOURS", "Off: the survey", "Strict", "UK-4", "47 CFR 64.1200(c)(1)", "us-states"} {
		if a.status != 200 || !strings.Contains(a.text(), want) {
			t.Errorf("%d: no %q", a.status, want)
		}
	}
}

func (o *office) exec(query string, args ...any) {
	o.t.Helper()
	if _, err := o.sql.ExecContext(o.t.Context(), query, args...); err != nil {
		o.t.Fatal(err)
	}
}
