package mariadb_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

var noon = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)

// dialable is a database with one server, one campaign, one list and two leads
// in the hopper, both claimed by the server.
func dialable(t *testing.T) (*mariadb.DB, dialer.Server, []dialer.Lead) {
	t.Helper()
	db := freshDB(t)
	server := join(t, db)
	for _, s := range []string{
		`INSERT INTO carriers (id, name, host, changed_at) VALUES (1, 'sim', '127.0.0.2', NOW())`,
		`INSERT INTO campaigns (id, name, active, carrier_id, changed_at) VALUES ('C1', 'One', TRUE, 1, NOW())`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1, 'C1', 'L', NOW())`,
		`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/New_York;US')`,
		`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES
			(11, 1, 1, '+12125550111', '1', '2125550111', NOW()), (12, 1, 1, '+12125550112', '1', '2125550112', NOW())`,
		`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at, status, e164, zone_set) VALUES
			('C1', 11, 1, NOW(), 'NEW', '+12125550111', 1), ('C1', 12, 1, NOW(), 'NEW', '+12125550112', 1)`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	leads, err := mariadb.NewHopperStore(db).Claim(t.Context(), "C1", server.ID, 2, noon)
	if err != nil || len(leads) != 2 {
		t.Fatalf("claimed %d leads, %v", len(leads), err)
	}
	return db, server, leads
}

func placed(server dialer.Server, leads []dialer.Lead) []dialer.Call {
	var calls []dialer.Call
	for i, l := range leads {
		calls = append(calls, dialer.Call{
			ID: dialer.CallID(100 + i), State: dialer.CallPlaced, Sent: true, CampaignID: "C1", ListID: l.ListID,
			LeadID: l.ID, LeadWas: l.Status, E164: l.E164, ServerID: server.ID, CarrierID: 1, PlacedAt: noon,
		})
	}
	return calls
}

func count(t *testing.T, db *mariadb.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.Get(t.Context(), &n, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestCommitIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t)
	books := mariadb.NewCalls(db)

	// One of the two claims was lost meanwhile.
	if err := db.Exec(t.Context(), `UPDATE hopper SET claimed_by = 99 WHERE lead_id = ?`, leads[1].ID); err != nil {
		t.Fatal(err)
	}
	_, err := books.Commit(t.Context(), placed(server, leads))
	if !errors.Is(err, dialer.ErrConflict) {
		t.Fatalf("a commit without the claim: %v", err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls`); n != 0 {
		t.Errorf("%d calls were written all the same", n)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM hopper`); n != 2 {
		t.Errorf("the hopper holds %d rows, want both", n)
	}
	if n := count(t, db, `SELECT SUM(called_count) FROM leads`); n != 0 {
		t.Errorf("leads were counted as called %d times", n)
	}

	if _, err := books.Commit(t.Context(), placed(server, leads[:1])); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM leads WHERE id = ? AND status = 'QUEUE' AND called_count = 1 AND called_since_reset = 1 AND last_called_at IS NOT NULL`, leads[0].ID); n != 1 {
		t.Error("the lead does not say that it is being called")
	}
	// The same lead again: its hopper row is gone, so nobody can.
	again := placed(server, leads[:1])
	if late, err := books.Commit(t.Context(), again); err != nil || !slices.Equal(late, []dialer.LeadID{leads[0].ID}) {
		t.Errorf("a verdict that did not know of the call: %v, %v", late, err)
	}
	again[0].Known = 1
	_, err = books.Commit(t.Context(), again)
	if !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("the same lead was committed twice: %v", err)
	}
}

func TestJournalWritesChangesWithTheirEvents(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t)
	store := mariadb.NewListen(db)
	if _, err := mariadb.NewCalls(db).Commit(t.Context(), placed(server, leads)); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `UPDATE leads SET called_count = 4 WHERE id = 12`); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `INSERT INTO users (id, username, full_name, pass_hash, role, created_at) VALUES (3, 'cid', 'Cid', '', 'agent', NOW())`); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at)
		VALUES (7, 1, 3, 'C1', ?, 1, 'CONNECT', ?, ?, ?)`, server.ID, noon, noon, noon); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `INSERT INTO intents (id, server_id, session_id, kind, args, created_at, open)
		VALUES (5, ?, 7, 'dispose', '{"status":"DNC","call":100,"comments":"rude"}', ?, 1), (6, ?, 7, 'hold', 'no json', ?, 1)`,
		server.ID, noon, server.ID, noon); err != nil {
		t.Fatal(err)
	}
	intents, err := store.OpenIntents(t.Context(), server.ID)
	if err != nil || len(intents) != 2 || intents[0].Args.Status != "DNC" || intents[0].Args.CallID != 100 || intents[1].Kind != "" {
		t.Fatalf("intents %+v, %v", intents, err)
	}

	news, err := store.News(t.Context(), server.ID)
	slices.Sort(news.Intents)
	if err != nil || !slices.Equal(news.Intents, []dialer.IntentID{5, 6}) || len(news.Watches) != 0 {
		t.Errorf("news %+v, %v", news, err)
	}

	call := placed(server, leads)[0]
	call.State, call.SessionID, call.UserID, call.Status = dialer.CallEnded, 7, 3, "DNC"
	call.RingingAt, call.AnsweredAt, call.BridgedAt, call.EndedAt = new(noon), new(noon.Add(time.Second)), new(noon.Add(1013*time.Millisecond)), new(noon.Add(time.Minute))
	session := dialer.Session{ID: 7, UserID: 3, CampaignID: "C1", State: dialer.AgentReady, Since: noon.Add(time.Minute), ShownSince: new(noon.Add(-time.Hour)), Leg: "tl-a-7-1"}
	earlier := session
	earlier.State = dialer.AgentWrapUp
	unsent := placed(server, leads)[1]
	unsent.State, unsent.Sent = dialer.CallEnded, false
	batch := []listen.Change{
		{At: noon, Session: &earlier},
		{At: noon.Add(time.Minute), Call: &call, Session: &session,
			Lead:      &listen.LeadChange{ID: leads[0].ID, Status: "DNC", Comments: "rude"},
			Period:    &listen.Period{Session: 7, User: 3, Campaign: "C1", State: dialer.AgentWrapUp, Call: 100, From: noon, To: noon.Add(time.Minute)},
			Recording: &listen.Recording{Call: 100, Server: server.ID, File: "2026-11-23/100.wav", At: noon},
			Intent:    &listen.IntentResult{ID: 5, Session: 7},
			DNC:       &listen.DNC{E164: leads[0].E164, Source: "agent"}},
		{At: noon, Intent: &listen.IntentResult{ID: 6, Session: 7, Refusal: "Not now."}},
		{At: noon, Call: &unsent, Lead: &listen.LeadChange{ID: leads[1].ID, Status: "NEW", Unsent: true}},
	}
	// The same lead once more in the batch: the note stays.
	batch = append(batch, listen.Change{At: noon, Lead: &listen.LeadChange{ID: leads[0].ID, Status: "DNC"}})
	for range 2 { // written twice, as after a commit whose answer was lost
		if err := store.Write(t.Context(), server.ID, batch); err != nil {
			t.Fatal(err)
		}
	}
	for what, query := range map[string]string{
		"the call":          `SELECT COUNT(*) FROM calls WHERE id = 100 AND live IS NULL AND state = 'ENDED' AND session_id = 7 AND status = 'DNC' AND bridged_at > answered_at`,
		"the lead":          `SELECT COUNT(*) FROM leads WHERE id = 11 AND status = 'DNC' AND comments = 'rude'`,
		"the call's note":   `SELECT COUNT(*) FROM call_notes WHERE call_id = 100 AND lead_id = 11 AND user_id = 3 AND note = 'rude'`,
		"the session":       `SELECT COUNT(*) FROM agent_sessions WHERE id = 7 AND live = 1 AND state = 'READY' AND leg = 'tl-a-7-1' AND call_id IS NULL`,
		"the DNC":           `SELECT COUNT(*) FROM dnc WHERE e164 = '+12125550111' AND campaign_id = ''`,
		"the recording":     `SELECT COUNT(*) FROM recordings WHERE call_id = 100`,
		"the closed intent": `SELECT COUNT(*) FROM intents WHERE id = 5 AND open IS NULL AND refusal = ''`,
		"the refusal":       `SELECT COUNT(*) FROM intents WHERE id = 6 AND open IS NULL AND refusal = 'Not now.'`,
	} {
		if n := count(t, db, query); n != 1 {
			t.Errorf("%s: %d rows, want 1", what, n)
		}
	}
	if n := count(t, db, `SELECT COUNT(*) FROM events WHERE session_id = 7 AND kind = 'agent'`); n != 6 {
		t.Errorf("%d events of the agent in two writes, want 6", n)
	}
	if n := count(t, db, `SELECT called_count FROM leads WHERE id = 12`); n != 3 {
		t.Errorf("a lead called three times before, whose call now never left, counts %d calls", n)
	}

	shifts, err := store.LiveSessions(t.Context(), server.ID)
	if err != nil || len(shifts) != 1 || !shifts[0].Since.Equal(session.Since) || !shifts[0].Shown().Equal(noon.Add(-time.Hour)) {
		t.Errorf("shifts that are on: %+v, %v", shifts, err)
	}
	shown, err := mariadb.NewWebDesk(db).Desk(t.Context(), facts.DeskQuery{Session: 7, Day: noon, Now: noon, Refused: noon, From: 100})
	if err != nil || !shown.Session.Since.Equal(session.Since) || !shown.Session.Shown().Equal(noon.Add(-time.Hour)) {
		t.Errorf("the desk shows %+v, %v", shown.Session, err)
	}
	floor, err := mariadb.NewWebBoard(db).Floor(t.Context())
	if err != nil || len(floor.Agents) != 1 || !floor.Agents[0].Since.Equal(session.Since) || !floor.Agents[0].Shown.Equal(noon.Add(-time.Hour)) {
		t.Errorf("the board shows %+v, %v", floor.Agents, err)
	}

	live, err := store.LiveCalls(t.Context(), server.ID)
	if err != nil || len(live) != 0 {
		t.Errorf("live calls %+v, %v", live, err)
	}
	session.CallID, session.State, session.ShownSince = 100, dialer.AgentWrapUp, nil
	if err := store.Write(t.Context(), server.ID, []listen.Change{{At: noon, Session: &session}}); err != nil {
		t.Fatal(err)
	}
	live, err = store.LiveCalls(t.Context(), server.ID)
	if err != nil || len(live) != 1 || live[0].ID != 100 || !live[0].PlacedAt.Equal(noon) || live[0].Status != "DNC" {
		t.Errorf("in wrap-up: calls %+v, %v", live, err)
	}

	if shifts, err = store.LiveSessions(t.Context(), server.ID); err != nil || len(shifts) != 1 || !shifts[0].Shown().Equal(session.Since) {
		t.Errorf("a state of its own: %+v, %v", shifts, err)
	}
	session.State = dialer.AgentOut
	if err := store.Write(t.Context(), server.ID, []listen.Change{{At: noon, Session: &session, Out: "logged out"}}); err != nil {
		t.Fatal(err)
	}
	sessions, err := store.LiveSessions(t.Context(), server.ID)
	if err != nil || len(sessions) != 0 {
		t.Errorf("after the logout %d live sessions, %v", len(sessions), err)
	}
}

// TestLeadsOfCallsThatWentDownWithTheirPBX may be dialed again, once, although
// the call was sent and counts.
func TestLeadsOfCallsThatWentDownWithTheirPBX(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t)
	store := mariadb.NewListen(db)
	if _, err := mariadb.NewCalls(db).Commit(t.Context(), placed(server, leads)); err != nil {
		t.Fatal(err)
	}
	call := placed(server, leads)[0]
	call.State, call.Status = dialer.CallEnded, dialer.StatusError
	change := listen.Change{At: noon, Call: &call, Lead: &listen.LeadChange{ID: leads[0].ID, Status: dialer.StatusNew, Again: true}}
	if err := store.Write(t.Context(), server.ID, []listen.Change{change}); err != nil {
		t.Fatal(err)
	}
	again := func(want int) {
		t.Helper()
		if n := count(t, db, `SELECT COUNT(*) FROM leads WHERE id = ? AND status = 'NEW' AND called_since_reset = ? AND called_count = 1`, leads[0].ID, want); n != 1 {
			t.Errorf("the lead has not been called %d times since the reset", want)
		}
	}
	again(0)
	// It is dialed again before the journal hears that its write went well.
	if err := db.Exec(t.Context(), `UPDATE leads SET called_since_reset = 1 WHERE id = ?`, leads[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(t.Context(), server.ID, []listen.Change{change}); err != nil {
		t.Fatal(err)
	}
	again(1)
}

// TestChosen: a listen that starts reads which outcomes agents had chosen while
// the call was up. Those that are open it reads with the other clicks.
func TestChosen(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	const call = 900_000_000_000_000
	shift := func(id int, state string, live any) {
		err := db.Exec(t.Context(), `INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, call_id, state_since, seen_at, logged_in_at)
			VALUES (?, ?, ?, 'C1', ?, 1, ?, ?, NOW(3), NOW(3), NOW(3))`, id, live, id, server.ID, state, call)
		if err != nil {
			t.Fatal(err)
		}
	}
	shift(70, "INCALL", 1)
	shift(71, "WRAPUP", 1)
	shift(72, "READY", 1)
	shift(73, "INCALL", nil) // over
	click := func(after time.Duration, shift int, kind, refusal string, open any) int64 {
		id := call + after.Milliseconds()<<13 + int64(shift)
		err := db.Exec(t.Context(), `INSERT INTO intents (id, server_id, session_id, kind, args, created_at, open, refusal) VALUES (?, ?, ?, ?, ?, NOW(3), ?, ?)`,
			id, server.ID, shift, kind, `{"call":900000000000000,"status":"CALLBK","comments":"after six","pause":true,"callback":{"kind":"USERONLY","due_at":"2026-12-01T18:00:00Z","zone":"America/New_York"}}`, open, refusal)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	click(-time.Hour, 70, "dispose", "", nil) // of an earlier call
	want := []int64{
		click(-time.Second, 70, "park", "", nil), // by a clock that is behind
		click(3*time.Second, 70, "dispose", "", nil),
		click(5*time.Second, 71, "dispose", "", nil),
	}
	click(4*time.Second, 70, "hold", "", nil)
	click(5*time.Second, 70, "dispose", "Not now.", nil)
	click(6*time.Second, 70, "dispose", "", 1)
	click(3*time.Second, 72, "dispose", "", nil)
	click(3*time.Second, 73, "dispose", "", nil)

	got, err := mariadb.NewListen(db).Chosen(t.Context(), server.ID)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, in := range got {
		ids = append(ids, int64(in.ID))
	}
	if !slices.Equal(ids, want) {
		t.Fatalf("%v, want %v", ids, want)
	}
	a := got[1].Args
	if got[1].SessionID != 70 || a.CallID != call || a.Status != "CALLBK" || a.Comments != "after six" || !a.Pause ||
		a.Callback == nil || a.Callback.Kind != dialer.CallbackUserOnly || a.Callback.DueAt != time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC) {
		t.Errorf("%+v, callback %+v", got[1], a.Callback)
	}
	if other, err := mariadb.NewListen(db).Chosen(t.Context(), server.ID+1); len(other) > 0 || err != nil {
		t.Errorf("another server reads %+v, %v", other, err)
	}
}
