package pages

import (
	"testing"
	"time"
)

// TestRegistersAreKeptTrackOf: a campaign says that its lists were never compared
// with its country's register, until a comparison is noted or imported, be it
// empty.
func TestRegistersAreKeptTrackOf(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	mia.get("/campaigns/AUTUMN").is(200, "No comparison with US National Registry is on record")
	mia.get("/dnc").is(200, "US National Registry", "US-11: every 31 days", "Never, as far as is known")
	mia.post("/dnc/scrub", "register", "Somebody's", "day", "2026-01-01", "numbers", "0").is(422, "No calling rule names a register")
	mia.post("/dnc/scrub", "register", "TPS", "day", "soon", "numbers", "0").is(422, "Enter the day")
	mia.post("/dnc/scrub", "register", "TPS", "day", time.Now().AddDate(0, 0, 5).Format(time.DateOnly), "numbers", "0").is(422, "has not come yet")
	old := time.Now().AddDate(0, 0, -40)
	mia.leads(mia.post("/dnc/scrub", "register", "US National Registry", "day", old.Format(time.DateOnly), "numbers", "12", "scrub_note", "by the vendor"), "Noted: compared with")
	mia.get("/campaigns/AUTUMN").is(200, "The last comparison with US National Registry on record is 40 days old")
	if a := mia.send("/dnc/import", "found.csv", "", "campaign", "", "register", "US National Registry"); a.status != 303 {
		t.Fatalf("an empty file: %d %.300s", a.status, a.text())
	}
	mia.get("/campaigns/AUTUMN").is(200).lacks("US National Registry")
	if n := o.count(`SELECT COUNT(*) FROM scrubs WHERE user_id > 0`); n != 2 {
		t.Errorf("%d comparisons on record, want 2", n)
	}
	// Numbers are read as of the register's country. A file of which most cannot be
	// read is no comparison.
	if a := mia.send("/dnc/import", "tps.csv", "020 7946 0123\n", "campaign", "", "register", "TPS"); a.status != 303 || o.count(`SELECT COUNT(*) FROM dnc WHERE e164 = '+442079460123'`) != 1 {
		t.Errorf("a British register: %d %.300s", a.status, a.text())
	}
	if a := mia.send("/dnc/import", "tps.csv", "020 7946 0124\n020 7946 0125\n", "campaign", "", "register", "CTPS", "country", "US"); a.status != 422 || o.count(`SELECT COUNT(*) FROM scrubs WHERE register = 'CTPS'`) != 0 {
		t.Errorf("a file that nobody can read was noted as a comparison: %d %.300s", a.status, a.text())
	}
	o.sqlExec(`DELETE FROM scrubs WHERE register = 'TPS'`)
	if a := mia.send("/dnc/import", "found.csv", "", "campaign", ""); a.status != 422 {
		t.Errorf("an empty file of nothing: %d", a.status)
	}
}
