package mariadb_test

import (
	"testing"

	"trunkline/sql/mariadb"
)

// Leads whose zone set was made by other rules get the one of the rules in use, at
// the next look and once; a verified zone and the further numbers count.
func TestZoneSetsAreRenewed(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(305, 2500)...) // Florida, whose hours are its own
	h.exec(`INSERT INTO lead_phones (lead_id, n, e164, phone_code, phone_number, zone_set) VALUES (7, 1, '+13052340001', '1', '', 1)`)
	h.exec(`UPDATE leads SET verified_zone = 'America/Denver' WHERE id = 9`)
	h.exec(`INSERT IGNORE INTO zone_sets (zones) VALUES ('America/New_York;US')`)
	h.exec(`UPDATE leads SET zone_set = (SELECT id FROM zone_sets WHERE zones = 'America/New_York;US')`) // as before Florida had any
	h.exec(`UPDATE lead_phones SET zone_set = (SELECT id FROM zone_sets WHERE zones = 'America/New_York;US')`)
	h.fill("C1", noonEast)
	store := mariadb.NewLists(h.db)
	renewed := int64(0)
	for batch := 1; ; batch++ {
		done, n, err := store.RenewZones(t.Context(), noonEast)
		if err != nil || batch > 5 {
			t.Fatal(batch, err)
		}
		renewed = n
		if done {
			break
		}
	}
	if renewed != 2500 {
		t.Errorf("%d leads renewed, want 2500", renewed)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads l JOIN zone_sets z ON z.id = l.zone_set WHERE z.zones = 'America/New_York;US,US-FL'`); n != 2499 {
		t.Errorf("%d leads are Florida's", n)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads l JOIN zone_sets z ON z.id = l.zone_set WHERE l.id = 9 AND z.zones LIKE 'America/Denver;%'`); n != 1 {
		t.Error("a verified zone was lost")
	}
	if n := h.count(`SELECT COUNT(*) FROM lead_phones p JOIN zone_sets z ON z.id = p.zone_set WHERE z.zones LIKE '%US-FL'`); n != 1 {
		t.Error("the further number kept its old set")
	}
	if s := h.sweep(noonEast); s.Removed != 100 {
		t.Errorf("%d rows left the hopper, want the 100 that were judged by the old set", s.Removed)
	}
	h.exec(`UPDATE leads SET zone_set = 1`)
	if done, n, err := store.RenewZones(t.Context(), noonEast); !done || n != 2500 || err != nil {
		t.Errorf("it began again: %v, %d, %v", done, n, err)
	}
	h.exec(`UPDATE zone_renewal SET places = 'other states'`)
	if done, _, err := store.RenewZones(t.Context(), noonEast); done || err != nil {
		t.Errorf("other states with hours of their own, and nothing is renewed: %v, %v", done, err)
	}
}
