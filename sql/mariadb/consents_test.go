package mariadb_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer/compliance"
	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
)

func consent(number string, kind compliance.Said) compliance.ConsentRow {
	r := compliance.ConsentRow{At: noon, E164: number, Kind: kind, Source: "cli", Evidence: "a form"}
	if kind == compliance.SaidConsent {
		r.Level = compliance.LevelWritten
	}
	return r
}

// TestConsentsOfManyWriters: eight stores append at once; the chain is whole and
// has every row.
func TestConsentsOfManyWriters(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	const writers, each = 8, 25
	var g sync.WaitGroup
	errs := make(chan error, writers*each)
	for w := range writers {
		g.Go(func() {
			store := mariadb.NewConsents(db)
			for i := range each {
				errs <- store.Add(t.Context(), consent(fmt.Sprintf("+1212234%d%03d", w, i), compliance.SaidConsent), consent(fmt.Sprintf("+1212234%d%03d", w, i), compliance.SaidRevoke))
			}
		})
	}
	g.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	store := mariadb.NewConsents(db)
	if n, err := store.Verify(t.Context()); err != nil || n != 2*writers*each {
		t.Errorf("%d rows, %v", n, err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM dnc WHERE campaign_id = '' AND source = 'cli'`); n != writers*each {
		t.Errorf("%d numbers on the DNC", n)
	}
}

func TestBrokenLedgerIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ sql, says string }{
		"changed":          {`UPDATE consents SET level = 'express' WHERE n = 3`, "row 3 (consent of +12122340003) was changed"},
		"another time":     {`UPDATE consents SET at = DATE_ADD(at, INTERVAL 1 SECOND) WHERE n = 2`, "row 2"},
		"taken out":        {`DELETE FROM consents WHERE n = 4`, "row 4 is missing"},
		"the first":        {`DELETE FROM consents WHERE n = 1`, "row 1 is missing"},
		"cut off":          {`DELETE FROM consents WHERE n >= 5`, "row 5 is missing"},
		"put in its place": {`UPDATE consents SET hash = REPEAT('0', 64) WHERE n = 3`, "row 3"},
		"another end":      {`UPDATE consent_head SET hash = REPEAT('0', 64)`, "row 6 is not the one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := freshDB(t)
			store := mariadb.NewConsents(db)
			for i := range 6 {
				if err := store.Add(t.Context(), consent(fmt.Sprintf("+1212234%04d", i+1), compliance.SaidConsent)); err != nil {
					t.Fatal(err)
				}
			}
			if n, err := store.Verify(t.Context()); err != nil || n != 6 {
				t.Fatalf("untouched: %d, %v", n, err)
			}
			if err := db.Exec(t.Context(), test.sql); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
		})
	}
}

// TestRevocationOfAnAgentAndAKey: what listen writes to the DNC stands in the
// ledger too, in one transaction, and the rules know it.
func TestRevocationOfAnAgentAndAKey(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	store := mariadb.NewListen(db)
	for number, source := range map[string]string{"+12122340001": "agent", "+12122340002": "key"} {
		err := store.Write(t.Context(), server.ID, []listen.Change{{At: noon, DNC: &listen.DNC{E164: number, Source: source}}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := mariadb.NewConsents(db).Of(t.Context(), number)
		if err != nil || len(rows) != 1 || rows[0].Kind != compliance.SaidRevoke || rows[0].Source != source || rows[0].Evidence == "" {
			t.Errorf("%s: %+v, %v", source, rows, err)
		}
	}
	if n, err := mariadb.NewConsents(db).Verify(t.Context()); err != nil || n != 2 {
		t.Errorf("%d rows, %v", n, err)
	}
	known, err := mariadb.NewHopperStore(db).Histories(t.Context(), []string{"+12122340001", "+12122340003"}, noon.Add(time.Hour))
	if err != nil || !known["+12122340001"].Consent.Withdrawn() || known["+12122340003"].Consent.Withdrawn() {
		t.Errorf("%+v, %v", known, err)
	}
	if err := mariadb.NewConsents(db).Add(t.Context(), compliance.ConsentRow{At: noon.Add(time.Minute), E164: "+12122340001", Kind: compliance.SaidConsent, Level: "express", Source: "cli", Evidence: "a recording"}); err != nil {
		t.Fatal(err)
	}
	known, err = mariadb.NewHopperStore(db).Histories(t.Context(), []string{"+12122340001"}, noon.Add(time.Hour))
	if c := known["+12122340001"].Consent; err != nil || c.Withdrawn() || c.Given.IsZero() || c.Written {
		t.Errorf("after a new consent: %+v, %v", c, err)
	}
}

func TestBadConsentIsRefused(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	good := consent("+12122340001", compliance.SaidConsent)
	for name, change := range map[string]func(*compliance.ConsentRow){
		"no number":   func(r *compliance.ConsentRow) { r.E164 = "2122340001" },
		"no kind":     func(r *compliance.ConsentRow) { r.Kind = "maybe" },
		"no level":    func(r *compliance.ConsentRow) { r.Level = "" },
		"no evidence": func(r *compliance.ConsentRow) { r.Evidence = "" },
		"no time":     func(r *compliance.ConsentRow) { r.At = time.Time{} },
		"too long":    func(r *compliance.ConsentRow) { r.Evidence = strings.Repeat("x", 256) },
	} {
		r := good
		change(&r)
		if err := mariadb.NewConsents(db).Add(t.Context(), good, r); err == nil {
			t.Errorf("%s was taken", name)
		} else if !strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %v is no sentence", name, err)
		}
	}
	if n, err := mariadb.NewConsents(db).Verify(t.Context()); err != nil || n != 0 {
		t.Errorf("%d rows were written, %v", n, err)
	}
}
