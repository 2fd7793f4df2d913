package mariadb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// TestBooksOfADeadServer: who may still be ringing is left alone, who was not
// answered is dialable again, who was is not; and a server that comes back
// brings nothing to life.
func TestBooksOfADeadServer(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 5, "+121255501%02d")
	for _, s := range []string{
		`UPDATE campaigns SET dial_timeout_s = 20`,
		`UPDATE leads SET status = 'QUEUE', called_count = 1, called_since_reset = 1`,
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, placed_at, answered_at, bridged_at, session_id) VALUES
		 (1, 1, 'RINGING', 'C1', 1, 1, 'NEW', '+1', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 10 SECOND, NULL, NULL, NULL),
		 (2, 1, 'RINGING', 'C1', 1, 2, 'NEW', '+2', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, NULL, NULL, NULL),
		 (3, 1, 'TALKING', 'C1', 1, 3, 'NEW', '+3', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 70),
		 (4, 1, 'TALKING', 'C1', 1, 4, 'NEW', '+4', 2, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 71),
		 (5, NULL, 'ENDED', 'C1', 1, 5, 'NEW', '+5', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 90 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 73)`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at, call_id) VALUES
		 (70, 1, 1, 'C1', 1, 1, 'INCALL', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 3),
		 (71, 1, 2, 'C1', 2, 1, 'INCALL', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 4),
		 (73, 1, 4, 'C1', 1, 1, 'WRAPUP', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 5),
		 (72, 1, 3, 'C1', 1, 1, 'PAUSED', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), NULL)`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	estate := mariadb.NewEstate(db)
	for i, want := range []string{"{2 1 2}", "{0 0 0}"} { // by two servers, or twice by one
		closed, err := estate.CloseBooks(t.Context(), server.ID)
		if err != nil || fmt.Sprint(closed) != want {
			t.Errorf("round %d: closed %v, %v", i, closed, err)
		}
	}
	for what, n := range map[string]int{
		`SELECT COUNT(*) FROM calls WHERE live = 1 AND id IN (1, 4)`:                                            2,
		`SELECT COUNT(*) FROM calls WHERE live IS NULL AND state = 'ENDED' AND status = 'ERI' AND id IN (2, 3)`: 2,
		`SELECT COUNT(*) FROM leads WHERE id = 2 AND status = 'NEW' AND called_since_reset = 0`:                 1,
		`SELECT COUNT(*) FROM calls WHERE id = 5 AND status = 'ERI'`:                                            1,
		`SELECT COUNT(*) FROM leads WHERE id IN (3, 5) AND status = 'ERI'`:                                      2,
		`SELECT COUNT(*) FROM leads WHERE id = 3 AND status = 'ERI'`:                                            1,
		`SELECT COUNT(*) FROM leads WHERE id IN (1, 4) AND status = 'QUEUE'`:                                    2,
		`SELECT COUNT(*) FROM agent_sessions WHERE live = 1 AND id IN (71, 72)`:                                 2,
		`SELECT COUNT(*) FROM agent_log WHERE session_id = 70 AND call_id = 3`:                                  1,
		`SELECT COUNT(*) FROM events WHERE kind = 'call' AND call_id IN (2, 3)`:                                 2,
	} {
		if got := count(t, db, what); got != n {
			t.Errorf("%d of %s, want %d", got, what, n)
		}
	}

	// The server was not dead, but cut off: it says what became of its own.
	store := mariadb.NewListen(db)
	call, err := store.CallByID(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	call.State, call.Status = dialer.CallTalking, ""
	err = store.Write(t.Context(), server.ID, []listen.Change{
		{At: noon, Call: &call},
		{At: noon, Session: &dialer.Session{ID: 70, UserID: 1, CampaignID: "C1", ServerID: 1, State: dialer.AgentInCall, Since: noon, SeenAt: noon, LoggedInAt: noon}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls WHERE live = 1 AND id = 3`) + count(t, db, `SELECT COUNT(*) FROM agent_sessions WHERE id = 70 AND (live = 1 OR state <> 'OUT')`); n != 0 {
		t.Error("a call or a shift has come to life again")
	}
}

// TestShiftMoves: from a server that is down to one that is up, and not else.
func TestShiftMoves(t *testing.T) {
	t.Parallel()
	db, raw := webDatabase(t)
	store := mariadb.NewWebDesk(db)
	first, err := store.StartShift(t.Context(), facts.NewShift{ID: 70, User: 1, Campaign: "AUTUMN"}, webNow)
	if err != nil {
		t.Fatal(err)
	}
	move := func(id dialer.SessionID) (facts.Shift, error) {
		return store.MoveShift(t.Context(), facts.NewShift{ID: id, User: 1}, webNow.Add(time.Minute))
	}
	var said *dialer.Problem
	if _, err := move(71); !errors.As(err, &said) || !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("its server is up: %v", err)
	}
	raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 4 SECOND WHERE id = ?`, first.Session.ServerID)
	second, err := move(72)
	if err != nil || second.Session.ID != 72 || second.Session.ServerID == first.Session.ServerID || second.Session.CampaignID != "AUTUMN" || second.Phone.ServerID != second.Session.ServerID {
		t.Fatalf("moved to %+v, %v", second.Session, err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM agent_sessions WHERE id = 70 AND live IS NULL AND state = 'OUT'`) + count(t, db, `SELECT COUNT(*) FROM agent_log WHERE session_id = 70`); n != 2 {
		t.Error("the shift that was has not ended")
	}
	raw.MustExec(`UPDATE servers SET listening = 0 WHERE id = ?`, second.Session.ServerID)
	if _, err := move(73); !errors.As(err, &said) || !errors.Is(err, dialer.ErrUnavailable) {
		t.Errorf("no server is up: %v", err)
	}
	if shift, err := store.LiveShift(t.Context(), 1); err != nil || shift.Session.ID != 72 {
		t.Errorf("the shift is %d after a move that failed, %v", shift.Session.ID, err)
	}
}

// TestFreeAgentsElsewhere: who waits on another server that is well and that
// calls cross to, the longest first.
func TestFreeAgentsElsewhere(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	for _, s := range []string{
		`INSERT INTO servers (id, name, telephony, listening, sip_addr, beat_at) VALUES (1, 'a', 1, 1, 'a:5060', UTC_TIMESTAMP(3)), (2, 'b', 1, 1, 'b:5060', UTC_TIMESTAMP(3)),
		 (3, 'dead', 1, 1, 'c:5060', UTC_TIMESTAMP(3) - INTERVAL 7 SECOND), (4, 'apart', 1, 1, '', UTC_TIMESTAMP(3))`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at, leg) VALUES
		 (10, 1, 1, 'C1', 1, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (11, 1, 2, 'C1', 2, 1, 'READY', UTC_TIMESTAMP(3) - INTERVAL 5 SECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (12, 1, 3, 'C2', 2, 1, 'READY', UTC_TIMESTAMP(3) - INTERVAL 9 SECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (13, 1, 4, 'C1', 2, 1, 'PAUSED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (14, 1, 5, 'C1', 2, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 6 SECOND, UTC_TIMESTAMP(3), 'l'),
		 (15, 1, 6, 'C1', 2, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ''),
		 (16, 1, 7, 'C1', 3, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (17, 1, 8, 'C1', 4, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l'),
		 (18, NULL, 9, 'C1', 2, 1, 'READY', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'l')`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		campaigns []dialer.CampaignID
		want      string
	}{{[]dialer.CampaignID{"C1"}, "[{11 2}]"}, {[]dialer.CampaignID{"C1", "C2"}, "[{12 2} {11 2}]"}, {[]dialer.CampaignID{"C3"}, "[]"}} {
		got, err := mariadb.NewListen(db).FreeElsewhere(t.Context(), 1, tc.campaigns)
		if err != nil || fmt.Sprint(got) != tc.want {
			t.Errorf("%v: %v, %v; want %s", tc.campaigns, got, err, tc.want)
		}
	}
}
