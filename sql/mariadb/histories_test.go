package mariadb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

// pastCall is a row of calls; times are minutes before noon, 0 is none.
func pastCall(id int, number, status string, placed int, more string) string {
	set := map[string]string{"sent": "TRUE", "live": "NULL", "bridged_at": "NULL", "wanted_at": "NULL", "amd": "''", "ended_at": "DATE_SUB('2026-11-23 17:00:00', INTERVAL " + fmt.Sprint(placed-1) + " MINUTE)"}
	for _, kv := range strings.Fields(more) {
		k, v, _ := strings.Cut(kv, "=")
		set[k] = v
	}
	return fmt.Sprintf(`(%d, %s, 'ENDED', 'C%d', 1, 1, '%s', 1, 1, DATE_SUB('2026-11-23 17:00:00', INTERVAL %d MINUTE), %s, %s, %s, %s, %s, '%s')`,
		id, set["live"], id%3, number, placed, set["ended_at"], set["bridged_at"], set["wanted_at"], set["sent"], set["amd"], status)
}

func TestHistories(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	rows := []string{
		pastCall(1, "+12122340001", "NA", 120, ""),
		pastCall(2, "+12122340001", "NI", 60, "bridged_at=NOW() wanted_at=NOW()"),
		pastCall(3, "+12122340001", "A", 30, "bridged_at=NOW() wanted_at=NOW() amd='NOTSURE'"), // the agent said: a machine
		pastCall(4, "+12122340002", "DROP", 90, "wanted_at=NOW()"),
		pastCall(5, "+12122340002", "DNC", 80, "wanted_at=NOW()"), // by key, in the safe-harbour message
		pastCall(6, "+12122340003", "A", 50, "amd='MACHINE'"),
		pastCall(7, "+12122340004", "", 1, "live=1 ended_at=NULL bridged_at=NOW() wanted_at=NOW()"),
		pastCall(8, "+12122340005", "", 1, "live=1 ended_at=NULL wanted_at=NOW()"),
		pastCall(9, "+12122340006", "ADC", 10, "sent=FALSE"),
		pastCall(10, "+12122340006", "NA", 9*24*60, ""),
		pastCall(11, "+12122340007", "ERI", 10, "bridged_at=NOW() wanted_at=NOW()"),
	}
	for i := range 3 * compliance.HistoryMost {
		rows = append(rows, pastCall(1000+i, "+12122340008", "NA", 2+i, ""))
	}
	insert := `INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, bridged_at, wanted_at, sent, amd, status) VALUES `
	if err := db.Exec(t.Context(), insert+strings.Join(rows, ",")); err != nil {
		t.Fatal(err)
	}
	store := mariadb.NewHopperStore(db)
	numbers := []string{"+12122349999"}
	for i := 1; i <= 8; i++ {
		numbers = append(numbers, fmt.Sprintf("+1212234000%d", i))
	}
	known, err := store.Histories(t.Context(), numbers, now)
	if err != nil || len(known) != len(numbers) {
		t.Fatalf("%d histories, %v", len(known), err)
	}
	say := func(number string) string {
		var b strings.Builder
		for _, a := range known[number].Attempts {
			fmt.Fprintf(&b, "%.0f", now.Sub(a.At).Minutes())
			for _, mark := range []struct {
				is     bool
				letter string
			}{{a.Talked, "t"}, {a.Dropped, "d"}, {a.Machine, "m"}, {a.Ended.IsZero(), "+"}, {true, " "}} {
				if mark.is {
					b.WriteString(mark.letter)
				}
			}
		}
		return strings.TrimSpace(b.String())
	}
	for number, want := range map[string]string{
		"+12122349999": "", "+12122340001": "30 60t 120", "+12122340002": "80d 90d", "+12122340003": "50m",
		"+12122340004": "1t+", "+12122340005": "1+", "+12122340006": "", "+12122340007": "10t",
	} {
		if got := say(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
	if n := len(known["+12122340008"].Attempts); n != 3*compliance.HistoryMost {
		t.Errorf("a number called often: %d attempts", n)
	}
}

// TestHistoriesAreBounded: a number that was called without end costs no more
// than its newest calls, and is told from the others.
func TestHistoriesAreBounded(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	insert := `INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at)
		SELECT seq, 'ENDED', 'C1', 1, 1, '+12122340001', 1, 1, DATE_SUB('2026-11-23 17:00:00', INTERVAL seq SECOND), '2026-11-23 17:00:00' FROM seq_1_to_12000`
	if err := db.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	known, err := mariadb.NewHopperStore(db).Histories(t.Context(), []string{"+12122340001", "+12122340002"}, now)
	if err != nil {
		t.Fatal(err)
	}
	h := known["+12122340001"]
	if len(h.Attempts) != compliance.HistoryMost || now.Sub(h.Attempts[0].At) != time.Second || len(known["+12122340002"].Attempts) != 0 {
		t.Errorf("%d attempts, the newest %v ago", len(h.Attempts), now.Sub(h.Attempts[0].At))
	}
}
