package mariadb_test

import (
	"slices"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// An import brings known leads up to date, found by their number or by the
// vendor's code: what is empty in the file stays, and so do status and calls.
func TestImportUpdatesKnownLeads(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO custom_fields (list_id, name, label, type) VALUES (101, 'tariff', 'Tariff', 'TEXT'), (101, 'meter', 'Meter', 'TEXT')`)
	first := "phone,vendor_lead_code,first_name,last_name,state,comments,rank,alt_phone,tariff,meter\n" +
		"2122340001,A1,Ann,Example,NY,likes tea,5,2122340011,FIX,M1\n2122340002,B2,Bob,Example,,,,,,\n2122340003,C3,Cid,Example,,,,,,\n"
	if got, err := h.importFile(strings.NewReader(first), dialer.ImportOptions{}); err != nil || got.Counts.Accepted != 3 {
		t.Fatal(got, err)
	}
	h.exec(`UPDATE leads SET status = 'NA', called_count = 4, import_id = 99 WHERE vendor_lead_code = 'A1'`)
	lead := func(code string) string {
		t.Helper()
		var s string
		err := h.raw.Get(&s, `SELECT CONCAT_WS('|', l.e164, l.first_name, l.last_name, l.state, l.comments, l.lead_rank, l.status, l.called_count, l.import_id, z.zones, REPLACE(COALESCE(c.vals, ''), ' ', ''),
			COALESCE((SELECT GROUP_CONCAT(p.n, p.e164 ORDER BY p.n) FROM lead_phones p WHERE p.lead_id = l.id), ''))
			FROM leads l JOIN zone_sets z ON z.id = l.zone_set LEFT JOIN lead_custom c ON c.lead_id = l.id WHERE l.vendor_lead_code = ?`, code)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, test := range []struct {
		name, file string
		o          dialer.ImportOptions
		counts     dialer.ImportCounts
		says       []string
		code, want string
	}{
		{"left as they are", "phone,last_name\n2122340001,Other\n", dialer.ImportOptions{},
			dialer.ImportCounts{Duplicates: 1}, []string{"Row 2: phone_number +12122340001 is in list 101 already."},
			"A1", `+12122340001|Ann|Example|NY|likes tea|5|NA|4|99|America/New_York;US|{"meter":"M1","tariff":"FIX"}|1+12122340011`},
		{"by number", "phone,last_name,first_name,comments,tariff,alt_phone\n2122340001,Newname,,,FLEX,2122340012\n2122340009,New,Ida,,,\n2122340001,Again,,,,\n",
			dialer.ImportOptions{Update: dialer.UpdateByNumber}, dialer.ImportCounts{Accepted: 1, Updated: 1, Duplicates: 1},
			[]string{"Row 4: The lead that the row is about stands in row 2 already."},
			"A1", `+12122340001|Ann|Newname|NY|likes tea|5|NA|4|99|America/New_York;US|{"meter":"M1","tariff":"FLEX"}|1+12122340012`},
		{"by the vendor's code", "phone,vendor_lead_code,rank\n3102340001,a1,0\n2122340003,B2,1\n2122340008,D4,\n",
			dialer.ImportOptions{Update: dialer.UpdateByCode, Known: dialer.DuplicatesCampaign}, dialer.ImportCounts{Accepted: 1, Updated: 1, Duplicates: 1},
			[]string{"Row 3: phone_number +12122340003 belongs to another lead in list 101; vendor_lead_code B2 is lead 2."},
			"A1", `+13102340001|Ann|Newname|NY|likes tea|0|NA|4|99|America/Los_Angeles,America/New_York;US|{"meter":"M1","tariff":"FLEX"}|1+12122340012`},
	} {
		got, err := h.importFile(strings.NewReader(test.file), test.o)
		if err != nil || got.Counts != test.counts || !slices.Equal(got.problems, test.says) {
			t.Errorf("%s: %+v, %q, %v", test.name, got.Counts, got.problems, err)
		}
		if s := lead(test.code); s != test.want {
			t.Errorf("%s: the lead is\n%s, want\n%s", test.name, s, test.want)
		}
	}
	if n := h.count(`SELECT COUNT(*) FROM leads`); n != 5 {
		t.Errorf("%d leads, want 5", n)
	}
	// A dry run says what would be updated, and changes nothing.
	before := lead("A1")
	id := h.addImport(dialer.ImportOptions{Update: dialer.UpdateByNumber}, 101)
	h.exec(`UPDATE imports SET state = 'CHECKING' WHERE id = ?`, id)
	if got, err := h.work(t.Context(), id, strings.NewReader("phone,last_name\n3102340001,Dry\n")); err != nil || got.Counts.Updated != 1 || lead("A1") != before {
		t.Errorf("dry run: %+v, %v, %s", got.Counts, err, lead("A1"))
	}
}

// A column list_id that was chosen sends rows to other lists of the campaign; by
// itself, as in an export, it is left alone.
func TestImportIntoSeveralLists(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (102, 'C1', 'sister', TRUE, UTC_TIMESTAMP(3))`)
	h.campaign("C2", 201)
	h.add(102, "+12122340004")
	const file = "phone,list_id,alt_phone\n2122340001,102,2122340011\n2122340001,,2122340012\n2122340002,201,\n2122340003,none,\n2122340004,102,\n2122340004,101,\n2122340001,102,\n"
	columns := []string{"phone_number", "list_id", "alt_phone"}
	got, err := h.importFile(strings.NewReader(file), dialer.ImportOptions{Columns: columns})
	want := []string{
		"Row 4: list_id 201 is no list of this campaign.", "Row 5: list_id \"none\" is not the number of a list.",
		"Row 6: phone_number +12122340004 is in list 102 already.", "Row 8: phone_number +12122340001 stands in row 2 already.",
	}
	for i := range got.problems {
		got.problems[i] = strings.Replace(got.problems[i], "list_id none", `list_id "none"`, 1)
	}
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 3, Rejected: 2, Duplicates: 2}) || !slices.Equal(got.problems, want) {
		t.Errorf("%+v, %q, %v", got.Counts, got.problems, err)
	}
	var leads []string
	if err := h.raw.Select(&leads, `SELECT CONCAT_WS(' ', l.list_id, l.e164, p.e164) FROM leads l LEFT JOIN lead_phones p ON p.lead_id = l.id WHERE l.import_id > 0 ORDER BY l.id`); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(leads, []string{"102 +12122340001 +12122340011", "101 +12122340001 +12122340012", "101 +12122340004"}) {
		t.Errorf("leads %q", leads)
	}
	if err := mariadb.NewImports(h.db).Switch(t.Context(), got.ID, dialer.ImportUndoing, dialer.ImportDone); err != nil {
		t.Fatal(err)
	}
	if undone, err := h.work(t.Context(), got.ID, nil); err != nil || undone.State != dialer.ImportUndone || h.count(`SELECT COUNT(*) FROM leads`) != 1 {
		t.Errorf("undone %+v, %v", undone.Problem, err)
	}
	got, err = h.importFile(strings.NewReader("phone,list_id\n2122340005,102\n"), dialer.ImportOptions{})
	if err != nil || got.Counts.Accepted != 1 || h.count(`SELECT COUNT(*) FROM leads WHERE list_id = 101`) != 1 {
		t.Errorf("a list_id that nobody chose: %+v, %v", got.Counts, err)
	}
}

// A list that is moved here from another dialer keeps what became of its leads
// there, where that is asked for; an import of it is undone like any other, as
// long as nobody was called from here.
func TestImportOfAListThatWasDialedElsewhere(t *testing.T) {
	h := newHopperDB(t)
	file := "lead_id,status,vendor_lead_code,phone_number,called_count,last_local_call_time,called_since_last_reset\n" +
		"1,NA,A1,2122340001,3,2026-01-02 15:04:05,Y\n" +
		"2,new,B2,2122340002,0,0000-00-00 00:00:00,N\n" +
		"3,SALE,C3,2122340003,1,2026-01-02T10:04:05-05:00,Y\n" +
		"4,INCALL,D4,2122340004,1,,Y\n" +
		"5,NOSUCH,E5,2122340005,1,,Y\n" +
		"6,NA,F6,2122340006,-1,,Y\n" +
		"7,NA,G7,2122340007,1,3026-01-02 15:04:05,Y\n" +
		"8,NA,H8,2122340008,1,yesterday,Y\n"
	leads := func() string {
		t.Helper()
		var all []string
		err := h.raw.Select(&all, `SELECT CONCAT_WS(' ', vendor_lead_code, status, called_count, called_since_reset, COALESCE(DATE_FORMAT(last_called_at, '%Y-%m-%d %T'), 'never')) FROM leads ORDER BY vendor_lead_code`)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, "\n")
	}
	got, err := h.importFile(strings.NewReader(file), dialer.ImportOptions{Past: true})
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 3, Rejected: 5}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if want := "A1 NA 3 0 2026-01-02 15:04:05\nB2 NEW 0 0 never\nC3 SALE 1 0 2026-01-02 15:04:05"; leads() != want {
		t.Errorf("the leads are\n%s\nwant\n%s", leads(), want)
	}
	slices.Sort(got.problems)
	if want := []string{
		`Row 5: status "INCALL" is none that a lead may stand in here.`,
		`Row 6: status "NOSUCH" is none that a lead may stand in here.`,
		`Row 7: called_count "-1" is not a number of calls, 0 to 65535.`,
		`Row 8: last_called_at "3026-01-02 15:04:05" is not a past moment such as 2026-01-31 15:04:05.`,
		`Row 9: last_called_at "yesterday" is not a past moment such as 2026-01-31 15:04:05.`,
	}; !slices.Equal(got.problems, want) {
		t.Errorf("problems\n%s", strings.Join(got.problems, "\n"))
	}
	if want := []string{"lead_id", "called_since_last_reset"}; !slices.Equal(got.Report.Ignored, want) {
		t.Errorf("ignored %q, want %q", got.Report.Ignored, want)
	}
	h.exec(`UPDATE leads SET called_count = called_count + 1, last_called_at = created_at + INTERVAL 1 SECOND WHERE vendor_lead_code = 'C3'`)
	if err := mariadb.NewImports(h.db).Switch(t.Context(), got.ID, dialer.ImportUndoing, dialer.ImportDone); err != nil {
		t.Fatal(err)
	}
	if undone, err := h.work(t.Context(), got.ID, nil); err != nil || undone.State != dialer.ImportUndone || !strings.HasPrefix(leads(), "C3 SALE 2 0") {
		t.Errorf("%+v, %v; left:\n%s", undone, err, leads())
	}

	h.exec(`DELETE FROM leads`)
	got, err = h.importFile(strings.NewReader(file), dialer.ImportOptions{})
	if err != nil || got.Counts.Accepted != 8 || !strings.HasPrefix(leads(), "A1 NEW 0 0 never\nB2 NEW 0 0 never\nC3 NEW") {
		t.Errorf("not asked for: %+v, %v\n%s", got.Counts, err, leads())
	}
	if !slices.Contains(got.Report.Ignored, "status") || !slices.Contains(got.Report.Ignored, "last_local_call_time") {
		t.Errorf("ignored %q", got.Report.Ignored)
	}
}
