package mariadb_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
)

func (h hopperDB) importFile(r io.Reader) (hopper.Report, error) {
	return hopper.Import(h.Context(), h.leads, r, hopper.ImportOptions{List: 101, Now: noonEast})
}

// generated is a lead file of n rows.
func generated(n int) io.Reader {
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
	report, err := h.importFile(strings.NewReader("Phone Number\tFirst Name\tSTATE\trank\tDOB\tzip\tcountry\tphone_code\talt_phone\tcomments\n" +
		"(423) 265-1234\tZoë\tTennessee\t-7\t3/4/1980\t37402\tUSA\t1\t4232651235\tlikes \"5%\" o'clock\n"))
	if err != nil || report.Accepted != 1 || len(report.Problems) > 0 {
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

// TestImportCutOffRunsAgain stops an import in the middle of the file and runs
// it again: every lead is there once.
func TestImportCutOffRunsAgain(t *testing.T) {
	h := newHopperDB(t)
	const rows = 5200
	broken := io.MultiReader(io.LimitReader(generated(rows), 300_000), errReader{})
	report, err := h.importFile(broken)
	if !errors.Is(err, io.ErrUnexpectedEOF) || report.Accepted == 0 || report.Accepted == rows {
		t.Fatalf("cut off: %+v, %v", report, err)
	}
	first := h.count(`SELECT COUNT(*) FROM leads`)
	if first != report.Accepted {
		t.Errorf("the report says %d, the list holds %d", report.Accepted, first)
	}
	again, err := h.importFile(generated(rows))
	if err != nil || again.Accepted != rows-first || again.Duplicates != first || again.Rejected != 0 {
		t.Errorf("again: %d accepted, %d duplicates, %v; %d were there", again.Accepted, again.Duplicates, err, first)
	}
	if n, d := h.count(`SELECT COUNT(*) FROM leads`), h.count(`SELECT COUNT(DISTINCT e164) FROM leads`); n != rows || d != rows {
		t.Errorf("%d leads of %d numbers, want %d", n, d, rows)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestImportsAtOnceMakeNoDoubles(t *testing.T) {
	h := newHopperDB(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := h.importFile(generated(3000)); err != nil {
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
	_, err := hopper.Import(t.Context(), h.leads, generated(3), hopper.ImportOptions{List: 999, Now: noonEast})
	if !errors.Is(err, dialer.ErrNotFound) || err.Error() != "There is no list 999." {
		t.Errorf("err = %v", err)
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
	report, err := h.importFile(file)
	if err != nil || report.Accepted != rows {
		t.Fatalf("%+v, %v", report, err)
	}
	t.Logf("%.0f rows a second", float64(rows)/time.Since(start).Seconds())
	h.exec(`UPDATE campaigns SET hopper_level = 1000`)
	start = time.Now()
	h.fill("C1", noonEast)
	t.Logf("1000 rows of %d leads into the hopper in %v", rows, time.Since(start))
}
