package mariadb_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// TestLeadSavedAfterACall: a form that was drawn before a call ended does not undo
// the call's outcome, which leaves no entry in the audit log.
func TestLeadSavedAfterACall(t *testing.T) {
	h := newHopperDB(t)
	pages, by := mariadb.NewLeadPages(h.db), audit.By{User: 5, At: h.now()}
	h.add(101, "+12122340001")
	id := h.count(`SELECT id FROM leads`)
	key := strconv.Itoa(id)
	drawn, err := pages.One(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := audit.FieldsOf(drawn.Value)
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`UPDATE leads SET status = 'SALE', called_count = 1 WHERE id = ?`, id)
	typed := drawn.Value
	typed.Comments = "likes tea"
	save := func() error {
		return pages.Save(t.Context(), key, audit.Edit[facts.SetLead]{By: by, Seen: drawn.Seen, Record: typed, Shown: shown})
	}
	if err := save(); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads WHERE status = 'SALE' AND comments = 'likes tea'`); n != 1 {
		t.Error("the comment was not saved, or the sale is gone")
	}
	typed.Status = "NI"
	var clash *audit.Conflict
	if err := save(); !errors.As(err, &clash) || len(clash.Clashes) != 1 || clash.Clashes[0].Field != "status" || audit.Text(clash.Clashes[0].Theirs) != "SALE" {
		t.Errorf("another status typed meanwhile: %v", err)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads WHERE status = 'SALE'`); n != 1 {
		t.Error("the sale is gone")
	}
}

// TestDeletedFieldsComeBack: what a lead holds in a custom field that was deleted
// outlives a save of the others, and all that is wrong is said at once.
func TestDeletedFieldsComeBack(t *testing.T) {
	h := newHopperDB(t)
	pages, by := mariadb.NewLeadPages(h.db), audit.By{User: 5, At: h.now()}
	h.add(101, "+12122340001")
	h.exec(`INSERT INTO custom_fields (list_id, name, label, type, options, required, position) VALUES (101, 'tariff', 'Tariff', 'TEXT', '', 0, 1), (101, 'meter', 'Meter', 'NUMBER', '', 0, 2), (101, 'due', 'Due', 'DATE', '', 1, 3)`)
	id := h.count(`SELECT id FROM leads`)
	h.exec(`INSERT INTO lead_custom (lead_id, vals) VALUES (?, '{"tariff": "night", "meter": "1", "due": "2026-01-05"}')`, id)
	is, err := pages.One(t.Context(), strconv.Itoa(id))
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`DELETE FROM custom_fields WHERE name = 'tariff'`)
	if err := pages.SetCustom(t.Context(), by, is.Value, map[string]string{"meter": "", "due": "2026-02-06"}); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT COUNT(*) FROM lead_custom WHERE vals = '{"due":"2026-02-06","tariff":"night"}'`); n != 1 {
		t.Error("the deleted field's value is gone, or the others were not saved")
	}
	_, wrong, err := pages.CheckCustom(t.Context(), 101, map[string]string{"meter": "many", "due": ""})
	if err != nil || len(wrong) != 2 || wrong["due"] != "Due is required. Fill it in." {
		t.Errorf("%v, %v", wrong, err)
	}
}

// TestFurtherNumbersStayAsTheyAre: a number that somebody switched off stays off
// when the lead is saved or brought up to date by a file, and all of them follow
// the lead's address.
func TestFurtherNumbersStayAsTheyAre(t *testing.T) {
	h := newHopperDB(t)
	pages, by := mariadb.NewLeadPages(h.db), audit.By{User: 5, At: h.now()}
	columns := []string{"phone_number", "alt_phone", "address3", "phone:work", "state"}
	const file = "phone,alt,address3,work,state\n2122340001,2122340011,2122340012,2122340013,\n"
	if got, err := h.importFile(strings.NewReader(file), dialer.ImportOptions{Columns: columns}); err != nil || got.Counts.Accepted != 1 {
		t.Fatal(got, err)
	}
	lead := dialer.LeadID(h.count(`SELECT id FROM leads`))
	for n := 1; n <= 3; n++ {
		if err := pages.SetPhone(t.Context(), by, lead, n, false); err != nil {
			t.Fatal(err)
		}
	}
	h.exec(`UPDATE lead_phones SET called_count = 2, status = 'NA'`)
	stand := func() string {
		t.Helper()
		var s string
		if err := h.raw.Get(&s, `SELECT GROUP_CONCAT(CONCAT_WS(' ', p.n, p.e164, p.active, p.called_count, z.zones) ORDER BY p.n SEPARATOR '|') FROM lead_phones p JOIN zone_sets z ON z.id = p.zone_set`); err != nil {
			t.Fatal(err)
		}
		return s
	}
	was, err := pages.One(t.Context(), strconv.FormatInt(int64(lead), 10))
	if err != nil {
		t.Fatal(err)
	}
	typed := was.Value
	typed.State, typed.Address3 = "CA", "2122340099"
	if err := pages.Save(t.Context(), strconv.FormatInt(int64(lead), 10), audit.Edit[facts.SetLead]{By: by, Seen: was.Seen, Record: typed}); err != nil {
		t.Fatal(err)
	}
	const west = "America/Los_Angeles,America/New_York;US"
	if got, want := stand(), "1 +12122340011 0 2 "+west+"|2 +12122340099 1 0 "+west+"|3 +12122340013 0 2 "+west; got != want {
		t.Errorf("after the save\n%s, want\n%s", got, want)
	}
	got, err := h.importFile(strings.NewReader("phone,alt,address3,work,state\n2122340001,2122340011,,,FL\n"), dialer.ImportOptions{Columns: columns, Update: dialer.UpdateByNumber})
	if err != nil || got.Counts.Updated != 1 {
		t.Fatal(got, err)
	}
	const south = "America/Chicago,America/New_York;US,US-FL"
	if got, want := stand(), "1 +12122340011 0 2 "+south+"|2 +12122340099 1 0 "+south+"|3 +12122340013 0 2 "+south; got != want {
		t.Errorf("after the update\n%s, want\n%s", got, want)
	}
}

// TestPromisesFollowTheirLeads: whoever was promised a call is called by the
// campaign that the lead has come to.
func TestPromisesFollowTheirLeads(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 201)
	lists, pages, by := mariadb.NewLists(h.db), mariadb.NewLeadPages(h.db), audit.By{User: 5, At: h.now()}
	h.add(101, "+12122340001", "+12122340002", "+12122340003")
	var ids []int64
	if err := h.raw.Select(&ids, `SELECT id FROM leads ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, due_at, zone, state, made_by, created_at, changed_at) VALUES (1, 'C1', ?, 'ANYONE', UTC_TIMESTAMP(3), 'UTC', 'ACTIVE', 4, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`, id)
	}
	follow := func(how string, want int) {
		t.Helper()
		if n := h.count(`SELECT COUNT(*) FROM callbacks WHERE campaign_id = 'C2'`); n != want {
			t.Errorf("%s: %d promises came along, want %d", how, n, want)
		}
	}
	h.exec(`UPDATE leads SET status = 'CALLBK' WHERE id = ?`, ids[0])
	if n, err := lists.Move(t.Context(), 101, 201, "CALLBK", by); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	follow("moved", 1)
	key := strconv.FormatInt(ids[1], 10)
	was, err := pages.One(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	typed := was.Value
	typed.ListID = 201
	if err := pages.Save(t.Context(), key, audit.Edit[facts.SetLead]{By: by, Seen: was.Seen, Record: typed}); err != nil {
		t.Fatal(err)
	}
	follow("edited", 2)
	list, err := lists.One(t.Context(), "101")
	if err != nil {
		t.Fatal(err)
	}
	list.Value.Campaign = "C2"
	if err := lists.Save(t.Context(), "101", audit.Edit[facts.SetList]{By: by, Seen: list.Seen, Record: list.Value}); err != nil {
		t.Fatal(err)
	}
	follow("with the whole list", 3)
}
