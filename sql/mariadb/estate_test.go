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
	db, server := stocked(t, 6, "+121255501%02d")
	for _, s := range []string{
		`UPDATE campaigns SET dial_timeout_s = 20`,
		`UPDATE leads SET status = 'QUEUE', called_count = 1, called_since_reset = 1`,
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, placed_at, answered_at, bridged_at, session_id) VALUES
		 (1, 1, 'RINGING', 'C1', 1, 1, 'NEW', '+1', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 10 SECOND, NULL, NULL, NULL),
		 (2, 1, 'RINGING', 'C1', 1, 2, 'NEW', '+2', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, NULL, NULL, NULL),
		 (3, 1, 'TALKING', 'C1', 1, 3, 'NEW', '+3', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 70),
		 (4, 1, 'TALKING', 'C1', 1, 4, 'NEW', '+4', 2, 1, UTC_TIMESTAMP(6) - INTERVAL 40 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 71),
		 (5, NULL, 'ENDED', 'C1', 1, 5, 'NEW', '+5', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 90 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 73),
		 (6, NULL, 'ENDED', 'C1', 1, 6, 'NEW', '+6', 2, 1, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 74)`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at, call_id) VALUES
		 (70, 1, 1, 'C1', 1, 1, 'INCALL', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 3),
		 (71, 1, 2, 'C1', 2, 1, 'INCALL', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 4),
		 (73, 1, 4, 'C1', 1, 1, 'WRAPUP', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 5),
		 (74, 1, 5, 'C1', 1, 1, 'INCALL', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, UTC_TIMESTAMP(3), 6),
		 (72, 1, 3, 'C1', 1, 1, 'PAUSED', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), NULL)`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	estate := mariadb.NewEstate(db)
	for i, want := range []string{"{2 1 3}", "{0 0 0}"} { // by two servers, or twice by one
		closed, err := estate.CloseBooks(t.Context(), server.ID)
		if err != nil || fmt.Sprint(closed) != want {
			t.Errorf("round %d: closed %v, %v", i, closed, err)
		}
	}
	for what, n := range map[string]int{
		`SELECT COUNT(*) FROM calls WHERE live = 1 AND id IN (1, 4)`:                                            2,
		`SELECT COUNT(*) FROM calls WHERE live IS NULL AND state = 'ENDED' AND status = 'ERI' AND id IN (2, 3)`: 2,
		`SELECT COUNT(*) FROM leads WHERE id = 2 AND status = 'NEW' AND called_since_reset = 0`:                 1,
		`SELECT COUNT(*) FROM calls WHERE id IN (5, 6) AND status = 'ERI'`:                                      2,
		`SELECT COUNT(*) FROM leads WHERE id IN (3, 5, 6) AND status = 'ERI'`:                                   3,
		`SELECT COUNT(*) FROM leads WHERE id = 3 AND status = 'ERI'`:                                            1,
		`SELECT COUNT(*) FROM leads WHERE id IN (1, 4) AND status = 'QUEUE'`:                                    2,
		`SELECT COUNT(*) FROM agent_sessions WHERE live = 1 AND id IN (71, 72)`:                                 2,
		`SELECT COUNT(*) FROM agent_log WHERE session_id = 70 AND call_id = 3`:                                  1,
		`SELECT COUNT(*) FROM events WHERE kind = 'call' AND call_id IN (2, 3)`:                                 2,
		// The reports count anew: the ended calls, the one that stays unsaid, three stretches.
		`SELECT COUNT(*) > 0 FROM report_changes r JOIN calls c ON c.id = 2 WHERE r.kind = 'C' AND ABS(TIMESTAMPDIFF(MICROSECOND, r.from_at, c.placed_at)) < 1000`:                            1,
		`SELECT COUNT(*) FROM report_changes r JOIN calls c ON c.id = 5 WHERE r.kind = 'C' AND ABS(TIMESTAMPDIFF(MICROSECOND, r.from_at, c.placed_at)) < 1000`:                                1,
		`SELECT COUNT(*) FROM report_changes r JOIN agent_log g ON g.user_id = r.user_id AND g.from_at = r.from_at AND g.to_at = r.to_at WHERE r.kind = 'T' AND g.session_id IN (70, 73, 74)`: 3,
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

// TestCallGoesAlong: who goes on on another server says there what became of the
// call. Whether it had ended or went down with its server, it is the new one's
// then, with the outcome that was chosen and not written; what the old one says of
// it when it is back counts no more. A customer whose line another server has is
// not taken from that one.
func TestCallGoesAlong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, state, call string // the shift's, and what is set of the call
		along             bool
		cause             int
	}{
		{"wrapped up", "WRAPUP", `live = NULL, state = 'ENDED', ended_at = placed_at + INTERVAL 9 SECOND, ended_by = 'lead', cause = 16`, true, 16},
		{"talking", "INCALL", `state = 'TALKING'`, true, 41},
		{"dialed by hand", "INCALL", `state = 'RINGING', manual = 1, bridged_at = NULL, answered_at = NULL`, true, 41},
		{"over another server, wrapped up", "WRAPUP", `live = NULL, state = 'ENDED', ended_at = placed_at + INTERVAL 9 SECOND, ended_by = 'lead', cause = 16, line_server_id = 3`, true, 16},
		{"over another server, passed on", "WRAPUP", `state = 'XFER', line_server_id = 3`, true, 41},
		{"over another server, talking", "INCALL", `state = 'TALKING', line_server_id = 3`, false, 0},
		{"taken back by the line's server", "INCALL", `state = 'WAITING', server_id = 3, line_server_id = 3`, false, 0},
		{"taken back, and its customer hung up", "INCALL", `live = NULL, state = 'ENDED', ended_at = placed_at + INTERVAL 9 SECOND, ended_by = 'lead', cause = 16, server_id = 3, line_server_id = 3`, true, 16},
		{"taken back, and with another agent", "INCALL", `live = NULL, state = 'ENDED', ended_at = placed_at + INTERVAL 9 SECOND, ended_by = 'lead', cause = 16, server_id = 3, line_server_id = 3, session_id = 71`, false, 16},
		{"said already", "WRAPUP", `live = NULL, state = 'ENDED', ended_at = placed_at + INTERVAL 9 SECOND, ended_by = 'lead', cause = 16, status = 'SALE'`, false, 16},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db, raw := webDatabase(t)
			store, journal := mariadb.NewWebDesk(db), mariadb.NewListen(db)
			first := startShift(t, db, 70, 1)
			from := first.Session.ServerID
			raw.MustExec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at)
				VALUES (9007199254740993, 1, 'TALKING', 'AUTUMN', 1024, 5, '+1', ?, 1, 70, 1, '2026-11-23 14:59:00', '2026-11-23 14:59:09', '2026-11-23 14:59:09')`, from)
			raw.MustExec(`UPDATE calls SET ` + tc.call)
			raw.MustExec(`UPDATE agent_sessions SET state = ?, call_id = 9007199254740993 WHERE id = 70`, tc.state)
			for id, args := range map[int]string{1: `{"call":9007199254740993,"status":"NI"}`, 2: `{"call":9007199254740993,"status":"SALE"}`, 3: `{"call":9007199254740992,"status":"B"}`} {
				raw.MustExec(`INSERT INTO intents (id, server_id, session_id, kind, args, created_at, open, done_at) VALUES (?, ?, 70, 'dispose', ?, NOW(3), NULL, NOW(3))`, id, from, args)
			}
			raw.MustExec(`INSERT INTO intents (id, server_id, session_id, kind, args, refusal, created_at, open, done_at) VALUES (4, ?, 70, 'dispose', '{"call":9007199254740993,"status":"DNC"}', 'The customer is still there.', NOW(3), NULL, NOW(3))`, from)
			before, err := journal.CallByID(t.Context(), 9007199254740993)
			if err != nil {
				t.Fatal(err)
			}
			raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 4 SECOND WHERE id = ?`, from)

			second, err := store.MoveShift(t.Context(), facts.NewShift{ID: 72, User: 1}, webNow.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			to := second.Session.ServerID
			call, err := journal.CallByID(t.Context(), 9007199254740993)
			if err != nil {
				t.Fatal(err)
			}
			open, err := journal.OpenIntents(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			if !tc.along {
				if second.Session.State != dialer.AgentConnecting || second.Session.CallID != 0 || len(open) != 0 || fmt.Sprint(call) != fmt.Sprint(before) {
					t.Errorf("nothing was to go along: %+v, %+v, %+v", second.Session, call, open)
				}
				return
			}
			if second.Session.State != dialer.AgentWrapUp || second.Session.CallID != 9007199254740993 {
				t.Errorf("the shift: %+v", second.Session)
			}
			wantLine := before.LineServer
			if wantLine == 0 {
				wantLine = from
			}
			if call.ServerID != to || call.LineServer != wantLine || call.State != dialer.CallEnded || call.Status != "" || call.Cause != tc.cause || call.EndedAt == nil || call.SessionID != 70 {
				t.Errorf("the call: %+v", call)
			}
			if before.EndedAt == nil && (call.EndedBy != dialer.ByDialer || !call.EndedAt.Equal(webNow.Add(time.Minute))) || before.EndedAt != nil && !call.EndedAt.Equal(*before.EndedAt) {
				t.Errorf("its end: %s at %v, before %v", call.EndedBy, call.EndedAt, before.EndedAt)
			}
			if len(open) != 1 || open[0].ID != 2 || open[0].SessionID != 72 || open[0].Args.Status != "SALE" {
				t.Errorf("the outcome that was chosen: %+v", open)
			}
			for what, n := range map[string]int{
				`SELECT COUNT(*) FROM calls WHERE live = 1`:                                                              0,
				`SELECT COUNT(*) FROM report_changes WHERE kind = 'C' AND from_at = '2026-11-23 14:59:00'`:               1,
				`SELECT COUNT(*) FROM report_changes WHERE kind = 'T' AND user_id = 1 AND to_at = '2026-11-23 15:01:00'`: 1,
			} {
				if got := count(t, db, what); got != n {
					t.Errorf("%d of %s, want %d", got, what, n)
				}
			}

			// It is said; then the old server is back, and has not known.
			said := call
			said.Status = "SALE"
			if err := journal.Write(t.Context(), to, []listen.Change{{At: webNow, Call: &said, Lead: &listen.LeadChange{ID: 5, Status: "SALE"}}}); err != nil {
				t.Fatal(err)
			}
			late, over := before, before
			over.State, over.Status, over.EndedAt, over.Cause = dialer.CallEnded, dialer.StatusError, new(webNow.Add(time.Hour)), 16
			if err := journal.Write(t.Context(), before.ServerID, []listen.Change{{At: webNow, Call: &late}}); err != nil {
				t.Fatal(err)
			}
			if err := journal.Write(t.Context(), before.ServerID, []listen.Change{{At: webNow, Call: &over, Lead: &listen.LeadChange{ID: 5, Status: dialer.StatusError}}}); err != nil {
				t.Fatal(err)
			}
			if got, err := journal.CallByID(t.Context(), 9007199254740993); err != nil || fmt.Sprint(got) != fmt.Sprint(said) {
				t.Errorf("what the old server said counted: %+v, %v", got, err)
			}
			if n := count(t, db, `SELECT COUNT(*) FROM leads WHERE id = 5 AND status = 'SALE'`); n != 1 {
				t.Error("the lead is what the old server said")
			}
		})
	}
}

// TestGoingOnWaitsForTheCallsFate: the customer's line is on another server, which
// takes the call back in a moment; only then it is known whether it goes along.
func TestGoingOnWaitsForTheCallsFate(t *testing.T) {
	t.Parallel()
	const now, dead, fresh = `beat_at = UTC_TIMESTAMP(3)`, `beat_at = UTC_TIMESTAMP(3) - INTERVAL 4 SECOND`, `listening = 1, beat_at = UTC_TIMESTAMP(3)`
	for _, tc := range []struct {
		name, call, line, agents string // what is set of the call, of the server with its line, and of the agent's
		waits                    bool
	}{
		{"nobody has taken it back yet", `server_id = 1`, fresh, dead, true},
		{"held", `server_id = 1, state = 'HELD'`, fresh, dead, true},
		{"taken back, and its fate not written", `server_id = 3`, fresh, dead, true},
		{"taken back, for another agent", `server_id = 3, state = 'WAITING'`, fresh, dead, false},
		{"with another agent", `server_id = 3, session_id = 71`, fresh, dead, false},
		{"ended", `server_id = 3, state = 'ENDED', live = NULL`, fresh, dead, false},
		{"its line was here", `server_id = 1, line_server_id = 0`, fresh, dead, false},
		{"its line's server is dead, too", `server_id = 1`, `listening = 1, ` + dead, dead, false},
		{"its line's listen is away", `server_id = 1`, `listening = 0, ` + now, dead, false},
		{"nobody says it in all that time", `server_id = 1`, fresh, `beat_at = UTC_TIMESTAMP(3) - INTERVAL 9 SECOND`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db, raw := webDatabase(t)
			store := mariadb.NewWebDesk(db)
			if first := startShift(t, db, 70, 1); first.Session.ServerID != 1 {
				t.Fatalf("the shift is on server %d", first.Session.ServerID)
			}
			raw.MustExec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, line_server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at)
				VALUES (9, 1, 'TALKING', 'AUTUMN', 1024, 5, '+1', 1, 3, 1, 70, 1, '2026-11-23 14:59:00', '2026-11-23 14:59:09', '2026-11-23 14:59:09')`)
			raw.MustExec(`UPDATE calls SET ` + tc.call)
			raw.MustExec(`UPDATE agent_sessions SET state = 'INCALL', call_id = 9 WHERE id = 70`)
			raw.MustExec(`UPDATE servers SET ` + tc.line + ` WHERE id = 3`)
			raw.MustExec(`UPDATE servers SET ` + tc.agents + ` WHERE id = 1`)
			shift, err := store.MoveShift(t.Context(), facts.NewShift{ID: 72, User: 1}, webNow.Add(time.Minute))
			if tc.waits != errors.Is(err, facts.ErrUndecided) || !tc.waits && (err != nil || shift.Session.ServerID == 1) {
				t.Errorf("moved to %+v, %v", shift.Session, err)
			}
			if n := count(t, db, `SELECT COUNT(*) FROM agent_sessions WHERE id = 70 AND live = 1`); (n == 1) != tc.waits {
				t.Errorf("%d shifts go on where they were", n)
			}
		})
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
