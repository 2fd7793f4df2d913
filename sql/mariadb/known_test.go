package mariadb_test

import (
	"reflect"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

// TestKnownIsWhatBothSay: the one question of a dialer is answered as the two that
// the filler asks, whatever is known of a number.
func TestKnownIsWhatBothSay(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	insert := `INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, bridged_at, wanted_at, sent, amd, status) VALUES `
	if err := db.Exec(t.Context(), insert+pastCall(1, "+12122340001", "NA", 120, "")+","+pastCall(2, "+12122340001", "NI", 60, "bridged_at=NOW() wanted_at=NOW()")+
		","+pastCall(3, "+12122340002", "A", 50, "amd='MACHINE'")+","+pastCall(4, "+12122340003", "", 1, "live=1 ended_at=NULL wanted_at=NOW()")); err != nil {
		t.Fatal(err)
	}
	// Often called: the statement's bound on calls is passed, and number by number is asked.
	often := `INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at)
		SELECT 100 + seq, 'ENDED', 'C1', 1, 1, '+12122340009', 1, 1, DATE_SUB('2026-11-23 17:00:00', INTERVAL seq SECOND), '2026-11-23 17:00:00' FROM seq_1_to_12000`
	dnc := `INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340004', 'agent', NOW()), ('C1', '+12122340001', 'agent', NOW()), ('C2', '+12122340002', 'agent', NOW()), ('', '+1313*', 'admin', NOW())`
	if err := db.Exec(t.Context(), dnc); err != nil {
		t.Fatal(err)
	}
	said := func(number string, what compliance.Said, level compliance.Level, ago time.Duration) compliance.ConsentRow {
		return compliance.ConsentRow{At: now.Add(-ago), E164: number, Kind: what, Level: level, Source: "admin", Evidence: "form 7"}
	}
	if err := mariadb.NewConsents(db).Add(t.Context(),
		said("+12122340001", compliance.SaidConsent, compliance.LevelWritten, 9*time.Hour), said("+12122340001", compliance.SaidRevoke, "", 5*time.Hour),
		said("+12122340001", compliance.SaidConsent, compliance.LevelWritten, time.Hour), said("+12122340005", compliance.SaidRevoke, "", time.Hour)); err != nil {
		t.Fatal(err)
	}
	store := mariadb.NewHopperStore(db)
	numbers := []string{"+12122340001", "+12122340002", "+12122340003", "+12122340004", "+12122340005", "+13135550100", "+12122349999"}
	same := func() {
		t.Helper()
		wantDNC, err := store.DNC(t.Context(), "C1", numbers)
		if err != nil || len(wantDNC) == 0 {
			t.Fatal(wantDNC, err)
		}
		want, err := store.Histories(t.Context(), numbers, now)
		if err != nil {
			t.Fatal(err)
		}
		gotDNC, got, err := store.Known(t.Context(), dialer.CampaignID("C1"), numbers, now)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(gotDNC, wantDNC) {
			t.Errorf("on the DNC %v, want %v", gotDNC, wantDNC)
		}
		for _, n := range numbers {
			if !reflect.DeepEqual(got[n], want[n]) {
				t.Errorf("%s: %+v, want %+v", n, got[n], want[n])
			}
		}
	}
	same()
	if err := db.Exec(t.Context(), often); err != nil {
		t.Fatal(err)
	}
	numbers = append(numbers, "+12122340009")
	same()
}
