package pages

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/webui"
)

// send sends a file as a form does, after the other fields.
func (p *person) send(path, file, text string, pairs ...string) answer {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			p.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", file)
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	if err != nil || w.Close() != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), "POST", p.server.URL+path, &b)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Accept", "text/html")
	resp, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{t: p.t, status: resp.StatusCode, body: string(body), to: resp.Header.Get("Location"), head: resp.Header}
}

// withImports is an office whose lead files are worked on.
func withImports(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	o.server, _ = o.webServer("web-1")
	return o
}

// webServer is one more web server on the office's database. stop ends it in good
// order.
func (o *office) webServer(name string) (server *httptest.Server, stop func()) {
	o.t.Helper()
	files := app.NewImports(o.web, name, o.t.TempDir(), slog.New(slog.DiscardHandler))
	config := app.WebConfig(o.web)
	config.Patience = limit
	config.NextID, config.Now, config.Zone = func() int64 { return time.Now().UnixNano() }, func() time.Time { return time.Now().UTC() }, time.UTC
	config.Leads.Imports, config.Setup.RecordingsDir = files, o.dir
	config.Commander = silent{}
	pages := webui.New(config)
	server = httptest.NewServer(pages)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = files.Run(ctx) })
	running.Go(func() { _ = pages.Run(ctx) }) // the desk and the boards follow events
	stop = sync.OnceFunc(func() {
		server.CloseClientConnections()
		server.Close()
		cancel()
		running.Wait()
	})
	o.t.Cleanup(stop)
	return server, stop
}

// until asks for a page until it says what it is to say.
func (p *person) until(path, says string) answer {
	p.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	over := time.After(limit)
	last := answer{}
	for {
		if last = p.get(path); strings.Contains(last.body, says) {
			return last
		}
		select {
		case <-p.t.Context().Done():
			p.t.Fatalf("%s never said %q: %.2000s", path, says, last.text())
		case <-over:
			p.t.Fatalf("%s does not say %q: %.2000s", path, says, last.text())
		case <-tick.C:
		}
	}
}

func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	if err := o.sql.QueryRow(query, args...).Scan(&n); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// TestImportByPage: file, columns, dry run, import, rejects, undo.
func TestImportByPage(t *testing.T) {
	o := withImports(t)
	mia := o.as("mia")
	file := "TEL1;FNAME;TARIFF\n212-234-0001;Corin;FIX\n4.15E+09;Rune;FIX\n212-234-0002;Anouk;FLEX\n212-234-0002;Anouk again;FLEX\n"
	if a := mia.send("/imports", "empty.csv", "", "list", "1024"); a.status != 422 || !strings.Contains(a.body, "The file is empty") || !strings.Contains(a.body, `<option value="1024" selected>`) {
		t.Errorf("empty: %d %.300s", a.status, a.text())
	}
	// The page of one list's imports says so: none of them is not none at all.
	mia.get("/imports?list=1024").is(200, "Last imports into 1024 ", "All imports")
	if a := mia.get("/imports").is(200, "Last imports"); strings.Contains(a.body, "All imports") {
		t.Error("the page of all imports offers itself")
	}
	if a := mia.send("/imports", "x.csv", file, "list", "9"); a.status != 404 || !strings.Contains(a.body, "There is no list 9") {
		t.Errorf("no list: %d %.300s", a.status, a.text())
	}
	a := mia.send("/imports", "indiana.csv", file, "list", "1024")
	if a.status != 303 {
		t.Fatalf("%d %.500s", a.status, a.text())
	}
	at := a.to
	a = mia.get(at)
	for _, want := range []string{"names no column phone_number", "semicolon, UTF-8, first row is a heading", "TEL1", "212-234-0001"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the columns' page lacks %q", want)
		}
	}
	columns := []string{"columns", "3", "col_0", "-", "col_1", "first_name", "col_2", "-", "known", "list", "known_days", "0", "country", "US"}
	if a = mia.post(at+"/check", columns...); a.status != 422 || !strings.Contains(a.body, "choose the one that holds the number") {
		t.Errorf("without a number: %d %.300s", a.status, a.text())
	}
	columns[3] = "phone_number"
	a = mia.post(at+"/preview", columns...)
	if a.status != 200 || !strings.Contains(a.body, "(212) 234-0001") || !strings.Contains(a.body, "was rounded by a spreadsheet") {
		t.Errorf("preview: %d %.500s", a.status, a.text())
	}
	if a = mia.post(at+"/check", columns...); a.status != 303 {
		t.Fatalf("dry run: %d %.500s", a.status, a.text())
	}
	a = mia.until(at, "Dry run done")
	if !strings.Contains(a.body, "Would be accepted <b>2</b>") || o.count(`SELECT COUNT(*) FROM leads`) != 0 {
		t.Errorf("after the dry run: %.900s", a.text())
	}
	if a = mia.post(at + "/start"); a.status != 303 {
		t.Fatalf("import: %d %.500s", a.status, a.text())
	}
	a = mia.until(at, "Imported")
	if !strings.Contains(a.body, "Accepted <b>2</b>") || !strings.Contains(a.body, "Number turned into 4.15E+09") || o.count(`SELECT COUNT(*) FROM leads WHERE first_name = 'Anouk'`) != 1 {
		t.Errorf("after the import: %.900s", a.text())
	}
	a = mia.get(at + "/rejects.csv")
	if want := "\ufeffTEL1,FNAME,TARIFF,reject_reason\r\n4.15E+09,Rune,FIX,"; !strings.HasPrefix(a.body, want) {
		t.Errorf("rejects: %q", a.body)
	}
	if a = mia.post(at + "/start"); a.status == 303 && o.count(`SELECT COUNT(*) FROM leads`) != 2 {
		t.Errorf("started again: %d", a.status)
	}
	if a = mia.post(at + "/undo"); a.status != 303 {
		t.Fatalf("undo: %d %.500s", a.status, a.text())
	}
	mia.until(at, "Undone")
	if n := o.count(`SELECT COUNT(*) FROM leads`); n != 0 {
		t.Errorf("%d leads are left", n)
	}
	if a = o.as("sam").get(at); a.status != 403 {
		t.Errorf("a supervisor sees an import: %d", a.status)
	}
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestImportOfTooLargeAFile: the answer comes before a gigabyte was read.
func TestImportOfTooLargeAFile(t *testing.T) {
	o := withImports(t)
	mia := o.as("mia")
	r, err := http.NewRequestWithContext(t.Context(), "POST", o.server.URL+"/imports", io.LimitReader(zeros{}, 2<<30))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 2 << 30
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Accept", "text/html")
	resp, err := mia.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 422 || !strings.Contains(string(body), "longer than 1 GB") {
		t.Errorf("%d %.500s, %v", resp.StatusCode, body, err)
	}
}

// TestImportKeepsWhatWasChosen: options that cannot be are named above the form,
// and everything that was chosen in it stays.
func TestImportKeepsWhatWasChosen(t *testing.T) {
	o := withImports(t)
	mia := o.as("mia")
	a := mia.send("/imports", "odd.csv", "TEL1;FNAME;B\n212-234-0001;Corin;x,y\n", "list", "1024")
	if a.status != 303 {
		t.Fatalf("%d %.500s", a.status, a.text())
	}
	at := a.to
	chosen := []string{"columns", "3", "col_0", "phone_number", "col_1", "first_name", "col_2", "comments", "known", "list", "known_days", "30", "country", "US", "ignore_dnc", "on", "update", "", "delimiter", "", "shown_by", ""}
	with := func(pairs ...string) []string {
		all := slices.Clone(chosen)
		for i := 0; i < len(pairs); i += 2 {
			all[slices.Index(all, pairs[i])+1] = pairs[i+1]
		}
		return all
	}
	stays := []string{`<option value="phone_number" selected>`, `<option value="comments" selected>`, `name="ignore_dnc" value="on" checked`}
	for name, test := range map[string]struct {
		typed []string
		says  []string
	}{
		"no country":       {with("country", "Mars"), []string{"&#34;MARS&#34; is not the code of a country", `value="Mars"`, `value="30"`}},
		"update of what":   {with("update", "number", "known", "file"), []string{"To update known leads, say where they are looked for", `<option value="number" selected>`, `value="30"`}},
		"days in words":    {with("known_days", "many"), []string{"Enter a whole number from 0 to 36500 days", `value="many"`}},
		"two of one field": {with("col_1", "phone_number"), []string{"Two columns go to phone_number", `value="30"`}},
	} {
		for _, step := range []string{"/preview", "/check", "/start"} {
			a := mia.post(at+step, test.typed...)
			for _, want := range append(test.says, stays...) {
				if !strings.Contains(a.body, want) {
					t.Errorf("%s, %s: %d, lacks %q: %.900s", name, step, a.status, want, a.text())
				}
			}
		}
	}
	if n := o.count(`SELECT COUNT(*) FROM leads`) + o.count(`SELECT COUNT(*) FROM imports WHERE state <> 'NEW'`); n != 0 {
		t.Fatal("something was begun")
	}
	// With another delimiter there are other columns: nothing begins before they were seen.
	a = mia.post(at+"/start", with("delimiter", "comma")...)
	if a.status != 422 || !strings.Contains(a.body, "Look at its columns") || !strings.Contains(a.body, "<code>TEL1;FNAME;B</code>") || strings.Contains(a.body, `data-testid="col-1"`) {
		t.Errorf("another delimiter: %d %.900s", a.status, a.text())
	}
	a = mia.post(at+"/preview", with("delimiter", "semicolon")...)
	if a.status != 200 || !strings.Contains(a.body, `data-testid="col-2"`) || !strings.Contains(a.body, `name="shown_by" value="semicolon"`) {
		t.Errorf("the right delimiter: %d %.900s", a.status, a.text())
	}
	if a = mia.post(at+"/start", with("delimiter", "semicolon", "shown_by", "semicolon")...); a.status != 303 {
		t.Fatalf("import: %d %.900s", a.status, a.text())
	}
	mia.until(at, "Imported")
	if n := o.count(`SELECT COUNT(*) FROM leads WHERE first_name = 'Corin' AND comments = 'x,y'`); n != 1 {
		t.Error("the lead did not come")
	}
}

// TestListAndLeadPages: a list is made, a lead entered, found, edited and
// exported, its number put on the do-not-call list and taken off.
func TestListAndLeadPages(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	list := []string{"id", "2001", "name", "Spring", "campaign_id", "AUTUMN", "active", "yes", "expires_on", "2027-01-31", "hours", "10:00-18:30", "reset_times", "13:00 8:00", "reset_limit", "2"}
	if a := mia.post("/lists", list...); a.status != 303 || a.to != "/lists/2001" {
		t.Fatalf("%d %s %.900s", a.status, a.to, a.text())
	}
	if a := mia.get("/lists/2001"); !strings.Contains(a.body, `value="08:00 13:00"`) || !strings.Contains(a.body, "10:00-18:30") {
		t.Errorf("the list: %.900s", a.text())
	}
	list[1], list[11] = "2002", "18:00-10:00"
	if a := mia.post("/lists", list...); a.status != 422 || !strings.Contains(a.body, "The first time comes before the second") {
		t.Errorf("hours the wrong way round: %d", a.status)
	}
	list[5] = "WINTER"
	mia.post("/lists", list...).is(422, "Choose one of the campaigns")
	// The next number stands there, and of the campaigns none is offered that is refused.
	if a := mia.get("/lists/new"); !strings.Contains(a.body, `name="id" type="text" value="2002"`) || strings.Contains(a.text(), "Winter tariff change") {
		t.Errorf("a new list: %.2000s", a.text())
	}
	mia.get("/leads/new").is(200, "(2001, AUTUMN)").lacks("(1026, WINTER)", `name="list_id" type="number"`)
	if a := mia.get("/leads/new?list=1024"); !strings.Contains(a.body, `<option value="1024" selected>`) {
		t.Errorf("the list that was asked for is not chosen: %.900s", a.text())
	}
	lead := []string{"list_id", "2001", "status", "NEW", "phone_code", "1", "phone_number", "(423) 265-1234", "first_name", "=Zoë", "last_name", "Example", "state", "TN", "rank", "0", "alt_phone", "423 265 1235"}
	a := mia.post("/leads", lead...)
	if a.status != 303 {
		t.Fatalf("new lead: %d %.900s", a.status, a.text())
	}
	at := a.to
	if a = mia.post("/leads", lead...); a.status != 422 {
		t.Errorf("the same number twice: %d", a.status)
	}
	lead[7] = "12"
	if a = mia.post("/leads", lead...); a.status != 422 || !strings.Contains(a.body, "has too few digits") && !strings.Contains(a.body, "is not a phone number") {
		t.Errorf("no number: %d %.600s", a.status, a.text())
	}
	lead[7], lead[13] = "423 265 1299", "T"
	if a = mia.post("/leads", append(lead, "date_of_birth", "soon")...); a.status != 422 || !strings.Contains(a.body, `id="date_of_birth-error"`) || strings.Contains(a.body, `id="phone_number-error"`) {
		t.Errorf("no date: %d %.600s", a.status, a.text())
	}
	for _, q := range []string{"423-265-1234", "Example", "Zo Exam", "%23" + strings.TrimPrefix(at, "/leads/")} {
		found := mia.get("/leads?q=" + strings.ReplaceAll(q, " ", "+")).body
		if want := !strings.HasPrefix(q, "Zo"); strings.Contains(found, "=Zoë Example") != want {
			t.Errorf("looking for %q: found is %v", q, !want)
		}
	}
	a = mia.get(at)
	for _, want := range []string{"America/New_York", "(423) 265-1235", "Never called."} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the lead's page lacks %q", want)
		}
	}
	seen := a.seen()
	edit := []string{"seen", seen, "list_id", "2001", "status", "NI", "phone_code", "1", "phone_number", "4232651234", "first_name", "=Zoë", "last_name", "Example", "state", "TN", "rank", "5", "alt_phone", "423 265 1236", "verified_zone", "America/Chicago"}
	if a = mia.post(at, edit...); a.status != 303 {
		t.Fatalf("edit: %d %.900s", a.status, a.text())
	}
	if n := o.count(`SELECT COUNT(*) FROM leads l JOIN zone_sets z ON z.id = l.zone_set WHERE z.zones LIKE 'America/Chicago;%' AND l.status = 'NI' AND l.lead_rank = 5`); n != 1 {
		t.Error("the edit did not arrive, or the zone set did not follow the verified zone")
	}
	if n := o.count(`SELECT COUNT(*) FROM lead_phones WHERE e164 = '+14232651236'`); n != 1 || o.count(`SELECT COUNT(*) FROM lead_phones`) != 1 {
		t.Error("the alternate number did not follow")
	}
	if a = mia.get("/lists/2001/export.csv"); !strings.Contains(a.body, ",'=Zoë,") || !strings.Contains(a.head.Get("Content-Disposition"), "list-2001.csv") {
		t.Errorf("export: %.600s", a.body)
	}
	if a = mia.get("/lists/2001/export.xlsx?status=NI"); !strings.HasPrefix(a.body, "PK") || !strings.Contains(a.head.Get("Content-Disposition"), "list-2001.xlsx") {
		t.Errorf("export as a workbook: %d %.300s", a.status, a.body)
	}
	if n := o.count(`SELECT COUNT(*) FROM audit WHERE action = 'list.export' AND object = 'list/2001' AND user_id > 0`); n != 2 {
		t.Errorf("%d exports in the audit log", n)
	}
	o.sqlExec(`UPDATE leads SET called_since_reset = 1, last_called_at = '2026-01-01'`)
	if a = mia.post("/lists/2001/reset"); a.status != 303 {
		t.Errorf("reset: %d %.300s", a.status, a.text())
	}
	if a = mia.post("/lists/2001/reset"); a.status != 409 || !strings.Contains(a.body, "is under way already") {
		t.Errorf("two resets: %d %.300s", a.status, a.text())
	}
	if a = mia.post("/lists/2001/delete"); a.status == 303 {
		t.Error("a list with a lead was deleted")
	}
	// Lists are chosen by their names; one's own, and another group's, are none.
	mia.get("/lists/2001/move").is(200, "(1024, AUTUMN)").lacks("(2001, AUTUMN)", "(1026, WINTER)")
	for _, to := range []string{"2001", "1026", "", "x"} {
		mia.post("/lists/2001/move", "status", "NI", "to", to).is(422, "Choose the list that gets them")
	}
	if a = mia.post("/lists/2001/move", "status", "NI", "to", "1024"); a.status != 303 || o.count(`SELECT COUNT(*) FROM leads WHERE list_id = 1024`) != 1 {
		t.Errorf("move: %d %.300s", a.status, a.text())
	}
}

func (o *office) sqlExec(query string) {
	o.t.Helper()
	if _, err := o.sql.Exec(query); err != nil {
		o.t.Fatal(err)
	}
}

func TestDoNotCallPages(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	for typed, says := range map[string]string{"(614) 555-0142": "+16145550142", "999*": "+1999*", "888XXXXXXX": "+1888*"} {
		if a := ada.post("/dnc", "number", typed, "note", "by letter"); a.status != 303 {
			t.Errorf("%s: %d %.500s", typed, a.status, a.text())
		}
		if n := o.count(`SELECT COUNT(*) FROM dnc WHERE e164 = ? AND source = 'admin'`, says); n != 1 {
			t.Errorf("%s is not there as %s", typed, says)
		}
	}
	if a := ada.post("/dnc", "number", "12*"); a.status != 422 || !strings.Contains(a.body, "A wildcard is an area code") {
		t.Errorf("12*: %d", a.status)
	}
	if a := ada.get("/dnc?q=888-234-0001"); !strings.Contains(a.body, "+1888*") {
		t.Errorf("a number of a blocked area code: %.600s", a.text())
	}
	if a := ada.send("/dnc/import", "dnc.csv", "phone,who\n614-555-0142,known\n6145550143,new\nnonsense,x\n", "campaign", "AUTUMN"); a.status != 303 {
		t.Errorf("import: %d %.500s", a.status, a.text())
	}
	if n := o.count(`SELECT COUNT(*) FROM dnc WHERE campaign_id = 'AUTUMN' AND source = 'import'`); n != 2 {
		t.Errorf("%d of the file's numbers came", n)
	}
	if a := ada.send("/dnc/import", "gb.csv", "PHONE;Name\n020 7946 0123;Zoë\n07911 123456;x\n", "campaign", "AUTUMN", "country", "gb"); a.status != 303 || o.count(`SELECT COUNT(*) FROM dnc WHERE e164 IN ('+442079460123', '+447911123456')`) != 2 {
		t.Errorf("import of another country: %d %.500s", a.status, a.text())
	}
	if a := ada.send("/dnc/import", "gb.csv", "1\n", "country", "Mars"); a.status != 422 || !strings.Contains(a.body, "is not the code of a country") || !strings.Contains(a.body, "Import numbers") {
		t.Errorf("import of no country: %d %.500s", a.status, a.text())
	}
	o.sqlExec(`DELETE FROM dnc WHERE e164 LIKE '+44%'`)
	o.sqlExec(`DELETE FROM dnc_log WHERE e164 LIKE '+44%'`)
	if a := ada.get("/dnc/export.csv?campaign=AUTUMN"); !strings.Contains(a.body, "+16145550143,import") {
		t.Errorf("export: %s", a.body)
	}
	if a := ada.post("/dnc/remove", "number", "+16145550142", "campaign", ""); a.status != 303 || o.count(`SELECT COUNT(*) FROM dnc WHERE e164 = '+16145550142' AND campaign_id = ''`) != 0 {
		t.Errorf("taken off: %d", a.status)
	}
	if a := ada.post("/dnc/remove", "number", "+16145550142", "campaign", ""); a.status != 404 {
		t.Errorf("taken off twice: %d", a.status)
	}
	log := ada.get("/dnc/log").body
	if !strings.Contains(log, "Taken off") || !strings.Contains(log, "Ada Admin") || o.count(`SELECT COUNT(*) FROM dnc_log`) != 6 {
		t.Errorf("log of %d lines", o.count(`SELECT COUNT(*) FROM dnc_log`))
	}
}

func TestCallbackPages(t *testing.T) {
	o := newOffice(t)
	for _, q := range []string{
		`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/Chicago;US')`,
		`INSERT INTO leads (id, list_id, status, zone_set, e164, phone_code, phone_number, last_name, created_at) VALUES (7, 1024, 'CALLBK', 1, '+13122340001', '1', '3122340001', 'Promise', UTC_TIMESTAMP(3))`,
		`INSERT INTO callbacks (id, open, campaign_id, lead_id, kind, user_id, due_at, zone, state, made_by, created_at, changed_at) VALUES (3, 1, 'AUTUMN', 7, 'USERONLY', 4, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, 'America/Chicago', 'ACTIVE', 4, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
	} {
		o.sqlExec(q)
	}
	mia := o.as("mia")
	if a := mia.get("/callbacks"); !strings.Contains(a.body, "Promise") || !strings.Contains(a.body, "Due") || !strings.Contains(a.body, "Nadia K.") {
		t.Errorf("%.600s", a.text())
	}
	if a := mia.post("/callbacks/3", "due", "2026-01-01 14:30", "kind", "ANYONE", "user", "0"); a.status != 422 || !strings.Contains(a.body, "already where the customer is") {
		t.Errorf("moved into the past: %d", a.status)
	}
	tomorrow := time.Now().AddDate(0, 0, 1).Format("2006-01-02") + " 14:30"
	if a := mia.post("/callbacks/3", "due", tomorrow, "kind", "USERONLY", "user", "0"); a.status != 422 {
		t.Errorf("nobody's: %d", a.status)
	}
	o.sqlExec(`INSERT INTO users (id, username, pass_hash, full_name, role, user_group, active, created_at) VALUES (77, 'gone', '', 'Gone G.', 'agent', 'EARLY', FALSE, UTC_TIMESTAMP(3))`)
	if a := mia.post("/callbacks/3", "due", tomorrow, "kind", "USERONLY", "user", "77"); a.status != 422 || !strings.Contains(a.body, "takes this campaign&#39;s calls") || strings.Contains(a.body, "Gone G.") {
		t.Errorf("promised to somebody who has left: %d", a.status)
	}
	night := strings.TrimSuffix(tomorrow, "14:30") + "23:30"
	mia.post("/callbacks/3", "due", night, "kind", "ANYONE", "user", "0").is(422, "No calls at that hour in America/Chicago; rule US-1 allows calls from 08:00 to 21:00.")
	if a := mia.post("/callbacks/3", "due", tomorrow, "kind", "ANYONE", "user", "0", "comments", "after lunch"); a.status != 303 {
		t.Errorf("moved: %d %.500s", a.status, a.text())
	}
	if n := o.count(`SELECT COUNT(*) FROM callbacks WHERE kind = 'ANYONE' AND due_at > UTC_TIMESTAMP() + INTERVAL 5 HOUR AND MINUTE(due_at) = 30`); n != 1 {
		t.Error("the callback was not moved")
	}
	// A promise does not outweigh a do-not-call list, of the campaign or of all.
	const notCalled = "Not called: on the do-not-call list"
	for _, test := range []struct {
		of, number string
		held       bool
	}{{"WINTER", "+13122340001", false}, {"AUTUMN", "+1312*", true}, {"", "+13122340001", true}, {"", "+1313*", false}} {
		o.exec("INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES (?, ?, 'admin', UTC_TIMESTAMP(3))", test.of, test.number)
		if a := mia.get("/callbacks"); strings.Contains(a.body, notCalled) != test.held || strings.Contains(a.body, "Waits") == test.held {
			t.Errorf("%s on the list of %q: %.600s", test.number, test.of, a.text())
		}
		o.exec("DELETE FROM dnc")
	}
	if a := mia.post("/callbacks/3/cancel"); a.status != 303 || o.count(`SELECT COUNT(*) FROM callbacks WHERE state = 'DEAD' AND open IS NULL`) != 1 || o.count(`SELECT COUNT(*) FROM leads WHERE status = 'NA'`) != 1 {
		t.Errorf("cancelled: %d", a.status)
	}
	if a := mia.post("/callbacks/3/cancel"); a.status != 409 {
		t.Errorf("cancelled twice: %d", a.status)
	}
	if a := mia.get("/callbacks?ended=1"); !strings.Contains(a.body, "Given up") {
		t.Errorf("ended: %.400s", a.text())
	}
}
