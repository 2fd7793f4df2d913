package mariadb_test

import (
	"errors"
	"testing"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
)

// Deleted leads leave nothing of theirs behind but the record of their calls; what
// is being called stays.
func TestDeleteLeads(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 1500)...)
	h.exec(`UPDATE leads SET status = 'NA', called_count = 1, called_since_reset = id % 3 WHERE id > 1300`)
	h.exec(`INSERT INTO lead_phones (lead_id, n, e164, phone_code, phone_number, zone_set) VALUES (1, 1, '+13102340001', '1', '', 1), (1500, 1, '+13102340002', '1', '', 1)`)
	h.exec(`INSERT INTO lead_custom (lead_id, vals) VALUES (1, '{}'), (1500, '{}')`)
	h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, due_at, zone, state, made_by, created_at, changed_at) VALUES (1, 'C1', 1500, 'ANYONE', NOW(), 'America/New_York', 'ACTIVE', 1, NOW(), NOW())`)
	h.exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, status) VALUES (1, 'ENDED', 'C1', 101, 1500, '+12122341499', 1, 1, NOW(), 'NA')`)
	h.fill("C1", noonEast)
	claimed, err := h.store.Claim(t.Context(), "C1", 1, 2, noonEast)
	if err != nil || len(claimed) != 2 {
		t.Fatal(claimed, err)
	}
	h.exec(`UPDATE leads SET status = 'INCALL' WHERE id = 1200`)
	lists, pages, by := mariadb.NewLists(h.db), mariadb.NewLeadPages(h.db), audit.By{User: 5, At: noonEast}

	if n, err := lists.DeleteLeads(t.Context(), by, 101, "NA"); n != 200 || err != nil {
		t.Errorf("deleted %d of status NA, %v", n, err)
	}
	for what, query := range map[string]string{
		"further numbers": `SELECT COUNT(*) FROM lead_phones WHERE lead_id = 1500`, "custom fields": `SELECT COUNT(*) FROM lead_custom WHERE lead_id = 1500`,
		"open callbacks": `SELECT COUNT(*) FROM callbacks WHERE open = 1`, "leads": `SELECT COUNT(*) FROM leads WHERE status = 'NA'`,
	} {
		if n := h.count(query); n != 0 {
			t.Errorf("%d %s of deleted leads are left", n, what)
		}
	}
	if n := h.count(`SELECT COUNT(*) FROM calls`) * h.count(`SELECT COUNT(*) FROM lead_phones`); n != 1 {
		t.Error("calls, or another lead's number, went too")
	}
	for id, want := range map[string]error{"1299": nil, "1200": dialer.ErrConflict, "9999": dialer.ErrNotFound, "x": dialer.ErrNotFound} {
		if err := pages.Delete(t.Context(), by, id); !errors.Is(err, want) {
			t.Errorf("lead %s: %v, want %v", id, err, want)
		}
	}
	if n, err := lists.DeleteLeads(t.Context(), by, 101, ""); n != 1296 || err != nil {
		t.Errorf("deleted %d, %v; want all but the two claimed, the one on a call and the one deleted before", n, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM hopper`); n != 2 || h.count(`SELECT COUNT(*) FROM leads`) != 3 {
		t.Errorf("%d rows in the hopper, want the two that are claimed", n)
	}
	if n := h.count(`SELECT COUNT(*) FROM audit WHERE action IN ('list.delete-leads', 'lead.delete')`); n != 3 {
		t.Errorf("%d audit rows", n)
	}
}
