package mariadb_test

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

// TestCallKeepsItsVerdict: what autodial places can be explained from the
// database alone: rule packs, rule, end, what was known, the campaign's settings.
func TestCallKeepsItsVerdict(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 3, "+1212555010%d")
	if err := db.Exec(t.Context(), `UPDATE campaigns SET max_per_24h = 2`); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at)
		VALUES (1, 'ENDED', 'X', 1, 1, '+12125550101', 1, 1, DATE_SUB(UTC_TIMESTAMP(6), INTERVAL 1 HOUR), UTC_TIMESTAMP(6)),
		(2, 'ENDED', 'Y', 1, 1, '+12125550102', 1, 1, DATE_SUB(UTC_TIMESTAMP(6), INTERVAL 1 HOUR), UTC_TIMESTAMP(6)),
		(3, 'ENDED', 'Z', 1, 1, '+12125550102', 1, 1, DATE_SUB(UTC_TIMESTAMP(6), INTERVAL 2 HOUR), UTC_TIMESTAMP(6))`); err != nil {
		t.Fatal(err)
	}
	c := newCounter(5)
	if err := autodialOf(db, server.ID, c).Step(t.Context(), time.Now().UTC()); err != nil {
		t.Fatal(err)
	}
	if len(c.sent) != 2 {
		t.Fatalf("%d calls were sent, want 2: the third number was called twice by other campaigns", len(c.sent))
	}
	store := mariadb.NewVerdicts(db)
	for _, o := range c.sent {
		v, err := store.OfCall(t.Context(), o.Call)
		if err != nil {
			t.Fatal(err)
		}
		want := "lead 0, 24h 0, 7d 0"
		if v.E164 == "+12125550101" {
			want = "lead 0, 24h 1, 7d 1"
		}
		if v.E164 == "+12125550102" || v.Rule != "FICTION-555" || v.Knew != want || v.Until == nil ||
			!strings.Contains(v.Inputs, `"rules":"`+compliance.Version()+`"`) || !strings.Contains(v.Inputs, `"max_per_24h":2`) || !strings.Contains(v.Inputs, `"places":["US"`) {
			t.Errorf("%+v", v)
		}
	}
	if n := count(t, db, `SELECT COUNT(*) FROM verdicts`); n != 1 {
		t.Errorf("%d verdicts, want the one that the calls share", n)
	}
	if err := store.KeepPacks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.KeepPacks(t.Context()); err != nil {
		t.Fatal(err)
	}
	packs, err := store.Packs(t.Context())
	if err != nil || len(packs) != len(compliance.Packs()) {
		t.Errorf("%d packs, %v", len(packs), err)
	}
}

// TestOneNumberOnce: two leads of one number in one step are one call.
func TestOneNumberOnce(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 2, "+1212555010%[1]d")
	for _, table := range []string{"leads", "hopper"} {
		if err := db.Exec(t.Context(), `UPDATE `+table+` SET e164 = '+12125550100'`); err != nil {
			t.Fatal(err)
		}
	}
	c := newCounter(5)
	for range 2 {
		if err := autodialOf(db, server.ID, c).Step(t.Context(), time.Now().UTC()); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.sent) != 1 {
		t.Errorf("%d calls to one number: %+v", len(c.sent), c.sent)
	}
}
