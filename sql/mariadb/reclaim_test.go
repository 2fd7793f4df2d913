package mariadb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
)

// TestReclaim: a call goes back to the server with its line when the agent's
// server gives no sign of life, and that one has no say in it any more.
func TestReclaim(t *testing.T) {
	t.Parallel()
	db, line := stocked(t, 6, "+121255501%02d")
	const agents = 7
	row := func(id int, state string, live any, lineServer int) string {
		return fmt.Sprintf(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, line_server_id, carrier_id, placed_at, answered_at, wanted_at, sent, session_id)
			VALUES (%d, %v, '%s', 'C1', 1, %d, 'NEW', '+%d', %d, %d, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), TRUE, 70)`, id, live, state, id, id, agents, lineServer)
	}
	for _, s := range []string{
		`INSERT INTO servers (id, name, telephony, beat_at) VALUES (7, 'tel7', TRUE, UTC_TIMESTAMP(3) - INTERVAL 4 SECOND)`,
		row(1, "TALKING", 1, int(line.ID)), row(2, "XFER", 1, int(line.ID)), row(3, "ENDED", "NULL", int(line.ID)), row(4, "HELD", 1, 9), row(5, "PARKED", 1, int(line.ID)),
		`INSERT INTO call_legs (call_id, n, live, server_id, session_id, purpose, e164, state, placed_at) VALUES (1, 1, 1, 7, 70, 'third', '+1', 'TALKING', UTC_TIMESTAMP(6))`,
		`UPDATE leads SET status = 'QUEUE'`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	store := mariadb.NewListen(db)
	met := noon.Add(time.Second)
	reclaim := func(id dialer.CallID) (dialer.Call, error) {
		return store.Reclaim(t.Context(), dialer.FerryID{Call: id, To: agents, N: 1}, line.ID, met)
	}
	if c, err := reclaim(1); !errors.Is(err, dialer.ErrConflict) {
		t.Fatalf("of a server that was seen 4 s ago: %+v, %v", c, err)
	}
	before, err := store.CallByID(t.Context(), 1)
	if err != nil || before.ServerID != agents {
		t.Fatalf("the books: %+v, %v", before, err)
	}
	if err := db.Exec(t.Context(), `UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 6 SECOND WHERE id = 7`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the answer to the first may have been lost
		c, err := reclaim(1)
		if err != nil || c.ServerID != line.ID || c.LineServer != line.ID || c.State != dialer.CallTalking || c.BridgedAt == nil || !c.BridgedAt.Equal(met) {
			t.Errorf("of a dead server: %+v, %v", c, err)
		}
	}
	if n := count(t, db, `SELECT COUNT(*) FROM call_legs WHERE live = 1`); n != 0 {
		t.Error("the third party is on the line yet")
	}
	for id, what := range map[dialer.CallID]string{2: "passed on", 3: "ended", 4: "whose line another server has"} {
		if c, err := reclaim(id); !errors.Is(err, dialer.ErrConflict) {
			t.Errorf("a call that is %s: %+v, %v", what, c, err)
		}
	}

	// It was not dead, but cut off: what it writes of its calls is taken, and of
	// that one nothing but the agent's shift and the file.
	mine, err := store.CallByID(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	ended := func(c dialer.Call) listen.Change {
		c.State, c.Status, c.EndedAt = dialer.CallEnded, "SALE", new(noon)
		return listen.Change{At: noon, Call: &c, Lead: &listen.LeadChange{ID: c.LeadID, Status: "SALE"}, Recording: &listen.Recording{Call: c.ID, Server: agents, File: c.ID.String() + "-7.wav", At: noon}}
	}
	if err := store.Write(t.Context(), agents, []listen.Change{ended(before), ended(mine)}); err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]int{
		`SELECT COUNT(*) FROM calls WHERE id = 1 AND live = 1 AND state = 'TALKING' AND status = ''`: 1,
		`SELECT COUNT(*) FROM calls WHERE id = 5 AND live IS NULL AND status = 'SALE'`:               1,
		`SELECT COUNT(*) FROM leads WHERE id = 1 AND status = 'QUEUE'`:                               1,
		`SELECT COUNT(*) FROM leads WHERE id = 5 AND status = 'SALE'`:                                1,
		`SELECT COUNT(*) FROM recordings WHERE call_id IN (1, 5)`:                                    2,
	} {
		if got := count(t, db, what); got != n {
			t.Errorf("%d of %s, want %d", got, what, n)
		}
	}

	// The books of a dead server are closed without the calls that are not its own.
	if _, err := mariadb.NewEstate(db).CloseBooks(t.Context(), agents); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls WHERE live = 1 AND id IN (1, 4)`); n != 1 {
		t.Errorf("%d calls live, want the one that was taken back", n)
	}
}
