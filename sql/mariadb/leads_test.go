package mariadb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

// brokenFile cannot be read beyond a place.
type brokenFile struct {
	*strings.Reader
	after int64
}

func (f brokenFile) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.after {
		return 0, io.ErrUnexpectedEOF
	}
	return f.Reader.ReadAt(p, at)
}

// imported is an import with the sentences about its rows.
type imported struct {
	dialer.Import
	problems []string
}

func (h hopperDB) addImport(o dialer.ImportOptions, list dialer.ListID) dialer.ImportID {
	h.Helper()
	o, err := leads.Defaults(o)
	if err != nil {
		h.Fatal(err)
	}
	store := mariadb.NewImports(h.db)
	id, err := store.Add(h.Context(), dialer.Import{ListID: list, FileName: "test.csv", Options: o, CreatedAt: h.now()})
	if err == nil {
		err = store.Begin(h.Context(), id, dialer.ImportRunning, o, h.now())
	}
	if err != nil {
		h.Fatal(err)
	}
	return id
}

func (h hopperDB) now() time.Time {
	h.Helper()
	now, err := h.db.Now(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return now.Truncate(time.Millisecond)
}

func (h hopperDB) work(ctx context.Context, id dialer.ImportID, f leads.File) (imported, error) {
	var got imported
	open := func(context.Context, dialer.Import) (leads.File, error) { return f, nil }
	im, err := leads.Work(ctx, mariadb.NewImports(h.db), id, "test", open, h.db.Now, leads.Watcher{
		Problem: func(r dialer.ImportReject, _ bool) {
			got.problems = append(got.problems, fmt.Sprintf("Row %d: %s", r.Row, r.Reason))
		},
	})
	got.Import = im
	return got, err
}

func (h hopperDB) importFile(f leads.File, o dialer.ImportOptions) (imported, error) {
	h.Helper()
	return h.work(h.Context(), h.addImport(o, 101), f)
}

// generated is a lead file of n rows.
func generated(n int) *strings.Reader {
	var b strings.Builder
	b.WriteString("vendor_lead_code,phone_number,first_name,last_name,address1,city,state,postal_code,email,comments\n")
	npas := []int{212, 310, 312, 305, 423, 512, 617, 702, 808, 901}
	for i := range n {
		fmt.Fprintf(&b, "V%07d,%d%07d,Ann,Example,\"1 Main Street, Apt %d\",Springfield,,12345,ann%d@example.com,called twice\n",
			i, npas[i%len(npas)], 2_340_000+i/len(npas), i, i)
	}
	return strings.NewReader(b.String())
}

func TestImportOfAllColumns(t *testing.T) {
	h := newHopperDB(t)
	report, err := h.importFile(strings.NewReader("Phone Number\tFirst Name\tSTATE\trank\tDOB\tzip\tcountry\tphone_code\talt_phone\tcomments\n"+
		"(423) 265-1234\tZoë\tTennessee\t-7\t3/4/1980\t37402\tUSA\t1\t4232651235\tlikes \"5%\" o'clock\n"), dialer.ImportOptions{})
	if err != nil || report.Counts.Accepted != 1 || len(report.problems) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	h.fill("C1", noonEast)
	leads, err := h.store.Claim(t.Context(), "C1", 1, 1, noonEast)
	if err != nil || len(leads) != 1 {
		t.Fatal(leads, err)
	}
	want := dialer.Lead{ID: 1, ListID: 101, Status: "NEW", E164: "+14232651234", PhoneCode: "1", PhoneNumber: "4232651234",
		Zones: "America/Chicago,America/New_York", FirstName: "Zoë", State: "TN", PostalCode: "37402", CountryCode: "USA",
		DateOfBirth: "1980-03-04", AltPhone: "4232651235", Comments: `likes "5%" o'clock`, Rank: -7}
	if leads[0] != want {
		t.Errorf("lead came back as\n%+v, want\n%+v", leads[0], want)
	}
}

// TestImportCutOffGoesOn kills an import in the middle of the file, several
// times, and has another process go on: every row is dealt with once, though
// nothing looks for duplicates.
func TestImportCutOffGoesOn(t *testing.T) {
	h := newHopperDB(t)
	const rows = 9300
	id := h.addImport(dialer.ImportOptions{Known: dialer.DuplicatesKept}, 101)
	for try := 1; ; try++ {
		ctx, kill := context.WithCancel(t.Context())
		batches := 0
		open := func(context.Context, dialer.Import) (leads.File, error) { return generated(rows), nil }
		im, err := leads.Work(ctx, mariadb.NewImports(h.db), id, fmt.Sprintf("process %d", try), open, h.db.Now, leads.Watcher{
			Progress: func(dialer.Import) {
				if batches++; batches == 3 {
					kill()
				}
			},
		})
		kill()
		if n := h.count(`SELECT COUNT(*) FROM leads`); n != im.Counts.Accepted && ctx.Err() == nil || try > 9 {
			t.Fatalf("try %d: %d leads, the import says %d", try, n, im.Counts.Accepted)
		}
		if err == nil && im.State == dialer.ImportDone {
			if try < 4 || im.Counts.Accepted != rows || im.Position != rows {
				t.Errorf("done at try %d: %+v", try, im)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if n, d := h.count(`SELECT COUNT(*) FROM leads`), h.count(`SELECT COUNT(DISTINCT vendor_lead_code) FROM leads`); n != rows || d != rows {
		t.Errorf("%d leads of %d rows, want %d", n, d, rows)
	}
	im, err := mariadb.NewImports(h.db).Import(t.Context(), id)
	if err != nil || im.State != dialer.ImportDone || im.Position != rows || im.Counts.Accepted != rows || im.TotalRows != rows {
		t.Errorf("%+v, %v", im, err)
	}
}

func TestImportOfAFileThatCannotBeReadToItsEnd(t *testing.T) {
	h := newHopperDB(t)
	f := generated(5200)
	got, err := h.importFile(brokenFile{f, f.Size() / 2}, dialer.ImportOptions{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || got.State != dialer.ImportFailed || got.Problem == "" || got.Counts.Accepted == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads`); n != got.Counts.Accepted {
		t.Errorf("the import says %d, the list holds %d", got.Counts.Accepted, n)
	}
}

// TestImportIsOneProcesss: who lost an import to another writes nothing more.
func TestImportIsOneProcesss(t *testing.T) {
	h := newHopperDB(t)
	store := mariadb.NewImports(h.db)
	id := h.addImport(dialer.ImportOptions{}, 101)
	first, err := store.Claim(t.Context(), id, "first", leads.Silence)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Claim(t.Context(), id, "second", leads.Silence); !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("claimed twice: %v", err)
	}
	// The first has not been heard of: the second takes it up.
	if _, err := store.Claim(t.Context(), id, "second", -time.Hour); err != nil {
		t.Fatal(err)
	}
	_, err = leads.Run(t.Context(), store, first, generated(10), nil, leads.Watcher{})
	if !errors.Is(err, dialer.ErrConflict) || h.count(`SELECT COUNT(*) FROM leads`) > 0 {
		t.Errorf("the first went on: %v", err)
	}
	// Paused by a person while it runs.
	if err := store.Switch(t.Context(), id, dialer.ImportPaused, dialer.ImportRunning); err != nil {
		t.Fatal(err)
	}
	if err := store.Switch(t.Context(), id, dialer.ImportPaused, dialer.ImportRunning); !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("paused twice: %v", err)
	}
}

func TestImportsAtOnceMakeNoDoubles(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (102, 'C1', 'list', TRUE, UTC_TIMESTAMP(3))`)
	var wg sync.WaitGroup
	for i, scope := range []dialer.DuplicateScope{dialer.DuplicatesCampaign, dialer.DuplicatesCampaign, dialer.DuplicatesSystem} {
		id := h.addImport(dialer.ImportOptions{Known: scope}, dialer.ListID(101+i%2))
		wg.Go(func() {
			if _, err := h.work(t.Context(), id, generated(3000)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, d := h.count(`SELECT COUNT(*) FROM leads`), h.count(`SELECT COUNT(DISTINCT e164) FROM leads`); n != 3000 || d != 3000 {
		t.Errorf("%d leads of %d numbers, want 3000", n, d)
	}
}

func TestImportIntoNoList(t *testing.T) {
	h := newHopperDB(t)
	_, err := mariadb.NewImports(h.db).Add(t.Context(), dialer.Import{ListID: 999, CreatedAt: h.now()})
	if !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("err = %v", err)
	}
}

func TestImportLooksForDuplicates(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (102, 'C1', 'sister', TRUE, UTC_TIMESTAMP(3))`)
	h.campaign("C2", 201)
	old := h.now().AddDate(0, 0, -40)
	for list, number := range map[dialer.ListID]string{101: "+12122340001", 102: "+12122340002", 201: "+12122340003"} {
		h.add(list, number)
	}
	h.exec(`UPDATE leads SET created_at = ?`, old)
	file := func() leads.File {
		return strings.NewReader("phone\n2122340001\n2122340002\n2122340003\n2122340004\n2122340004\n")
	}
	for _, test := range []struct {
		o    dialer.ImportOptions
		want dialer.ImportCounts
	}{
		{dialer.ImportOptions{Known: dialer.DuplicatesKept}, dialer.ImportCounts{Accepted: 5}},
		{dialer.ImportOptions{Known: dialer.DuplicatesFile}, dialer.ImportCounts{Accepted: 4, Duplicates: 1}},
		{dialer.ImportOptions{Known: dialer.DuplicatesList}, dialer.ImportCounts{Accepted: 3, Duplicates: 2}},
		{dialer.ImportOptions{Known: dialer.DuplicatesCampaign}, dialer.ImportCounts{Accepted: 2, Duplicates: 3}},
		{dialer.ImportOptions{Known: dialer.DuplicatesSystem}, dialer.ImportCounts{Accepted: 1, Duplicates: 4}},
		{dialer.ImportOptions{Known: dialer.DuplicatesSystem, KnownDays: 30}, dialer.ImportCounts{Accepted: 4, Duplicates: 1}},
	} {
		got, err := h.importFile(file(), test.o)
		if err != nil || got.Counts != test.want {
			t.Errorf("%+v: %+v, %v; want %+v", test.o, got.Counts, err, test.want)
		}
		h.exec(`DELETE FROM leads WHERE import_id > 0`)
	}
}

func TestImportLeavesOutDoNotCall(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340001', 'import', UTC_TIMESTAMP()), ('C1', '+12122340002', 'agent', UTC_TIMESTAMP()),
		('C2', '+12122340003', 'agent', UTC_TIMESTAMP()), ('', '+1310*', 'admin', UTC_TIMESTAMP())`)
	file := func() leads.File {
		return strings.NewReader("phone\n2122340001\n2122340002\n2122340003\n3102340001\n")
	}
	got, err := h.importFile(file(), dialer.ImportOptions{})
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 1, DNC: 3}) {
		t.Errorf("%+v, %v", got.Counts, err)
	}
	want := []string{"Row 2: phone_number +12122340001 is on the system's do-not-call list.", "Row 3: phone_number +12122340002 is on the campaign's do-not-call list.",
		"Row 5: phone_number +13102340001 is on the system's do-not-call list."}
	if !slices.Equal(got.problems, want) {
		t.Errorf("says %q", got.problems)
	}
	rejects, err := mariadb.NewImports(h.db).Rejects(t.Context(), got.ID, 0, 10)
	if err != nil || len(rejects) != 3 || rejects[2].Record != "3102340001" || rejects[2].Kind != dialer.DNCRow {
		t.Errorf("rejects %+v, %v", rejects, err)
	}
	got, err = h.importFile(file(), dialer.ImportOptions{IgnoreDNC: true})
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 3, Duplicates: 1}) {
		t.Errorf("taken all the same: %+v, %v", got.Counts, err)
	}
}

func TestImportOfFurtherNumbersAndCustomFields(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO custom_fields (list_id, name, label, type, options, required) VALUES
		(101, 'tariff', 'Tariff', 'SELECT', 'FIX-24\nFLEX', TRUE), (101, 'since', 'Customer since', 'DATE', '', FALSE)`)
	got, err := h.importFile(strings.NewReader("phone,alt_phone,address3,phone 3,Tariff,customer since,zip\n"+
		"2122340001,2122340002,310-234-0003,+442079460000,flex,3/4/2020,90210\n"+
		"2122340010,2122340010,Back door,x,FIX-24,,\n"+
		"2122340020,,,,gold,,\n2122340021,,,,,,\n2122340022,,,,FLEX,soon,\n"), dialer.ImportOptions{})
	if err != nil || got.Counts != (dialer.ImportCounts{Accepted: 2, Rejected: 3}) {
		t.Fatalf("%+v, %v, %v", got.Counts, err, got.problems)
	}
	var phones []string
	if err := h.raw.Select(&phones, `SELECT CONCAT_WS(' ', l.e164, p.n, p.label, p.e164, z.zones) FROM lead_phones p JOIN leads l ON l.id = p.lead_id JOIN zone_sets z ON z.id = p.zone_set ORDER BY l.id, p.n`); err != nil {
		t.Fatal(err)
	}
	want := []string{"+12122340001 1 alt_phone +12122340002 America/Los_Angeles,America/New_York;US", "+12122340001 2 address3 +13102340003 America/Los_Angeles;US",
		"+12122340001 3 phone 3 +442079460000 Europe/London;GB"}
	if !slices.Equal(phones, want) {
		t.Errorf("numbers %q", phones)
	}
	var vals string
	if err := h.raw.Get(&vals, `SELECT c.vals FROM lead_custom c JOIN leads l ON l.id = c.lead_id WHERE l.e164 = '+12122340001'`); err != nil || vals != `{"since":"2020-03-04","tariff":"FLEX"}` {
		t.Errorf("custom fields %s, %v", vals, err)
	}
	if h.count(`SELECT COUNT(*) FROM leads WHERE state = 'CA'`) != 1 {
		t.Error("the state of a ZIP code was not filled in")
	}
}

func TestImportUndone(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, "+13032340001")
	got, err := h.importFile(generated(2500), dialer.ImportOptions{})
	if err != nil || got.Counts.Accepted != 2500 {
		t.Fatal(got, err)
	}
	h.fill("C1", noonEast)
	if _, err := h.store.Claim(t.Context(), "C1", 1, 2, noonEast); err != nil {
		t.Fatal(err)
	}
	h.exec(`UPDATE leads SET called_count = 1, last_called_at = created_at + INTERVAL 1 SECOND WHERE import_id > 0 ORDER BY id DESC LIMIT 3`)
	store := mariadb.NewImports(h.db)
	if err := store.Switch(t.Context(), got.ID, dialer.ImportUndoing, dialer.ImportDone); err != nil {
		t.Fatal(err)
	}
	undone, err := h.work(t.Context(), got.ID, nil)
	claimed := h.count(`SELECT COUNT(*) FROM hopper h JOIN leads l ON l.id = h.lead_id WHERE l.import_id > 0`)
	if err != nil || undone.State != dialer.ImportUndone || undone.Problem != fmt.Sprintf("%d leads were taken out of the list again. %d had been called, and stay.", 2497-claimed, 3+claimed) {
		t.Errorf("%+v, %v", undone, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM leads`); n != 4+claimed || claimed == 0 {
		t.Errorf("%d leads are left, %d of them claimed", n, claimed)
	}
}

// TestImportOfManyBatches takes every row of a file of several batches. It
// prints how fast and asserts no time; to measure: IMPORT_ROWS=200000 go test
// -run ImportOfMany -v ./sql/mariadb.
func TestImportOfManyBatches(t *testing.T) {
	rows := 3500
	if set := os.Getenv("IMPORT_ROWS"); set != "" {
		if _, err := fmt.Sscan(set, &rows); err != nil {
			t.Fatalf("IMPORT_ROWS=%s is no number", set)
		}
	}
	h := newHopperDB(t)
	file := generated(rows)
	start := time.Now()
	report, err := h.importFile(file, dialer.ImportOptions{})
	if err != nil || report.Counts.Accepted != rows {
		t.Fatalf("%+v, %v", report, err)
	}
	t.Logf("%.0f rows a second", float64(rows)/time.Since(start).Seconds())
	h.exec(`UPDATE campaigns SET hopper_level = 1000`)
	start = time.Now()
	h.fill("C1", noonEast)
	t.Logf("1000 rows of %d leads into the hopper in %v", rows, time.Since(start))
}
