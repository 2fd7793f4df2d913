package pages

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// at is the same person, led to another web server by a balancer: the cookie is
// the same.
func (p *person) at(server *httptest.Server) *person {
	o := *p.office
	o.server = server
	return &person{&o, p.name, p.http}
}

// longFile is a lead file of several parts.
func longFile(rows int) string {
	var b strings.Builder
	b.WriteString("phone_number,first_name,last_name,comments\n")
	for i := range rows {
		fmt.Fprintf(&b, "614%07d,Ann,Example %d,%s\n", 2_340_000+i, i, strings.Repeat("likes to be called in the evening ", 5))
	}
	return b.String()
}

// noise is text that no archive makes short.
func noise() string {
	var b strings.Builder
	for range 8 {
		fmt.Fprintf(&b, "%x", rand.Uint64())
	}
	return b.String()
}

// TestImportOnAnotherWebServer: one web server takes a file and is gone; the
// other shows its columns, does the dry run and the import, and has its rejects.
func TestImportOnAnotherWebServer(t *testing.T) {
	o := newOffice(t)
	first, stop := o.webServer("web-1")
	second, _ := o.webServer("web-2")
	o.server = first
	mia := o.as("mia")
	const rows = 8000
	var sheet bytes.Buffer
	book := excelize.NewFile()
	stream, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		row := []any{fmt.Sprintf("513%07d", 2_340_000+i), noise()}
		if i == 0 {
			row = []any{"phone_number", "comments"}
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := book.Write(&sheet); err != nil {
		t.Fatal(err)
	}
	sent := map[string]string{}
	for name, text := range map[string]string{"long.csv": longFile(rows) + "12,No,Number,\n", "long.xlsx": sheet.String()} {
		if len(text) < 600_000 {
			t.Errorf("%s is of one part: %d bytes", name, len(text))
		}
		a := mia.send("/imports", name, text, "list", "1024")
		if a.status != 303 {
			t.Fatalf("%s: %d %.500s", name, a.status, a.text())
		}
		sent[name] = a.to
	}
	stop()
	mia = mia.at(second)
	csv, xlsx := sent["long.csv"], sent["long.xlsx"]
	mia.get(csv).is(200, "long.csv", "comma, UTF-8, first row is a heading", "(614) 234-0000")
	mia.get(xlsx).is(200, "long.xlsx", "(513) 234-0001")
	if a := mia.post(csv + "/check"); a.status != 303 {
		t.Fatalf("dry run: %d %.500s", a.status, a.text())
	}
	mia.until(csv, "Dry run done")
	for _, at := range []string{csv, xlsx} {
		if a := mia.post(at + "/start"); a.status != 303 {
			t.Fatalf("import: %d %.500s", a.status, a.text())
		}
		mia.until(at, "Imported")
	}
	if n := o.count(`SELECT COUNT(DISTINCT e164) FROM leads`); n != 2*rows-1 {
		t.Errorf("%d leads", n)
	}
	if a := mia.get(csv + "/rejects.csv"); !strings.Contains(a.body, "12,No,Number") {
		t.Errorf("rejects: %q", a.body)
	}
}

// TestImportWhoseFileIsBroken: what the database has lost of a file is said, on
// its page and by its import, and no lead comes of the rest unsaid.
func TestImportWhoseFileIsBroken(t *testing.T) {
	for name, test := range map[string]struct{ harm, says string }{
		"a part is missing":        {`DELETE FROM lead_file_parts WHERE n = 1`, "part 2 of 4 is missing in the database. Send the file again."},
		"a part is damaged":        {`UPDATE lead_file_parts SET body = CONCAT('x', SUBSTRING(body, 2)) WHERE n = 1`, "part 2 of 4 is damaged in the database. Send the file again."},
		"a part is too short":      {`UPDATE lead_file_parts SET body = '', digest = UNHEX(SHA2('', 256)) WHERE n = 1`, "part 2 of 4 is damaged"},
		"the file is not there":    {`UPDATE imports SET file_id = 0`, "files are kept for a week. Send it again."},
		"the beginning is missing": {`DELETE FROM lead_file_parts WHERE n = 0`, "part 1 of 4 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := withImports(t)
			mia := o.as("mia")
			at := mia.send("/imports", "long.csv", longFile(9000), "list", "1024").to
			if n := o.count(`SELECT COUNT(*) FROM lead_file_parts`); n != 4 {
				t.Fatalf("the file is of %d parts", n)
			}
			if _, err := o.sql.Exec(`UPDATE imports SET state = 'PAUSED', options = '{"known":"list","country":"US"}'`); err != nil {
				t.Fatal(err)
			}
			if _, err := o.sql.Exec(test.harm); err != nil {
				t.Fatal(err)
			}
			if a := mia.post(at + "/resume"); a.status != 303 {
				t.Fatalf("%d %.500s", a.status, a.text())
			}
			if a := mia.until(at, test.says); !strings.Contains(a.body, "Failed") {
				t.Errorf("%.900s", a.text())
			}
			if n, c := o.count(`SELECT COUNT(*) FROM leads`), o.count(`SELECT SUM(accepted) FROM imports`); n != c || n >= 9000 {
				t.Errorf("%d leads, %d counted", n, c)
			}
		})
	}
}

// TestLeadFileCutOff: a file whose sender goes away, or that is none, leaves
// nothing.
func TestLeadFileCutOff(t *testing.T) {
	o := withImports(t)
	mia := o.as("mia")
	body, cut := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", o.server.URL+"/imports", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Accept", "text/html")
	go func() {
		_, _ = io.WriteString(cut, "--x\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\n1024\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"+longFile(5000))
		_ = cut.Close() // without the last boundary
	}()
	resp, err := mia.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 422 || !strings.Contains(string(text), "The file did not arrive whole. Send it again.") {
		t.Errorf("%d %.500s, %v", resp.StatusCode, text, err)
	}
	if a := mia.send("/imports", "a.csv", "\x00\x01\x02\x03", "list", "1024"); a.status != 422 || !strings.Contains(a.body, "is not text") {
		t.Errorf("%d %.300s", a.status, a.text())
	}
	for _, table := range []string{"imports", "lead_files", "lead_file_parts"} {
		if n := o.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
}

// TestLeadFilesAreSwept: the database keeps a file for as long as its import may
// read it, a week at most.
func TestLeadFilesAreSwept(t *testing.T) {
	o := newOffice(t)
	files, store := mariadb.NewLeadFiles(o.web), mariadb.NewImports(o.db)
	keep := func() dialer.LeadFileID {
		t.Helper()
		id, _, err := files.Keep(t.Context(), strings.NewReader(strings.Repeat("x", 600_000)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	left := map[dialer.LeadFileID]string{}
	for _, c := range []struct {
		state    dialer.ImportState
		accepted int
		days     int
		kept     bool
	}{
		{dialer.ImportNew, 0, 6, true}, {dialer.ImportChecked, 0, 0, true}, {dialer.ImportPaused, 5, 6, true}, {dialer.ImportRunning, 5, 9, true}, {dialer.ImportFailed, 0, 1, true},
		{dialer.ImportNew, 0, 8, false}, {dialer.ImportPaused, 5, 8, false}, {dialer.ImportFailed, 5, 0, false}, {dialer.ImportDone, 5, 0, false}, {dialer.ImportUndone, 0, 0, false},
	} {
		id := keep()
		im, err := store.Add(t.Context(), dialer.Import{ListID: 1024, FileName: "a.csv", Host: "web-1", File: id, Bytes: 600_000, CreatedAt: time.Now().UTC()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.sql.Exec(`UPDATE imports, lead_files f SET state = ?, accepted = ?, f.created_at = f.created_at - INTERVAL ? DAY WHERE imports.id = ? AND f.id = ?`, c.state, c.accepted, c.days, im, id); err != nil {
			t.Fatal(err)
		}
		if c.kept {
			left[id] = fmt.Sprintf("%s, %d days old", c.state, c.days)
		}
	}
	coming, given := keep(), keep() // sent just now, and never to its end
	if _, err := o.sql.Exec(`UPDATE lead_files SET created_at = created_at - INTERVAL 25 HOUR WHERE id = ?`, given); err != nil {
		t.Fatal(err)
	}
	left[coming] = "on its way"
	if n, err := files.Sweep(t.Context()); err != nil || n != 6 {
		t.Errorf("%d were swept, %v", n, err)
	}
	for id, what := range left {
		if o.count(`SELECT COUNT(*) FROM lead_files WHERE id = ?`, id) != 1 || o.count(`SELECT COUNT(*) FROM lead_file_parts WHERE file_id = ?`, id) != 2 {
			t.Errorf("the file of an import that is %s is gone", what)
		}
	}
	if n, p := o.count(`SELECT COUNT(*) FROM lead_files`), o.count(`SELECT COUNT(*) FROM lead_file_parts`); n != len(left) || p != 2*len(left) {
		t.Errorf("%d files in %d parts are left, want %d", n, p, len(left))
	}
}

// TestFilesOfTheVersionBefore: what a version before this one kept in a folder
// comes into the database when its server begins, and its import goes on; until
// then no other server does it.
func TestFilesOfTheVersionBefore(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "leads-1")
	if err := os.WriteFile(path, []byte("phone_number,first_name\n6145550171,Ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, filepath.Join(dir, "leads-gone")} {
		if _, err := o.sql.Exec(`INSERT INTO imports (list_id, state, file_name, path, host, bytes, digest, options, report, created_at)
			VALUES (1024, 'RUNNING', 'a.csv', ?, 'web-1', 39, '', '{"known":"list","country":"US"}', '{}', UTC_TIMESTAMP(3))`, file); err != nil {
			t.Fatal(err)
		}
	}
	store := mariadb.NewImports(o.db)
	if ids, err := store.Waiting(t.Context(), time.Second); err != nil || len(ids) > 0 {
		t.Errorf("others would begin %v, %v", ids, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = app.NewImports(o.web, "web-1", dir, slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	mia := o.as("mia")
	mia.until("/imports/1", "Imported")
	if a := mia.until("/imports/2", "files are kept for a week"); !strings.Contains(a.body, "Failed") {
		t.Errorf("%.900s", a.text())
	}
	stop()
	<-ended
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still in the folder: %v", err)
	}
	if n := o.count(`SELECT COUNT(*) FROM leads WHERE first_name = 'Ann'`); n != 1 {
		t.Errorf("%d leads", n)
	}
}
